//! Agents that ask themselves, that answer too late, that end (otp.md 11.2).

use std::future::pending;
use std::time::Duration;

use behaviour::prelude::*;
use behaviour::process;
use behaviour::registry::Registry;
use behaviour::testing::settle;
use futures_util::FutureExt as _;

const MS: Duration = Duration::from_millis(1);

#[behaviour::test(start_paused = true)]
async fn an_agent_that_asks_itself_is_told_at_once_and_may_send_to_itself() {
    let agent = Agent::start(|| 1).await.unwrap();
    let own = agent.clone();
    let asked = agent.get(move |_| own.get(|n| *n).now_or_never());
    assert_eq!(asked.await, Ok(Some(Err(CallError::CallingSelf))));
    let own = agent.clone();
    let stopped = agent.get_and_update(move |_| own.stop().into_future().now_or_never());
    assert_eq!(stopped.await, Ok(Some(Err(CallError::CallingSelf))));

    let own = agent.clone();
    let sent = agent.get_and_update(move |n| {
        own.cast(|n| *n *= 10);
        *n += 1;
        *n
    });
    assert_eq!(sent.await, Ok(2), "the cast waits until this is done");
    assert_eq!(agent.get(|n| *n).await, Ok(20));
}

#[behaviour::test(start_paused = true)]
async fn a_function_that_was_not_waited_for_long_enough_still_runs_and_one_that_was_never_sent_does_not() {
    let agent = Agent::start(|| 1).await.unwrap();
    agent.sys().suspend().await.unwrap();
    assert_eq!(agent.update(|n| *n += 1).within(MS).await, Err(CallError::Timeout));
    agent.cast(|n| *n *= 10);
    assert_eq!(agent.get_and_update(|n| *n += 2).within(Duration::ZERO).await, Err(CallError::Timeout));
    agent.sys().resume().await.unwrap();
    assert_eq!(agent.get(|n| *n).await, Ok(22), "in the order in which they were sent");

    drop(agent.update(|n| *n = 0));
    agent.update(|n| *n += 1).detach();
    assert_eq!(agent.get(|n| *n).await, Ok(23));
}

#[behaviour::test(start_paused = true)]
async fn an_agent_ends_with_the_reason_that_it_is_told(mut inbox: Inbox<()>) {
    process::trap_exit(true);
    for reason in [ExitReason::Normal, ExitReason::Shutdown, ExitReason::error("boom")] {
        let agent = Agent::start_link(|| 0).await.unwrap();
        assert_eq!(agent.stop().reason(reason.clone()).await, Ok(()));
        assert_eq!(inbox.exit().await.reason, reason);
        assert_eq!(agent.stop().await, Err(CallError::NoProcess));
    }
}

#[behaviour::test(start_paused = true)]
async fn a_suspended_agent_may_be_stopped_and_who_waits_is_told() {
    let agent = Agent::start(|| 0).await.unwrap();
    agent.sys().suspend().await.unwrap();
    let waits = tokio::spawn(agent.get(|n| *n));
    settle().await;
    assert_eq!(agent.stop().await, Ok(()));
    assert_eq!(waits.await.unwrap(), Err(CallError::Exited(ExitReason::Normal)));
}

#[behaviour::test(start_paused = true)]
async fn a_state_that_cannot_be_made_leaves_no_link_and_no_name(mut inbox: Inbox<()>) {
    process::trap_exit(true);
    let failed = Agent::<u32>::start_link(|| panic!("no number")).named("agent: none yet").await;
    assert!(matches!(failed, Err(StartError::Failed(ExitReason::Panic(_)))));
    assert!(process::links().is_empty());
    assert_eq!(inbox.try_next(), None);
    assert!(Agent::start(|| 1).named("agent: none yet").await.is_ok());
}

#[behaviour::test(start_paused = true)]
async fn a_function_that_panics_ends_the_caller_by_the_link_and_not_by_the_call() {
    let owner = process::spawn(|_: Inbox<()>| async {
        let agent = Agent::start_link(|| 0).await.unwrap();
        assert!(agent.update(|_| panic!("for both")).await.is_err());
        pending::<()>().await;
    });
    let ExitReason::Panic(panic) = owner.ended().await else { panic!("it was linked") };
    assert_eq!(panic.message(), "for both");
}

#[behaviour::test(start_paused = true)]
async fn an_agent_is_asked_changed_and_stopped_by_its_key() {
    let words = Registry::<&str, Agent<u32>>::new();
    let agent = Agent::start(|| 1).via(&words, "one").await.unwrap();
    let again = Agent::start(|| 1).via(&words, "one").await;
    assert_eq!(again, Err(StartError::AlreadyStarted(agent.pid())));
    let one = words.at("one");
    assert_eq!(one.update(|n| *n += 1).await, Ok(()));
    one.cast(|n| *n += 1);
    assert_eq!(one.get_and_update(|n| *n).await, Ok(3));
    assert_eq!(one.stop().await, Ok(()));
    assert_eq!(one.get(|n| *n).await, Err(CallError::NoProcess));
}
