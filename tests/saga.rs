//! The example `saga`: all steps, or none, whatever ends in between.

#![allow(unreachable_pub, reason = "the example's file is a module here")]

use std::sync::{Arc, Mutex};

use behaviour::prelude::*;
use behaviour::process;

#[path = "../examples/saga/saga.rs"]
mod saga;

use saga::{Saga, SagaClient};

/// What happened, in order.
#[derive(Clone, Default)]
struct Events(Arc<Mutex<Vec<String>>>);

impl Events {
    /// Always succeeds.
    #[allow(clippy::unnecessary_wraps, reason = "it is what a step returns")]
    fn add(&self, what: &str, step: &str) -> Result<(), &'static str> {
        self.0.lock().unwrap().push(format!("{what} {step}"));
        Ok(())
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }

    /// A step that succeeds.
    async fn step(&self, saga: &SagaClient, name: &'static str) -> Result<(), String> {
        let (done, undone) = (self.clone(), self.clone());
        saga.step(name, async move { done.add("do", name) }, async move { undone.add("undo", name) }).await
    }
}

#[behaviour::test]
async fn what_is_committed_stays() {
    let (saga, events) = (Saga::start().await.unwrap(), Events::default());
    events.step(&saga, "a").await.unwrap();
    events.step(&saga, "b").await.unwrap();
    let ended = saga.ended();
    saga.commit().await.unwrap();
    assert_eq!(ended.await, ExitReason::Normal);
    assert_eq!(events.take(), ["do a", "do b"]);
}

#[behaviour::test]
async fn a_step_that_fails_undoes_those_before_it_the_last_one_first() {
    let (saga, events) = (Saga::start().await.unwrap(), Events::default());
    events.step(&saga, "a").await.unwrap();
    events.step(&saga, "b").await.unwrap();
    let failed = saga.step("c", async { Err("no") }, async { Ok::<_, &str>(()) }).await;
    assert_eq!(failed, Err("no".into()));
    assert_eq!(events.take(), ["do a", "do b", "undo b", "undo a"]);
    assert!(events.step(&saga, "d").await.is_err());
    assert!(events.take().is_empty());
}

#[behaviour::test]
async fn a_step_that_panics_undoes_those_before_it() {
    let (saga, events) = (Saga::start().await.unwrap(), Events::default());
    events.step(&saga, "a").await.unwrap();
    let failed = saga.step("b", async { panic!("boom") }, async { Ok::<_, &str>(()) }).await;
    assert!(failed.unwrap_err().contains("boom"));
    assert_eq!(events.take(), ["do a", "undo a"]);
}

#[behaviour::test]
async fn an_undo_that_fails_does_not_keep_the_others_from_being_done() {
    let (saga, events) = (Saga::start().await.unwrap(), Events::default());
    events.step(&saga, "a").await.unwrap();
    saga.step("b", async { Ok::<_, &str>(()) }, async { Err("stuck") }).await.unwrap();
    let ended = saga.ended();
    saga.stop().await.unwrap();
    ended.await;
    assert_eq!(events.take(), ["do a", "undo a"]);
}

#[behaviour::test]
async fn an_owner_that_ends_before_the_commit_leaves_nothing_done(mut inbox: Inbox<SagaClient>) {
    let (events, me) = (Events::default(), inbox.process());
    let theirs = events.clone();
    let owner = process::spawn(|_: Inbox<()>| async move {
        let saga = Saga::start().link().await.unwrap();
        theirs.step(&saga, "a").await.unwrap();
        me.send(saga);
        std::future::pending::<()>().await;
    });
    let saga = inbox.recv().await;
    let ended = saga.ended();
    assert_eq!(events.take(), ["do a"]);
    process::exit(owner.pid(), ExitReason::Shutdown);
    assert_eq!(ended.await, ExitReason::Shutdown);
    assert_eq!(events.take(), ["undo a"]);
}
