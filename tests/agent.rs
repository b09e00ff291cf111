//! `Agent<T>`: a value in a process of its own (otp.md 11.2; rows XAG).

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use behaviour::agent::AgentClient;
use behaviour::prelude::*;
use behaviour::process;
use behaviour::registry::Registry;
use behaviour::sys::SysError;
use tokio::time::sleep;

const MS: Duration = Duration::from_millis(1);

fn panics() {
    std::panic::resume_unwind(Box::new("asked to"));
}

/// An application's numbers, kept alive.
#[supervisor(one_for_one)]
struct Numbers {
    /// How often the slow one was started.
    starts: Arc<AtomicU32>,
    /// What the second one is called.
    second: &'static str,
}

#[supervisor]
impl Numbers {
    #[child]
    fn first(&self) -> Child<Agent<u32>> {
        Agent::child(|| 40)
    }

    #[child(temporary, shutdown = brutal_kill)]
    fn second(&self) -> Child<Agent<u32>> {
        Child::new(Agent::try_start(|| "2".parse::<u32>())).named(self.second)
    }

    #[child(transient)]
    fn slow(&self) -> Child<Agent<u32>> {
        let starts = self.starts.clone();
        Child::new(Agent::start_async(move || async move {
            sleep(100 * MS).await;
            starts.fetch_add(1, Ordering::Relaxed)
        }))
    }
}

async fn numbers(second: &'static str) -> NumbersClient {
    Numbers { starts: Arc::default(), second }.start().await.unwrap()
}

// XAG-01, XAG-02
#[behaviour::test(start_paused = true)]
async fn an_agent_is_a_child_like_any_other() {
    let numbers = numbers("agent: second").await;
    assert_eq!(numbers.first().get(|n| *n).await, Ok(40));
    assert_eq!(Agent::<u32>::find("agent: second").unwrap().get(|n| *n).await, Ok(2));

    let (first, second) = (numbers.first().pid(), numbers.second().pid());
    numbers.first().update(|n| *n += 1).await.unwrap();
    assert_eq!(numbers.first().get(|n| *n).await, Ok(41));
    for agent in [numbers.first(), numbers.second()] {
        let CallError::Exited(ExitReason::Panic(_)) = agent.update(|_| panics()).await.unwrap_err() else {
            panic!("the agent panicked");
        };
    }
    assert_eq!(numbers.first().get(|n| *n).await, Ok(40), "a permanent one is restarted, with its state made anew");
    assert_ne!(numbers.first().pid(), first);
    assert_eq!(numbers.second().get(|n| *n).await, Err(CallError::NoProcess), "a temporary one is not");
    assert!(!process::is_alive(second));
    numbers.stop().await.unwrap();
}

// XAG-03
#[behaviour::test(start_paused = true)]
async fn an_agent_without_a_name_is_linked_asked_changed_and_stopped() {
    let agent = Agent::start_link(|| vec![1, 2]).await.unwrap();
    assert_eq!(process::links(), [agent.pid()]);
    assert_eq!(format!("{agent:?}"), format!("Agent{}", agent.pid()));

    assert_eq!(agent.update(|list| list.push(3)).await, Ok(()));
    assert_eq!(agent.get(Vec::len).within(3_000 * MS).await, Ok(3));
    assert_eq!(agent.get_and_update(Vec::pop).await, Ok(Some(3)));
    assert_eq!(agent.get(Clone::clone).await, Ok(vec![1, 2]));
    assert_eq!(agent.stop().await, Ok(()));
    assert!(process::links().is_empty());
    assert_eq!(agent.get(Vec::len).await, Err(CallError::NoProcess));
}

fn empty() -> String {
    String::new()
}

fn shout(text: &mut String) {
    text.push('!');
}

// XAG-05: Elixir gives module, function and arguments; here it is the path of a function.
#[behaviour::test(start_paused = true)]
async fn an_agent_with_a_name_runs_functions_that_are_named_by_their_paths() {
    let started = Agent::start(empty).named("agent: five").await.unwrap();
    let agent = Agent::<String>::find("agent: five").unwrap();
    assert_eq!(agent, started);
    assert!(Agent::<&str>::find("agent: five").is_none(), "an agent is found by the type of its state, too");

    agent.cast(shout);
    assert_eq!(agent.get(String::len).await, Ok(1));
    assert_eq!(agent.get_and_update(std::mem::take).await.as_deref(), Ok("!"));
    assert_eq!(agent.get(String::len).await, Ok(0));
    assert_eq!(Agent::start(empty).named("agent: five").await, Err(StartError::AlreadyStarted(agent.pid())));
    agent.stop().await.unwrap();
    assert!(Agent::<String>::find("agent: five").is_none());
}

#[behaviour::test(start_paused = true)]
async fn a_call_waits_as_long_as_it_says_for_an_agent_that_is_restarting() {
    let numbers = numbers("agent: another second").await;
    let slow = numbers.slow();
    assert_eq!(slow.get(|n| *n).await, Ok(0));
    slow.update(|_| panics()).await.unwrap_err();
    assert_eq!(slow.get(|n| *n).within(50 * MS).await, Err(CallError::Timeout));
    assert_eq!(slow.get(|n| *n).await, Ok(1));
}

#[behaviour::test(start_paused = true)]
async fn a_state_may_be_waited_for() {
    let made = Agent::start_async(async || {
        sleep(MS).await;
        2
    });
    assert_eq!(made.await.unwrap().get(|n| *n).await, Ok(2));
    let made = Agent::try_start_async(async || "2".parse::<u32>()).await.unwrap();
    assert_eq!(made.get(|n| *n).await, Ok(2));
    let late = Agent::start_async(std::future::pending::<u32>).within(MS).await;
    assert_eq!(late.unwrap_err(), StartError::Timeout);
}

#[behaviour::test]
async fn a_state_that_cannot_be_made_is_a_failed_start() {
    let failed = Agent::start(panics).await.unwrap_err();
    assert!(matches!(failed, StartError::Failed(ExitReason::Panic(_))));

    let failed = Agent::try_start(|| "x".parse::<u32>()).named("agent: x").await.unwrap_err();
    assert!(failed.downcast_ref::<std::num::ParseIntError>().is_some());
    let failed = Agent::try_start_async(async || "x".parse::<u32>()).named("agent: x").await.unwrap_err();
    assert!(failed.downcast_ref::<std::num::ParseIntError>().is_some());
    assert_eq!(process::whereis("agent: x"), None);
}

#[behaviour::test(start_paused = true)]
async fn a_function_that_panics_ends_the_agent_and_not_its_caller() {
    for how in 0..4 {
        let agent = Agent::start(|| 0).await.unwrap();
        let answer = match how {
            0 => agent.get(|_| panics()).await,
            1 => agent.update(|_| panics()).await,
            2 => agent.get_and_update(|_| panics()).await,
            _ => {
                agent.cast(|_| panics());
                Ok(())
            }
        };
        let ExitReason::Panic(panic) = agent.ended().await else { panic!("it panicked") };
        assert_eq!(panic.message(), "asked to");
        assert_eq!(answer, if how == 3 { Ok(()) } else { Err(CallError::Exited(ExitReason::Panic(panic))) });
    }
}

#[behaviour::test(start_paused = true)]
async fn functions_of_one_caller_run_in_the_order_in_which_they_were_sent() {
    let agent = Agent::start(Vec::new).await.unwrap();
    for number in 0..1_000 {
        agent.cast(move |list| list.push(number));
    }
    let calls = (1_000..1_010).map(|number| agent.update(move |list| list.push(number)));
    futures_util::future::join_all(calls).await;
    assert_eq!(agent.get(Clone::clone).await, Ok((0..1_010).collect::<Vec<_>>()));
}

#[behaviour::test(start_paused = true)]
async fn functions_of_any_size_travel_and_are_dropped_once_when_nobody_runs_them() {
    #[repr(align(32))]
    struct Aligned(u8);

    let agent = Agent::start(|| 0_u64).await.unwrap();
    let (held, aligned) = (Arc::new(()), Aligned(7));
    let (small, large) = (held.clone(), (held.clone(), [1_u64; 100]));
    agent.update(move |n| *n += Arc::strong_count(&small) as u64).await.unwrap();
    agent.update(move |n| *n += { &large }.1.iter().sum::<u64>()).await.unwrap();
    agent.update(move |n| *n += u64::from({ &aligned }.0)).await.unwrap();
    assert_eq!(agent.get(|n| *n).await, Ok(3 + 100 + 7));

    agent.stop().await.unwrap();
    let (small, large) = (held.clone(), (held.clone(), [1_u64; 100]));
    agent.cast(move |_| drop(small));
    assert_eq!(agent.update(move |_| drop(large)).await, Err(CallError::NoProcess));
    drop(agent.get(|n| *n));
    assert_eq!(Arc::strong_count(&held), 1);
}

#[behaviour::test]
async fn a_state_need_not_be_shared_or_cloned_and_is_dropped_in_the_agent() {
    /// `Send`, and nothing else.
    struct Lonely(std::cell::Cell<u32>, Option<Pid>, Arc<AtomicU32>);

    impl Drop for Lonely {
        fn drop(&mut self) {
            let here = process::current() == self.1;
            self.2.store(1 + u32::from(here), Ordering::SeqCst);
        }
    }

    let dropped = Arc::new(AtomicU32::new(0));
    let told = dropped.clone();
    let agent = Agent::start(move || Lonely(1.into(), process::current(), told)).await.unwrap();
    assert_eq!(agent.get(|lonely| lonely.0.replace(2)).await, Ok(1));
    assert_eq!(agent.get(|lonely| lonely.1).await, Ok(Some(agent.pid())));
    assert_eq!(agent.get(|_| process::current()).await, Ok(Some(agent.pid())), "functions run as the agent");
    agent.stop().await.unwrap();
    assert_eq!(dropped.load(Ordering::SeqCst), 2);
}

// XAG-06
#[behaviour::test(start_paused = true)]
async fn the_state_of_a_suspended_agent_is_changed_for_those_who_expect_it_otherwise() {
    let agent = Agent::start(|| vec![1, 2]).await.unwrap();
    let sys = agent.sys();
    assert_eq!(sys.change_code(|list: &mut Vec<u32>| list.clear()).await, Err(SysError::NotSuspended));
    sys.suspend().await.unwrap();
    agent.cast(|list| list.push(3));
    let waits = tokio::spawn(agent.get(Clone::clone));
    sys.change_code(|list: &mut Vec<u32>| list.iter_mut().for_each(|n| *n *= 10)).await.unwrap();
    assert_eq!(sys.get_state(Clone::clone).await, Ok(vec![10, 20]));
    assert_eq!(sys.change_code(doubled).await, Ok(()));
    sys.resume().await.unwrap();
    assert_eq!(waits.await.unwrap(), Ok(vec![20, 40, 3]), "what waited finds the state as it is now");
}

fn doubled(list: &mut Vec<u32>) -> Result<(), std::num::TryFromIntError> {
    let new = list.iter().map(|n| u32::try_from(u64::from(*n) * 2)).collect::<Result<_, _>>()?;
    *list = new;
    Ok(())
}

// XAG-07
#[behaviour::test(start_paused = true)]
async fn a_change_that_fails_is_the_callers_error_and_the_agent_goes_on_with_what_it_has() {
    let agent = Agent::start(|| vec![1, u32::MAX]).await.unwrap();
    let sys = agent.sys();
    sys.suspend().await.unwrap();
    let failed = sys.change_code(doubled).await;
    let Err(SysError::CodeChange(reason)) = &failed else { panic!("{failed:?}") };
    assert!(reason.downcast_ref::<std::num::TryFromIntError>().is_some(), "{reason:?}");
    let panicked = sys.change_code(|_: &mut Vec<u32>| panics()).await;
    let Err(SysError::CodeChange(ExitReason::Panic(panic))) = &panicked else { panic!("{panicked:?}") };
    assert_eq!(panic.message(), "asked to");
    assert_eq!(sys.get_state(Clone::clone).await, Ok(vec![1, u32::MAX]), "who assigns last has changed nothing");
    let halfway = sys.change_code(|list: &mut Vec<u32>| {
        list.truncate(1);
        panics();
    });
    assert!(matches!(halfway.await, Err(SysError::CodeChange(ExitReason::Panic(_)))));
    sys.resume().await.unwrap();
    assert_eq!(agent.get(Clone::clone).await, Ok(vec![1]), "what was changed before stays changed");
}

#[behaviour::test]
async fn an_agent_is_found_by_a_key() {
    let words = Registry::<&str, Agent<Vec<String>>>::new();
    Agent::start(|| vec![String::from("Apfel")]).via(&words, "de").await.unwrap();
    let german = words.lookup(&"de").unwrap();
    assert_eq!(german.get(|words| words[0].clone()).await.as_deref(), Ok("Apfel"));
}

#[behaviour::test(flavor = "multi_thread", worker_threads = 2)]
async fn updates_from_many_tasks_are_all_there() {
    let agent: AgentClient<u64> = Agent::start(|| 0).await.unwrap();
    let tasks = (0..8).map(|_| {
        let agent = agent.clone();
        tokio::spawn(async move {
            for _ in 0..1_000 {
                agent.update(|n| *n += 1).forever().await.unwrap();
                agent.cast(|n| *n += 1);
            }
        })
    });
    for done in futures_util::future::join_all(tasks).await {
        done.unwrap();
    }
    assert_eq!(agent.get(|n| *n).forever().await, Ok(16_000));
}
