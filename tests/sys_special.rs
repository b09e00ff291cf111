//! A look inside processes of behaviours of a user's own, which OTP calls special (row SYS-07).

use std::time::Duration;

use behaviour::prelude::*;
use behaviour::process;
use behaviour::sys::SysError;

const SECOND: Duration = Duration::from_secs(1);

/// What an echo makes of what it hears.
#[behaviour(Echo)]
trait Voice: Send + 'static {
    /// What it says.
    fn say(&mut self, heard: &str) -> String;
}

/// Says again what it hears, in the voice that it has.
#[gen_server]
struct Echo<V: Voice> {
    voice: V,
    heard: u32,
}

#[gen_server]
impl<V: Voice> Echo<V> {
    #[init]
    fn init(voice: V) -> Self {
        Self { voice, heard: 0 }
    }

    #[call]
    fn hear(&mut self, text: String) -> String {
        self.heard += 1;
        self.voice.say(&text)
    }

    #[cast]
    fn noise(&mut self) {
        self.heard += 1;
    }
}

struct Loud;

impl Voice for Loud {
    fn say(&mut self, heard: &str) -> String {
        heard.to_uppercase()
    }
}

/// Says it so many times.
struct Mountain(usize);

impl Voice for Mountain {
    fn say(&mut self, heard: &str) -> String {
        heard.repeat(self.0)
    }
}

async fn is_looked_into<V: Voice>(voice: V, name: &'static str, said: &str, inbox: &mut Inbox<()>) {
    let echo = Echo::start(voice).named(name).await.unwrap();
    let (sys, monitor) = (echo.sys(), echo.monitor());
    sys.statistics(true).await.unwrap();
    echo.noise();
    assert_eq!(echo.hear("ho".into()).await.as_deref(), Ok(said));
    tokio::time::advance(SECOND).await;
    let counted = sys.get_statistics().await.unwrap().unwrap();
    assert_eq!((counted.messages_in, counted.messages_out, counted.elapsed), (2, 1, SECOND));

    assert_eq!(sys.get_state(|echo| echo.heard).await, Ok(2));
    sys.replace_state(|echo| echo.heard = 40).await.unwrap();
    assert_eq!(sys.get_state(|echo| echo.heard).await, Ok(40));
    let looks = sys.get_state(|_| panic!("cannot look")).await;
    let replaces = sys.replace_state(|_| panic!("cannot replace")).await;
    for (failed, why) in [(looks, "cannot look"), (replaces, "cannot replace")] {
        let Err(SysError::CallbackFailed(ExitReason::Panic(panic))) = failed else { panic!("{failed:?}") };
        assert_eq!(panic.message(), why);
    }
    assert_eq!(sys.get_state(|echo| echo.heard).await, Ok(40), "it lives, and is as it was");

    sys.terminate(ExitReason::Normal).await.unwrap();
    assert_eq!(inbox.down_of(&monitor).await.reason, ExitReason::Normal);
    assert_eq!(process::whereis(name), None);
}

// SYS-07
#[behaviour::test(start_paused = true)]
async fn the_processes_of_a_behaviour_of_ones_own_are_looked_into_as_those_of_any(mut inbox: Inbox<()>) {
    is_looked_into(Loud, "sys: loud", "HO", &mut inbox).await;
    is_looked_into(Mountain(3), "sys: mountain", "hohoho", &mut inbox).await;
}
