//! The strictest of users: what the macro writes passes every lint.

#![deny(warnings, clippy::all, clippy::pedantic, missing_debug_implementations)]
#![deny(unused_qualifications, unreachable_pub, unused_results, elided_lifetimes_in_paths, single_use_lifetimes)]
#![deny(trivial_casts, trivial_numeric_casts, let_underscore_drop, unused_lifetimes, redundant_lifetimes)]
#![deny(unused_import_braces, unused_macro_rules, variant_size_differences, explicit_outlives_requirements)]
#![deny(clippy::allow_attributes_without_reason, clippy::missing_const_for_fn, clippy::use_self)]
#![deny(clippy::unwrap_used, clippy::shadow_unrelated, clippy::shadow_reuse, clippy::shadow_same, clippy::panic)]
#![deny(clippy::redundant_clone, clippy::significant_drop_tightening, clippy::option_if_let_else)]
#![forbid(missing_docs, unsafe_code)]

/// What others may use.
pub mod shop {
    use std::fmt;
    use std::time::Duration;

    use behaviour::prelude::*;

    /// What is wrong with an order.
    #[derive(Debug)]
    pub struct Wrong;

    impl fmt::Display for Wrong {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("wrong")
        }
    }

    impl std::error::Error for Wrong {}

    /// Sells things.
    #[gen_server(name = "shop", mailbox(capacity = 16, when_full = drop_oldest), call_timeout = 1.5s, inline = false)]
    #[derive(Debug)]
    pub struct Shop {
        sold: u64,
        #[secret]
        safe: u64,
        waiting: Vec<Reply<u64>>,
        big: [u64; 40],
    }

    /// Sent each day.
    #[derive(Debug, Clone)]
    pub struct Evening;

    #[derive(Debug)]
    struct Morning(String);

    #[gen_server]
    impl Shop {
        /// Opens it.
        #[init]
        async fn init(cx: &mut Context<Self>, safe: u64) -> Result<Option<Self>, Wrong> {
            cx.continue_with(Morning(String::new()));
            let _timer = cx.send_every(Duration::from_hours(1), Evening);
            cx.timeout(Duration::from_hours(2));
            std::future::ready(()).await;
            Ok((safe > 0).then(|| Self { sold: 0, safe, waiting: Vec::new(), big: [0; 40] }))
        }

        /// How much was sold.
        #[call]
        pub fn sold(&self) -> u64 {
            self.sold
        }

        /// Sells.
        #[call(queued)]
        pub async fn sell(&mut self, count: u64, big: [u64; 40], cx: &mut Context<Self>) -> Result<u64, Wrong> {
            std::future::ready(()).await;
            let _pid = cx.pid();
            self.big = big;
            self.sold = self.sold.checked_add(count).ok_or(Wrong)?;
            Ok(self.sold)
        }

        /// Looks in, and waits there.
        #[call]
        pub async fn look(&self) -> u64 {
            std::future::ready(self.sold).await
        }

        /// Tells when the shop is empty.
        #[call(later)]
        pub fn empty(&mut self, reply: Reply<u64>, (_, _): (u8, u8)) -> Later {
            self.waiting.push(reply);
            Later
        }

        /// Changes nothing.
        #[call]
        pub fn nothing(&self, first: bool, second: bool, third: bool) {
            let _ = (first, second, third);
        }

        /// Puts something into the safe.
        #[cast]
        pub fn save(&mut self, cents: u64, note: Option<String>) -> Result<(), Wrong> {
            drop(note);
            self.safe = self.safe.checked_add(cents).ok_or(Wrong)?;
            Ok(())
        }

        #[info]
        fn evening(&mut self, _: Evening) {
            for reply in self.waiting.drain(..) {
                let Later = reply.send(self.sold);
            }
        }

        #[info]
        fn idle(&mut self, _: Timeout, cx: &mut Context<Self>) {
            cx.stop(ExitReason::Normal);
        }

        #[continues]
        fn morning(&mut self, morning: Morning) {
            drop(morning.0);
            self.sold = 0;
        }

        #[terminate]
        async fn close(&mut self, reason: ExitReason) -> Result<(), Wrong> {
            drop(reason);
            std::future::ready(()).await;
            if self.safe == 0 { Err(Wrong) } else { Ok(()) }
        }

        #[format_status]
        fn status(&self) -> impl fmt::Display {
            self.sold
        }
    }

    /// Takes nothing at all.
    #[gen_server]
    #[derive(Debug)]
    pub struct Silent;

    #[gen_server]
    impl Silent {
        #[init]
        fn init() -> Self {
            Self
        }
    }

    /// Weighs things.
    #[gen_server(name = "scales")]
    pub trait Scales {
        /// What it weighs.
        #[call]
        fn weigh(&self, things: [u64; 40]) -> u64;

        /// The same, with care.
        #[call]
        async fn weigh_twice(&mut self, things: Vec<u64>) -> Result<u64, Wrong> {
            Err(things).or(Err(Wrong))
        }

        #[cast]
        /// Sets it to nothing.
        fn tare(&mut self, cx: &mut Context<ScalesServer>) {
            cx.hibernate();
        }

        /// What is shown of it.
        #[format_status]
        fn status(&self) -> impl fmt::Display;
    }

    /// Weighs nothing.
    #[derive(Debug, Clone, Copy)]
    pub struct Toy;

    impl Scales for Toy {
        fn weigh(&self, things: [u64; 40]) -> u64 {
            things[0]
        }

        fn status(&self) -> impl fmt::Display {
            "a toy"
        }
    }

    /// How a price is made.
    #[behaviour(Till)]
    pub trait Prices {
        /// What is sold.
        type Thing;

        /// What it costs.
        async fn price(&mut self, thing: Self::Thing) -> u64;
    }

    /// Adds prices up.
    #[gen_server]
    #[derive(Debug)]
    pub struct Till<P: Prices> {
        prices: P,
        sum: u64,
    }

    #[gen_server]
    impl<P: Prices> Till<P> {
        #[init]
        fn init(prices: P) -> Self {
            Self { prices, sum: 0 }
        }

        /// Adds one more.
        #[call]
        pub async fn add(&mut self, thing: P::Thing) -> u64 {
            self.sum += self.prices.price(thing).await;
            self.sum
        }
    }

    /// The street.
    #[supervisor(rest_for_one, intensity = 3, period = 5s, name = "street")]
    #[derive(Debug)]
    pub struct Street {
        /// What the shop starts with.
        pub safe: u64,
    }

    #[supervisor]
    impl Street {
        /// Its shop.
        #[child(transient, shutdown = 2s)]
        pub fn shop(&self) -> Child<Shop> {
            Shop::child(self.safe)
        }

        /// The other side.
        #[child(temporary, shutdown = brutal_kill)]
        pub fn silent(&self, street: &StreetClient) -> Child<Silent> {
            let _shop = street.shop();
            Silent::child()
        }
    }
}

#[behaviour::test(start_paused = true)]
async fn the_strictest_user_is_served() {
    use behaviour::server::Behaviour as _;
    use shop::{Scales as _, Shop, ShopClient, Street, Toy};

    let street = Street { safe: 5 }.start().await.expect("the street starts");
    let shop: ShopClient = street.shop();
    assert_eq!(shop.sell(2, [0; 40]).await.expect("the shop lives").expect("the order is right"), 2);
    assert_eq!(shop.look().await, Ok(2));
    assert_eq!(shop.sold().await, Ok(2));
    shop.save(3, None);
    assert_eq!(shop.nothing(true, false, true).await, Ok(()));
    assert_eq!(shop.empty((1, 2)).forever().await, Ok(2));
    assert!(Shop::find("shop").is_some());
    assert!(street.silent().is_alive());
    assert!(Shop::start(0).named("other").await.is_err());
    let scales = Toy.serve().await.expect("the scales start");
    scales.tare();
    assert_eq!(scales.weigh([3; 40]).await, Ok(3));
}
