//! States as types: what `#[gen_statem(state)]` makes of an enum, which handler answers in which state, and the picture that
//! the signatures give (DESIGN 1.2).

use behaviour::machine::Transition;
use behaviour::prelude::*;

/// A parcel on its way.
#[gen_statem(state)]
#[derive(Clone, Debug, PartialEq)]
enum Parcel {
    /// It is here.
    Here,
    /// It is with this driver, so many stops away.
    OnTheWay(&'static str, u32),
    /// It is at its address.
    Delivered { signed: String },
    /// Nobody was there, three times.
    #[terminal]
    Returned,
}

/// Follows the parcel.
#[gen_statem(Parcel)]
struct Tracking {
    tries: u32,
}

#[gen_statem(Parcel)]
impl Tracking {
    #[init]
    fn init() -> (Self, Here) {
        (Self { tries: 0 }, Here)
    }

    #[call]
    fn look(&self, parcel: &Parcel) -> Parcel {
        parcel.clone()
    }

    #[call]
    fn send(&mut self, _: Here, driver: &'static str) -> (OnTheWay, bool) {
        (OnTheWay(driver, 2), true)
    }

    #[call(send)]
    fn not_here(&self, _: &Parcel, _driver: &'static str) -> bool {
        false
    }

    /// The event in some states, a handler for all others.
    #[call]
    fn stop_reached(&mut self, on_the_way: &mut OnTheWay) -> &'static str {
        on_the_way.1 = on_the_way.1.saturating_sub(1);
        if on_the_way.1 == 0 { "the last one" } else { "one of many" }
    }

    #[call(stop_reached)]
    fn delivered(&self, _: &Delivered) -> &'static str {
        "already there"
    }

    #[call(stop_reached)]
    fn elsewhere(&mut self, _: &mut Parcel) -> &'static str {
        "not on the way"
    }

    #[cast(else = ignore)]
    fn ring(&mut self, on_the_way: OnTheWay, answer: Option<String>) -> Next<(Delivered, Here, Returned, OnTheWay)> {
        if on_the_way.1 > 0 {
            return Next::to(on_the_way);
        }
        self.tries += 1;
        match answer {
            Some(signed) => Next::to(Delivered { signed }),
            None if self.tries < 3 => Next::to(Here),
            None => Next::to(Returned),
        }
    }

    #[cast(else = ignore)]
    fn reject(&mut self, parcel: Delivered) -> Here {
        drop(parcel.signed);
        Here
    }
}

/// Sends it and rings.
async fn deliver(tracking: &TrackingClient, answer: Option<&str>) -> Parcel {
    assert_eq!(tracking.send("Ann").await, Ok(true));
    while tracking.stop_reached().await.unwrap() != "the last one" {}
    tracking.ring(answer.map(String::from));
    tracking.look().await.unwrap()
}

#[behaviour::test(start_paused = true)]
async fn the_state_decides_which_handler_answers() {
    let tracking = Tracking::start().await.unwrap();
    assert_eq!(tracking.stop_reached().await, Ok("not on the way"));
    assert_eq!(tracking.send("Ann").await, Ok(true));
    assert_eq!(tracking.send("Bob").await, Ok(false));
    assert_eq!(tracking.stop_reached().await, Ok("one of many"));
    tracking.ring(None);
    assert_eq!(tracking.look().await, Ok(OnTheWay("Ann", 1).into()), "it came back to where it was, with its data");
    assert_eq!(tracking.stop_reached().await, Ok("the last one"));
    tracking.ring(Some("Eve".into()));
    assert_eq!(tracking.look().await, Ok(Parcel::Delivered(Delivered { signed: "Eve".into() })));
    assert_eq!(tracking.stop_reached().await, Ok("already there"));
    tracking.reject();
    tracking.reject();
    assert_eq!(tracking.state_name().await, Ok("Here"));
}

// A terminal state is one that nothing leaves; its process lives on.
#[behaviour::test(start_paused = true)]
async fn a_terminal_state_is_still_answered_in() {
    let tracking = Tracking::start().await.unwrap();
    assert_eq!(deliver(&tracking, None).await, Here.into());
    assert_eq!(deliver(&tracking, None).await, Here.into());
    assert_eq!(deliver(&tracking, None).await, Returned.into());
    tracking.ring(None);
    tracking.reject();
    assert_eq!(tracking.send("Ann").await, Ok(false));
    assert_eq!(tracking.state_name().await, Ok("Returned"));
    assert!(tracking.is_alive());
}

#[test]
fn a_state_is_shown_as_what_it_is() {
    assert_eq!(format!("{:?}", Parcel::from(OnTheWay("Ann", 2))), "OnTheWay(\"Ann\", 2)");
    assert_eq!(format!("{:?}", Parcel::from(Here)), "Here");
    let delivered = Delivered { signed: "Eve".into() };
    assert_eq!(format!("{:?}", Parcel::from(delivered.clone())), format!("{delivered:?}"));
    assert_eq!(Parcel::from(Here), Parcel::Here(Here));
    assert_ne!(Parcel::from(Here), Parcel::Returned(Returned));
}

#[test]
fn the_signatures_are_the_picture() {
    let transition = |from, to, event| {
        Parcel::TRANSITIONS.iter().any(|line: &Transition| (line.from, line.to, line.event) == (from, to, event))
    };
    assert!(transition("Here", "OnTheWay", "send"));
    assert!(transition("OnTheWay", "Delivered", "ring"));
    assert!(transition("OnTheWay", "Here", "ring"));
    assert!(transition("OnTheWay", "Returned", "ring"));
    assert!(transition("Delivered", "Here", "reject"));
    assert!(!Parcel::TRANSITIONS.iter().any(|line| line.from == "Returned"));
    assert!(Parcel::DIAGRAM.starts_with("stateDiagram-v2\n"));
    for line in
        ["[*] --> Here", "Here --> OnTheWay", "OnTheWay --> Delivered", "Delivered --> Here", "Returned --> [*]"]
    {
        assert!(Parcel::DIAGRAM.lines().any(|other| other.trim().starts_with(line)), "{line}:\n{}", Parcel::DIAGRAM);
    }
}

/// Types of its own, in its states and in itself.
#[gen_statem(state)]
#[derive(Clone, Debug)]
enum Slot<T: Clone + Send + 'static> {
    Vacant,
    Taken { by: T },
}

#[gen_statem(Slot<T>)]
struct Seat<T: Clone + Send + 'static, const N: usize> {
    before: [Option<T>; N],
}

#[gen_statem(Slot<T>)]
impl<T: Clone + Send + 'static, const N: usize> Seat<T, N> {
    #[init]
    fn init() -> (Self, Vacant) {
        (Self { before: std::array::from_fn(|_| None) }, Vacant)
    }

    #[call]
    fn take(&mut self, _: Vacant, by: T) -> (Taken<T>, Option<T>) {
        (Taken { by }, None)
    }

    #[call(take)]
    fn refuse(&mut self, taken: &Taken<T>, _by: T) -> Option<T> {
        Some(taken.by.clone())
    }

    #[cast(else = ignore)]
    fn leave(&mut self, taken: Taken<T>) -> Vacant {
        self.before.rotate_right(1);
        self.before[0] = Some(taken.by);
        Vacant
    }

    #[call]
    fn before(&self, _: &Slot<T>) -> Vec<T> {
        self.before.iter().flatten().cloned().collect()
    }
}

#[behaviour::test(start_paused = true)]
async fn a_machine_and_its_states_may_be_generic() {
    let seat = Seat::<String, 2>::start().await.unwrap();
    for name in ["Ann", "Bob", "Eve"] {
        assert_eq!(seat.take(name.into()).await, Ok(None));
        assert_eq!(seat.take("Mallory".into()).await, Ok(Some(name.into())));
        assert_eq!(seat.state_name().await, Ok("Taken"));
        seat.leave();
    }
    assert_eq!(seat.before().await.unwrap(), ["Eve", "Bob"]);
    assert_eq!(seat.state_name().await, Ok("Vacant"));
}
