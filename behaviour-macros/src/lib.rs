//! The attribute macros of `behaviour`: OTP's behaviours from annotated structs.
//!
//! One rule covers everything: annotate the type to say what it is, annotate its
//! `impl` to say how; each marked method is a callback. This crate is used
//! through the `behaviour` crate, which re-exports it beside the runtime that
//! the generated code stands on.
//!
//! Here stand the attributes with their documentation, one line of code each.
//! What they do is always the same road: read the tokens, make a model of them,
//! gather what is wrong with it, write the model out. The item that a user wrote
//! comes out of it in every case, and so does what others may already refer to:
//! the client, the messages, `start`.

mod application;
mod block;
mod callback;
mod checks;
mod client;
mod code_change;
mod custom;
mod declared;
mod effects;
mod entry;
mod errors;
mod event;
mod frame;
mod implement;
mod interface;
mod lines;
mod machine;
mod options;
mod runtime;
mod server;
#[cfg(test)]
mod snapshot;
mod starting;
mod supervisor;
mod tokens;
mod values;
mod versions;

use proc_macro::TokenStream;

/// Makes a struct a server: a process that owns its state and takes one message at a time.
///
/// The attribute stands twice, on the struct and on one `impl` of it. (On a trait it stands once: see
/// [below](#on-a-trait).)
///
/// ```
/// use behaviour::prelude::*;
///
/// /// Counts.
/// #[gen_server]
/// pub struct Counter {
///     value: i64,
/// }
///
/// #[gen_server]
/// impl Counter {
///     #[init]
///     fn init(value: i64) -> Self {
///         Self { value }
///     }
///
///     /// The value now.
///     #[call]
///     pub fn get(&self) -> i64 {
///         self.value
///     }
///
///     /// Adds `by`.
///     #[cast]
///     pub fn add(&mut self, by: i64) {
///         self.value += by;
///     }
/// }
///
/// # #[behaviour::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let counter: CounterClient = Counter::start(40).await?;
/// counter.add(2);
/// assert_eq!(counter.get().await?, 42);
/// # Ok(())
/// # }
/// ```
///
/// # On the struct
///
/// | option | if it is not given |
/// |---|---|
/// | `name = "counter"`: the name under which the process is registered | it has none |
/// | `mailbox(capacity = 1024)`: how many messages may wait | any number |
/// | `mailbox(capacity = 1024, when_full = drop_oldest)`: what is done with one more: `reject`, `drop_newest`, `drop_oldest` | `reject` |
/// | `call_timeout = 5s` or `infinity`: how long a call waits if it does not say so itself | `5s` |
/// | `inline = false`: callbacks are run by the server's own task only, never where the caller stands | `true` |
/// | `crate = ::path`: where the `behaviour` crate is found, if it is re-exported | `::behaviour` |
///
/// A duration is a number with one of the units `ns`, `us`, `ms`, `s`, `m` and `h`: `500ms`, `1.5s`.
/// A field that bears `#[secret]` is shown as `***` in reports; one that is not `Debug` as `_`.
///
/// ```
/// # use behaviour::prelude::*;
/// #[gen_server(name = "vault", mailbox(capacity = 64, when_full = drop_oldest), call_timeout = 1.5s, inline = false)]
/// struct Vault {
///     cents: u64,
///     #[secret]
///     pin: u16,
/// }
/// # #[gen_server]
/// # impl Vault {
/// #     #[init]
/// #     fn init() -> Self { Self { cents: 0, pin: 1234 } }
/// # }
/// ```
///
/// # On the impl
///
/// Each marked method is a callback, a `fn` or an `async fn` on `&self` or `&mut self`; the others
/// are left alone.
///
/// | mark | what the callback does |
/// |---|---|
/// | `#[init]` | makes the server, and has no `self`. It returns `Self`, `Option<Self>`, or a `Result` of one of them; its parameters become those of `start`, `start_link` and `child`. There is exactly one. |
/// | `#[call]` | replies with what it returns |
/// | `#[call(later)]` | takes a `Reply<T>` first, sends it when it likes, and returns `Later` |
/// | `#[call(queued)]` | is always run by the server's own task, though the server may be idle; goes with `later` |
/// | `#[cast]` | replies nothing. An `Err` that it returns ends the server; so it is with all that follow. |
/// | `#[info]` | takes a message by its type, such as a timer's, or `Down`, `Exit` and `Timeout` |
/// | `#[continues]` | takes what `cx.continue_with(..)` left for after the callback |
/// | `#[terminate]` | runs at the end, with the `ExitReason` if it takes one |
/// | `#[format_status]` | returns what is shown of the state, in place of its fields; with `status: &mut Status` it changes what else is shown, such as the reason, which reports of supervisors hide then, too; links, monitors and callers have it all |
/// | `#[code_change]` | changes the running server, `&mut self`, or takes over from an older version, `old: &mut Old`, for `sys().change_code(Account::upgrade(..))` |
///
/// A parameter by reference is the context, `cx: &mut Context<Self>`, at any place; all the others are
/// what the message carries, and are owned. Docs, visibility and `#[cfg(..)]` of a callback hold for all
/// that is made of it. The one option on the impl is `crate = ::path`.
///
/// ```
/// use std::time::Duration;
///
/// use behaviour::prelude::*;
///
/// /// Gives out tickets, one a second.
/// #[gen_server]
/// struct Desk {
///     waiting: Vec<Reply<u32>>,
///     next: u32,
/// }
///
/// #[derive(Clone)]
/// struct Second;
///
/// #[gen_server]
/// impl Desk {
///     #[init]
///     fn init(cx: &mut Context<Self>) -> Self {
///         cx.send_every(Duration::from_secs(1), Second); // does not compile without the `#[info]`
///         Self { waiting: Vec::new(), next: 1 }
///     }
///
///     /// A ticket, when it is there.
///     #[call(later)]
///     fn ticket(&mut self, reply: Reply<u32>) -> Later {
///         self.waiting.push(reply);
///         Later
///     }
///
///     #[info]
///     fn second(&mut self, _: Second) {
///         if let Some(reply) = self.waiting.pop() {
///             reply.send(self.next);
///             self.next += 1;
///         }
///     }
///
///     #[terminate]
///     fn close(&mut self, reason: ExitReason) {
///         println!("closed: {reason}");
///     }
/// }
///
/// # #[behaviour::main(flavor = "current_thread", start_paused = true)]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let desk = Desk::start().await?;
/// assert_eq!(desk.ticket().await?, 1);
/// # Ok(())
/// # }
/// ```
///
/// # On a trait
///
/// A trait with the attribute is an interface with several implementations: its methods bear the marks, its impls are
/// plain Rust. The options are those of the struct.
///
/// ```
/// use behaviour::prelude::*;
///
/// /// What an account can be asked.
/// #[gen_server]
/// pub trait Account {
///     /// The money in it.
///     #[call]
///     fn balance(&self) -> u64;
///
///     /// Puts money in.
///     #[cast]
///     fn deposit(&mut self, cents: u64);
/// }
///
/// struct Savings(u64);
///
/// impl Account for Savings {
///     fn balance(&self) -> u64 {
///         self.0
///     }
///
///     fn deposit(&mut self, cents: u64) {
///         self.0 += cents;
///     }
/// }
///
/// # #[behaviour::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let account: AccountClient = Savings(100).serve().await?;
/// account.deposit(50);
/// assert_eq!(account.balance().await?, 150);
/// # Ok(())
/// # }
/// ```
///
/// - One server, `AccountServer`, runs whoever implements the trait: `Child<AccountServer>`,
///   `DynamicSupervisor<AccountServer>`, `Registry<u64, AccountServer>`. A message costs one virtual call more.
/// - `AccountServer::start`, `start_link` and `child` take an implementation, or a closure that makes one in the new
///   process: `|| Savings::open(path)`, `async || Savings::load().await`, `|cx: &mut Context<AccountServer>| ..`. It may
///   return a `Result`, whose error fails the start.
/// - All marks but `#[init]` may stand in the trait, and a method may have a body, which implementations may leave as it
///   is. One without a mark is a helper, and has a body.
/// - An `async fn` is one in the impl too; it may not hold across an await what is not `Send`. The context is
///   `cx: &mut Context<AccountServer>`.
/// - The trait gets the supertraits `Sized + Send + 'static`. It has no generics and no associated types, for all
///   implementations share their messages.
/// - A crash report shows the type of the implementation, and the state if the trait has the supertrait `Debug` or a
///   `#[format_status]`.
///
/// # How it fails
///
/// What is wrong in the words of the attributes, or in the form of a callback, is told at the words that
/// are wrong, all at once. What only the types tell is left to rustc, in words of ours:
///
/// - A server that asks for something (a timer's message, `cx.monitor`, `cx.trap_exit`, `cx.timeout`,
///   `cx.continue_with`) has a callback for it: "`Counter` has no `#[info]` callback for `Tick`".
/// - State, messages and replies are `Send`: "`Rc<str>` cannot travel between processes".
/// - A reference is the context: "a callback of `Counter` cannot take a `str` by reference".
/// - An `async fn` on `&self` shares the state while it waits, so the state must be `Sync`; on `&mut self`
///   it need not be.
/// - Both attributes are there: `Counter` "is not a `gen_server`" if the one on the impl is missing. If the
///   one on the struct is, so is the client, and rustc says first that it "cannot find type `CounterClient`".
///
/// Names that the macro writes beside yours are taken: `start`, `start_link` and `child` on the type, `clone`
/// on the client.
///
/// <details><summary>See expanded code</summary>
///
/// ```text
/// pub struct CounterClient(Client<Counter>);  // Clone, Debug, Eq, Hash, Deref, From
///
/// pub enum CounterMessage {
///     Get {},
///     Add { by: i64 },
/// }
///
/// impl GenServer for Counter {
///     type Message = CounterMessage;
///     fn handle<'a>(&'a mut self, message: CounterMessage, cx: &'a mut Context<Self>) -> Step<'a> {
///         match message {
///             CounterMessage::Get {} => { cx.reply(self.get()); None }
///             CounterMessage::Add { by } => { self.add(by); None }
///         }
///     }
/// }
///
/// impl CounterClient {
///     /// The value now.
///     pub fn get(&self) -> Call<i64> { Call::new(&self.0, CounterMessage::Get {}) }
///     /// Adds `by`.
///     pub fn add(&self, by: i64) { Client::cast(&self.0, CounterMessage::Add { by }) }
/// }
///
/// impl Counter {
///     pub fn start(value: i64) -> Start<Self> { Start::new(move |cx| Self::init(value).into_init()) }
///     pub fn start_link(value: i64) -> Start<Self> { Start::link(Self::start(value)) }
///     pub fn child(value: i64) -> Child<Self> { Child::new(Self::start(value)) }
/// }
/// ```
///
/// </details>
#[proc_macro_attribute]
pub fn gen_server(arguments: TokenStream, item: TokenStream) -> TokenStream {
    server::expand(arguments.into(), item.into()).into()
}

/// Makes a trait the callbacks of a behaviour of one's own.
///
/// OTP lets a module be a behaviour: it does what is always the same, and calls another module for the rest. Here that is
/// a generic server over a trait, and the attribute stands on the trait.
///
/// ```
/// use behaviour::prelude::*;
///
/// /// What a sum is made of.
/// #[behaviour(Summing)]
/// pub trait Terms {
///     /// What is added.
///     type Term;
///
///     /// What it counts for.
///     async fn value(&mut self, term: Self::Term) -> u64;
///
///     /// Whether that is enough.
///     fn is_enough(&self, sum: u64) -> bool {
///         sum >= 100
///     }
/// }
///
/// /// Adds up terms.
/// #[gen_server]
/// pub struct Summing<T: Terms> {
///     terms: T,
///     sum: u64,
/// }
///
/// #[gen_server]
/// impl<T: Terms> Summing<T> {
///     #[init]
///     fn init(terms: T) -> Self {
///         Self { terms, sum: 0 }
///     }
///
///     /// Adds one more, and tells the sum if that is enough.
///     #[call]
///     pub async fn add(&mut self, term: T::Term) -> Option<u64> {
///         self.sum += self.terms.value(term).await;
///         self.terms.is_enough(self.sum).then_some(self.sum)
///     }
/// }
///
/// struct Words;
///
/// impl Terms for Words {
///     type Term = &'static str;
///
///     async fn value(&mut self, term: &'static str) -> u64 {
///         term.len() as u64
///     }
/// }
///
/// # #[behaviour::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let summing: SummingClient<Words> = Summing::start(Words).await?;
/// assert_eq!(summing.add("ten").await?, None);
/// # Ok(())
/// # }
/// ```
///
/// What it does to the trait:
///
/// - A type without the callbacks is told so: "`Words` lacks the callbacks of the behaviour `Summing`", with what to
///   write. The name in the brackets is that of the server; without it, the trait's own is told. (Of a callback that is
///   missing, rustc tells by itself.)
/// - The docs of the trait list the required and the optional callbacks.
/// - An `async fn` may be called by a process: its future is `Send`. Implementations write a plain `async fn`.
/// - The trait gets the supertraits `Sized + Send + 'static`, its associated types the bounds `Send + 'static`, for
///   processes run on any thread.
///
/// It cannot stand in a module with `#![no_implicit_prelude]`, where rustc does not know the attribute by which it is told
/// what to say.
///
/// A trait whose methods *are* the messages is another thing: see [`gen_server`](macro@gen_server#on-a-trait).
#[proc_macro_attribute]
pub fn behaviour(arguments: TokenStream, item: TokenStream) -> TokenStream {
    custom::expand(arguments.into(), item.into()).into()
}

/// Makes an enum the states of a machine, and a struct the machine: a process that answers each event as its state says.
///
/// The attribute stands three times: on the enum of the states, on the struct of what outlives every state, and on one
/// `impl` of that.
///
/// ```
/// use behaviour::prelude::*;
///
/// /// What the light shows.
/// #[gen_statem(state)]
/// #[derive(Debug)]
/// pub enum Light {
///     /// Cars wait.
///     Red { waiting: u32 },
///     Green,
///     Amber,
/// }
///
/// /// What outlives every state.
/// #[gen_statem(Light)]
/// pub struct Crossing {
///     served: u32,
/// }
///
/// #[gen_statem(Light)]
/// impl Crossing {
///     #[init]
///     fn init() -> (Self, Red) {
///         (Self { served: 0 }, Red { waiting: 0 })
///     }
///
///     /// A car drives up.
///     #[cast(else = ignore)]
///     pub fn car(&mut self, red: &mut Red) {
///         red.waiting += 1;
///     }
///
///     /// How many cars have gone through.
///     #[call]
///     pub fn served(&self, _: &Light) -> u32 {
///         self.served
///     }
///
///     #[state_timeout(30s)]
///     fn go(&mut self, red: Red) -> Green {
///         self.served += red.waiting;
///         Green
///     }
///
///     #[state_timeout(20s)]
///     fn slow(&mut self, _: Green) -> Amber {
///         Amber
///     }
///
///     #[state_timeout(3s)]
///     fn halt(&mut self, _: Amber) -> Red {
///         Red { waiting: 0 }
///     }
///
///     #[enter]
///     fn lamp(&mut self, light: &Light) {
///         println!("{light:?}");
///     }
/// }
///
/// # #[behaviour::main(flavor = "current_thread", start_paused = true)]
/// # async fn main(mut inbox: Inbox<()>) -> Result<(), Box<dyn std::error::Error>> {
/// let crossing: CrossingClient = Crossing::start().await?;
/// crossing.car();
/// assert_eq!(crossing.state_name().await?, "Red");
/// # inbox.send_after(std::time::Duration::from_secs(31), ());
/// # inbox.recv().await;
/// // Half a minute later:
/// assert_eq!(crossing.state_name().await?, "Green");
/// assert_eq!(crossing.served().await?, 1);
/// # let drawn = "stateDiagram-v2\n    [*] --> Red\n    Red --> Green: go (state timeout 30s)\n    \
/// #              Green --> Amber: slow (state timeout 20s)\n    Amber --> Red: halt (state timeout 3s)\n";
/// # assert_eq!(Light::DIAGRAM, drawn);
/// # assert_eq!((Light::TRANSITIONS[0].from, Light::TRANSITIONS[0].to, Light::TRANSITIONS[0].event), ("Red", "Green", "go"));
/// # Ok(())
/// # }
/// ```
///
/// # On the enum
///
/// `#[gen_statem(state)]` makes each variant a struct of its own, beside the enum, which then holds one of them:
/// `Light::Red(Red { waiting: 0 })`. So each state is a type: a handler takes the one that it is for, and returns the one
/// that it leads to. `From<Red> for Light` is written, too.
///
/// The attribute stands above the derives, and copies them to the structs. `Debug` of the enum shows the struct alone,
/// and `Default` makes the state that bears `#[default]`. Docs and conditions of a variant go to both, its other
/// attributes to the struct; what else stands on the enum stays there, and `#[allow(..)]` holds for both. Fields are seen
/// as far as the enum is. A struct has those of the enum's generics that its fields mention.
///
/// | mark on a variant | what it says |
/// |---|---|
/// | `#[terminal]` | nothing leaves this state |
///
/// The one option is `crate = ::path`. A machine has at most 128 states.
///
/// # On the struct
///
/// The enum comes first, `#[gen_statem(Light, name = "crossing")]`; then the options of [`macro@gen_server`], with one
/// other answer where `call_timeout` is not given: `infinity`.
///
/// # On the impl
///
/// The enum comes first; the one option is `crate = ::path`. Each marked method is a handler, a `fn` or an `async fn` on
/// `&self` or `&mut self`. Its **first parameter is the state**:
///
/// | parameter | what the handler does with the state |
/// |---|---|
/// | `red: &Red` | looks at it |
/// | `red: &mut Red` | changes what is in it, and stays |
/// | `red: Red` | leaves it, and returns the next |
/// | `light: &Light`, `&mut Light`, `Light` | the same for every state that has no handler of its own for this event |
///
/// A handler that takes its state by value returns where it leads: one state, one of several as `Next<(Locked, Open)>`,
/// made by `Next::to(Open)`, or the whole enum; or a `Result` of one of these, where an `Err` ends the machine. To return
/// the state that was taken is no change of state. A handler that borrows its state returns what a server's callback
/// does. A `#[call]` that takes its state by value returns the next state and the reply, `(Open, u32)`, or the next state
/// alone, and then replies `()`.
///
/// | mark | what the handler answers |
/// |---|---|
/// | `#[init]` | makes the machine, and has no `self` and no state. It returns `(Self, Red)`, with whatever a handler may lead to in place of `Red`; or an `Option` or a `Result` of it. There is exactly one. |
/// | `#[call]`, `#[cast]` | as on a server; `#[call(later)]` and `#[call(queued)]` too |
/// | `#[info]` | a message by its type, such as `Down` and `Exit` |
/// | `#[internal]` | a message by its type, that the machine sent to itself by `cx.next_event(..)` |
/// | `#[state_timeout]` | what `cx.state_timeout(..)` armed; a change of state disarms it |
/// | `#[state_timeout(30s)]` | the same, armed whenever this state is entered |
/// | `#[event_timeout]` | what `cx.event_timeout(..)` armed; any event disarms it |
/// | `#[timeout]` | a message by its type, that `cx.timer(..)` armed |
/// | `#[enter]` | is no event: it runs when a state is entered, with the state by reference and, if it likes, the name of the state before, a `&'static str` |
/// | `#[terminate]` | runs at the end, with the state by reference, `&Light`, and the `ExitReason`, if it takes them |
/// | `#[format_status]` | returns what is shown of the machine, in place of its fields; with `status: &mut Status` it changes what else is shown |
/// | `#[code_change]` | changes the running machine, `&mut self, light: &mut Light`, or takes over from an older version, `old: &mut Old, light: &OldLight`, for `sys().change_code(Crossing::upgrade(..))` |
///
/// One event may have several handlers, for several states. They share a name: `#[cast(press)] fn digit(..)` and
/// `#[cast(press)] fn already(..)` make one method `press` of the client. Without a name an event is called like its
/// handler. In `#[cast(press, else = postpone)]`, `else` answers for all states that are left: `ignore` drops the event,
/// `postpone` keeps it until the state changes. A call cannot be ignored, for somebody waits for the answer.
///
/// A parameter `cx: &mut Context<Self>` is the context, at any place after the state; all others are what the event
/// carries, and are owned.
///
/// ```
/// use std::time::Duration;
///
/// use behaviour::prelude::*;
///
/// /// A door that opens to a code.
/// #[gen_statem(state)]
/// #[derive(Debug)]
/// enum Door {
///     Locked { typed: String },
///     Open,
///     /// Somebody used force.
///     #[terminal]
///     Broken,
/// }
///
/// #[gen_statem(Door)]
/// struct Lock {
///     code: String,
/// }
///
/// #[gen_statem(Door)]
/// impl Lock {
///     #[init]
///     fn init(code: String) -> (Self, Locked) {
///         (Self { code }, Locked { typed: String::new() })
///     }
///
///     /// Presses a button.
///     #[cast(press, else = ignore)]
///     fn digit(&mut self, mut locked: Locked, digit: char) -> Next<(Locked, Open)> {
///         locked.typed.push(digit);
///         if locked.typed == self.code { Next::to(Open) } else { Next::to(locked) }
///     }
///
///     #[state_timeout(10s)]
///     fn lock(&mut self, _: Open) -> Locked {
///         Locked { typed: String::new() }
///     }
///
///     /// Waits until the door is open, and goes through it.
///     #[call(else = postpone)]
///     fn enter(&self, _: &Open) -> &'static str {
///         "welcome"
///     }
///
///     /// Breaks the door.
///     #[cast(else = ignore)]
///     fn force(&mut self, _: Locked) -> Broken {
///         Broken
///     }
/// }
///
/// # #[behaviour::main(flavor = "current_thread", start_paused = true)]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let lock = Lock::start("42".to_owned()).await?;
/// let inside = lock.enter();
/// lock.press('4');
/// lock.press('2');
/// assert_eq!(inside.await?, "welcome");
/// # Ok(())
/// # }
/// ```
///
/// # The picture
///
/// The signatures are the transitions, so the macro draws them: `Light::DIAGRAM` is the text of a
/// [Mermaid](https://mermaid.js.org) diagram, `Light::TRANSITIONS` the same as data, and the docs of the machine have a
/// table of what each event does in each state. A handler for the whole enum counts for each state that has no handler of
/// its own; where a handler may lead to any state, the diagram says "any state", and the data `*`. What stays where it is
/// stands in the table alone; and if the enum has generics, the diagram leaves out that terminal states are the end.
///
/// # How it fails
///
/// As [`macro@gen_server`] does. What rustc is left to say of states:
///
/// - Every state answers every event: "patterns `Light::Green(_)` and `Light::Amber(_)` not covered", at the event. Only
///   an event of nothing but `#[state_timeout(30s)]`s need not be answered elsewhere, for it is armed only where it is.
/// - A handler leads where its signature says: "expected `Amber`, found `Red`", and with a choice "`Jammed` is not among
///   the next states `(Locked, Open)`".
/// - Something leads to each state, and something leaves it unless it is `#[terminal]`: "nothing leads to `Amber`".
/// - A handler's first parameter is a state: "`u32` is no state of `Light`".
///
/// Names that the macro writes beside yours are taken: those of [`macro@gen_server`], and for each state a struct in the
/// enum's module.
///
/// <details><summary>See expanded code</summary>
///
/// ```text
/// pub struct Red { pub waiting: u32 }
/// pub struct Green;
/// pub struct Amber;
/// pub enum Light { Red(Red), Green(Green), Amber(Amber) }  // Debug, From<Red>, From<Green>, From<Amber>
///
/// pub struct CrossingClient(Client<Crossing>);  // Clone, Debug, Eq, Hash, Deref, From
///
/// pub enum CrossingMessage {
///     Car {},
///     Served {},
///     StateTimeout {},
/// }
///
/// impl GenStatem for Crossing {
///     fn handle<'a>(
///         &'a mut self,
///         place: &'a mut Place<Light>,
///         message: CrossingMessage,
///         cx: &'a mut Context<Self>,
///     ) -> Step<'a> {
///         match message {
///             CrossingMessage::Car {} => match *place.seen() {
///                 Light::Red(ref mut state) => { self.car(state); None }
///                 _ => None,
///             },
///             CrossingMessage::Served {} => match *place.seen() {
///                 ref mut state => { cx.reply(self.served(state)); None }
///             },
///             CrossingMessage::StateTimeout {} => match *place.seen() {
///                 Light::Red(_) => { cx.arrive(place, self.go(taken)); None }
///                 Light::Green(_) => { cx.arrive(place, self.slow(taken)); None }
///                 Light::Amber(_) => { cx.arrive(place, self.halt(taken)); None }
///             },
///         }
///     }
/// }
///
/// impl CrossingClient {
///     /// A car drives up.
///     pub fn car(&self) { Client::cast(&self.0, CrossingMessage::Car {}) }
///     /// How many cars have gone through.
///     pub fn served(&self) -> Call<u32> { Call::new(&self.0, CrossingMessage::Served {}) }
/// }
///
/// impl Crossing {
///     pub fn start() -> Start<Self> { Start::machine(move |cx| Self::init().into_machine()) }
///     pub fn start_link() -> Start<Self> { Start::link(Self::start()) }
///     pub fn child() -> Child<Self> { Child::new(Self::start()) }
/// }
///
/// impl Light {
///     pub const DIAGRAM: &'static str = "stateDiagram-v2\n    [*] --> Red\n    Red --> Green: go ..";
///     pub const TRANSITIONS: &'static [Transition] = &[Transition::new("Red", "Green", "go"), ..];
/// }
/// ```
///
/// </details>
#[proc_macro_attribute]
pub fn gen_statem(arguments: TokenStream, item: TokenStream) -> TokenStream {
    machine::expand(arguments.into(), item.into()).into()
}

/// Makes a struct a handler of events: a part of an event manager, which shows it each event in turn.
///
/// The attribute stands twice, on the struct and on one `impl` of it, and names the type of the events both times.
///
/// ```
/// use behaviour::prelude::*;
///
/// /// What can happen.
/// pub enum Alarm {
///     Smoke(u32),
///     Fire,
/// }
///
/// /// Writes down what happened.
/// #[gen_event(Alarm)]
/// pub struct Log {
///     lines: Vec<String>,
/// }
///
/// #[gen_event(Alarm)]
/// impl Log {
///     #[init]
///     fn init(title: String) -> Self {
///         Self { lines: vec![title] }
///     }
///
///     #[event]
///     fn event(&mut self, alarm: &Alarm) {
///         self.lines.push(match alarm {
///             Alarm::Smoke(room) => format!("smoke in {room}"),
///             Alarm::Fire => "fire".into(),
///         });
///     }
///
///     /// How much was written.
///     #[call]
///     pub fn lines(&self) -> usize {
///         self.lines.len()
///     }
///
///     #[terminate]
///     fn close(self) -> Vec<String> {
///         self.lines
///     }
/// }
///
/// #[behaviour::main]
/// async fn main() -> Result<(), Box<dyn std::error::Error>> {
///     let alarms = EventManager::<Alarm>::start().await?;
///     let log = alarms.add_handler(Log::handler("Today".into())).await?;
///     alarms.notify(Alarm::Smoke(7));
///     alarms.sync_notify(Alarm::Fire).await?;
///     assert_eq!(log.lines().await?, 3);
///     assert_eq!(alarms.delete_handler(&log).await?, ["Today", "smoke in 7", "fire"]);
///     alarms.stop().await?;
///     Ok(())
/// }
/// ```
///
/// # On the struct
///
/// It writes the client, `LogClient`. Options come after the type: there is one, `crate = ::path`, where the `behaviour` crate
/// is found, if it is re-exported. A field that bears `#[secret]` is shown as `***` in reports; one that is not `Debug` as
/// `_`.
///
/// # On the impl
///
/// Each marked method is a callback, a `fn` or an `async fn` on `&self` or `&mut self`; the others are left alone.
///
/// | mark | what the callback does |
/// |---|---|
/// | `#[init]` | makes the handler, in the manager's process, and has no `self`. It returns `Self` or `Result<Self, E>`, whose error is what `add_handler` gives. Its parameters become those of `Log::handler(..)`. There is exactly one. |
/// | `#[init(swap)]` | makes a handler that takes another's place. Its first parameter is an `Option<T>` of what that one's `#[terminate]` returned; `None` if there was no other. The rest are the parameters of `Log::successor(..)`. |
/// | `#[event]` | is shown each event, by reference, for all handlers share it. There is exactly one. An `Err` that it returns removes the handler, as a panic does. |
/// | `#[call]` | replies with what it returns, to `LogClient` |
/// | `#[call(queued)]` | is always run by the manager's own task, though the manager may be idle |
/// | `#[info]` | takes a message by its type: from a timer, from `LogClient::send`, from `EventManagerClient::send`, or `Down` and `Exit`. An `Err` removes the handler. |
/// | `#[terminate]` | runs when the handler goes, with why, `Removed`, if it takes that. It may take `self` by value. What it returns goes to whoever deletes the handler, or to the one that takes its place. |
/// | `#[format_status]` | returns what is shown of the state, in place of its fields |
/// | `#[code_change]` | changes the handler while its manager is suspended, and returns nothing or `Result<(), E>`. Its parameters become those of `Log::upgrade(..)`, which `alarms.sys().change_code(..)` takes; they are `Clone`, for each handler of the type is given its own. It takes no context, and is not `async`. |
///
/// A parameter by reference is the context, `cx: &mut HandlerContext<Self>`; in an `#[event]` it comes after the event. All
/// the others are what a message carries, and are owned. Docs, visibility and `#[cfg(..)]` of a callback hold for all that is
/// made of it.
///
/// While an `async` callback waits, so does the manager, with all its handlers.
///
/// # How it fails
///
/// What is wrong in the words of the attributes, or in the form of a callback, is told at the words that are wrong, all at
/// once. What only the types tell is left to rustc, in words of ours:
///
/// - A handler is added to a manager of its own events: "`Log` is not a handler of `News`".
/// - What it asks for (a timer's message, `cx.monitor`, `cx.link`) it has a callback for: "`Log` has no `#[info]` callback for
///   `Tick`".
/// - What one handler leaves is what the other takes: "`Successor<Log, u64>` cannot take over from a handler that leaves a
///   `String`".
/// - Events are shared by all handlers, so they are `Send` and `Sync`.
///
/// Names that the macro writes beside yours are taken: `handler` and `successor` on the type, `clone` on the client.
///
/// <details><summary>See expanded code</summary>
///
/// ```text
/// pub struct LogClient(HandlerClient<Log>);  // Clone, Debug, Eq, Hash, Deref, From
///
/// pub enum LogMessage {
///     Lines {},
/// }
///
/// impl EventHandler for Log {
///     type Message = LogMessage;
///     type Left = Vec<String>;
///     fn event<'a>(&'a mut self, event: &'a Alarm, cx: &'a mut HandlerContext<Self>) -> Step<'a> {
///         self.event(event);
///         None
///     }
///     fn handle<'a>(&'a mut self, message: LogMessage, cx: &'a mut HandlerContext<Self>) -> Step<'a> {
///         match message {
///             LogMessage::Lines {} => { cx.reply(self.lines()); None }
///         }
///     }
///     fn terminate(self, reason: Removed, cx: &mut HandlerContext<Self>) -> BoxFuture<'_, Vec<String>> {
///         Box::pin(async move { self.close() })
///     }
/// }
///
/// impl LogClient {
///     /// How much was written.
///     pub fn lines(&self) -> HandlerCall<usize> { HandlerCall::new(&self.0, LogMessage::Lines {}) }
/// }
///
/// impl Log {
///     pub fn handler(title: String) -> Handler<Self> { Handler::new(move |cx| Self::init(title).into_handler()) }
/// }
/// ```
///
/// </details>
#[proc_macro_attribute]
pub fn gen_event(arguments: TokenStream, item: TokenStream) -> TokenStream {
    event::expand(arguments.into(), item.into()).into()
}

/// Makes a struct a supervisor: a process that starts others, and starts them anew when they end.
///
/// The attribute stands twice, on the struct and on one `impl` of it.
///
/// ```
/// use behaviour::prelude::*;
/// # #[gen_server]
/// # pub struct Account { cents: u64 }
/// # #[gen_server]
/// # impl Account {
/// #     #[init]
/// #     fn init(cents: u64) -> Self { Self { cents } }
/// #     #[call]
/// #     pub fn balance(&self) -> u64 { self.cents }
/// #     #[cast]
/// #     pub fn deposit(&mut self, cents: u64) { self.cents += cents; }
/// # }
/// # #[gen_server]
/// # pub struct Audit { account: AccountClient }
/// # #[gen_server]
/// # impl Audit {
/// #     #[init]
/// #     fn init(account: AccountClient) -> Self { Self { account } }
/// # }
///
/// /// The bank and all that it needs, started in this order.
/// #[supervisor(rest_for_one, intensity = 3, period = 5s)]
/// pub struct Bank {
///     opening: u64,
/// }
///
/// #[supervisor]
/// impl Bank {
///     /// Where the money is.
///     #[child]
///     pub fn vault(&self) -> Child<Account> {
///         Account::child(self.opening)
///     }
///
///     /// Watches the vault, a sibling that it reaches through the bank's own client.
///     #[child(transient, shutdown = 2s)]
///     pub fn audit(&self, bank: &BankClient) -> Child<Audit> {
///         Audit::child(bank.vault())
///     }
/// }
///
/// # #[behaviour::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let bank: BankClient = Bank { opening: 100 }.start().await?;
/// bank.vault().deposit(50);
/// assert_eq!(bank.vault().balance().await?, 150);
/// # Ok(())
/// # }
/// ```
///
/// # On the struct
///
/// The strategy comes first, and has no default. When a child ends, `one_for_one` restarts it alone,
/// `one_for_all` all children, and `rest_for_one` it and those that were started after it.
///
/// | option | if it is not given |
/// |---|---|
/// | `intensity = 3`: with more restarts than this in one period the supervisor gives up | `1` |
/// | `period = 5s`: the time in which restarts are counted | `5s` |
/// | `auto_shutdown = any_significant` or `all_significant`: the supervisor ends when one, or the last, of its `significant` children has ended and is not restarted | `never` |
/// | `name = "bank"`: the name under which the process is registered | it has none |
/// | `crate = ::path`: where the `behaviour` crate is found, if it is re-exported | `::behaviour` |
///
/// # On the impl
///
/// Each method that bears `#[child]` describes the start of a child and is run anew at each
/// restart. It takes `&self`, and the supervisor's own client by reference if it is to reach a
/// sibling (`bank: &BankClient`); it does not wait. The order of the methods is the order of the
/// start. The client has a method of the same name, which gives the child's client. An enum beside the client,
/// `BankChild`, has the names of the children, for what the client is asked about one of them:
/// `bank.terminate_child(BankChild::Audit)`.
///
/// | option of `#[child]` | if it is not given |
/// |---|---|
/// | `permanent`, `transient` or `temporary`: the child is restarted always, after a crash only, or never | `permanent` |
/// | `significant`: the supervisor ends with it, as `auto_shutdown` says; it is `transient` or `temporary` | its end ends nobody |
/// | `backoff(initial = 100ms, max = 10s, factor = 2, jitter = 0.1)`: restarts in a row wait longer and longer; only `initial` must be given | they do not wait |
/// | `shutdown = 5s`, `brutal_kill` or `infinity`: how long it may take to end when it is told to | `5s`; for supervisors `infinity` |
///
/// A restart that waits leaves the supervisor free for others; those who go with it by the strategy are down meanwhile.
/// The row begins anew when the child has run as long as `max`. A restart counts against `intensity` before its wait, so
/// a supervisor that gives up does so at once.
///
/// The one option on the impl is `crate = ::path`.
///
/// # Clients that follow
///
/// `bank.vault()` names the child, not one of its processes, and reaches the new one after a restart. A call that finds the
/// child restarting waits for it, within its own time; calls that the old process had not answered fail with `Exited`;
/// casts, timers and monitors end with it. All of the rule is told at `behaviour::server::Client`.
///
/// # The picture
///
/// The docs of the supervisor say how it treats its children, and show them as a table and as a
/// [Mermaid](https://mermaid.js.org) diagram. What a running tree looks like is told by `bank.tree().await?`.
///
/// # How it fails
///
/// As [`macro@gen_server`] does. What rustc is left to say: "`String` is no behaviour" of a `Child<String>`, "a
/// `#[child]` method cannot return `AccountClient`", "a child of `Bank` cannot take a `AccountClient`", "`Bank` never
/// shuts down by itself, so no child of it can be significant".
///
/// Names that the macro writes beside yours are taken: `BankClient` and `BankChild` for a supervisor `Bank`.
///
/// <details><summary>See expanded code</summary>
///
/// ```text
/// pub struct BankClient(Client<Bank>);  // Clone, Debug, Eq, Hash, Deref, From
///
/// impl Supervisor for Bank {
///     const CHILDREN: &'static [ChildEntry<Self>] = &[
///         ChildEntry::new("vault", |bank, client| Self::vault(bank).described()),
///         ChildEntry::new("audit", |bank, client| Self::audit(bank, &BankClient::from(client)).described())
///             .restart(Restart::Transient)
///             .shutdown(Shutdown::Timeout(Duration::new(2, 0))),
///     ];
/// }
///
/// pub enum BankChild { Vault, Audit }  // Clone, Copy, Debug, Display, Eq, Hash, AsRef<str>
///
/// impl BankClient {
///     /// Where the money is.
///     pub fn vault(&self) -> AccountClient { Client::child(&self.0, "vault") }
///     /// Watches the vault, a sibling that it reaches through the bank's own client.
///     pub fn audit(&self) -> AuditClient { Client::child(&self.0, "audit") }
/// }
///
/// impl Bank {
///     pub fn start(self) -> Start<Self> { Start::supervisor(self) }
///     pub fn start_link(self) -> Start<Self> { Start::link(Self::start(self)) }
///     pub fn child(self) -> Child<Self> { Child::new(Self::start(self)) }
/// }
/// ```
///
/// </details>
#[proc_macro_attribute]
pub fn supervisor(arguments: TokenStream, item: TokenStream) -> TokenStream {
    supervisor::expand(arguments.into(), item.into()).into()
}

/// Runs an `async fn main` as the program's first process.
///
/// The function takes nothing, or its inbox. It need not be `Send`.
///
/// ```
/// use behaviour::prelude::*;
///
/// struct Done;
///
/// #[behaviour::main]
/// async fn main(mut inbox: Inbox<Done>) {
///     let here = inbox.process();
///     behaviour::process::spawn(move |_: Inbox<()>| async move { here.send(Done) });
///     let Done = inbox.recv().await;
/// }
/// ```
///
/// | option | if it is not given |
/// |---|---|
/// | `flavor = "multi_thread"` or `"current_thread"`: the runtime | `"multi_thread"` |
/// | `worker_threads = 2`: how many threads a `multi_thread` runtime has | as many as the machine has processors |
/// | `start_paused = true`: the clock of a `current_thread` runtime stands still, and jumps when everything waits for it; needs the feature `test-util` | `false` |
/// | `crate = ::path`: where the `behaviour` crate is found, if it is re-exported | `::behaviour` |
///
/// # How it fails
///
/// The function is an `async fn` without generics, and its one parameter an `Inbox` by value; anything else is told
/// where it stands. A panic in it ends the program as a panic of `main` does.
///
/// <details><summary>See expanded code</summary>
///
/// ```text
/// fn main() {
///     async fn main(mut inbox: Inbox<Done>) { .. }
///     run(Runtime::multi_thread(), move |inbox| main(inbox))
/// }
/// ```
///
/// </details>
#[proc_macro_attribute]
pub fn main(arguments: TokenStream, item: TokenStream) -> TokenStream {
    entry::main(arguments.into(), item.into()).into()
}

/// Runs an `async fn` as a test that is a process: it can link, monitor, trap exits, and get messages.
///
/// The function takes nothing, or its inbox. It need not be `Send`.
///
/// ```
/// use std::time::Duration;
///
/// use behaviour::prelude::*;
///
/// struct Tick;
///
/// #[behaviour::test(start_paused = true)]
/// async fn a_late_message_is_seen(mut inbox: Inbox<Tick>) {
///     inbox.send_after(Duration::from_secs(3600), Tick);
///     let Tick = inbox.recv().await;
/// }
/// ```
///
/// | option | if it is not given |
/// |---|---|
/// | `flavor = "multi_thread"` or `"current_thread"`: the runtime | `"current_thread"` |
/// | `worker_threads = 2`: how many threads a `multi_thread` runtime has | as many as the machine has processors |
/// | `start_paused = true`: the clock of a `current_thread` runtime stands still, and jumps when everything waits for it; needs the feature `test-util` | `false` |
/// | `crate = ::path`: where the `behaviour` crate is found, if it is re-exported | `::behaviour` |
///
/// # How it fails
///
/// As [`macro@main`] does; a panic in the function fails the test.
///
/// <details><summary>See expanded code</summary>
///
/// ```text
/// #[test]
/// fn a_late_message_is_seen() {
///     async fn a_late_message_is_seen(mut inbox: Inbox<Tick>) { .. }
///     run(Runtime::current_thread().start_paused(true), move |inbox| a_late_message_is_seen(inbox))
/// }
/// ```
///
/// </details>
#[proc_macro_attribute]
pub fn test(arguments: TokenStream, item: TokenStream) -> TokenStream {
    entry::test(arguments.into(), item.into()).into()
}

/// Makes a struct an application: what a program is made of, started in order and stopped in order.
///
/// The attribute stands twice, on the struct and on one `impl` of it. The fields of the struct are the application's
/// configuration.
///
/// ```
/// use behaviour::prelude::*;
/// # #[gen_server]
/// # struct Account { cents: u64 }
/// # #[gen_server]
/// # impl Account {
/// #     #[init]
/// #     fn init(cents: u64) -> Self { Self { cents } }
/// #     #[call]
/// #     fn balance(&self) -> u64 { self.cents }
/// # }
/// # #[supervisor(one_for_one)]
/// # struct Bank { opening: u64 }
/// # #[supervisor]
/// # impl Bank {
/// #     #[child]
/// #     fn vault(&self) -> Child<Account> { Account::child(self.opening) }
/// # }
/// # #[application]
/// # #[derive(Default)]
/// # struct Metrics;
/// # #[application]
/// # impl Metrics {}
///
/// /// A bank, and all that it needs.
/// #[application(name = "bank", depends(Metrics), phases(open), shutdown_timeout = 30s)]
/// struct BankApp {
///     opening: u64,
/// }
///
/// #[application]
/// impl BankApp {
///     /// The top of its tree.
///     #[start]
///     fn start(&self) -> Child<Bank> {
///         Bank { opening: self.opening }.child()
///     }
///
///     /// Run once the tree is there.
///     #[phase]
///     async fn open(&self, bank: &BankClient) -> Result<(), CallError> {
///         println!("open, with {} cents", bank.vault().balance().await?);
///         Ok(())
///     }
///
///     /// Run when everything has ended.
///     #[stop]
///     fn stop(&self) {
///         println!("closed");
///     }
/// }
///
/// # #[behaviour::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let bank = application::ensure_all_started(BankApp { opening: 100 }).await?;
/// assert_eq!(bank.vault().balance().await?, 100);
/// bank.stop().await?;
/// # Ok(())
/// # }
/// ```
///
/// As a whole program, it is what `main` runs: `behaviour::run(BankApp { opening: 100 })`. How applications are started,
/// stopped and asked for is told in the module of the same name, `behaviour::application`.
///
/// # On the struct
///
/// | option | if it is not given |
/// |---|---|
/// | `name = "bank"`: what it is called, in lower case letters, digits and `_` | the struct's name: `bank_app` for `BankApp` |
/// | `depends(Metrics, Log)`: the types of the applications that are started before it and stopped after it | none |
/// | `optional(Tracing)`: the same, but for applications that are only started if the program has loaded them | none |
/// | `phases(warm_up, open)`: its start phases, in the order in which they run | none |
/// | `shutdown_timeout = 30s` or `infinity`: how long its stop may take before all that is left of it is killed | `infinity` |
/// | `config`, or `config = "bank.toml"`: it is configured from a file and from the environment, if nobody gives its value | it is configured by `Default` |
/// | `crate = ::path`: where the `behaviour` crate is found, if it is re-exported | `::behaviour` |
///
/// # On the impl
///
/// Each marked method is a callback, a `fn` or an `async fn` on `&self`; the others are left alone. A parameter by reference
/// is the client of what `#[start]` starts.
///
/// | mark | when it runs |
/// |---|---|
/// | `#[start]` | First. It returns the top of the tree, which is then started: `Child<Top>`, or a `Result` of it. Without it, the application starts no process. |
/// | `#[phase]` | For each phase, when the tree has started. It may take the client of the top. |
/// | `#[prep_stop]` | Before the tree is told to end. It may take the client of the top. |
/// | `#[stop]` | When the tree has ended, in order or not. If `shutdown_timeout` is over by then, it is ended at its first await. |
/// | `#[config_change]` | When `application::configure(..)` gave a running application another configuration. It takes `before: &Self`, and may take the client of the top. |
///
/// A callback returns nothing or a `Result<(), E>`. An error or a panic of `#[start]` or of a phase makes the start fail;
/// one while the application stops is reported, and the stop goes on. There is one callback of each mark, but for
/// `#[phase]`. The one option on the impl is `crate = ::path`.
///
/// # Configuration
///
/// Who starts an application gives it its value, as above. An application that is started because another one depends on it
/// makes itself, and so does one that says `BankApp::configured()`: by `Default`, or, with `config`, in layers:
///
/// 1. the defaults, which serde knows by `#[serde(default)]`;
/// 2. the table `[bank]` of the file `config.toml`, or of the one that `config = ".."` names, if it is there; or else of the
///    one that the environment variable `CONFIG_FILE` names, which must be there;
/// 3. environment variables: `BANK_OPENING=5` for the key `opening` of the application `bank`, two underscores for a step into
///    a table: `BANK_VAULT__DOORS=2`. Lists are written as in TOML: `BANK_BRANCHES='["here", "there"]'`;
/// 4. what the program itself sets, such as its command line says: `application::config::set("bank", "opening", 5)`.
///
/// ```
/// use behaviour::prelude::*;
/// use serde::Deserialize;
///
/// #[application(name = "shop", config = "shop.toml")]
/// #[derive(Debug, Default, Deserialize, PartialEq)]
/// #[serde(default, deny_unknown_fields)]
/// struct Shop {
///     name: String,
///     doors: u8,
/// }
///
/// #[application]
/// impl Shop {}
///
/// # fn main() {
/// # if std::env::var_os("SHOP_DOORS").is_none() {
/// #     let again = std::process::Command::new(std::env::current_exe().unwrap())
/// #         .args(std::env::args_os().skip(1)).env("SHOP_DOORS", "two").status().unwrap();
/// #     return assert!(again.success());
/// # }
/// // Somebody has set SHOP_DOORS to "two".
/// let error = Shop::configured().unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "the configuration of `shop` is wrong: `doors` in the environment variable `SHOP_DOORS`: \
///      invalid type: string \"two\", expected an integer"
/// );
/// # }
/// ```
///
/// This needs the feature `config` of `behaviour`, and `serde` with its derive.
///
/// # How it fails
///
/// What is wrong in the words of the attributes, or in the form of a callback, is told at the words that are wrong. rustc
/// tells the rest in words of ours:
///
/// - The phases of the attribute are those that have a callback.
/// - The fields are `Send` and `Sync`: "`Cell<u8>` cannot be part of an application".
/// - What is depended on is an application that can make itself: "`Metrics` cannot be started because another application
///   depends on it".
/// - Both attributes are there: "`BankApp` is no application", "`BankApp` is not declared an application".
///
/// Applications that depend on each other in a ring, and two of one name, are errors of the start.
///
/// <details><summary>See expanded code</summary>
///
/// ```text
/// impl Described for BankApp {
///     const ABOUT: About = About::new("bank").shutdown_timeout(Duration::new(30, 0)).phases(&[("open", "..")]);
///     type Source = FromDefault;
///     fn depends() -> Vec<Dependency> { Vec::from([<Metrics as Required>::required()]) }
/// }
///
/// impl Application for BankApp {
///     type Top = <Child<Bank> as IsTop>::Of;
///     const PHASES: &'static [Phase<Self>] =
///         &[Phase::new("open", |app, top| Box::pin(async move { Self::open(app, top).await.into_reason() }))];
///     fn top(&self) -> BoxFuture<'_, Result<Option<AnyChild>, ExitReason>> {
///         Box::pin(async move { self.start().into_top() })
///     }
///     fn after_stop(&self) -> BoxFuture<'_, Option<ExitReason>> { Box::pin(async move { self.stop(); None }) }
/// }
/// ```
///
/// </details>
#[proc_macro_attribute]
pub fn application(arguments: TokenStream, item: TokenStream) -> TokenStream {
    application::expand(arguments.into(), item.into()).into()
}
