//! The strictest of users: what the macro writes of a machine passes every lint.

#![deny(warnings, clippy::all, clippy::pedantic, missing_debug_implementations)]
#![deny(unused_qualifications, unreachable_pub, unused_results, elided_lifetimes_in_paths, single_use_lifetimes)]
#![deny(trivial_casts, trivial_numeric_casts, let_underscore_drop, unused_lifetimes, redundant_lifetimes)]
#![deny(unused_import_braces, unused_macro_rules, variant_size_differences, explicit_outlives_requirements)]
#![deny(clippy::allow_attributes_without_reason, clippy::missing_const_for_fn, clippy::use_self)]
#![deny(clippy::unwrap_used, clippy::shadow_unrelated, clippy::shadow_reuse, clippy::shadow_same, clippy::panic)]
#![deny(clippy::redundant_clone, clippy::significant_drop_tightening, clippy::option_if_let_else)]
#![forbid(missing_docs, unsafe_code)]

/// What others may use.
pub mod office {
    use std::fmt;
    use std::time::Duration;

    use behaviour::prelude::*;

    /// What is wrong with a letter.
    #[derive(Debug)]
    pub struct Wrong;

    impl fmt::Display for Wrong {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("wrong")
        }
    }

    impl std::error::Error for Wrong {}

    /// Whether letters are taken.
    #[gen_statem(state)]
    #[derive(Debug, Clone, PartialEq, Eq, Default)]
    pub enum Counter {
        /// Nobody is there.
        #[default]
        Closed,
        /// Letters are taken; see [`Self::Closed`].
        Open {
            /// Who waits.
            waiting: Vec<String>,
            busy: bool,
            /// How much was done.
            done: [u64; 2],
        },
        /// It is noon.
        Resting(u64, String),
        /// Nobody comes back.
        #[terminal]
        Gone {},
    }

    /// Somebody looks in.
    #[derive(Debug, Clone)]
    pub struct Evening;

    #[derive(Debug)]
    struct Sort(String);

    #[derive(Debug)]
    struct Reminder(u64);

    #[derive(Debug)]
    struct Why(&'static str);

    /// Takes letters.
    #[gen_statem(Counter, name = "office", mailbox(capacity = 16, when_full = drop_oldest), call_timeout = 1.5s)]
    #[derive(Debug)]
    pub struct Office {
        sold: u64,
        #[secret]
        safe: u64,
        replies: Vec<Reply<u64>>,
        big: [u64; 40],
    }

    #[gen_statem(Counter)]
    impl Office {
        /// Opens it.
        #[init]
        async fn init(cx: &mut Context<Self>, safe: u64) -> Result<Option<(Self, Closed)>, Wrong> {
            cx.timer(Reminder(safe), Duration::from_hours(2));
            std::future::ready(()).await;
            Ok((safe > 0).then(|| (Self { sold: 0, safe, replies: Vec::new(), big: [0; 40] }, Closed)))
        }

        /// Lets people in.
        #[call(later, else = postpone)]
        pub fn open(&mut self, _: Closed, reply: Reply<u64>, (_, _): (u8, u8)) -> (Open, Later) {
            self.replies.push(reply);
            (Open { waiting: Vec::new(), busy: false, done: [0; 2] }, Later)
        }

        /// Brings a letter.
        #[cast(letter, else = postpone)]
        pub async fn letter(&mut self, open: &mut Open, to: String, cx: &mut Context<Self>) -> Result<(), Wrong> {
            std::future::ready(()).await;
            cx.next_event(Sort(to.clone()));
            open.waiting.push(to);
            Ok(())
        }

        /// Nobody takes letters any more.
        #[cast(letter)]
        pub fn no_letter(&mut self, _: &Gone, to: String) {
            drop(to);
        }

        /// Sells stamps.
        #[call(sell, queued)]
        pub fn sell(&mut self, open: Open, count: u64, big: [u64; 40]) -> (Next<(Open, Resting)>, Result<u64, Wrong>) {
            let Open { waiting, done, .. } = open;
            self.big = big;
            self.sold += count;
            if count > 100 {
                return (Next::to(Resting(count, String::new())), Err(Wrong));
            }
            (Next::to(Open { waiting, busy: true, done }), Ok(self.sold))
        }

        #[call(sell)]
        fn no_stamps(&mut self, _: &Counter, _: u64, _: [u64; 40]) -> Result<u64, Wrong> {
            Err(Wrong)
        }

        /// How much was sold.
        #[call]
        pub fn sold(&self, _: &Counter) -> u64 {
            self.sold
        }

        /// Closes it.
        #[call]
        pub fn close(&mut self, counter: Counter) -> Result<Counter, Wrong> {
            for reply in self.replies.drain(..) {
                let Later = reply.send(self.safe);
            }
            match counter {
                Counter::Gone(gone) => Ok(gone.into()),
                Counter::Closed(_) => Ok(Gone {}.into()),
                Counter::Open(_) | Counter::Resting(_) => Ok(Counter::default()),
            }
        }

        /// Waits for a moment without people.
        #[cast]
        pub fn clean(&mut self, counter: &Counter, note: Option<String>, cx: &mut Context<Self>) {
            if matches!(counter, Counter::Open(_)) {
                cx.postpone();
            }
            drop(note);
        }

        #[internal(else = ignore)]
        fn sort(&mut self, open: &mut Open, sort: Sort) {
            let Sort(_name) = sort;
            open.busy = true;
        }

        #[info(else = ignore)]
        fn evening(&mut self, _: Resting, _: Evening) -> Closed {
            Closed
        }

        #[timeout]
        fn remind(&mut self, counter: &Counter, Reminder(safe): Reminder, cx: &mut Context<Self>) {
            let _ = counter;
            self.safe = safe;
            cx.event_timeout_with(Why("idle"), Duration::from_hours(1));
        }

        #[event_timeout]
        fn idle(&mut self, _: &Counter, why: Why, cx: &mut Context<Self>) {
            drop(why.0.to_owned());
            cx.stop(ExitReason::Normal);
        }

        #[state_timeout(1h)]
        fn noon(&mut self, open: Open) -> Resting {
            Resting(open.done[0], String::new())
        }

        #[state_timeout(30m)]
        fn again(&mut self, _: Resting) -> Result<Closed, Wrong> {
            Ok(Closed)
        }

        #[enter]
        fn opened(&mut self, open: &mut Open, from: &'static str, cx: &mut Context<Self>) -> Result<(), Wrong> {
            let _name = cx.name();
            open.busy = from == "Resting";
            Ok(())
        }

        #[terminate]
        async fn end(&mut self, counter: &Counter, reason: ExitReason) -> Result<(), Wrong> {
            drop(reason);
            std::future::ready(()).await;
            if *counter == Counter::default() { Ok(()) } else { Err(Wrong) }
        }

        #[format_status]
        fn status(&self) -> impl fmt::Display {
            self.sold
        }
    }

    /// One state is enough.
    #[gen_statem(state)]
    #[derive(Debug)]
    pub enum Only {
        /// It is always so.
        Here,
    }

    /// Does nothing at all.
    #[gen_statem(Only)]
    #[derive(Debug)]
    pub struct Silent;

    #[gen_statem(Only)]
    impl Silent {
        #[init]
        fn init() -> (Self, Here) {
            (Self, Here)
        }
    }

    /// What nobody sees from outside.
    #[gen_statem(state)]
    enum Inside {
        Warm,
        Cold { since: u64 },
    }

    #[gen_statem(Inside, name = "heating")]
    struct Heating;

    #[gen_statem(Inside)]
    impl Heating {
        #[init]
        fn init() -> (Self, Warm) {
            (Self, Warm)
        }

        #[call(turn)]
        fn off(&mut self, _: Warm, now: u64) -> (Cold, u64) {
            (Cold { since: now }, 0)
        }

        #[call(turn)]
        fn on(&mut self, cold: Cold, now: u64) -> (Warm, u64) {
            (Warm, now - cold.since)
        }
    }

    /// How long it was cold.
    ///
    /// # Errors
    /// If the heating does not answer.
    pub async fn cold(since: u64, now: u64) -> Result<u64, CallError> {
        let heating = Heating::start().await.map_err(|_| CallError::NoProcess)?;
        let _none = heating.turn(since).await?;
        heating.turn(now).await
    }

    /// The street.
    #[supervisor(rest_for_one, intensity = 3, period = 5s, name = "post street")]
    #[derive(Debug)]
    pub struct Street {
        /// What the office starts with.
        pub safe: u64,
    }

    #[supervisor]
    impl Street {
        /// Its office.
        #[child(transient, shutdown = 2s)]
        pub fn office(&self) -> Child<Office> {
            Office::child(self.safe)
        }

        /// The other side.
        #[child(temporary, shutdown = brutal_kill)]
        pub fn silent(&self, street: &StreetClient) -> Child<Silent> {
            let _office = street.office();
            Silent::child()
        }
    }
}

#[behaviour::test(start_paused = true)]
async fn the_strictest_user_has_a_machine() {
    use behaviour::server::Behaviour as _;
    use office::{Counter, Office, OfficeClient, Street};

    let street = Street { safe: 5 }.start().await.expect("the street starts");
    let office: OfficeClient = street.office();
    office.letter("me".to_owned());
    office.clean(None);
    let (opened, closed) = {
        let mut open = std::pin::pin!(office.open((1, 2)).forever());
        let early = std::future::poll_fn(|cx| std::task::Poll::Ready(open.as_mut().poll(cx).is_ready())).await;
        assert!(!early, "it is open until it is closed");
        assert_eq!(office.state_name().await, Ok("Open"));
        assert_eq!(office.sell(2, [0; 40]).await.expect("the office lives").expect("there are stamps"), 2);
        (office.close().await, open.await)
    };
    assert_eq!((opened, closed), (Ok(()), Ok(5)));
    assert_eq!(office.sold().await, Ok(2));
    assert_eq!(office.state_name().await, Ok("Closed"));
    assert!(Office::find("office").is_some());
    assert!(street.silent().is_alive());
    assert!(Counter::DIAGRAM.contains("Gone --> [*]"), "{}", Counter::DIAGRAM);
    assert_eq!(office::cold(3, 7).await, Ok(4));
}
