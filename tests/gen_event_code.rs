//! New code for the handlers of a manager: `#[code_change]`, of all of one type, behind the same clients (row GE-23).

use std::fmt;

use behaviour::event::HandlerId;
use behaviour::prelude::*;
use behaviour::sys::SysError;

/// Why a sum is not changed.
#[derive(Debug, PartialEq)]
struct TooLarge(u64);

impl fmt::Display for TooLarge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is too large", self.0)
    }
}

impl std::error::Error for TooLarge {}

/// Adds up.
#[gen_event(u64)]
struct Sum {
    sum: u64,
    unit: String,
}

#[gen_event(u64)]
impl Sum {
    #[init]
    fn init(sum: u64) -> Self {
        Self { sum, unit: "m".into() }
    }

    #[event]
    fn event(&mut self, number: &u64) {
        self.sum += number;
    }

    #[call]
    fn shown(&self) -> String {
        format!("{} {}", self.sum, self.unit)
    }

    /// Counts in another unit.
    #[code_change]
    fn count_in(&mut self, unit: String, factor: u64) -> Result<(), TooLarge> {
        assert!(factor > 0, "no such factor");
        if self.sum >= 100 {
            return Err(TooLarge(self.sum));
        }
        *self = Self { sum: self.sum * factor, unit };
        Ok(())
    }
}

/// Remembers the largest.
#[gen_event(u64)]
struct Largest(u64);

#[gen_event(u64)]
impl Largest {
    #[init]
    fn init() -> Self {
        Self(0)
    }

    #[event]
    fn event(&mut self, number: &u64) {
        self.0 = self.0.max(*number);
    }

    #[call]
    fn largest(&self) -> u64 {
        self.0
    }

    #[code_change]
    fn forget(&mut self) {
        self.0 = 0;
    }
}

fn centimetres() -> behaviour::event::HandlerUpgrade<Sum> {
    Sum::upgrade("cm".into(), 100)
}

#[behaviour::test(start_paused = true)]
async fn all_handlers_of_the_type_are_changed_and_no_other_and_what_waits_is_for_the_new_code() {
    let numbers = EventManager::<u64>::start().await.unwrap();
    let first = numbers.add_handler(Sum::handler(1)).await.unwrap();
    let second = numbers.add_handler(Sum::handler(2).id("second")).await.unwrap();
    let largest = numbers.add_handler(Largest::handler()).await.unwrap();
    numbers.notify(3);

    let sys = numbers.sys();
    sys.suspend().await.unwrap();
    numbers.notify(4);
    assert_eq!(sys.change_code(centimetres()).await, Ok(()));
    sys.resume().await.unwrap();
    let shown = (first.shown().await.unwrap(), second.shown().await.unwrap());
    assert_eq!(shown, ("404 cm".to_owned(), "504 cm".to_owned()));
    assert_eq!(largest.largest().await, Ok(4));

    sys.suspend().await.unwrap();
    assert_eq!(sys.change_code(Largest::upgrade()).await, Ok(()));
    sys.resume().await.unwrap();
    assert_eq!(largest.largest().await, Ok(0), "and one that takes nothing");
    assert_eq!(first.shown().await.as_deref(), Ok("404 cm"));
}

// GE-23
#[behaviour::test(start_paused = true)]
async fn a_handler_that_cannot_be_changed_is_the_callers_error_and_stays() {
    let numbers = EventManager::<u64>::start().await.unwrap();
    let oldest = numbers.add_handler(Sum::handler(1).id("oldest")).await.unwrap();
    let large = numbers.add_handler(Sum::handler(100)).await.unwrap();
    let newest = numbers.add_handler(Sum::handler(2).id("newest")).await.unwrap();
    let sys = numbers.sys();
    assert_eq!(sys.change_code(centimetres()).await, Err(SysError::NotSuspended));

    sys.suspend().await.unwrap();
    let failed = sys.change_code(centimetres()).await;
    let Err(SysError::CodeChange(reason)) = &failed else { panic!("{failed:?}") };
    assert_eq!(reason.downcast_ref(), Some(&TooLarge(100)));
    let panicked = sys.change_code(Sum::upgrade("nothing".into(), 0)).await;
    let Err(SysError::CodeChange(ExitReason::Panic(panic))) = &panicked else { panic!("{panicked:?}") };
    assert_eq!(panic.message(), "no such factor");
    sys.resume().await.unwrap();

    let shown = [&newest, &large, &oldest].map(SumClient::shown);
    let shown = futures_util::future::try_join_all(shown).await.unwrap();
    assert_eq!(shown, ["200 cm", "100 m", "1 m"], "those before the one that failed are changed");
    assert_eq!(numbers.which_handlers().await.unwrap().len(), 3);
}

#[behaviour::test(start_paused = true)]
async fn new_code_for_handlers_that_are_not_there_changes_nothing() {
    let numbers = EventManager::<u64>::start().await.unwrap();
    let largest = numbers.add_handler(Largest::handler()).await.unwrap();
    numbers.notify(7);
    let sys = numbers.sys();
    sys.suspend().await.unwrap();
    assert_eq!(sys.change_code(centimetres()).await, Ok(()));
    sys.resume().await.unwrap();
    assert_eq!(largest.largest().await, Ok(7));
    assert_eq!(numbers.which_handlers().await, Ok(vec![HandlerId::of::<Largest>()]));
}
