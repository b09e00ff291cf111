//! A look inside running servers: their state, their status, and what suspension does (OTP's `sys`).

use std::future::IntoFuture;
use std::time::Duration;

use behaviour::prelude::*;
use behaviour::process;
use behaviour::sys::{self, Run, SysError};

/// Money.
#[gen_server]
struct Account {
    cents: u64,
    #[secret]
    #[allow(dead_code, reason = "it is only there to be hidden")]
    pin: u16,
    /// Not `Debug`, not `Clone`.
    goals: Vec<(u64, Reply<u64>)>,
    /// Is told what is left.
    auditor: Option<process::Process<u64>>,
}

/// Sent once a day.
struct Interest;

#[gen_server]
impl Account {
    #[init]
    fn init(cents: u64) -> Self {
        Self { cents, pin: 1234, goals: Vec::new(), auditor: None }
    }

    #[call]
    fn balance(&self) -> u64 {
        self.cents
    }

    #[cast]
    fn deposit(&mut self, cents: u64) {
        self.cents += cents;
    }

    #[cast]
    async fn deposit_after(&mut self, wait: Duration, cents: u64) {
        tokio::time::sleep(wait).await;
        self.cents += cents;
    }

    #[call(later)]
    fn reaches(&mut self, reply: Reply<u64>, goal: u64) -> Later {
        self.goals.push((goal, reply));
        Later
    }

    #[call]
    async fn looks_at_itself(&self, cx: &Context<Self>) -> Result<u64, SysError> {
        cx.client().sys().get_state(|account| account.cents).await
    }

    #[info]
    fn interest(&mut self, _: Interest) {
        self.cents += self.cents / 100;
    }

    #[info]
    fn idle(&mut self, _: Timeout) {
        self.cents = 1;
    }

    #[cast]
    fn waits(&mut self, cx: &mut Context<Self>) {
        cx.timeout(Duration::from_secs(10));
    }

    #[info]
    fn exited(&mut self, _: Exit) {}

    #[cast]
    fn trap(&mut self, cx: &mut Context<Self>) {
        cx.trap_exit(true);
    }

    #[terminate]
    fn close(&mut self, _: ExitReason) {
        if let Some(auditor) = &self.auditor {
            auditor.send(self.cents);
        }
    }
}

const SECOND: Duration = Duration::from_secs(1);

async fn account(cents: u64) -> AccountClient {
    Account::start(cents).await.expect("an account opens")
}

// GS-44
#[behaviour::test(start_paused = true)]
async fn get_state_tells_what_it_is_asked_for_and_nothing_need_be_clone() {
    let account = Account::start(100).named("sys: state").await.unwrap();
    let goal = tokio::spawn(account.reaches(200).forever());
    tokio::task::yield_now().await;
    let seen = account.sys().get_state(|account| (account.cents, account.goals.len())).await;
    assert_eq!(seen, Ok((100, 1)));
    let by_name = Account::find("sys: state").unwrap();
    assert_eq!(by_name.sys().get_state(|account| account.cents).within(SECOND).await, Ok(100));
    account.sys().suspend().await.unwrap();
    assert_eq!(account.sys().get_state(|account| account.cents).await, Ok(100), "also while it is suspended");
    drop(goal);
}

// GS-44
#[behaviour::test(start_paused = true)]
async fn a_request_sees_what_was_sent_before_it_and_not_what_is_sent_after() {
    let account = account(0).await;
    account.deposit_after(SECOND, 1);
    account.deposit(10);
    let look = tokio::spawn(account.sys().get_state(|account| account.cents).into_future());
    tokio::task::yield_now().await;
    account.deposit(100);
    assert_eq!(look.await.unwrap(), Ok(11));
    assert_eq!(account.balance().await, Ok(111));
}

#[behaviour::test(start_paused = true)]
async fn state_is_text_for_who_does_not_know_the_type() {
    let account = account(7).await;
    let shown = sys::of(account.pid()).get_state().await;
    assert_eq!(shown.as_deref(), Ok("Account { cents: 7, pin: ***, goals: [], auditor: None }"));
}

// GS-45
#[behaviour::test(start_paused = true)]
async fn replace_state_changes_the_state_and_tells_what_the_function_returns() {
    let account = Account::start(100).named("sys: replaced").await.unwrap();
    let before = account.sys().replace_state(|account| std::mem::replace(&mut account.cents, 5)).await;
    assert_eq!((before, account.balance().await), (Ok(100), Ok(5)));
    let by_name = Account::find("sys: replaced").unwrap();
    by_name.sys().suspend().await.unwrap();
    by_name.sys().replace_state(|account| account.cents += 1).within(SECOND).await.unwrap();
    assert_eq!(account.sys().get_state(|account| account.cents).await, Ok(6), "also while it is suspended");
    by_name.sys().resume().await.unwrap();
    assert_eq!(account.balance().await, Ok(6));
}

// GS-45
#[behaviour::test(start_paused = true)]
async fn a_function_that_panics_fails_the_request_and_nothing_else() {
    let account = account(100).await;
    let failed = account
        .sys()
        .replace_state(|account| {
            let cents: u64 = "many".parse().expect("a number");
            *account = Account { cents, pin: 0, goals: Vec::new(), auditor: None };
        })
        .await;
    let Err(SysError::CallbackFailed(ExitReason::Panic(panic))) = failed else { panic!("{failed:?}") };
    assert!(panic.message().starts_with("a number"), "{panic:?}");
    assert!(panic.place().is_some_and(|place| place.contains("sys.rs")), "{panic:?}");
    assert_eq!(account.balance().await, Ok(100), "assigned at the end, so nothing was changed");
    let failed = account.sys().get_state(|_| -> u8 { panic!("cannot look") }).await;
    assert!(matches!(failed, Err(SysError::CallbackFailed(_))), "{failed:?}");
    assert_eq!(
        failed.unwrap_err().to_string(),
        "the function that was to look at the state failed: panicked: cannot look"
    );
    assert!(account.is_alive());
}

// SYS-05
#[behaviour::test(start_paused = true)]
async fn a_suspended_server_answers_nobody_until_it_is_resumed() {
    let account = account(1).await;
    account.sys().suspend().await.unwrap();
    account.sys().suspend().await.unwrap();
    assert_eq!(account.balance().within(SECOND).await, Err(CallError::Timeout));
    let status = account.sys().get_status().await.unwrap();
    assert_eq!(status.run, Run::Suspended);
    assert_eq!(status.mailbox_len, 1, "the call still waits");
    account.deposit(10);
    account.send(Interest);
    let waits = tokio::spawn(account.balance());
    tokio::task::yield_now().await;
    assert_eq!(account.sys().get_state(|account| account.cents).await, Ok(1));
    account.sys().resume().await.unwrap();
    assert_eq!(waits.await.unwrap(), Ok(11), "in the order in which it was sent");
    account.sys().resume().await.unwrap();
    assert_eq!(account.sys().get_status().await.unwrap().run, Run::Running);
    assert_eq!(account.balance().await, Ok(11));
}

#[behaviour::test(start_paused = true)]
async fn what_waits_before_a_suspension_is_handled_before_it_and_old_requests_do_not_jump_the_queue() {
    let account = account(0).await;
    // All of this is in the mailbox before the server is polled.
    account.deposit(1);
    let suspend = tokio::spawn(account.sys().suspend().into_future());
    let early = tokio::spawn(account.sys().get_state(|account| account.cents).into_future());
    tokio::task::yield_now().await;
    account.deposit(10);
    suspend.await.unwrap().unwrap();
    assert_eq!(early.await.unwrap(), Ok(1));
    let resume = tokio::spawn(account.sys().resume().into_future());
    account.deposit(100);
    resume.await.unwrap().unwrap();
    account.deposit(1000);
    assert_eq!(account.sys().get_state(|account| account.cents).await, Ok(1111));
}

// SYS-05
#[behaviour::test(start_paused = true)]
async fn a_suspended_server_is_stopped_killed_and_terminated_like_any_other(mut inbox: Inbox<u64>) {
    let accounts = [account(1).await, account(2).await, account(3).await, account(4).await];
    for account in &accounts {
        let auditor = inbox.process();
        account.sys().replace_state(|account| account.auditor = Some(auditor)).await.unwrap();
        account.sys().suspend().await.unwrap();
        account.deposit(10);
    }
    let [stopped, killed, exited, terminated] = accounts;
    stopped.stop().within(SECOND).await.unwrap();
    assert_eq!(inbox.recv().await, 1, "`#[terminate]` ran, and what waited was not handled");
    killed.kill();
    assert_eq!(killed.ended().await, ExitReason::Killed);
    exited.exit(ExitReason::Shutdown);
    assert_eq!(exited.ended().await, ExitReason::Shutdown);
    terminated.sys().terminate(ExitReason::shutdown_with("enough")).await.unwrap();
    assert_eq!(terminated.ended().await, ExitReason::shutdown_with("enough"));
    assert_eq!(inbox.recv().await, 4);
    assert_eq!(inbox.try_next(), None, "a kill and an exit that is not trapped run no `#[terminate]`");
}

#[behaviour::test(start_paused = true)]
async fn a_stop_that_waits_when_the_server_is_suspended_ends_it_at_once() {
    let account = account(1).await;
    account.deposit(1);
    let suspend = tokio::spawn(account.sys().suspend().into_future());
    tokio::task::yield_now().await;
    account.deposit(10);
    let stop = tokio::spawn(account.stop().within(SECOND).into_future());
    assert_eq!((suspend.await.unwrap(), stop.await.unwrap()), (Ok(()), Ok(())));
}

// SYS-05
#[behaviour::test(start_paused = true)]
async fn the_exit_of_its_parent_ends_a_suspended_server_that_traps_exits(mut inbox: Inbox<u64>) {
    let (auditor, (told, client)) = (inbox.process(), tokio::sync::oneshot::channel());
    let parent = process::spawn(|mut inbox: Inbox<()>| async move {
        let account = Account::start(3).link().await.unwrap();
        account.sys().replace_state(|account| account.auditor = Some(auditor)).await.unwrap();
        account.trap();
        account.sys().suspend().await.unwrap();
        told.send(account).ok();
        inbox.recv().await;
        process::exit(inbox.pid(), ExitReason::Shutdown);
        inbox.recv().await;
    });
    let account = client.await.unwrap();
    let status = account.sys().get_status().await.unwrap();
    assert_eq!((status.parent, status.run), (Some(parent.pid()), Run::Suspended));
    parent.send(());
    assert_eq!(account.ended().await, ExitReason::Shutdown);
    assert_eq!(inbox.recv().await, 3);
}

#[behaviour::test(start_paused = true)]
async fn a_request_fails_as_a_call_does() {
    let account = account(1).await;
    assert_eq!(account.looks_at_itself().await, Ok(Err(SysError::Call(CallError::CallingSelf))));
    account.deposit_after(10 * SECOND, 1);
    let late = account.sys().replace_state(|account| account.cents += 100).await;
    assert_eq!(late, Err(SysError::Call(CallError::Timeout)));
    assert_eq!(account.balance().forever().await, Ok(102), "what came too late for the caller was done all the same");
    account.deposit_after(10 * SECOND, 1);
    let waits = tokio::spawn(account.sys().get_state(|account| account.cents).into_future());
    tokio::task::yield_now().await;
    account.kill();
    assert_eq!(waits.await.unwrap(), Err(SysError::Call(CallError::Exited(ExitReason::Killed))));
    assert_eq!(account.sys().suspend().await, Err(SysError::Call(CallError::NoProcess)));
    assert_eq!(sys::of(account.pid()).suspend().await, Err(SysError::Call(CallError::NoProcess)));
}

#[behaviour::test(start_paused = true)]
async fn a_request_that_nobody_waits_for_any_more_drops_its_answer_in_the_process() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("dropped");
        }
    }
    let account = account(1).await;
    account.deposit_after(10 * SECOND, 1);
    assert!(account.sys().get_state(|_| Bomb).await.is_err());
    assert_eq!(account.balance().forever().await, Ok(2));
}

// GS-42
#[behaviour::test(start_paused = true)]
async fn a_request_begins_the_idle_timeout_anew() {
    let account = account(5).await;
    account.waits();
    tokio::time::sleep(6 * SECOND).await;
    assert_eq!(account.sys().get_state(|account| account.cents).await, Ok(5));
    tokio::time::sleep(6 * SECOND).await;
    assert_eq!(account.sys().get_state(|account| account.cents).await, Ok(5));
    account.sys().suspend().await.unwrap();
    tokio::time::sleep(60 * SECOND).await;
    assert_eq!(account.sys().get_state(|account| account.cents).await, Ok(5), "a suspended server is not idle");
    account.sys().resume().await.unwrap();
    tokio::time::sleep(9 * SECOND).await;
    assert_eq!(account.sys().get_state(|account| account.cents).await, Ok(5));
    tokio::time::sleep(11 * SECOND).await;
    assert_eq!(account.balance().await, Ok(1));
}

#[behaviour::test(start_paused = true)]
async fn the_status_is_for_people() {
    let account = Account::start(7).named("sys: status").await.unwrap();
    account.balance().await.unwrap();
    account.sys().suspend().await.unwrap();
    account.deposit(1);
    let status = account.sys().get_status().await.unwrap();
    let expected = format!(
        "sys::Account{} \"sys: status\", suspended\n  mailbox   1\n  last      balance\n  state     \
         Account {{ cents: 7, pin: ***, goals: [], auditor: None }}",
        account.pid()
    );
    assert_eq!(status.to_string(), expected);
}

#[behaviour::test(start_paused = true)]
async fn a_plain_process_stands_still_while_it_is_suspended(mut inbox: Inbox<u32>) {
    let back = inbox.process();
    let echo = process::spawn(|mut inbox: Inbox<u32>| async move {
        loop {
            back.send(inbox.recv().await);
        }
    });
    let sys = sys::of(echo.pid());
    sys.suspend().await.unwrap();
    echo.send(1);
    tokio::time::sleep(SECOND).await;
    assert_eq!(inbox.try_next(), None);
    let status = sys.get_status().await.unwrap();
    assert_eq!((status.run, status.mailbox_len, status.state), (Run::Suspended, 1, None));
    assert_eq!(sys.get_state().await, Err(SysError::NoState));
    sys.resume().await.unwrap();
    assert_eq!(inbox.recv().await, 1);
    sys.suspend().await.unwrap();
    process::kill(echo.pid());
    assert_eq!(echo.ended().await, ExitReason::Killed);
    let quiet = process::spawn(|_: Inbox<u32>| std::future::pending::<()>());
    sys::of(quiet.pid()).suspend().await.unwrap();
    sys::of(quiet.pid()).terminate(ExitReason::Shutdown).await.unwrap();
    assert_eq!(quiet.ended().await, ExitReason::Shutdown);
}

/// Says itself what is seen of it.
#[gen_server]
struct Careful {
    brief: bool,
}

#[gen_server]
impl Careful {
    #[init]
    fn init(brief: bool) -> Self {
        Self { brief }
    }

    #[call]
    fn ping(&self) -> bool {
        true
    }

    #[format_status]
    fn status(&self) -> &'static str {
        assert!(self.brief, "too much to say");
        "all is well"
    }
}

// GS-61, GS-64, GS-65
#[behaviour::test(start_paused = true)]
async fn the_status_shows_what_format_status_says_or_that_it_crashed() {
    for (brief, state) in [(true, "all is well"), (false, "sys::Careful::format_status crashed")] {
        let careful = Careful::start(brief).await.unwrap();
        assert_eq!(careful.sys().get_status().await.unwrap().state.as_deref(), Some(state));
        assert_eq!(sys::of(careful.pid()).get_state().await.as_deref(), Ok(state));
        assert_eq!(careful.ping().await, Ok(true));
    }
}

#[behaviour::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_is_lost_or_runs_while_many_suspend_resume_look_and_call_at_once() {
    /// Longer than a busy machine stands still.
    const PATIENCE: Duration = Duration::from_mins(5);
    let account = account(0).await;
    let (mut tasks, rounds) = (tokio::task::JoinSet::new(), 300);
    for _ in 0..3 {
        let client = account.clone();
        tasks.spawn(async move {
            for _ in 0..rounds {
                client.deposit(1);
                client.balance().forever().await.unwrap();
            }
        });
        let sys = account.sys();
        tasks.spawn(async move {
            for round in 0..rounds {
                sys.suspend().within(PATIENCE).await.unwrap();
                let look = || sys.get_state(|account| account.cents).within(PATIENCE);
                let (one, other) = (look(), look());
                assert!(one.await.unwrap() <= other.await.unwrap());
                if round % 3 == 0 {
                    sys.log(round % 2).within(PATIENCE).await.unwrap();
                }
                sys.resume().within(PATIENCE).await.unwrap();
            }
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
    account.sys().resume().within(PATIENCE).await.unwrap();
    assert_eq!(account.balance().forever().await, Ok(3 * rounds as u64));
}
