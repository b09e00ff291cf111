//! A pool of connections: a kitchen with three cooks, and one more to call in when all are busy.
//!
//! Guests do not know the cooks. Each borrows one for as long as a dish takes. Who finds none waits in the order of
//! coming, or does not want to wait and goes. A cook who drops a pan ends, and another takes the place; a guest who
//! leaves in the middle of an order, even by a crash, keeps nobody from cooking for the next.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use behaviour::pool::{CheckoutError, Pool};
use behaviour::prelude::*;
use behaviour::process;
use tokio::sync::oneshot;
use tokio::time::sleep;

const MINUTE: Duration = Duration::from_millis(5);

/// How many cooks there ever were.
static COOKS: AtomicU32 = AtomicU32::new(0);

/// Cooks one dish at a time.
#[gen_server]
pub struct Cook {
    number: u32,
    dishes: u32,
}

#[gen_server]
impl Cook {
    #[init]
    fn init() -> Self {
        let number = COOKS.fetch_add(1, Ordering::Relaxed) + 1;
        println!("cook {number} puts on an apron");
        Self { number, dishes: 0 }
    }

    /// Cooks a dish, and tells who did and how many that makes.
    #[call]
    pub async fn cook(&mut self, dish: &'static str) -> (u32, u32) {
        println!("cook {} begins with a {dish}", self.number);
        sleep(10 * MINUTE).await;
        self.dishes += 1;
        (self.number, self.dishes)
    }

    /// Cooks something that goes wrong: an error that nobody waits for ends the cook.
    #[cast]
    pub fn flambe(&mut self) -> Result<(), &'static str> {
        Err("the kitchen is on fire")
    }
}

/// The restaurant: its kitchen is a child like any other.
#[supervisor(one_for_one)]
pub struct Restaurant;

#[supervisor]
impl Restaurant {
    /// Those who cook.
    #[child]
    pub fn kitchen(&self) -> Child<Pool<Cook>> {
        Pool::child(Cook::child).size(3).max_overflow(1)
    }
}

#[behaviour::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let restaurant = Restaurant.start().await?;
    let kitchen = restaurant.kitchen();

    // A dozen guests and four cooks, one of whom comes for the rush only.
    let guests = (1..=12).map(|guest| {
        let kitchen = kitchen.clone();
        tokio::spawn(async move {
            let (cook, dishes) = kitchen.transaction(async |cook| cook.cook("soup").await).await??;
            println!("guest {guest} is served by cook {cook}, whose dish number {dishes} it is");
            Ok::<_, Box<dyn std::error::Error + Send + Sync>>(())
        })
    });
    for guest in guests.collect::<Vec<_>>() {
        guest.await?.map_err(|error| error.to_string())?;
    }

    // Who borrows keeps a cook until the guard is dropped, and a guest in a hurry asks only once.
    let banquet = [kitchen.checkout().await?, kitchen.checkout().await?, kitchen.checkout().await?];
    let helper = kitchen.try_checkout().await?;
    assert_eq!(kitchen.try_checkout().await.unwrap_err(), CheckoutError::Full);
    assert_eq!(kitchen.checkout().within(MINUTE).await.unwrap_err(), CheckoutError::Timeout);
    println!("banquet: {:?}", kitchen.status().await?);
    drop((banquet, helper));

    // A cook who fails is replaced.
    let cook = kitchen.checkout().await?;
    cook.flambe();
    println!("a cook leaves: {}", cook.ended().await);
    assert_eq!(kitchen.status().await?.available, 3);

    // A guest who crashes gives the cook back before anybody hears of it.
    let order = kitchen.clone();
    let (sender, ordered) = oneshot::channel();
    let guest = process::spawn(move |mut inbox: Inbox<()>| async move {
        let _cook = order.checkout().await;
        sender.send(()).ok();
        inbox.recv().await;
    });
    ordered.await?;
    assert_eq!(kitchen.status().await?.lent, 1);
    process::kill(guest.pid());
    guest.ended().await;
    assert_eq!(kitchen.status().await?.lent, 0);

    println!("closing: {:?}", kitchen.status().await?);
    restaurant.stop().await?;
    Ok(())
}
