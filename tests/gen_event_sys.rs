//! A look inside a manager while it runs, or is suspended: the states of its handlers (rows GE-12, GE-14, GE-15, GE-17 and
//! GE-18).

use behaviour::prelude::*;
use behaviour::sys::Run;

/// Counts, and says how it is.
#[gen_event(u32)]
struct Sum {
    sum: u32,
}

#[gen_event(u32)]
impl Sum {
    #[init]
    fn init(sum: u32) -> Self {
        Self { sum }
    }

    #[event]
    fn event(&mut self, number: &u32, cx: &mut HandlerContext<Self>) {
        self.sum += number;
        cx.hibernate();
    }

    /// The sum.
    #[call]
    fn sum(&self) -> u32 {
        self.sum
    }

    #[format_status]
    fn status(&self) -> String {
        format!("{} in sum", self.sum)
    }
}

type Numbers = EventManager<u32>;

async fn two() -> (EventManagerClient<u32>, SumClient, SumClient) {
    let numbers = Numbers::start().await.unwrap();
    let first = numbers.add_handler(Sum::handler(1)).await.unwrap();
    let second = numbers.add_handler(Sum::handler(2).id("2")).await.unwrap();
    (numbers, first, second)
}

// GE-17
#[behaviour::test]
async fn the_state_of_each_handler_is_seen_also_while_the_manager_is_suspended() {
    let (numbers, first, second) = two().await;
    let nobody = numbers.handler_with_id::<Sum>("nobody");
    for suspended in [false, true] {
        if suspended {
            numbers.sys().suspend().await.unwrap();
        }
        let (first, second, nobody) = (first.clone(), second.clone(), nobody.clone());
        let seen = numbers.sys().get_state(move |numbers| {
            [&first, &second, &nobody].map(|handler| numbers.state(handler).map(|sum| sum.sum))
        });
        assert_eq!(seen.await, Ok([Some(1), Some(2), None]));
    }
}

// GE-18
#[behaviour::test]
async fn the_state_of_a_handler_is_replaced_also_while_the_manager_is_suspended() {
    let (numbers, first, second) = two().await;
    for suspended in [false, true] {
        if suspended {
            numbers.sys().suspend().await.unwrap();
        }
        let second = second.clone();
        let replaced = numbers.sys().replace_state(move |numbers| {
            let sum = numbers.state_mut(&second)?;
            sum.sum += 10;
            Some(sum.sum)
        });
        assert_eq!(replaced.await, Ok(Some(if suspended { 22 } else { 12 })));
    }
    numbers.sys().resume().await.unwrap();
    assert_eq!((first.sum().await, second.sum().await), (Ok(1), Ok(22)));
}

// GE-12, GE-14, GE-15
#[behaviour::test]
async fn the_status_of_a_manager_shows_its_handlers_as_they_want_to_be_shown() {
    let (numbers, first, _) = two().await;
    numbers.notify(5);
    assert_eq!(first.sum().await, Ok(6));
    let status = numbers.sys().get_status().await.unwrap();
    assert_eq!((status.pid, status.run), (numbers.pid(), Run::Running));
    assert_eq!(status.state.as_deref(), Some("{Sum(2): 7 in sum, Sum: 6 in sum}"));
    numbers.sys().suspend().await.unwrap();
    numbers.notify(1);
    assert_eq!(numbers.sys().get_status().await.unwrap().run, Run::Suspended);
    numbers.sys().resume().await.unwrap();
    assert_eq!(first.sum().await, Ok(7), "what came meanwhile is not lost");
}
