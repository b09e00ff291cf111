//! Applications in odd surroundings: names that get in the way, no prelude, another road to the crate, conditions.

#![allow(dead_code, non_camel_case_types, clippy::unused_self)]

/// The road that `crate = ..` points to.
pub mod otp {
    pub use behaviour::__private;
    pub use behaviour::application;
}

/// A module where nothing means what it says.
mod scope {
    pub struct Result;
    pub struct Option;
    pub struct Box;
    pub struct Vec;
    pub struct Send;
    pub struct Sync;
    pub struct Some;
    pub struct None;
    pub struct Ok;
    pub struct Err;
    pub struct Application;
    pub struct Described;
    pub struct u64;
    pub mod std {}
    pub mod core {}

    use behaviour::gen_server;
    use behaviour::server::Child;

    #[gen_server]
    pub struct Worker;

    #[gen_server]
    impl Worker {
        #[init]
        fn init() -> Self {
            Self
        }
    }

    /// A name that is a keyword.
    #[super::otp::application(crate = crate::application_odd::otp)]
    #[derive(Default)]
    pub struct r#type {
        app: u8,
        top: u8,
        __top: u8,
    }

    #[super::otp::application(crate = crate::application_odd::otp)]
    impl r#type {}

    /// Its callbacks are called like locals of the macro, and like functions of the runtime.
    #[behaviour::application(name = "hostile", depends(r#type), phases(r#fn, top, changed))]
    pub struct Hostile {
        pub missing: bool,
        #[cfg(any())]
        absent: Absent,
    }

    #[behaviour::application]
    impl Hostile {
        #[cfg(test)]
        #[start]
        fn start(&self) -> Child<Worker> {
            Worker::child()
        }

        #[cfg(any())]
        #[start]
        fn otherwise(&self) -> Child<Absent> {
            Absent::child()
        }

        #[phase]
        fn top(&self, __top: &WorkerClient) {
            assert!(__top.is_alive());
        }

        #[phase]
        async fn changed(&self, __app: &WorkerClient) -> ::core::result::Result<(), ::std::fmt::Error> {
            ::std::future::ready(::core::result::Result::Ok(())).await
        }

        #[phase]
        fn r#fn(&self) {}

        #[cfg(any())]
        #[phase]
        fn absent(&self) {}

        #[prep_stop]
        fn stop(&self, _: &WorkerClient) {}

        #[stop]
        async fn before_stop(&self) {
            ::std::future::ready(()).await;
        }

        #[config_change]
        async fn configure(&self, _: &Hostile, _: &WorkerClient) {
            ::std::future::ready(()).await;
        }

        /// A plain function.
        pub const fn depends() -> usize {
            1
        }
    }
}

/// An impl away from its struct.
mod elsewhere {
    #[behaviour::application]
    impl super::Plain {
        #[stop]
        fn stop(&self) {}
    }
}

#[behaviour::application]
struct Plain(u8);

#[behaviour::test]
async fn odd_applications_run() {
    use behaviour::application;

    application::ensure_all_started(scope::Hostile { missing: false }).await.unwrap();
    application::start(Plain(1)).await.unwrap();
    let names: Vec<_> = application::which_applications().iter().map(|info| info.name).collect();
    assert_eq!(names, ["type", "hostile", "plain"]);
    application::configure(scope::Hostile { missing: true }).await.unwrap();
    application::shut_down().await;
    assert_eq!(scope::Hostile::depends(), 1);
}
