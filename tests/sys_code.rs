//! New code for a running server: another implementation of its trait takes over, behind the same client (`code_change`).

use std::fmt;
use std::future::IntoFuture;
use std::time::Duration;

use behaviour::prelude::*;
use behaviour::process;
use behaviour::sys::SysError;

/// Why an account is not upgraded.
#[derive(Clone, Debug, PartialEq)]
struct Frozen;

impl fmt::Display for Frozen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("frozen")
    }
}

impl std::error::Error for Frozen {}

/// What an account can be asked.
#[gen_server]
trait Account {
    /// The money in it.
    #[call]
    fn balance(&self) -> u64;

    /// Puts money in.
    #[cast]
    fn deposit(&mut self, cents: u64);
}

/// The first version.
struct Savings(u64);

impl Account for Savings {
    fn balance(&self) -> u64 {
        self.0
    }

    fn deposit(&mut self, cents: u64) {
        self.0 += cents;
    }
}

/// The second version, which doubles what is put in.
struct Premium {
    cents: u64,
    before: String,
}

impl Account for Premium {
    fn balance(&self) -> u64 {
        self.cents
    }

    fn deposit(&mut self, cents: u64) {
        self.cents += 2 * cents;
    }
}

fn upgrade(old: &mut Savings) -> Result<Premium, Frozen> {
    if old.0 == 0 { Err(Frozen) } else { Ok(Premium { cents: old.0, before: "savings".into() }) }
}

#[behaviour::test(start_paused = true)]
async fn another_version_takes_over_behind_the_same_client_and_what_waits_is_its(mut inbox: Inbox<()>) {
    let account = Savings(100).serve().named("sys: upgraded").await.unwrap();
    let (pid, monitor) = (account.pid(), account.monitor());
    let sys = account.sys();
    sys.suspend().await.unwrap();
    account.deposit(1);
    let waits = tokio::spawn(account.balance());
    tokio::task::yield_now().await;
    sys.change_code(upgrade).await.unwrap();
    assert_eq!(sys.get_state_of(|premium: &Premium| premium.before.clone()).await.as_deref(), Ok("savings"));
    assert_eq!(sys.get_state_of(|savings: &Savings| savings.0).await, Err(SysError::OtherImplementation));
    sys.resume().await.unwrap();
    assert_eq!(waits.await.unwrap(), Ok(102));
    assert_eq!((account.pid(), process::whereis("sys: upgraded")), (pid, Some(pid)));
    account.stop().within(Duration::from_secs(1)).await.unwrap();
    assert_eq!(inbox.down_of(&monitor).await.reason, ExitReason::Normal);
}

// GS-72, SM-56
#[behaviour::test(start_paused = true)]
async fn an_upgrade_that_fails_leaves_the_old_version_at_work() {
    let account = Savings(100).serve().await.unwrap();
    let sys = account.sys();
    assert_eq!(sys.change_code(upgrade).await, Err(SysError::NotSuspended));
    sys.suspend().await.unwrap();
    let empty = Savings(0).serve().await.unwrap();
    empty.sys().suspend().await.unwrap();
    let refused = empty.sys().change_code(upgrade).await;
    let Err(SysError::CodeChange(reason)) = refused else { panic!("{refused:?}") };
    assert_eq!(reason.downcast_ref(), Some(&Frozen));
    let panicked = sys.change_code(|_: &mut Savings| -> Result<Premium, Frozen> { panic!("no way") }).await;
    assert!(matches!(panicked, Err(SysError::CodeChange(ExitReason::Panic(_)))), "{panicked:?}");
    let other = sys.change_code(|old: &mut Premium| Ok::<_, Frozen>(Savings(old.cents))).into_future().await;
    assert_eq!(other, Err(SysError::OtherImplementation));
    sys.resume().await.unwrap();
    account.deposit(1);
    assert_eq!(account.balance().await, Ok(101));
}
