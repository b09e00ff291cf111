//! Who hears of an end first: a supervisor knows of it before anybody who waited for it can ask.

#![allow(clippy::unused_self, reason = "a callback has a `self`, whether it needs one or not")]

use behaviour::prelude::*;
use behaviour::process::CallError;
use behaviour::supervisor::{Counts, DynamicSupervisorClient, Restart};

/// How often each race is run.
const TIMES: u32 = 3_000;

/// Burns until it is blown.
#[gen_server(inline = false)]
struct Fuse {
    unanswered: Option<Reply<u32>>,
}

#[gen_server]
impl Fuse {
    #[init]
    fn init() -> Self {
        Self { unanswered: None }
    }

    /// Ends without an answer.
    #[call(later)]
    fn smoulder(&mut self, reply: Reply<u32>, cx: &mut Context<Self>) -> Later {
        self.unanswered = Some(reply);
        cx.stop(ExitReason::Normal);
        Later
    }

    /// Answers, and ends.
    #[call]
    fn blow(&mut self, cx: &mut Context<Self>) -> u32 {
        cx.stop(ExitReason::Normal);
        1
    }

    /// Ends, and says so to nobody.
    #[cast]
    fn go_out(&mut self, cx: &mut Context<Self>) {
        cx.stop(ExitReason::Normal);
    }

    /// Answers, as long as it lives.
    #[call]
    fn glow(&self) -> u32 {
        2
    }
}

async fn fuses() -> DynamicSupervisorClient<Fuse> {
    DynamicSupervisor::start().restart(Restart::Temporary).await.unwrap()
}

#[behaviour::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_supervisor_knows_of_the_end_of_a_task_whose_value_is_there() {
    let tasks = TaskSupervisor::start().await.unwrap();
    for number in 0..TIMES {
        assert_eq!(tasks.spawn(async move { number }).await.unwrap().await, Ok(number));
        assert_eq!(tasks.count_children().await, Ok(Counts::default()), "task {number}");
    }
}

#[behaviour::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_supervisor_knows_of_the_end_of_a_child_that_was_waited_for() {
    let fuses = fuses().await;
    for number in 0..TIMES {
        let fuse = fuses.start_child(()).await.unwrap();
        fuse.go_out();
        while fuse.is_alive() {
            tokio::task::yield_now().await;
        }
        assert_eq!(fuse.ended().await, ExitReason::Normal);
        assert!(fuses.which_children().await.unwrap().is_empty(), "fuse {number}");
    }
}

#[behaviour::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_supervisor_knows_of_the_end_of_a_child_that_was_called_in_vain() {
    let fuses = fuses().await;
    for number in 0..TIMES {
        let fuse = fuses.start_child(()).await.unwrap();
        assert_eq!(fuse.smoulder().await, Err(CallError::Exited(ExitReason::Normal)));
        assert_eq!(fuses.count_children().await, Ok(Counts::default()), "fuse {number}");
    }
}

#[behaviour::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_supervisor_knows_of_the_end_of_a_child_that_left_a_call_in_its_mailbox() {
    let fuses = fuses().await;
    for number in 0..TIMES {
        let fuse = fuses.start_child(()).await.unwrap();
        let (smoulder, glow) = tokio::join!(fuse.smoulder(), fuse.glow());
        assert!(smoulder.is_err() && glow.is_err());
        assert_eq!(fuses.count_children().await, Ok(Counts::default()), "fuse {number}");
    }
}

#[behaviour::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_supervisor_knows_of_the_end_of_a_child_that_answered_for_the_last_time() {
    let fuses = fuses().await;
    for number in 0..TIMES {
        let fuse = fuses.start_child(()).await.unwrap();
        assert_eq!(fuse.blow().await, Ok(1));
        assert_eq!(fuses.count_children().await, Ok(Counts::default()), "fuse {number}");
    }
}
