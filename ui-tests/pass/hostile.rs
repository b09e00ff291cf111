//! Names that get in the way: of the prelude, of crates, of what the macro writes.

#![allow(dead_code, non_camel_case_types, clippy::unused_self, clippy::wrong_self_convention)]

/// A module where nothing means what it says.
mod scope {
    pub struct Result;
    pub struct Option;
    pub struct Box;
    pub struct String;
    pub struct Vec;
    pub struct Send;
    pub struct Sync;
    pub struct Some;
    pub struct None;
    pub struct Ok;
    pub struct Err;
    pub struct Call;
    pub struct Client;
    pub struct Start;
    pub struct Message;
    pub struct GenServer;
    pub struct Declared;
    pub struct u64;
    pub mod std {}
    pub mod core {}
    pub mod alloc {}

    /// A type that has the name of one that the runtime has.
    #[derive(Debug)]
    pub struct Down;

    use behaviour::gen_server;
    use behaviour::server::Context;

    /// Its fields are called like locals of the macro.
    #[gen_server(name = "hostile", call_timeout = 2s, mailbox(capacity = 8))]
    pub struct Counter {
        message: i64,
        cx: i64,
        __cx: i64,
        __message: Down,
        f: Vec,
    }

    /// Its variants are called like those of the prelude.
    pub struct Tick;

    #[gen_server]
    impl Counter {
        #[init]
        fn init(cx: i64, __cx: i64, context: &mut Context<Self>) -> Self {
            let _ = context;
            Self { message: 1, cx, __cx, __message: Down, f: Vec }
        }

        #[call]
        pub fn some(&self) -> i64 {
            self.message
        }

        #[call]
        pub fn none(&self, none: i64, value: i64, reply: i64) -> i64 {
            none + value + reply
        }

        #[call]
        pub fn handle(&self, message: i64, cx: i64, __message: i64, __cx: i64, context: &Context<Self>) -> i64 {
            let _ = context;
            self.message + self.cx + self.__cx + message + cx + __message + __cx
        }

        #[call]
        pub async fn report(&mut self, __value: i64, __reply: i64) -> i64 {
            __value + __reply
        }

        #[call]
        pub fn message_name(&self, f: i64) -> i64 {
            f
        }

        #[cast]
        pub fn terminate(&mut self, __never: i64) {
            self.message = __never;
        }

        #[call]
        pub fn format_status(&self) -> i64 {
            0
        }

        #[call]
        pub fn into_message(&self) -> i64 {
            0
        }

        #[call]
        pub fn reply(&self) -> i64 {
            0
        }

        #[call]
        pub fn deref(&self) -> i64 {
            0
        }

        #[call]
        pub fn from(&self) -> i64 {
            0
        }

        #[call]
        pub fn fmt(&self) -> i64 {
            0
        }

        #[call]
        pub fn r#type(&self, r#move: i64) -> i64 {
            r#move
        }

        /// Not the runtime's.
        #[info]
        fn down(&mut self, Down: Down) {
            self.message += 1;
        }

        #[info]
        fn exit(&mut self, _: Tick) {}

        #[info]
        fn real(&mut self, down: behaviour::process::Down) {
            drop(down);
            self.message += 10;
        }

        /// A helper that is called like a method of the trait.
        fn settle(&self) {}

        fn timeout(&self) {}
    }

    /// A struct that is called like a keyword.
    #[gen_server]
    pub struct r#struct;

    #[gen_server]
    impl r#struct {
        #[init]
        fn r#fn(r#in: i64) -> Self {
            let _ = r#in;
            Self
        }

        #[call]
        pub fn r#loop(&self) -> i64 {
            3
        }
    }

    /// A tree with children that are called like keywords and like parameters of the macro.
    #[behaviour::supervisor(one_for_one)]
    pub struct Tree {
        pub client: i64,
    }

    #[behaviour::supervisor]
    impl Tree {
        #[child]
        pub fn r#struct(&self) -> behaviour::server::Child<r#struct> {
            r#struct::child(self.client)
        }

        #[child]
        pub fn supervisor(&self, client: &TreeClient) -> behaviour::server::Child<Counter> {
            let _ = client.r#struct();
            Counter::child(1, 2)
        }
    }

    pub fn client() -> Counter {
        Counter { message: 0, cx: 0, __cx: 0, __message: Down, f: Vec }
    }
}

#[behaviour::test]
async fn names_do_not_meet() {
    use scope::{Counter, Down, Tick, Tree};

    let tree = Tree { client: 7 }.start().await.unwrap();
    assert_eq!(tree.r#struct().r#loop().await, Ok(3));
    let counter = tree.supervisor();
    assert_eq!(counter.some().await, Ok(1));
    assert_eq!(counter.none(1, 2, 3).await, Ok(6));
    assert_eq!(counter.handle(1, 1, 1, 1).await, Ok(8));
    assert_eq!(counter.report(1, 2).await, Ok(3));
    assert_eq!(counter.message_name(5).await, Ok(5));
    assert_eq!(counter.r#type(4).await, Ok(4));
    counter.terminate(20);
    counter.send(Down);
    counter.send(Tick);
    assert_eq!(counter.some().await, Ok(21));
    let again = Counter::start(1, 2).await;
    assert!(again.is_err(), "the name is taken: {again:?}");
}
