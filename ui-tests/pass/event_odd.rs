//! Handlers of events that are odd but sound: hostile names, generics, conditions, and every lint that there is.

#![deny(missing_docs, missing_debug_implementations, clippy::pedantic)]

/// A module where nothing means what it says.
pub mod hostile {
    #![allow(missing_docs, missing_debug_implementations, dead_code, non_camel_case_types)]
    #![allow(clippy::unused_self, clippy::used_underscore_binding)]

    pub struct Result;
    pub struct Option;
    pub struct Box;
    pub struct String;
    pub struct Some;
    pub struct None;
    pub struct Ok;
    pub struct Err;
    pub struct Handler;
    pub struct Event;
    pub struct EventHandler;
    pub struct HandlerCall;
    pub struct Removed;
    pub struct u64;
    pub mod std {}
    pub mod core {}

    use behaviour::event::HandlerContext;
    use behaviour::gen_event;

    /// Its fields and parameters are called like locals of the macro.
    #[gen_event(Event)]
    pub struct Log {
        event: i64,
        __cx: i64,
    }

    #[derive(Clone)]
    pub struct Tick;

    #[gen_event(Event)]
    impl Log {
        #[init]
        fn init(__cx: i64, cx: &mut HandlerContext<Self>) -> Self {
            let _ = cx;
            Self { event: 1, __cx }
        }

        #[init(swap)]
        fn after(__left: ::std::option::Option<i64>, __cx: i64) -> Self {
            Self { event: __left.unwrap_or(0), __cx }
        }

        #[event]
        fn r#match(&mut self, __state: &Event, __cx: &mut HandlerContext<Self>) {
            self.event += 1;
        }

        #[call]
        pub fn some(&self, __value: i64, __message: i64) -> i64 {
            self.event + __value + __message
        }

        #[call]
        pub async fn r#type(&mut self, handle: i64) -> i64 {
            handle
        }

        #[info]
        fn none(&mut self, Tick: Tick) {
            self.event = 0;
        }

        #[terminate]
        fn terminate(self, __reason: behaviour::event::Removed) -> i64 {
            self.event
        }
    }
}

/// Handlers with parameters, and without them.
pub mod general {
    use behaviour::event::Event;
    use behaviour::prelude::*;

    /// Adds up whatever can be added.
    #[gen_event(T)]
    #[derive(Debug)]
    pub struct Sum<T: Event + Copy + std::ops::AddAssign> {
        sum: T,
    }

    #[gen_event(T)]
    impl<T: Event + Copy + std::ops::AddAssign> Sum<T> {
        /// Begins with this.
        #[init]
        fn init(sum: T) -> Self {
            Self { sum }
        }

        #[event]
        fn event(&mut self, number: &T) {
            self.sum += *number;
        }

        /// The sum.
        #[call]
        pub fn sum(&self) -> T {
            self.sum
        }

        /// There on no system.
        #[cfg(any())]
        #[call]
        pub fn nothing(&self) -> Nothing {
            Nothing
        }

        #[cfg(any())]
        #[info]
        fn nobody(&mut self, _: Nobody) {}

        #[cfg(any())]
        #[terminate]
        fn close(&mut self) -> Nothing {}
    }
}

/// A handler of something that has no name.
pub mod nameless {
    use behaviour::prelude::*;

    /// Keeps the last pair.
    #[gen_event((u8, &'static str), crate = ::behaviour)]
    #[derive(Debug)]
    pub struct Last(Option<(u8, &'static str)>);

    #[gen_event((u8, &'static str), crate = ::behaviour)]
    impl Last {
        #[init]
        fn init() -> Self {
            Self(None)
        }

        #[event]
        fn event(&mut self, pair: &(u8, &'static str)) {
            self.0 = Some(*pair);
        }

        /// The last pair.
        #[call]
        pub fn last(&self) -> Option<(u8, &'static str)> {
            self.0
        }

        #[terminate]
        fn close(&self, cx: &mut HandlerContext<Self>) -> u8 {
            cx.hibernate();
            self.0.map_or(0, |pair| pair.0)
        }
    }
}

/// They run.
#[cfg(test)]
mod tests {
    use behaviour::prelude::*;

    #[behaviour::test]
    async fn handlers_with_hostile_names_run() {
        use super::hostile::{Event, Log, Tick};
        let events = EventManager::<Event>::start().await.unwrap();
        let log = events.add_handler(Log::handler(1)).await.unwrap();
        events.notify(Event);
        assert_eq!(log.some(1, 1).await, Ok(4));
        assert_eq!(log.r#type(7).await, Ok(7));
        let next = events.swap_handler(&log, Log::successor(1).id("next")).await.unwrap();
        assert_eq!(next.some(0, 0).await, Ok(2));
        events.send(Tick);
        assert_eq!(events.delete_handler(&next).await, Ok(0));
    }

    #[behaviour::test]
    async fn handlers_with_parameters_run() {
        use super::general::Sum;
        let numbers = EventManager::<f32>::start().await.unwrap();
        let sum = numbers.add_handler(Sum::handler(0.5)).await.unwrap();
        numbers.notify(1.5);
        assert_eq!(sum.sum().await, Ok(2.0));
        assert_eq!(numbers.delete_handler(&sum).await, Ok(()));
    }

    #[behaviour::test]
    async fn handlers_of_nameless_events_run() {
        use super::nameless::Last;
        let pairs = EventManager::start().await.unwrap();
        let last = pairs.add_handler(Last::handler()).await.unwrap();
        pairs.notify((3, "three"));
        assert_eq!(last.last().await, Ok(Some((3, "three"))));
        assert_eq!(pairs.delete_handler(&last).await, Ok(3));
    }
}
