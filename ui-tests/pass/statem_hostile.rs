//! Names that get in the way of a machine: of the prelude, of crates, of what the macro writes.

#![allow(dead_code, non_camel_case_types, clippy::unused_self, clippy::wrong_self_convention)]

/// A module where nothing means what it says.
mod scope {
    pub struct String;
    pub struct Vec;
    pub struct Send;
    pub struct Sync;
    pub struct Call;
    pub struct Client;
    pub struct Start;
    pub struct Place;
    pub struct Target;
    pub struct Next;
    pub struct State;
    pub struct StateOf;
    pub struct StateSet;
    pub struct Transition;
    pub struct GenStatem;
    pub struct Machine;
    pub struct Receives;
    pub struct From;
    pub struct Into;
    pub struct Default;
    pub struct u64;
    pub mod std {}
    pub mod core {}
    pub mod alloc {}

    use behaviour::gen_statem;
    use behaviour::machine::Next as Choice;
    use behaviour::server::Context;

    /// Its states are called like what the prelude has.
    #[gen_statem(state)]
    #[derive(Debug, Clone)]
    pub enum Answer {
        Some {
            state: i64,
            f: i64,
        },
        None,
        Ok(i64, i64),
        Err,
        Result,
        Option,
        /// Nothing comes after it.
        #[terminal]
        Box {
            __state: i64,
        },
    }

    /// The name of a timeout, called like a state.
    #[derive(Clone)]
    pub struct Timeout;

    /// Its fields are called like locals of the macro.
    #[gen_statem(Answer, name = "hostile machine", call_timeout = 2s, mailbox(capacity = 8))]
    pub struct Asked {
        message: i64,
        place: i64,
        __place: i64,
        __cx: i64,
    }

    #[gen_statem(Answer)]
    impl Asked {
        #[init]
        fn init(place: i64, __place: i64, context: &mut Context<Self>) -> (Self, Some) {
            let _ = context;
            (Self { message: 0, place, __place, __cx: 0 }, Some { state: place, f: __place })
        }

        #[cast(else = ignore)]
        pub fn state(&mut self, state: &mut Some, __state: i64, __place: i64, message: i64) {
            state.state += __state + __place + message;
        }

        #[call(next)]
        pub fn some(&mut self, some: Some, next: i64, value: i64, reply: i64) -> (None, i64) {
            self.message = some.state + some.f;
            (None, self.message + next + value + reply)
        }

        #[call(next)]
        pub fn none(&mut self, _: None, kept: i64, __value: i64, __next: i64) -> (Ok, i64) {
            (Ok(kept, __value), __next)
        }

        #[call(next)]
        pub async fn ok(&mut self, Ok(first, second): Ok, a: i64, b: i64, c: i64) -> (Choice<(Err, None)>, i64) {
            (Choice::to(Err), first + second + a + b + c)
        }

        #[call(next)]
        pub fn err(&mut self, _: Err, _: i64, _: i64, _: i64) -> (Result, i64) {
            (Result, 0)
        }

        #[call(next, else = postpone)]
        pub fn result(&mut self, _: self::Result, _: i64, _: i64, _: i64) -> (Answer, i64) {
            (Answer::Option(Option), 0)
        }

        /// Its parameters are called like what it is kept in.
        #[call(later)]
        pub fn put(&mut self, _: &Answer, reply: behaviour::server::Reply<i64>, kept: i64) -> behaviour::server::Later {
            reply.send(kept)
        }

        /// It is postponed until the last state.
        #[cast]
        pub fn last(&mut self, answer: &Answer, kept: i64, cx: &mut Context<Self>) {
            if matches!(answer, Answer::Box(_)) {
                self.message = kept;
            } else {
                cx.postpone();
            }
        }

        #[call]
        pub fn message(&self, _: &Answer) -> i64 {
            self.message
        }

        #[call]
        pub fn state_name(&self, _: &Answer) -> i64 {
            self.place + self.__place + self.__cx
        }

        #[call]
        pub fn handle(&self, _: &Answer, message: i64, cx: &mut Context<Self>, place: i64) -> i64 {
            let _ = cx.pid();
            message + place
        }

        #[call]
        pub fn enter(&self, _: &Answer, __from: i64) -> i64 {
            __from
        }

        #[call]
        pub fn on_entry(&self, _: &Answer) -> i64 {
            0
        }

        #[call]
        pub fn from(&self, _: &Answer) -> i64 {
            0
        }

        #[call]
        pub fn into(&self, _: &Answer) -> i64 {
            0
        }

        #[call]
        pub fn index(&self, _: &Answer) -> i64 {
            0
        }

        #[call]
        pub fn state_timeout(&self, _: &Answer) -> i64 {
            0
        }

        #[call]
        pub fn r#type(&self, _: &Answer, r#move: i64) -> i64 {
            r#move
        }

        #[cast(r#loop)]
        pub fn r#while(&mut self, r#answer: &Answer) {
            let _ = answer;
        }

        #[cast(end)]
        pub fn finish(&mut self, _: Option, cx: &mut Context<Self>) -> Box {
            cx.timer(Timeout, ::std::time::Duration::ZERO);
            Box { __state: 1 }
        }

        #[cast(end)]
        pub fn not_yet(&mut self, _: &Answer) {}

        #[timeout(else = ignore)]
        fn timeout(&mut self, r#box: &mut Box, Timeout: Timeout) {
            let _ = Timeout;
            r#box.__state += 1;
        }

        #[enter]
        fn entered(&mut self, answer: &Answer, __from: &'static str, place: &mut Context<Self>) {
            let _ = (answer, place.name());
            self.__cx += i64::from(__from == "Some");
        }

        /// A helper that is called like a method of a trait.
        fn into_state(&self) {}

        fn settle(&self) {}
    }

    /// States that are called like keywords, and like what the macro adds.
    #[gen_statem(state)]
    #[derive(Debug, Default)]
    pub enum r#match {
        #[default]
        r#fn,
        r#struct(i64),
    }

    /// A machine that is called like a keyword.
    #[gen_statem(r#match)]
    pub struct r#enum;

    #[gen_statem(r#match)]
    impl r#enum {
        #[init]
        fn r#impl(r#in: i64) -> (Self, r#struct) {
            (Self, r#struct(r#in))
        }

        #[call(r#loop)]
        pub fn r#while(&self, r#struct(r#if): r#struct) -> (r#fn, i64) {
            (r#fn, r#if)
        }

        #[call(r#loop)]
        pub fn r#for(&mut self, _: r#fn) -> (r#struct, i64) {
            (r#struct(1), 0)
        }
    }
}

#[behaviour::test]
async fn names_of_states_do_not_meet() {
    use scope::{Answer, Asked, AskedClient, r#enum, r#match};

    let asked: AskedClient = Asked::start(1, 2).await.unwrap();
    asked.last(70);
    asked.state(1, 1, 1);
    asked.end();
    assert_eq!(behaviour::server::Client::state_name(&asked).await, Ok("Some"));
    assert_eq!(asked.next(1, 2, 3).await, Ok(12));
    assert_eq!(asked.state_name().await, Ok(5));
    assert_eq!(asked.next(1, 2, 3).await, Ok(3));
    assert_eq!(asked.next(1, 2, 3).await, Ok(9));
    assert_eq!(asked.next(1, 2, 3).await, Ok(0));
    assert_eq!(asked.next(1, 2, 3).await, Ok(0));
    assert_eq!(asked.message().await, Ok(6));
    assert_eq!(asked.put(5).await, Ok(5));
    assert_eq!(asked.handle(1, 2).await, Ok(3));
    asked.end();
    assert_eq!(asked.message().await, Ok(70));
    assert_eq!(behaviour::server::Client::state_name(&asked).await, Ok("Box"));
    assert!(Asked::start(1, 2).await.is_err(), "the name is taken");
    assert_eq!(format!("{:?}", Answer::from(scope::Ok(1, 2))), "Ok(1, 2)");
    assert!(Answer::DIAGRAM.contains("Option --> Box: end"), "{}", Answer::DIAGRAM);

    let client = r#enum::start(3).await.unwrap();
    assert_eq!(client.r#loop().await, Ok(3));
    assert_eq!(client.r#loop().await, Ok(0));
    assert_eq!(client.state_name().await, Ok("struct"));
    assert_eq!(format!("{:?}", r#match::default()), "fn");
}
