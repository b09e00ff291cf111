//! A supervisor serves nobody while a child of it starts. Who is started below it and asks it meanwhile would wait for
//! itself, and is told so.

#![allow(clippy::unused_self, reason = "a callback has a `self`, whether it needs one or not")]

use std::time::Duration;

use behaviour::prelude::*;
use behaviour::supervisor::{Strategy, Tree};
use tokio::time::Instant;

/// Asks its supervisor how many siblings it has, as soon as it is made.
#[gen_server]
struct Curious {
    heard: Result<usize, CallError>,
}

#[gen_server]
impl Curious {
    #[init]
    async fn init(cx: &mut Context<Self>, family: FamilyClient) -> Self {
        let heard = family.count_children().await.map(|counts| counts.specs);
        if let Err(CallError::Deadlock(ring)) = &heard {
            assert_eq!(**ring, [cx.pid(), family.pid()]);
        }
        assert_eq!(family.terminate_child("curious").await.is_err(), heard.is_err());
        Self { heard }
    }

    #[call]
    fn heard(&self) -> Result<usize, CallError> {
        self.heard.clone()
    }

    #[call]
    async fn siblings(&self, family: FamilyClient) -> Result<usize, CallError> {
        Ok(family.count_children().await?.specs)
    }
}

#[supervisor(one_for_one)]
struct Family;

#[supervisor]
impl Family {
    #[child]
    fn curious(&self, family: &FamilyClient) -> Child<Curious> {
        Curious::child(family.clone())
    }
}

/// Asks the head of its house how many live there, as soon as it is made.
#[gen_server]
struct Guest {
    heard: Result<usize, CallError>,
}

#[gen_server]
impl Guest {
    #[init]
    async fn init(house: HouseClient) -> Self {
        tokio::task::yield_now().await;
        Self { heard: house.count_children().await.map(|counts| counts.specs) }
    }

    #[call]
    fn heard(&self) -> Result<usize, CallError> {
        self.heard.clone()
    }
}

/// A supervisor with others between it and the guest.
#[supervisor(one_for_one)]
struct House;

#[supervisor]
impl House {
    #[child]
    fn floor(&self, house: &HouseClient) -> Child<Floor> {
        Floor { house: house.clone() }.child()
    }
}

#[supervisor(one_for_one)]
struct Floor {
    house: HouseClient,
}

#[supervisor]
impl Floor {
    #[child]
    fn room(&self) -> Child<Tree> {
        let house = self.house.clone();
        Tree::new(Strategy::OneForOne).child("guest", move || Guest::child(house.clone())).into_child()
    }
}

#[supervisor(one_for_one)]
struct Street;

#[supervisor]
impl Street {
    #[child]
    fn house(&self) -> Child<House> {
        House.child()
    }
}

#[behaviour::test(start_paused = true)]
async fn a_child_that_asks_a_supervisor_further_up_as_it_starts_is_told_that_it_would_wait_for_itself() {
    let started = Instant::now();
    let street = Street.start().await.unwrap();
    let house = street.house();
    let guest = house.floor().room().child::<Guest>("guest");
    let heard = guest.heard().await.unwrap();
    let Err(CallError::Deadlock(ring)) = heard else { panic!("{heard:?}") };
    assert_eq!(*ring, [guest.pid(), house.floor().room().pid(), house.floor().pid(), house.pid()]);
    assert_eq!(started.elapsed(), Duration::ZERO);

    // The house waits only for what it starts itself.
    let ended = guest.ended();
    guest.kill();
    ended.await;
    assert_eq!(guest.heard().await, Ok(Ok(1)));
    let ended = guest.ended();
    house.floor().room().kill();
    ended.await;
    assert_eq!(guest.heard().await, Ok(Ok(1)));
    let ended = guest.ended();
    house.floor().kill();
    ended.await;
    let heard = guest.heard().await.unwrap();
    assert!(matches!(heard, Err(CallError::Deadlock(_))), "{heard:?}");
}

#[behaviour::test(start_paused = true)]
async fn a_child_that_asks_its_supervisor_as_it_starts_is_told_that_it_would_wait_for_itself() {
    let family = Family.start().await.unwrap();
    let curious = family.curious();
    assert!(matches!(curious.heard().await, Ok(Err(CallError::Deadlock(_)))));
    assert_eq!(curious.siblings(family.clone()).await, Ok(Ok(1)));
    // It is no otherwise as it is started again.
    curious.kill();
    assert!(matches!(curious.heard().await, Ok(Err(CallError::Deadlock(_)))));
}
