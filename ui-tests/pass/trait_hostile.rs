//! Traits in a scope where nothing means what it should, without a prelude, made by other macros, under conditions.

/// Names that the generated code must not stumble over.
mod hostile {
    #![allow(dead_code, non_camel_case_types, reason = "these names shadow others")]

    struct Option;
    struct Some;
    struct None;
    struct Box;
    struct String;
    struct Result;
    struct Send;
    struct Sized;
    struct Future;
    struct Context;
    struct Start;
    struct Starts;
    mod core {}
    mod std {}
    mod behaviour {}

    /// Its methods and parameters are called like what the macro writes.
    #[::behaviour::gen_server]
    pub(super) trait Hostile: ::std::fmt::Debug {
        #[call]
        fn handle(&self, message: u8, cx: u8, value: u8, implementation: u8) -> u8;

        #[call]
        async fn fmt(&mut self, context: &mut ::behaviour::server::Context<HostileServer>, f: u8) -> u8 {
            let _ = (context, f);
            7
        }

        #[call]
        fn start(&self, start: u8) -> u8 {
            start
        }

        #[call]
        fn r#match(&self, r#type: u8) -> u8 {
            r#type
        }

        #[cfg(any())]
        #[call]
        fn nowhere(&self) -> NoSuchType;

        #[cast]
        fn run(&mut self, (a, b): (u8, u8), _: u8) {
            let _ = (a, b);
        }

        #[terminate]
        fn terminate(&mut self, reason: ::behaviour::process::ExitReason) {
            let _ = reason;
        }
    }

    #[derive(Debug)]
    pub(super) struct Calm;

    impl Hostile for Calm {
        fn handle(&self, message: u8, cx: u8, value: u8, implementation: u8) -> u8 {
            message + cx + value + implementation
        }
    }

    /// The callbacks of a behaviour.
    #[::behaviour::behaviour]
    pub(super) trait Callbacks {
        type Send;

        async fn future(&mut self, sized: Self::Send) -> Self::Send {
            sized
        }
    }

    impl Callbacks for Calm {
        type Send = u8;
    }

    #[::behaviour::gen_server]
    pub(super) struct Calls<C: Callbacks> {
        callbacks: C,
    }

    #[::behaviour::gen_server]
    impl<C: Callbacks> Calls<C> {
        #[init]
        fn init(callbacks: C) -> Self {
            Self { callbacks }
        }

        #[call]
        pub(super) async fn ask(&mut self, what: C::Send) -> C::Send {
            self.callbacks.future(what).await
        }
    }
}

mod elsewhere {
    /// Re-exports the crate.
    pub(super) mod vendor {
        pub(crate) use ::behaviour as otp;
    }
}

macro_rules! interface {
    ($vis:vis $name:ident, $reply:ty) => {
        #[::behaviour::gen_server(crate = crate::trait_hostile::elsewhere::vendor::otp)]
        $vis trait $name {
            #[call]
            fn get(&self) -> $reply;
        }
    };
}

interface!(pub(crate) Counter, u64);

struct One;

impl Counter for One {
    fn get(&self) -> u64 {
        1
    }
}

/// Without the prelude of std.
mod bare {
    #![no_implicit_prelude]

    #[::behaviour::gen_server]
    pub(super) trait Bare {
        #[call]
        async fn get(&self) -> ::std::string::String;

        #[cast]
        fn set(&mut self, to: u8) -> ::std::result::Result<(), ::std::fmt::Error>;
    }

    impl Bare for u8 {
        async fn get(&self) -> ::std::string::String {
            ::std::format!("{self}")
        }

        fn set(&mut self, to: u8) -> ::std::result::Result<(), ::std::fmt::Error> {
            *self = to;
            ::std::result::Result::Ok(())
        }
    }
}

#[::behaviour::test]
async fn a_trait_is_at_home_anywhere() {
    use bare::Bare as _;
    use hostile::Hostile as _;

    let hostile = hostile::Calm.serve().await.unwrap();
    assert_eq!(hostile.handle(1, 2, 3, 4).await, Ok(10));
    assert_eq!(hostile.fmt(0).await, Ok(7));
    assert_eq!(hostile.start(3).await, Ok(3));
    assert_eq!(hostile.r#match(4).await, Ok(4));
    hostile.run((1, 2), 3);
    let calls = hostile::Calls::start(hostile::Calm).await.unwrap();
    assert_eq!(calls.ask(5).await, Ok(5));
    let counter: CounterClient = One.serve().await.unwrap();
    assert_eq!(counter.get().await, Ok(1));
    let bare = 5.serve().await.unwrap();
    bare.set(6);
    assert_eq!(bare.get().await, Ok("6".to_owned()));
}
