//! `#[cfg(..)]` on states, on their fields and on handlers holds for all that is made of them.

use behaviour::prelude::*;

#[gen_statem(state)]
#[cfg_attr(test, derive(Debug, Default))]
#[cfg_attr(not(test), derive(Missing))]
enum Light {
    #[cfg(not(test))]
    Absent { missing: Missing },
    #[default]
    Red {
        #[cfg(not(test))]
        missing: Missing,
        #[cfg(test)]
        waiting: u8,
    },
    #[cfg(not(test))]
    #[terminal]
    Gone,
    #[cfg(test)]
    Green(#[cfg(not(test))] Missing, #[cfg(test)] u8),
    #[cfg(not(test))]
    Blue(#[cfg(not(test))] Missing),
}

#[gen_statem(Light)]
struct Crossing {
    #[cfg(not(test))]
    _absent: Missing,
    #[cfg(test)]
    served: u8,
}

#[gen_statem(Light)]
impl Crossing {
    #[cfg(not(test))]
    #[init]
    fn absent() -> (Self, Absent) {}

    #[cfg(test)]
    #[init]
    fn init(served: u8) -> (Self, Red) {
        (Self { served }, Red::default())
    }

    #[cfg(not(test))]
    #[cast(car, else = ignore)]
    fn no_car(&mut self, absent: &mut Absent) {}

    #[cfg(test)]
    #[cast(car, else = ignore)]
    fn car(&mut self, red: &mut Red) {
        red.waiting += 1;
    }

    #[cfg(not(test))]
    #[call]
    fn missing(&mut self, _: &Light, missing: Missing) -> Missing {}

    #[call(next)]
    #[cfg(test)]
    fn go(&mut self, red: Red) -> (Green, u8) {
        self.served += red.waiting;
        (Green(red.waiting), self.served)
    }

    #[call(next)]
    #[cfg(test)]
    fn halt(&mut self, green: Green) -> (Red, u8) {
        (Red { waiting: 0 }, green.0)
    }

    #[call(next)]
    #[cfg(not(test))]
    fn come(&mut self, absent: Absent) -> (Red, u8) {
        (absent, 1)
    }

    #[call(next)]
    #[cfg(not(test))]
    fn go_otherwise(&mut self, red: Red) -> (Gone, u8) {
        (red, 1)
    }

    #[cfg(not(test))]
    #[state_timeout(1s)]
    fn late(&mut self, red: Red) -> Gone {}

    #[cfg(test)]
    #[state_timeout(1h)]
    fn late(&mut self, _: Red) -> Green {
        Green(0)
    }

    #[cfg(not(test))]
    #[info]
    fn missing_too(&mut self, _: &Light, _: Missing) {}

    #[cfg(not(test))]
    #[event_timeout]
    fn quiet(&mut self, _: &Gone) {}

    #[cfg(not(test))]
    #[enter]
    fn entered(&mut self, _: &Absent) {}

    #[cfg(test)]
    #[enter]
    fn entered(&mut self, green: &mut Green) {
        green.0 += 10;
    }

    #[cfg(not(test))]
    #[terminate]
    fn end(&mut self, _: Missing) {}

    #[cfg(test)]
    #[terminate]
    fn close(&mut self, light: &Light) {
        let _ = light;
        self.served = 0;
    }
}

#[behaviour::test(start_paused = true)]
async fn what_is_not_configured_is_no_state() {
    let crossing = Crossing::start(5).await.unwrap();
    crossing.car();
    crossing.car();
    assert_eq!(crossing.next().await, Ok(7));
    crossing.car();
    assert_eq!(crossing.state_name().await, Ok("Green"));
    assert_eq!(crossing.next().await, Ok(12));
    let known: Vec<_> = Light::TRANSITIONS.iter().map(|step| (step.from, step.to, step.event)).collect();
    assert_eq!(known, [("Red", "Green", "next"), ("Green", "Red", "next"), ("Red", "Green", "late")]);
    assert!(!Light::DIAGRAM.contains("Gone"), "{}", Light::DIAGRAM);
}
