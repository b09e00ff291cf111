//! One event, many listeners: a house tells what its sensors notice, and handlers come, go and take each other's place.

use std::collections::BTreeMap;
use std::fmt;

use behaviour::prelude::*;

/// What the sensors of the house notice.
enum Notice {
    Smoke { room: &'static str },
    Door { room: &'static str, open: bool },
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Smoke { room } => write!(f, "smoke in the {room}"),
            Self::Door { room, open: true } => write!(f, "the door of the {room} opens"),
            Self::Door { room, open: false } => write!(f, "the door of the {room} closes"),
        }
    }
}

/// Counts what happens, room by room.
#[gen_event(Notice)]
struct Tally {
    rooms: BTreeMap<&'static str, u32>,
}

#[gen_event(Notice)]
impl Tally {
    #[init]
    fn init() -> Self {
        Self { rooms: BTreeMap::new() }
    }

    #[event]
    fn event(&mut self, notice: &Notice) {
        let (Notice::Smoke { room } | Notice::Door { room, .. }) = notice;
        *self.rooms.entry(*room).or_default() += 1;
    }

    /// How much happened in a room.
    #[call]
    fn of(&self, room: &'static str) -> u32 {
        self.rooms.get(room).copied().unwrap_or(0)
    }
}

/// Writes down what happens, up to the end of the page.
#[gen_event(Notice)]
struct Journal {
    keeper: &'static str,
    lines: Vec<String>,
}

#[gen_event(Notice)]
impl Journal {
    #[init]
    fn init(keeper: &'static str) -> Self {
        Self { keeper, lines: Vec::new() }
    }

    /// Goes on where the other stopped.
    #[init(swap)]
    fn take_over(left: Option<Vec<String>>, keeper: &'static str) -> Self {
        Self { keeper, lines: left.unwrap_or_default() }
    }

    #[event]
    fn event(&mut self, notice: &Notice) {
        self.lines.push(format!("{}: {notice}", self.keeper));
    }

    #[terminate]
    fn close(self) -> Vec<String> {
        self.lines
    }
}

/// Rings when there is smoke, once: then it wants to hear no more.
#[gen_event(Notice)]
struct Siren {
    street: &'static str,
}

#[gen_event(Notice)]
impl Siren {
    #[init]
    fn init(street: &'static str) -> Self {
        Self { street }
    }

    #[event]
    fn event(&mut self, notice: &Notice, cx: &mut HandlerContext<Self>) {
        if let Notice::Smoke { .. } = notice {
            println!("the siren wakes {}", self.street);
            cx.remove_handler();
        }
    }
}

/// Watches the doors, and has not been told that there are windows.
#[gen_event(Notice)]
struct Guard;

#[gen_event(Notice)]
impl Guard {
    #[init]
    fn init() -> Self {
        Self
    }

    #[event]
    fn event(&mut self, notice: &Notice) {
        assert!(!matches!(notice, Notice::Smoke { .. }), "the guard runs away");
    }
}

// ANCHOR: main
#[behaviour::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let house = EventManager::<Notice>::start().await?;
    let tally = house.add_handler(Tally::handler()).await?;
    let anna = house.add_handler(Journal::handler("Anna").id("day")).await?;
    house.add_handler(Siren::handler("Elm Street")).await?;
    house.add_handler(Guard::handler()).await?;

    // Nobody waits for a notify; a sync_notify returns when all have heard it.
    house.notify(Notice::Door { room: "hall", open: true });
    house.sync_notify(Notice::Smoke { room: "kitchen" }).await?;

    // The siren has removed itself, and the guard has failed. The others do not mind.
    println!("still there: {:?}", house.which_handlers().await?);
    println!("it happened in the kitchen: {}", tally.of("kitchen").await?);

    // The night shift goes on with the journal of the day.
    let ben = house.swap_handler(&anna, Journal::successor("Ben").id("night")).await?;
    house.notify(Notice::Door { room: "hall", open: false });
    for line in house.delete_handler(&ben).await? {
        println!("{line}");
    }

    house.stop().await?;
    Ok(())
}
// ANCHOR_END: main
