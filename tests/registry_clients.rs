//! How a registry goes together with starts, supervisors and clients.

#![allow(clippy::unused_self, reason = "a callback has a `self`, whether it needs one or not")]

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use behaviour::prelude::*;
use behaviour::registry::Registry;
use behaviour::supervisor::{Strategy, Tree};

/// A room, which is registered by who starts it or by itself.
#[gen_server]
struct Room {
    guests: u32,
}

/// How a room starts.
enum Opening {
    Plain,
    /// It registers itself.
    Enters(Registry<&'static str, Room, u32>, &'static str),
    /// It is to be found already.
    Looks(Registry<&'static str, Room, u32>, &'static str),
    /// It registers itself, and fails.
    EntersAndFails(Registry<&'static str, Room, u32>, &'static str),
    Fails,
    Panics,
    Ignored,
}

#[gen_server]
impl Room {
    #[init]
    fn init(cx: &mut Context<Self>, opening: Opening) -> Result<Option<Self>, std::fmt::Error> {
        match opening {
            Opening::Plain => {}
            Opening::Enters(rooms, key) => rooms.register(key, &cx.client()).unwrap(),
            Opening::Looks(rooms, key) => assert_eq!(rooms.lookup(key), Some(cx.client())),
            Opening::EntersAndFails(rooms, key) => {
                rooms.register(key, &cx.client()).unwrap();
                assert_eq!(rooms.lookup(key), Some(cx.client()));
                return Err(std::fmt::Error);
            }
            Opening::Fails => return Err(std::fmt::Error),
            Opening::Panics => panic!("no key"),
            Opening::Ignored => return Ok(None),
        }
        Ok(Some(Self { guests: 0 }))
    }

    #[call]
    fn guests(&self) -> u32 {
        self.guests
    }

    #[cast]
    fn enter(&mut self) {
        self.guests += 1;
    }

    #[call]
    async fn sleeps(&self) {
        tokio::time::sleep(Duration::from_secs(1)).await;
    }

    #[cast]
    fn crash(&mut self) {
        panic!("the roof comes down");
    }
}

type Rooms = Registry<&'static str, Room, u32>;

fn plain() -> behaviour::server::Start<Room> {
    Room::start(Opening::Plain)
}

// XGS-03, XRU-22
#[behaviour::test]
async fn a_start_registers() {
    let rooms = Rooms::new();
    let room = plain().via(&rooms, "hall").await.unwrap();
    assert_eq!(rooms.lookup_with("hall"), Some((room.clone(), 0)));
    assert_eq!(rooms.at("hall").guests().await, Ok(0));
    assert_eq!(plain().via(&rooms, "hall").await, Err(StartError::AlreadyStarted(room.pid())));
    assert_eq!(rooms.count(), 1);
    room.stop().await.unwrap();
    assert_eq!(rooms.lookup("hall"), None);
    plain().via(&rooms, "hall").await.unwrap();
}

// XRU-22
#[behaviour::test]
async fn a_start_that_fails_leaves_nothing() {
    let rooms = Rooms::new();
    assert!(matches!(Room::start(Opening::Fails).via(&rooms, "hall").await, Err(StartError::Failed(_))));
    assert_eq!((rooms.lookup("hall"), rooms.count()), (None, 0));
    assert!(matches!(Room::start(Opening::Panics).via(&rooms, "hall").await, Err(StartError::Failed(_))));
    assert_eq!(Room::start(Opening::Ignored).via(&rooms, "hall").await, Err(StartError::Ignored));
    let failing = Room::start(Opening::EntersAndFails(rooms.clone(), "cellar"));
    assert!(matches!(failing.await, Err(StartError::Failed(_))));
    assert_eq!(rooms.count(), 0);
}

// XRU-23
#[behaviour::test]
async fn a_start_registers_with_a_value() {
    let rooms = Rooms::new();
    let room = plain().via_with(&rooms, "hall", 300).await.unwrap();
    assert_eq!(rooms.lookup_with("hall"), Some((room, 300)));
}

#[behaviour::test]
async fn a_start_with_a_monitor_registers(mut inbox: Inbox<()>) {
    let rooms = Rooms::new();
    let (room, monitor) = plain().monitor().via_with(&rooms, "hall", 300).await.unwrap();
    assert_eq!(rooms.value("hall"), Some(300));
    let taken = plain().monitor().via(&rooms, "hall").await;
    assert_eq!(taken.unwrap_err(), StartError::AlreadyStarted(room.pid()));
    room.kill();
    inbox.down_of(&monitor).await;
    assert_eq!(rooms.lookup("hall"), None);
    assert!(inbox.try_next().is_none(), "a start that fails is told once");
}

#[behaviour::test]
async fn a_process_is_registered_before_it_starts() {
    let rooms = Rooms::new();
    Room::start(Opening::Looks(rooms.clone(), "hall")).via(&rooms, "hall").await.unwrap();
}

#[behaviour::test]
async fn a_process_registers_itself_as_it_starts() {
    let rooms = Rooms::new();
    let room = Room::start(Opening::Enters(rooms.clone(), "hall")).await.unwrap();
    assert_eq!(rooms.lookup("hall"), Some(room));
}

#[behaviour::test]
async fn a_name_and_a_key_are_two_things() {
    let rooms = Rooms::new();
    let room = plain().named("registry: the hall").via(&rooms, "hall").await.unwrap();
    // The key is taken: the name is free again.
    let failed = plain().named("registry: another").via(&rooms, "hall").await;
    assert_eq!(failed, Err(StartError::AlreadyStarted(room.pid())));
    assert_eq!(behaviour::process::whereis("registry: another"), None);
    // The name is taken: the key is free again.
    let failed = plain().named("registry: the hall").via(&rooms, "cellar").await;
    assert_eq!(failed, Err(StartError::AlreadyStarted(room.pid())));
    assert_eq!(rooms.lookup("cellar"), None);
}

// GS-10
#[behaviour::test(start_paused = true)]
async fn a_client_of_a_key_follows_it() {
    let rooms = Rooms::new();
    let hall = rooms.at("hall");
    assert_eq!(hall.guests().await, Err(CallError::NoProcess));
    assert_eq!(hall.guests().forever().await, Err(CallError::NoProcess));
    hall.enter();
    assert!(!hall.is_alive());

    let first = plain().via(&rooms, "hall").await.unwrap();
    hall.enter();
    assert_eq!((hall.guests().await, hall.pid()), (Ok(1), first.pid()));
    assert!(hall.is_alive());
    let call = hall.sleeps();
    assert_eq!(call.within(Duration::from_millis(1)).await, Err(CallError::Timeout));
    hall.stop().await.unwrap();
    assert!(!first.is_alive());
    assert_eq!(hall.stop().await, Err(CallError::NoProcess));

    let second = plain().via(&rooms, "hall").await.unwrap();
    assert_eq!((hall.guests().await, hall.pid()), (Ok(0), second.pid()));
    hall.kill();
    assert_eq!(hall.ended().await, ExitReason::Killed);
    assert_eq!(hall.ended().await, ExitReason::NoProcess);
}

#[behaviour::test(start_paused = true)]
async fn a_call_by_a_key_whose_process_ends_is_told_so() {
    let rooms = Rooms::new();
    let room = plain().via(&rooms, "hall").await.unwrap();
    let (client, hall) = (room.clone(), rooms.at("hall"));
    let asking = tokio::spawn(async move { hall.sleeps().await });
    tokio::task::yield_now().await;
    client.kill();
    assert_eq!(asking.await.unwrap(), Err(CallError::Exited(ExitReason::Killed)));
}

#[behaviour::test]
async fn clients_of_a_key_are_compared_by_it() {
    let (rooms, others) = (Rooms::new(), Rooms::new());
    let room = plain().via(&rooms, "hall").await.unwrap();
    assert_eq!(rooms.at("hall"), rooms.clone().at("hall"));
    assert_ne!(rooms.at("hall"), rooms.at("cellar"));
    assert_ne!(rooms.at("hall"), others.at("hall"));
    assert_ne!(rooms.at("hall"), room);
    assert_eq!(HashSet::from([rooms.at("hall"), rooms.at("hall"), rooms.at("cellar")]).len(), 2);
    assert_eq!(format!("{:?}", *rooms.at("hall")), "Room(at \"hall\")");
}

/// A house whose rooms are registered anew at each restart.
#[supervisor(one_for_one, intensity = 10)]
struct House {
    rooms: Rooms,
}

#[supervisor]
impl House {
    #[child]
    fn hall(&self) -> Child<Room> {
        Room::child(Opening::Plain).via_with(&self.rooms, "hall", 1)
    }

    #[child]
    fn cellar(&self) -> Child<Room> {
        Room::child(Opening::Plain)
    }
}

#[behaviour::test(start_paused = true)]
async fn a_child_is_registered_at_each_restart() {
    let rooms = Rooms::new();
    let house = House { rooms: rooms.clone() }.start().await.unwrap();
    let hall = rooms.at("hall");
    for _ in 0..3 {
        let room = rooms.lookup("hall").unwrap();
        assert_eq!((room.pid(), rooms.value("hall")), (house.hall().pid(), Some(1)));
        hall.enter();
        assert_eq!(hall.guests().await, Ok(1));
        let (ended, before) = (room.ended(), room.pid());
        hall.crash();
        ended.await;
        // Who was found there is the child: its client waits for the restart.
        assert_eq!(room, house.hall());
        assert_eq!(room.guests().await, Ok(0));
        assert_ne!(room.pid(), before);
        // And the key leads to the new incarnation.
        assert_eq!(rooms.lookup("hall"), Some(room));
    }
    house.stop().await.unwrap();
    assert_eq!(rooms.count(), 0);
}

#[behaviour::test(start_paused = true)]
async fn an_entry_belongs_to_an_incarnation() {
    let rooms = Rooms::new();
    let house = House { rooms: Rooms::new() }.start().await.unwrap();
    let cellar = house.cellar();
    rooms.register("cellar", &cellar).unwrap();
    assert_eq!(rooms.lookup("cellar").unwrap().pid(), cellar.pid());
    assert_eq!(rooms.keys(&cellar), ["cellar"]);
    let ended = cellar.ended();
    cellar.crash();
    ended.await;
    assert_eq!(cellar.guests().await, Ok(0));
    assert_eq!((rooms.lookup("cellar"), rooms.keys(&cellar).len()), (None, 0));
    // The next one is registered by hand again: it has taken nothing of the first one's along.
    rooms.register("cellar", &cellar).unwrap();
    assert!(rooms.unregister("cellar", &cellar));
}

#[behaviour::test]
async fn a_child_whose_key_is_taken_does_not_start() {
    let rooms = Rooms::new();
    let room = plain().via(&rooms, "hall").await.unwrap();
    let failed = House { rooms: rooms.clone() }.start().await.unwrap_err();
    let StartError::Child { id, error } = failed else { panic!("{failed}") };
    assert_eq!((&*id, &*error), ("hall", &StartError::AlreadyStarted(room.pid())));
    assert_eq!(rooms.lookup("hall"), Some(room));
}

// XSU-05
#[behaviour::test]
async fn supervisors_are_found_by_key_and_lead_to_their_children() {
    let (houses, rooms) = (Registry::<u8, House>::new(), Rooms::new());
    let house = House { rooms: rooms.clone() }.start().via(&houses, 1).await.unwrap();
    assert_eq!(houses.lookup(&1).unwrap().hall().pid(), house.hall().pid());
    assert_eq!(houses.at(1).hall().guests().await, Ok(0));
    assert_eq!(houses.at(1).which_children().await.unwrap().len(), 2);
    assert_eq!(houses.at(2).hall().guests().await, Err(CallError::NoProcess));
    house.stop().await.unwrap();
    assert_eq!((houses.count(), rooms.count()), (0, 0));
}

// SUP-82
#[behaviour::test(start_paused = true)]
async fn a_supervisor_and_its_worker_are_found_by_the_same_keys_whoever_of_them_is_killed() {
    let (houses, rooms) = (Registry::<u8, House>::new(), Rooms::new());
    let (kept, entered) = (houses.clone(), rooms.clone());
    let top = Tree::new(Strategy::OneForOne)
        .intensity(10)
        .child("house", move || House { rooms: entered.clone() }.child().via(&kept, 1));
    let top = top.start().await.unwrap();
    let pids = || (houses.lookup(&1).map(|house| house.pid()), rooms.lookup("hall").map(|room| room.pid()));
    let both = async || {
        // The clients wait until those whom they name are back.
        top.child::<House>("house").which_children().await.unwrap();
        assert_eq!(houses.at(1).hall().guests().await, Ok(0));
        let (Some(house), Some(hall)) = pids() else { panic!("nobody is registered") };
        (house, hall)
    };
    let first = both().await;
    houses.at(1).kill();
    let second = both().await;
    assert!(second.0 != first.0 && second.1 != first.1);
    rooms.at("hall").kill();
    let third = both().await;
    assert!(third.0 == second.0 && third.1 != second.1);
    rooms.at("hall").crash();
    let fourth = both().await;
    assert!(fourth.0 == second.0 && fourth.1 != third.1);
    houses.at(1).terminate_child(HouseChild::Hall).await.unwrap();
    assert_eq!(pids(), (Some(fourth.0), None));
    houses.at(1).restart_child(HouseChild::Hall).await.unwrap();
    let fifth = both().await;
    assert!(fifth.0 == second.0 && fifth.1 != fourth.1);
    top.stop().await.unwrap();
    assert_eq!(pids(), (None, None));
}

#[behaviour::test]
async fn children_of_a_tree_are_registered() {
    let rooms = Rooms::new();
    let handle = rooms.clone();
    let tree = Tree::new(Strategy::OneForOne)
        .child("hall", move || Room::child(Opening::Plain).via(&handle, "hall"))
        .start()
        .await
        .unwrap();
    assert!(rooms.lookup("hall").is_some());
    tree.stop().await.unwrap();
    assert_eq!(rooms.count(), 0);
}

/// A server that unregisters by hand as it ends, and registers once more as its state is dropped.
#[gen_server]
struct Leaver {
    at: Registry<&'static str, Leaver>,
    own: LeaverClient,
}

static LEFT: AtomicBool = AtomicBool::new(false);

#[gen_server]
impl Leaver {
    #[init]
    fn init(cx: &mut Context<Self>, at: Registry<&'static str, Leaver>) -> Self {
        Self { at, own: cx.client() }
    }

    #[terminate]
    fn leave(&mut self, _: ExitReason) {
        assert!(self.at.unregister("key", &self.own));
        self.at.register("last", &self.own).unwrap();
    }
}

impl Drop for Leaver {
    fn drop(&mut self) {
        self.at.register("very last", &self.own).unwrap();
        LEFT.store(self.at.lookup("last").is_some(), Ordering::Release);
    }
}

#[behaviour::test]
async fn what_is_registered_while_a_process_ends_goes_with_it() {
    let registry = Registry::<&str, Leaver>::new();
    let leaver = Leaver::start(registry.clone()).via(&registry, "key").await.unwrap();
    leaver.stop().await.unwrap();
    assert!(LEFT.load(Ordering::Acquire));
    assert_eq!(registry.count(), 0);
}
