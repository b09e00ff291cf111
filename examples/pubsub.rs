//! Publish and subscribe: a newsroom, its readers, and a desk that sees them come and go.
//!
//! Readers join the groups whose news they want. The newsroom knows none of them: it publishes to a group, and whoever
//! is a member then has it in its mailbox. A printer is no server, but a plain process; the groups do not mind.

use behaviour::pg::{Change, Scope};
use behaviour::prelude::*;
use behaviour::process;

/// What is published.
#[derive(Clone, Debug)]
pub struct News(&'static str);

/// What there is to read.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Topic {
    /// Who won.
    Sport,
    /// Whether to take an umbrella.
    Weather,
}

/// Who reads what.
static NEWS: Scope<Topic, News> = Scope::new();

/// Somebody who reads.
#[gen_server]
pub struct Reader {
    name: &'static str,
    read: usize,
}

#[gen_server]
impl Reader {
    #[init]
    fn init(cx: &mut Context<Self>, name: &'static str, topics: Vec<Topic>) -> Self {
        for topic in topics {
            NEWS.join(topic, &cx.client()); // does not compile without an `#[info]` for `News`
        }
        Self { name, read: 0 }
    }

    #[info]
    fn news(&mut self, News(text): News) {
        self.read += 1;
        println!("{:<8} {text}", self.name);
    }

    /// How much it has read.
    #[call]
    pub fn read(&self) -> usize {
        self.read
    }
}

/// Sees who comes and goes.
#[gen_server]
pub struct Desk {
    readers: isize,
}

#[gen_server]
impl Desk {
    #[init]
    fn init(cx: &mut Context<Self>) -> Self {
        let (_, present) = NEWS.monitor_scope(&cx.client());
        Self { readers: present.values().map(|members| members.len().cast_signed()).sum() }
    }

    #[info]
    fn changed(&mut self, change: Change<Topic, News>) {
        let members = change.members().len().cast_signed();
        self.readers += if change.is_join() { members } else { -members };
        println!("desk     {:?}: {} now", change.group(), self.readers);
    }

    /// How many copies go out, all topics together.
    #[call]
    pub fn readers(&self) -> isize {
        self.readers
    }
}

#[behaviour::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let desk = Desk::start().await?;
    let ada = Reader::start("ada", vec![Topic::Sport, Topic::Weather]).await?;
    let bob = Reader::start("bob", vec![Topic::Weather]).await?;
    let printer = process::spawn(|mut inbox: Inbox<News>| async move {
        let news = inbox.recv().await;
        println!("printer  {news:?}, and out of paper");
    });
    NEWS.join(Topic::Weather, &printer);
    assert_eq!(desk.readers().await?, 4);

    assert_eq!(NEWS.publish(&Topic::Weather, News("rain")), 3);
    assert_eq!(NEWS.publish(&Topic::Sport, News("a draw")), 1);
    assert_eq!((ada.read().await?, bob.read().await?), (2, 1));

    // Who ends leaves; who has had enough leaves by itself.
    printer.ended().await;
    bob.stop().await?;
    NEWS.leave(&Topic::Weather, &ada)?;
    assert_eq!(NEWS.publish(&Topic::Weather, News("sun")), 0);
    assert_eq!(NEWS.which_groups(), [Topic::Sport]);
    assert_eq!(desk.readers().await?, 1);
    Ok(())
}
