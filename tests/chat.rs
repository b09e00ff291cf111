//! The `chat` example under real clients: a hundred of them, and crashes of all that can crash.
//!
//! Every test opens a house of its own on a port of its own, in its own runtime. Nothing sleeps and hopes: a client
//! reads until it has seen what must come, and what happens without a client is asked for until it has.

#[path = "../examples/chat/house/mod.rs"]
mod house;

use std::collections::{BTreeSet, HashMap};
use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use behaviour::prelude::*;
use behaviour::process;
use behaviour::registry::Registry;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use self::house::protocol::{self, Command, LONGEST, LineError};
use self::house::room::{LAG, Room};
use self::house::user::User;
use self::house::{Chat, House, HouseClient};

/// Longer than anything takes that works.
const PATIENCE: Duration = Duration::from_mins(1);

/// A running house, and what it is known by.
struct Open {
    house: HouseClient,
    names: Registry<String, User>,
    signs: Registry<String, Room>,
}

impl Open {
    async fn house() -> Self {
        let (names, signs) = (Registry::new(), Registry::new());
        let address = (Ipv4Addr::LOCALHOST, 0).into();
        let house = House { address, names: names.clone(), signs: signs.clone() }.start().await.unwrap();
        Self { house, names, signs }
    }

    /// Somebody who has told a name.
    async fn guest(&self, name: &str) -> Guest {
        Guest::new(self.house.door().address().await.unwrap(), name).await
    }

    /// Somebody who is in a room.
    async fn member(&self, name: &str, room: &str) -> Guest {
        let mut guest = self.guest(name).await;
        guest.join(room).await;
        guest
    }

    /// These, in rooms: `0` is in room `r0`, `1` in `r1`, and so on, as many as there are rooms.
    async fn crowd(&self, guests: usize, rooms: usize) -> Vec<Guest> {
        let address = self.house.door().address().await.unwrap();
        let mut coming = JoinSet::new();
        for number in 0..guests {
            coming.spawn(async move {
                let mut guest = Guest::new(address, &number.to_string()).await;
                guest.join(&format!("r{}", number % rooms)).await;
                guest
            });
        }
        coming.join_all().await
    }

    async fn stop(self) {
        self.house.stop().await.unwrap();
        assert_eq!((self.names.count(), self.signs.count()), (0, 0));
    }
}

/// A client.
struct Guest {
    name: String,
    socket: BufReader<TcpStream>,
}

impl Guest {
    async fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let mut guest = Self { name: String::new(), socket: BufReader::new(stream) };
        assert_eq!(guest.reads().await, "* what is your name?");
        guest
    }

    async fn new(address: SocketAddr, name: &str) -> Self {
        let mut guest = Self::connect(address).await;
        name.clone_into(&mut guest.name);
        guest.asks(name, &format!("* hello, {name}; /join a room")).await;
        guest
    }

    async fn join(&mut self, room: &str) {
        self.types(&format!("/join {room}")).await;
        self.sees(&format!("* {} has come", self.name)).await;
    }

    /// Whether it arrives, the answer tells.
    async fn types(&mut self, line: &str) {
        let _ = self.socket.write_all(format!("{line}\r\n").as_bytes()).await;
    }

    /// The next line; none if the server has hung up.
    async fn next(&mut self) -> Option<String> {
        let mut line = String::new();
        let read = timeout(PATIENCE, self.socket.read_line(&mut line)).await.expect("a line in time").unwrap_or(0);
        (read > 0).then(|| line.trim_end().to_owned())
    }

    async fn reads(&mut self) -> String {
        self.next().await.expect("a line")
    }

    /// Types a line and expects exactly this one next.
    async fn asks(&mut self, line: &str, answer: &str) {
        self.types(line).await;
        assert_eq!(self.reads().await, answer);
    }

    /// Reads on, up to this line; gives those before it.
    async fn sees(&mut self, wanted: &str) -> Vec<String> {
        let mut before = Vec::new();
        loop {
            let line = self.next().await.unwrap_or_else(|| panic!("{}: `{wanted}` not in {before:?}", self.name));
            if line == wanted {
                return before;
            }
            before.push(line);
        }
    }

    /// Reads up to the end of the connection.
    async fn rest(mut self) -> Vec<String> {
        let mut lines = Vec::new();
        while let Some(line) = self.next().await {
            lines.push(line);
        }
        lines
    }
}

/// Asks until the answer is right, for what happens in its own time.
async fn until<T: PartialEq + std::fmt::Debug>(expected: T, mut ask: impl AsyncFnMut() -> T) {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let answer = ask().await;
        if answer == expected {
            return;
        }
        assert!(Instant::now() < deadline, "still {answer:?}, not {expected:?}");
        sleep(Duration::from_millis(2)).await;
    }
}

/// Lets all guests do something at the same time.
async fn together<F: Future<Output = Guest> + Send + 'static>(
    guests: Vec<Guest>,
    mut act: impl FnMut(Guest) -> F,
) -> Vec<Guest> {
    let mut acting = JoinSet::new();
    for guest in guests {
        acting.spawn(act(guest));
    }
    acting.join_all().await
}

/// Who said it, and the number that was said.
fn said(line: &str) -> Option<(String, u32)> {
    let (name, number) = line.strip_prefix('<')?.split_once("> ")?;
    Some((name.to_owned(), number.parse().ok()?))
}

/// Says a few numbers, and listens until everybody of a room has said as many, in their order.
async fn say_and_hear(mut guest: Guest, members: usize, lines: u32) -> Guest {
    for number in 0..lines {
        guest.types(&number.to_string()).await;
    }
    let mut heard: HashMap<String, u32> = HashMap::new();
    while heard.len() < members || heard.values().any(|count| *count < lines) {
        if let Some((speaker, number)) = said(&guest.reads().await) {
            let next = heard.entry(speaker).or_default();
            assert_eq!(number, *next, "{} hears everybody in order", guest.name);
            *next += 1;
        }
    }
    assert_eq!(heard.len(), members);
    guest
}

#[behaviour::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_clients_hear_everybody_in_their_room_in_order() {
    let open = Open::house().await;
    let guests = open.crowd(100, 5).await;
    let guests = together(guests, |guest| say_and_hear(guest, 20, 20)).await;
    assert_eq!((guests.len(), open.names.count(), open.signs.count()), (100, 100, 5));
    open.stop().await;
    for guest in guests {
        assert_eq!(guest.rest().await.last().map(String::as_str), Some("* goodbye"));
    }
}

#[behaviour::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_user_that_crashes_has_left_and_the_others_talk_on() {
    let open = Open::house().await;
    let mut ann = open.member("ann", "tea").await;
    let bob = open.member("bob", "tea").await;
    ann.sees("* bob has come").await;
    open.names.lookup("bob").unwrap().kill();
    ann.sees("* bob has left").await;
    bob.rest().await;
    ann.asks("still here", "<ann> still here").await;
    ann.asks("/who", "* here: ann").await;
    // The name is free again.
    let mut bob = open.member("bob", "tea").await;
    ann.sees("* bob has come").await;
    bob.types("me too").await;
    ann.sees("<bob> me too").await;
    // Who hangs up, or goes home, has left as well.
    drop(bob);
    ann.sees("* bob has left").await;
    let mut bob = open.member("bob", "tea").await;
    bob.types("/quit").await;
    assert_eq!(bob.rest().await, ["* goodbye"]);
    assert_eq!(ann.sees("* bob has left").await, ["* bob has come"]);
    until(1, async || open.house.users().count_children().await.unwrap().active).await;
    open.stop().await;
}

#[behaviour::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_room_that_crashes_is_back_with_all_who_were_in_it() {
    let open = Open::house().await;
    let mut coffee = open.member("eve", "coffee").await;
    let mut guests = open.crowd(10, 1).await;
    for _ in 0..3 {
        let room = open.signs.lookup("r0").unwrap();
        room.kill();
        for guest in &mut guests {
            guest.sees("* `r0` broke down: you are back").await;
        }
        guests = together(guests, |guest| say_and_hear(guest, 10, 5)).await;
        assert_ne!(open.signs.lookup("r0"), Some(room));
    }
    // Another room has not noticed.
    coffee.asks("quiet here", "<eve> quiet here").await;
    open.stop().await;
}

#[behaviour::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_clients_talk_on_while_rooms_and_users_crash() {
    const UNLUCKY: usize = 20;
    let open = Open::house().await;
    let guests = open.crowd(100, 5).await;

    // What is said while a room is down is lost, and its speaker is told; what is heard is in order all the same.
    let talking = together(guests, async |mut guest: Guest| {
        let mut heard: HashMap<String, u32> = HashMap::new();
        for number in 0..200 {
            guest.types(&number.to_string()).await;
        }
        guest.types("/rooms").await;
        while let Some(line) = guest.next().await {
            if line.starts_with("* rooms: ") {
                return guest;
            }
            if let Some((speaker, number)) = said(&line) {
                let last = heard.insert(speaker.clone(), number);
                assert!(last.is_none_or(|last| last < number), "{}: {speaker} {last:?} {number}", guest.name);
            }
        }
        guest.name.clear();
        guest
    });
    let crashing = async {
        for number in 0..UNLUCKY {
            open.names.lookup(&number.to_string()).unwrap().kill();
            if let Some(room) = open.signs.lookup(&format!("r{}", number % 5)) {
                room.kill();
            }
            sleep(Duration::from_millis(1)).await;
        }
    };
    let (guests, ()) = tokio::join!(talking, crashing);
    let alive = |guest: &Guest| !guest.name.is_empty() && guest.name.parse::<usize>().unwrap() >= UNLUCKY;
    let guests: Vec<_> = guests.into_iter().filter(alive).collect();
    assert_eq!(guests.len(), 100 - UNLUCKY);

    // Whoever has not crashed is back in its room, and all goes on.
    for number in 0..5 {
        // A room that was killed just now is not found until one of its users has opened it again.
        until(Some(16), async || Some(open.signs.lookup(&format!("r{number}"))?.who().await.ok()?.len())).await;
    }
    let mut all = BTreeSet::new();
    for mut guest in guests {
        guest.types("one more").await;
        guest.sees(&format!("<{}> one more", guest.name)).await;
        assert!(all.insert(guest.name));
    }
    open.stop().await;
}

#[behaviour::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_supervisor_that_crashes_takes_the_others_along() {
    let open = Open::house().await;
    let mut ann = open.member("ann", "tea").await;
    let mut bob = open.member("bob", "tea").await;
    ann.sees("* bob has come").await;

    // All rooms are gone with theirs, and are opened again by whoever was there.
    open.house.rooms().kill();
    for guest in [&mut ann, &mut bob] {
        guest.sees("* `tea` broke down: you are back").await;
    }
    ann.types("hello?").await;
    bob.sees("<ann> hello?").await;

    // The door can go without a guest being disturbed.
    let before = open.house.door().pid();
    open.house.door().kill();
    until(true, async || open.house.door().is_alive() && open.house.door().pid() != before).await;
    bob.types("hello!").await;
    ann.sees("<bob> hello!").await;
    let eve = open.member("eve", "tea").await;
    ann.sees("* eve has come").await;

    // With the users' supervisor go the users, but not the house.
    open.house.users().kill();
    for guest in [ann, bob, eve] {
        guest.rest().await;
    }
    until((0, 0), async || (open.names.count(), open.signs.count())).await;
    let mut ann = open.member("ann", "tea").await;
    ann.asks("/who", "* here: ann").await;
    open.stop().await;
}

#[behaviour::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_says_goodbye_and_leaves_nothing() {
    let chat = application::ensure_all_started(Chat { address: (Ipv4Addr::LOCALHOST, 0).into() }).await.unwrap();
    let address = chat.door().address().await.unwrap();
    let mut guests = Vec::new();
    for number in 0..10 {
        let mut guest = Guest::new(address, &format!("guest{number}")).await;
        guest.join("tea").await;
        guests.push(guest);
    }
    guests.push(Guest::connect(address).await);
    let mut all = vec![chat.pid(), chat.door().pid(), chat.users().pid(), chat.rooms().pid()];
    all.extend(chat.users().children().await.unwrap().iter().map(|user| user.pid()));
    all.extend(chat.rooms().children().await.unwrap().iter().map(|room| room.pid()));
    assert!(all.len() == 4 + 11 + 1 && all.iter().all(|pid| process::is_alive(*pid)));

    application::stop::<Chat>().await.unwrap();
    assert!(!all.iter().any(|pid| process::is_alive(*pid)));
    for guest in guests {
        // Nobody sees the others leave: their room could tell, but they are leaving, too.
        assert_eq!(guest.rest().await.last().map(String::as_str), Some("* goodbye"));
    }
    // Nobody listens any more, unless it is another test that was given the port meanwhile, and will be done with it.
    until(true, async || TcpListener::bind(address).await.is_ok()).await;
}

#[behaviour::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_can_be_called_as_somebody_else_is() {
    let open = Open::house().await;
    let ann = open.guest("ann").await;
    let mut other = Guest::connect(open.house.door().address().await.unwrap()).await;
    other.asks("ann", "* somebody is called that; what else?").await;
    other.asks("a n", "* a name has 1 to 20 letters and digits").await;
    other.asks("", "* a name has 1 to 20 letters and digits").await;
    drop(ann);
    until(0, async || open.names.count()).await;
    other.asks("ann", "* hello, ann; /join a room").await;
    open.stop().await;
}

#[behaviour::test(flavor = "multi_thread", worker_threads = 2)]
async fn lines_that_are_none_are_refused_and_the_connection_goes_on() {
    let open = Open::house().await;
    let mut ann = open.member("ann", "tea").await;
    let long = "x".repeat(LONGEST - 2);
    ann.asks(&long, &format!("<ann> {long}")).await;
    ann.asks(&format!("{long}x"), "* a line has at most 1024 bytes").await;
    ann.asks(&long.repeat(1_000), "* a line has at most 1024 bytes").await;
    ann.socket.write_all(b"\xff\xfe\n").await.unwrap();
    assert_eq!(ann.reads().await, "* that is not UTF-8");
    ann.asks("\x1b[2Jboo", "<ann> [2Jboo").await;
    ann.asks("/dance", "* there are /join room, /leave, /who, /rooms and /quit").await;
    // In pieces, too.
    for byte in "straße\n".bytes() {
        ann.socket.write_all(&[byte]).await.unwrap();
    }
    assert_eq!(ann.reads().await, "<ann> straße");
    // A line that does not end is not said.
    ann.socket.write_all(b"half").await.unwrap();
    ann.socket.shutdown().await.unwrap();
    assert_eq!(ann.rest().await, ["* goodbye"]);
    open.stop().await;
}

#[behaviour::test(flavor = "multi_thread", worker_threads = 2)]
async fn rooms_are_there_as_long_as_somebody_is_in_them() {
    let open = Open::house().await;
    let mut ann = open.guest("ann").await;
    ann.asks("anybody?", "* you are in no room; /join one").await;
    ann.asks("/leave", "* you are in no room; /join one").await;
    ann.join("tea").await;
    let mut bob = open.member("bob", "coffee").await;
    bob.asks("/rooms", "* rooms: coffee, tea").await;
    ann.join("coffee").await;
    bob.sees("* ann has come").await;
    until(1, async || open.house.rooms().count_children().await.unwrap().specs).await;
    bob.asks("/rooms", "* rooms: coffee").await;
    ann.asks("/leave", "* you are out").await;
    bob.sees("* ann has left").await;
    bob.asks("/leave", "* you are out").await;
    until(0, async || open.house.rooms().count_children().await.unwrap().specs).await;
    // Many who come and go at once never meet a room that has just ended.
    let guests = open.crowd(20, 1).await;
    together(guests, async |mut guest: Guest| {
        for _ in 0..20 {
            guest.types("/leave").await;
            guest.sees("* you are out").await;
            guest.join("r0").await;
        }
        guest
    })
    .await;
    open.stop().await;
}

#[behaviour::test(start_paused = true)]
async fn a_room_that_nobody_enters_ends() {
    let room = Room::start().await.unwrap();
    assert_eq!(room.who().await, Ok(vec![]));
    let begun = Instant::now();
    assert_eq!(room.ended().await, ExitReason::Normal);
    assert_eq!(begun.elapsed(), Duration::from_secs(10));
}

#[behaviour::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_who_does_not_read_is_put_out_and_holds_nobody_up() {
    let open = Open::house().await;
    let mut ann = open.member("ann", "tea").await;
    let _deaf = open.member("bob", "tea").await;
    ann.sees("* bob has come").await;
    let bob = open.names.lookup("bob").unwrap();
    let words = "x".repeat(LONGEST - 2);
    let mut longest = 0;
    loop {
        for _ in 0..50 {
            ann.types(&words).await;
        }
        ann.types("and so on").await;
        let between = ann.sees("<ann> and so on").await;
        if between.iter().any(|line| line == "* bob has left") {
            break;
        }
        longest = longest.max(bob.mailbox_len());
    }
    assert_eq!(bob.ended().await, ExitReason::Killed);
    assert!((LAG / 2..=LAG).contains(&longest), "{longest}");
    open.stop().await;
}

#[test]
fn lines_are_commands() {
    let say = |words: &str| Ok(Command::Say(words.into()));
    let join = |room: &str| Ok(Command::Join(room.into()));
    for (line, command) in [
        ("hello", say("hello")),
        ("hello /quit", say("hello /quit")),
        ("", say("")),
        (" /quit", say(" /quit")),
        ("/join tea", join("tea")),
        ("/join  straße7 ", join("straße7")),
        ("/join", Err(LineError::Name)),
        ("/join two words", Err(LineError::Name)),
        ("/join ../etc", Err(LineError::Name)),
        ("/leave", Ok(Command::Leave)),
        ("/leave now", Err(LineError::Unknown)),
        ("/who", Ok(Command::Who)),
        ("/rooms ", Ok(Command::Rooms)),
        ("/quit", Ok(Command::Quit)),
        ("/Quit", Err(LineError::Unknown)),
        ("/", Err(LineError::Unknown)),
    ] {
        assert_eq!(Command::parse(line), command, "{line:?}");
    }
}

#[test]
fn names_are_short_words() {
    for name in ["a", "Ann7", "ännchen", &"x".repeat(20), &"ß".repeat(20)] {
        assert_eq!(protocol::name(name).as_deref(), Ok(name));
    }
    for name in ["", " ann", "a b", "/ann", "<ann>", "\u{1b}", &"x".repeat(21)] {
        assert_eq!(protocol::name(name), Err(LineError::Name), "{name:?}");
    }
}

#[behaviour::test]
async fn bytes_are_lines() {
    let long = [b"x".repeat(5 * LONGEST), b"\nend\n".to_vec()].concat();
    for (bytes, lines) in [
        (&b""[..], vec![]),
        (b"one\ntwo\r\n\n", vec![Ok("one".into()), Ok("two".into()), Ok(String::new())]),
        (b"no end", vec![]),
        (b"a\x07b\xc2\x9bc\n", vec![Ok("abc".into())]),
        (b"\xff\nend\n", vec![Err(LineError::NotText), Ok("end".into())]),
        (&long, vec![Err(LineError::TooLong), Ok("end".into())]),
        (&long[..3 * LONGEST], vec![]),
    ] {
        let mut rest = bytes;
        let mut read = Vec::new();
        while let Some(line) = protocol::read(&mut rest).await.unwrap() {
            read.push(line);
        }
        assert_eq!(read, lines, "{bytes:?}");
    }
    let mut pieces = BufReader::with_capacity(3, (&b"in small pieces\n"[..]).chain(&b"too\n"[..]));
    assert_eq!(protocol::read(&mut pieces).await.unwrap(), Some(Ok("in small pieces".into())));
    assert_eq!(protocol::read(&mut pieces).await.unwrap(), Some(Ok("too".into())));
}
