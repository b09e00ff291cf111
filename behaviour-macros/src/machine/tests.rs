//! Pictures of what `#[gen_statem(..)]` makes of the impl: one a feature, one an error.

use crate::snapshot::picture;

macro_rules! snapshot {
    ($($name:ident: $arguments:literal, $item:literal;)*) => {$(
        #[test]
        fn $name() {
            let item = $item.lines().map(|line| line.strip_prefix("            ").unwrap_or(line));
            let item = item.collect::<Vec<_>>().join("\n");
            insta::assert_snapshot!(picture("gen_statem", super::expand, $arguments, item.trim()));
        }
    )*};
}

/// What is told of a mistake, without what is still written.
macro_rules! told {
    ($($name:ident: $arguments:literal, $item:literal, [$($problem:literal),* $(,)?];)*) => {$(
        #[test]
        fn $name() {
            assert_eq!(told($arguments, $item), [$($problem),*]);
        }
    )*};
}

fn told(arguments: &str, item: &str) -> Vec<String> {
    let parse = |text: &str| text.parse().expect("the test writes tokens");
    let output: syn::File = syn::parse2(super::expand(parse(arguments), parse(item))).expect("the output is sound");
    let macros = output.items.into_iter().filter_map(|item| match item {
        syn::Item::Macro(called) => syn::parse2::<syn::LitStr>(called.mac.tokens).ok(),
        _ => None,
    });
    macros.map(|text| text.value()).collect()
}

snapshot! {
    signatures_are_transitions: "Light", "
            impl Crossing {
                #[init]
                fn init() -> (Self, Red) { todo!() }

                /// A car drives up.
                #[cast(else = ignore)]
                pub fn car(&mut self, red: &mut Red) { red.waiting += 1; }

                /// How many cars have gone through.
                #[call]
                pub fn served(&self, _: &Light) -> u32 { self.served }

                #[state_timeout(30s)]
                fn go(&mut self, red: Red) -> Green { Green }

                #[state_timeout(20s)]
                fn slow(&mut self, _: Green) -> Amber { Amber }

                #[state_timeout(1.5s)]
                fn halt(&mut self, _: Amber) -> Red { Red { waiting: 0 } }

                #[enter]
                fn lamp(&mut self, light: &Light) { }

                #[terminate]
                fn off(&mut self, light: &Light, reason: ExitReason) { }
            }";
    an_event_has_several_handlers: "Lock", "
            impl Door {
                #[init]
                fn init(code: u16) -> Result<(Self, Locked), Bad> { todo!() }

                /// A digit.
                #[cast(press)]
                pub fn digit(&mut self, locked: Locked, digit: u8) -> Next<(Locked, Open)> { todo!() }
                #[cast(press)]
                fn already(&mut self, open: &Open, _: u8) { }

                #[call(push)]
                fn stuck(&mut self, _: &lock::Locked) -> Result<(), Stuck> { Err(Stuck) }
                /// Pushes it.
                #[call(queued, else = postpone)]
                pub(crate) async fn push(&mut self, (open): (Open), cx: &mut Context<Self>) -> (Lock, Result<(), Stuck>) { todo!() }
            }";
    a_new_version_takes_over_in_a_state: "Lock", "
            impl Door {
                #[init]
                fn init() -> (Self, Locked) { todo!() }
                #[code_change]
                fn replace(old: &mut OldDoor, lock: &OldLock, step: u8) -> Result<(Self, Open), Stuck> { todo!() }
                #[call]
                fn count(&mut self, _: &Lock) -> u8 { 1 }
            }";
    new_code_changes_state_and_data: "Lock", "
            impl Door {
                #[init]
                fn init() -> (Self, Locked) { todo!() }
                #[code_change]
                fn reset(&mut self, lock: &mut Lock) { todo!() }
                #[code_change]
                fn stateless(&mut self) { todo!() }
            }";
    events_are_postponed: "Lock, crate = ::otp", "
            impl Door {
                #[init]
                async fn init() -> Option<(Self, Lock)> { todo!() }
                #[cast]
                fn push(&mut self, lock: &mut Lock, cx: &mut Context<Self>) { cx.postpone(); }
                #[call]
                fn count(&mut self, _: Locked, by: u8, name: String, cx: &mut Context<Self>) -> (Open, usize) { cx.postpone(); (Open, 1) }
                #[call(count)]
                fn counted(&mut self, open: &Open, by: u8, name: String) -> u8 { 1 }
                #[call(else = postpone)]
                fn leave(&mut self, _: Open) -> Result<Locked, Bad> { Locked }
            }";
    a_reply_may_come_later: "State", "
            impl Connection {
                #[init]
                fn init() -> (Self, Closed) { todo!() }
                #[call(connect, later)]
                fn open(&mut self, _: Closed, reply: Reply<Result<(), Refused>>, at: Addr) -> (SynSent, Later) { todo!() }
                #[call]
                fn connect(&mut self, _: &State, at: Addr) -> Result<(), Refused> { Err(Refused) }
                #[call(later, queued, else = postpone)]
                async fn read(&mut self, established: &mut Established, reply: Reply<Bytes>) -> Later { Later }
            }";
    what_a_machine_sends_itself_is_known_by_type: "State", "
            impl Session {
                #[init]
                fn init(cx: &mut Context<Self>) -> (Self, Idle) { todo!() }
                #[info]
                fn down(&mut self, _: &State, down: Down) { }
                #[internal(else = ignore)]
                fn step(&mut self, idle: Idle, step: Step) -> Busy { Busy }
                #[timeout]
                fn idle(&mut self, idle: &Idle, _: KeepAlive) { }
                #[timeout(else = postpone)]
                fn busy(&mut self, _: &Busy, _: KeepAlive) -> Result<(), Late> { }
                #[state_timeout]
                fn over(&mut self, busy: Busy) -> Idle { Idle }
                #[state_timeout(5s)]
                fn any(&mut self, state: State) -> State { state }
                #[state_timeout(else = ignore)]
                fn why(&mut self, busy: &Busy, why: Why) { }
                #[event_timeout]
                fn quiet(&mut self, _: &State) { }
                #[event_timeout]
                fn told(&mut self, _: &State, why: Why) { }
                #[enter]
                async fn entered(&mut self, from: &'static str, cx: &mut Context<Self>, busy: &mut Busy) { }
                #[enter]
                async fn busy_again(&mut self, busy: &mut Busy, from: &'static str, cx: &mut Context<Self>) -> Result<(), Late> { }
                #[terminate]
                async fn close(&mut self, cx: &mut Context<Self>) -> Result<(), Late> { }
                #[format_status]
                fn status(&self) -> String { todo!() }
            }";
    handlers_may_be_there_under_cfg: "Light", "
            impl Crossing {
                #[init]
                fn init() -> (Self, Red) { todo!() }
                #[cfg(unix)]
                #[cast(else = ignore)]
                fn car(&mut self, red: &mut Red) { }
                #[cfg(windows)]
                #[cfg(feature = \"x\")]
                #[cast(car)]
                fn car_there(&mut self, red: &mut Red) { }
                #[cfg(unix)]
                #[state_timeout(3s)]
                fn go(&mut self, red: Red) -> Green { }
                #[cfg(unix)]
                #[enter]
                fn lamp(&mut self, red: &Red) { }
            }";
    a_generic_machine_has_generic_states: "Work<T>", "
            impl<T: Send + 'static> Worker<T> {
                #[init]
                fn init(first: T) -> (Self, Idle) { todo!() }
                #[cast(else = postpone)]
                pub fn work(&mut self, _: Idle, on: T) -> Busy<T> { Busy { on } }
                #[call(else = postpone)]
                pub fn finish(&mut self, busy: Busy<T>) -> (Idle, T) { (Idle, busy.on) }
            }";
    an_attribute_without_states_leaves_the_rest: "", "
            impl Crossing {
                #[init]
                fn init() -> (Self, Red) { todo!() }
                #[call]
                pub fn served(&self, _: &Light, by: u8) -> u32 { self.served }
            }";
    faulty_handlers_keep_their_names: "Light", "
            impl Crossing {
                #[init]
                fn init() -> (Self, Red) { todo!() }
                #[cast]
                pub fn nothing(&mut self) { }
                #[cast]
                pub fn number(&mut self, by: u8, light: Light) { }
                #[call]
                pub fn context(&mut self, cx: &mut Context<Self>, of: u8) -> u8 { 1 }
                #[call]
                pub fn nowhere(&mut self, red: Red, of: u8) { }
                #[call]
                pub fn somewhere(&mut self, red: Red) -> impl Into<Light> { Green }
                #[cast(press)]
                pub fn one(&mut self, red: &Red, a: u8) { }
                #[cast(press)]
                pub fn two(&mut self, green: &Green, a: u8, b: u8) { }
            }";
}

told! {
    a_state_answers_an_event_once: "Lock", "
            impl Door {
                #[init]
                fn init() -> (Self, Locked) { todo!() }
                #[cast(press)]
                fn digit(&mut self, locked: &Locked) { }
                #[cast(press)]
                fn again(&mut self, locked: &mut Locked) { }
                #[cast(press)]
                fn all(&mut self, lock: &Lock) { }
                #[cast(press)]
                fn others(&mut self, lock: &Lock) { }
                #[enter]
                fn a(&mut self, lock: &Lock) { }
                #[enter]
                fn b(&mut self, lock: &Lock) { }
                #[enter]
                fn c(&mut self, lock: &Locked) { }
                #[enter]
                fn d(&mut self, lock: &mut Locked) { }
            }", [
        "every other state has an `#[enter]` already, `a`\n\nhelp: join the two: one callback is called when a state is entered",
        "`Locked` has an `#[enter]` already, `c`\n\nhelp: join the two: one callback is called when a state is entered",
        "`Locked` answers `press` already, in `digit`\n\nhelp: an event has one answer in a state: join the two",
        "every other state answers `press` already, in `all`\n\nhelp: an event has one answer in a state: join the two",
    ];
    an_event_has_one_mark_and_one_else: "Lock", "
            impl Door {
                #[init]
                fn init() -> (Self, Locked) { todo!() }
                #[cast(press, else = ignore)]
                fn digit(&mut self, locked: &Locked) { }
                #[cast(press, else = postpone)]
                fn open(&mut self, open: &Open) { }
                #[call(press)]
                fn third(&mut self, broken: &Broken) { }
                #[info(else = ignore)]
                fn tick(&mut self, lock: &Lock, tick: Tick) { }
                #[internal(else = ignore)]
                fn tock(&mut self, lock: &Locked, tick: Tick) { }
                #[internal]
                fn tack(&mut self, lock: &Open, tick: Tick, more: u8) { }
            }", [
        "`press` has an `else` already\n\nhelp: it stands at one handler of the event, and answers for all states without a handler",
        "`press` is a `#[cast]` in `digit`, and a `#[call]` here\n\nhelp: all handlers of one event have the same mark: name one of the events otherwise",
        "the `#[internal]` callback `tack` takes more than one message\n\nhelp: write `fn tack(&mut self, state: &State, message: Message)`, with one type that it is sent",
        "`tick` answers in every other state, so that nothing is left for `else`\n\nhelp: drop one of the two",
    ];
    marks_take_known_words: "Light, name = \"a\"", "
            impl Crossing {
                #[init(now)]
                fn init() -> (Self, Red) { todo!() }
                #[call(else = ignore)]
                fn a(&self, _: &Red) { }
                #[call(else = postpon)]
                fn b(&self, _: &Red) { }
                #[cast(later)]
                fn c(&self, _: &Light) { }
                #[cast(else = drop)]
                fn d(&self, _: &Light) { }
                #[cast(else)]
                fn e(&self, _: &Light) { }
                #[info(tick)]
                fn f(&self, _: &Light, _: Tick) { }
                #[timeout(30s)]
                fn g(&self, _: &Light, _: Tick) { }
                #[event_timeout(30s)]
                fn h(&self, _: &Light) { }
                #[state_timeout(30)]
                fn i(&self, _: &Red) { }
                #[state_timeout(5s)]
                fn j(&self, _: &Red, content: u8) { }
                #[cast(type)]
                fn k(&self, _: &Light) { }
                #[continues]
                fn l(&self, _: &Light) { }
                #[child]
                fn m(&self, _: &Light) { }
                #[cast(30s)]
                fn n(&self, _: &Light) { }
            }", [
        "`#[gen_statem(..)]` on an impl has no option `name`\n\nhelp: `name` belongs to `#[gen_statem(..)]` on a struct\nhelp: `#[gen_statem(..)]` on an impl takes only `crate`",
        "`#[init]` has no options\n\nhelp: write `#[init]` alone",
        "a call that is ignored leaves its caller without an answer\n\nhelp: write `else = postpone`, or answer in every state with a handler that takes the whole enum",
        "`else` cannot be `postpon`\n\nhelp: write `else = postpone`",
        "`#[cast]` has no option `later`\n\nhelp: `later` belongs to `#[call]`\nhelp: `#[cast]` takes only `else`",
        "`else` cannot be `drop`\n\nhelp: it is one of `ignore` and `postpone`",
        "`else` needs a value\n\nhelp: write `else = ignore`",
        "`#[info]` has no option `tick`\n\nhelp: `#[info]` takes only `else`",
        "a `#[timeout]` has no time of its own\n\nhelp: arm it where it is needed, by `cx.timer(..)`; what comes some time after the entry to a state is a `#[state_timeout(30s)]`",
        "an `#[event_timeout]` has no time of its own\n\nhelp: arm it where it is needed, by `cx.event_timeout(..)`",
        "the duration `30` has no unit\n\nhelp: a duration is a number with a unit, such as `5s` or `1.5s`; the units are `ns`, `us`, `ms`, `s`, `m` and `h`",
        "`type` is a word of Rust's, and no name\n\nhelp: write `r#type`",
        "a machine has no `#[continues]`\n\nhelp: a machine goes on by itself with `cx.next_event(..)`, which an `#[internal]` handler answers",
        "a machine has no `#[child]`\n\nhelp: children belong to a `#[supervisor] impl`",
        "a `#[cast]` has no time of its own\n\nhelp: what comes some time after the entry to a state is a `#[state_timeout(30s)]`",
        "a timeout that is armed by the entry to its state brings nothing\n\nhelp: arm it by `cx.state_timeout_with(..)`, and leave its time out here",
    ];
    who_handles_no_event_postpones_none: "Light", "
            impl Crossing {
                #[init]
                fn init(cx: &mut Context<Self>) -> (Self, Red) { cx.postpone(); todo!() }
                #[enter]
                fn lamp(&mut self, light: &Light, cx: &mut Context<Self>) { cx.postpone(); }
                #[terminate]
                fn off(&mut self, cx: &mut Context<Self>) { cx.postpone(); }
                #[call(later)]
                fn ask(&mut self, light: &Light, reply: Reply<u8>, cx: &mut Context<Self>) -> Later { cx.postpone(); Later }
            }", [
        "an `#[init]` callback has no event to postpone\n\nhelp: postpone in the handler of an event",
        "an `#[enter]` callback has no event to postpone\n\nhelp: postpone in the handler of an event",
        "a `#[terminate]` callback has no event to postpone\n\nhelp: postpone in the handler of an event",
        "`ask` has taken the place for the reply, so the call cannot come again\n\nhelp: keep the `Reply` in the state, or postpone the call by `else = postpone` where no handler takes it",
    ];
    callbacks_of_a_machine_have_their_form: "Light", "
            impl Crossing {
                #[init]
                fn init() -> impl Into<Self> { todo!() }
                #[enter]
                fn lamp(&mut self, red: Red) { }
                #[enter]
                fn other(&mut self, light: &Light, from: &str, a: u8, b: u8) { }
                #[terminate]
                fn off(&mut self, light: Light, reason: ExitReason, more: u8) { }
                #[call(later)]
                fn a(&mut self, red: Red, reply: Reply<u8>) -> Later { Later }
                #[call(later)]
                fn b(&mut self, red: &Red) -> Later { Later }
                #[call]
                fn c(&mut self, red: Red) -> (Green, &str) { todo!() }
                #[event_timeout]
                fn d(&mut self, light: &Light, a: u8, b: u8) { }
                #[info]
                fn e(&mut self, light: &Light) { }
                #[cast]
                fn clone(&mut self, light: &Light) { }
                #[cast]
                fn f(self, light: &Light) { }
            }", [
        "`#[init]` says by its type where the machine begins, and `impl Trait` does not\n\nhelp: name the type, such as `(Self, First)` or `Result<(Self, First), E>`",
        "an `#[enter]` callback stays in its state\n\nhelp: take it by reference: `&Red`, or `&mut Red` to change it",
        "beside the state, an `#[enter]` callback takes the name of the old one, and the context\n\nhelp: write `from: &'static str` and `cx: &mut Context<Self>`",
        "`#[terminate]` looks at the last state\n\nhelp: take it by reference: `&Light`",
        "`#[terminate]` takes the reason and nothing else by value\n\nhelp: write `fn close(&mut self, reason: ExitReason)`; the state and the context may come by reference",
        "`a` replies later and leaves its state, and this says one of the two\n\nhelp: return both, the next state and the promise: `-> (Next, Later)`",
        "`b` replies later, and takes nothing to reply with\n\nhelp: make `reply: Reply<T>` the first parameter after the state, with the type of the reply for `T`",
        "a reply leaves the machine, and `&str` borrows from it\n\nhelp: return an owned value, such as `String` for `&str`",
        "a timeout has one content at most\n\nhelp: join them in a type of their own",
        "the `#[info]` callback `e` takes no message\n\nhelp: write `fn e(&mut self, state: &State, message: Message)`, with one type that it is sent",
        "a client has a `clone` already, which makes another handle to the same machine\n\nhelp: give the event another name",
        "a `#[cast]` callback borrows its machine, and `f` does not\n\nhelp: write `&self`, or `&mut self` to change the state",
    ];
    a_machine_starts_once_and_its_events_differ: "Light", "
            impl Crossing {
                #[cast]
                fn get_all(&mut self, light: &Light) { }
                #[cast]
                fn get__all(&mut self, light: &Light) { }
                #[terminate]
                fn a(&mut self) { }
                #[terminate]
                fn b(&mut self) { }
            }", [
        "`get_all` and `get__all` would both be `GetAll` among the messages\n\nhelp: give one of the events another name",
        "`b` is a second `#[terminate]` beside `a`\n\nhelp: a machine has one `#[terminate]`: join the two",
        "`Crossing` has no `#[init]`, so it cannot start\n\nhelp: add `#[init] fn init() -> (Self, First) { .. }`; its parameters become those of `start`",
    ];
}
