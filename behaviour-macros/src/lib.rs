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

mod block;
mod callback;
mod client;
mod entry;
mod errors;
mod options;
mod runtime;
mod server;
#[cfg(test)]
mod snapshot;
mod supervisor;
mod tokens;
mod values;

use proc_macro::TokenStream;

/// Makes a struct a server: a process that owns its state and takes one message at a time.
///
/// The attribute stands twice, on the struct and on one `impl` of it.
///
/// ```text
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
/// let counter: CounterClient = Counter::start(40).await?;
/// counter.add(2);
/// assert_eq!(counter.get().await?, 42);
/// ```
///
/// # On the struct
///
/// - `name = "counter"`: the name under which the process is registered.
/// - `mailbox(capacity = 1024, when_full = reject)`: bounds the mailbox; when it is full a message
///   is refused (`reject`), or the newest or the oldest is dropped (`drop_newest`, `drop_oldest`).
///   Without it the mailbox grows, as in OTP.
/// - `call_timeout = 5s` or `infinity`: how long a call waits if it does not say so itself.
///   Durations are numbers with one of the units `ns`, `us`, `ms`, `s`, `m` and `h`.
/// - `inline = false`: callbacks are run by the server's own task only, never where the caller stands.
/// - `crate = ::path`: where the `behaviour` crate is found, if it is re-exported.
///
/// A field that bears `#[secret]` is shown as `***` in reports.
///
/// # On the impl
///
/// Each marked method is a callback, a `fn` or an `async fn` on `&self` or `&mut self`; the others
/// are left alone. (An `async fn` on `&self` shares the state while it waits, so it asks of the
/// state to be `Sync`; on `&mut self` it does not.)
///
/// - `#[init]` makes the server and has no `self`. It returns `Self` or `Result<Self, E>`; its
///   parameters become those of `start`, `start_link` and `child`. There is exactly one.
/// - `#[call]` replies with what it returns. `#[call(later)]` takes a `Reply<T>` first and returns
///   `Later`; `#[call(queued)]` is always run by the server's own task.
/// - `#[cast]` replies nothing. An `Err` that it returns ends the server; so it is with all that
///   follow.
/// - `#[info]` takes a message by its type, such as a timer's, or `Down`, `Exit` and `Timeout`.
/// - `#[continues]` takes what `cx.continue_with(..)` left for after the callback.
/// - `#[terminate]` runs at the end, with the `ExitReason` if it takes one.
/// - `#[format_status]` returns what is shown of the state, in place of its fields.
///
/// A parameter by reference is the context, `cx: &mut Context<Self>`; all the others are what the
/// message carries, and are owned. `#[cfg(..)]` on a callback holds for all that is made of it.
///
/// The one option on the impl is `crate = ::path`.
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
///     pub fn start(value: i64) -> Start<Self> { Start::new(move |cx| Self::init(value)) }
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

/// Makes a struct a supervisor: a process that starts others, and starts them anew when they end.
///
/// The attribute stands twice, on the struct and on one `impl` of it.
///
/// ```text
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
///     /// Writes down what happens to it.
///     #[child(transient, shutdown = 2s)]
///     pub fn audit(&self) -> Child<Audit> {
///         Audit::child("audit.log")
///     }
/// }
///
/// let bank: BankClient = Bank { opening: 100 }.start().await?;
/// bank.vault().deposit(50);
/// ```
///
/// # On the struct
///
/// - The strategy comes first. When a child ends, `one_for_one` restarts it alone, `one_for_all`
///   all children, and `rest_for_one` it and those that were started after it.
/// - `intensity = 3, period = 5s`: with more restarts than this in that time it gives up.
/// - `name = "bank"`: the name under which the process is registered.
/// - `crate = ::path`: where the `behaviour` crate is found, if it is re-exported.
///
/// # On the impl
///
/// Each method that bears `#[child]` describes the start of a child and is run anew at each
/// restart. It takes `&self`, and the supervisor's own client by reference if it is to reach a
/// sibling (`bank: &BankClient`); it does not wait. The order of the methods is the order of the
/// start. The client has a method of the same name, which gives the child's client.
///
/// - `permanent`, `transient` or `temporary`: whether the child is restarted always, after a crash
///   only, or never.
/// - `shutdown = 5s`, `brutal_kill` or `infinity`: how long it may take to end when it is told to.
///
/// The one option on the impl is `crate = ::path`.
///
/// <details><summary>See expanded code</summary>
///
/// ```text
/// pub struct BankClient(Client<Bank>);  // Clone, Debug, Eq, Hash, Deref, From
///
/// impl Supervisor for Bank {
///     const CHILDREN: &'static [ChildEntry<Self>] = &[
///         ChildEntry::new("vault", |bank| AnyChild::new(Self::vault(bank))),
///         ChildEntry::new("audit", |bank| AnyChild::new(Self::audit(bank)))
///             .restart(Restart::Transient)
///             .shutdown(Shutdown::Timeout(Duration::new(2, 0))),
///     ];
/// }
///
/// impl BankClient {
///     /// Where the money is.
///     pub fn vault(&self) -> AccountClient { Client::child::<Child<Account>>(&self.0, "vault") }
///     /// Writes down what happens to it.
///     pub fn audit(&self) -> AuditClient { Client::child::<Child<Audit>>(&self.0, "audit") }
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
/// The function takes nothing, or its inbox.
///
/// ```text
/// #[behaviour::main]
/// async fn main() -> Result<(), StartError> {
///     let counter = Counter::start(40).await?;
///     counter.add(2);
///     Ok(())
/// }
/// ```
///
/// - `flavor = "multi_thread"` or `"current_thread"`: the runtime; the first if nothing is said.
/// - `worker_threads = 2`: how many threads a `multi_thread` runtime has.
/// - `start_paused = true`: the clock of a `current_thread` runtime stands still, and jumps when
///   everything waits for it.
/// - `crate = ::path`: where the `behaviour` crate is found, if it is re-exported.
///
/// <details><summary>See expanded code</summary>
///
/// ```text
/// fn main() -> Result<(), StartError> {
///     async fn main() -> Result<(), StartError> { .. }
///     run(Runtime::multi_thread(), |_: Inbox<()>| main())
/// }
/// ```
///
/// </details>
#[proc_macro_attribute]
pub fn main(arguments: TokenStream, item: TokenStream) -> TokenStream {
    entry::main(arguments.into(), item.into()).into()
}

/// Runs an `async fn` as a test that is a process.
///
/// The function takes nothing, or its inbox.
///
/// ```text
/// #[behaviour::test(start_paused = true)]
/// async fn a_late_message_is_seen(mut inbox: Inbox<Tick>) {
///     assert!(inbox.next().await.is_some());
/// }
/// ```
///
/// - `flavor = "current_thread"` or `"multi_thread"`: the runtime; the first if nothing is said.
/// - `worker_threads = 2`: how many threads a `multi_thread` runtime has.
/// - `start_paused = true`: the clock of a `current_thread` runtime stands still, and jumps when
///   everything waits for it.
/// - `crate = ::path`: where the `behaviour` crate is found, if it is re-exported.
///
/// <details><summary>See expanded code</summary>
///
/// ```text
/// #[test]
/// fn a_late_message_is_seen() {
///     async fn a_late_message_is_seen(mut inbox: Inbox<Tick>) { .. }
///     run(Runtime::current_thread().start_paused(true), |inbox| a_late_message_is_seen(inbox))
/// }
/// ```
///
/// </details>
#[proc_macro_attribute]
pub fn test(arguments: TokenStream, item: TokenStream) -> TokenStream {
    entry::test(arguments.into(), item.into()).into()
}
