//! The `tcp` example against RFC 9293: every state and every event, and stories of one connection and of two.
//!
//! In most tests the test itself plays the other end (`tcp/end.rs`); where two connections talk, the example's cables lie
//! between them. `tcp/table.md` says what every event does in every state.

#![allow(unreachable_pub, reason = "a program has nobody to hide from")]

#[path = "../examples/tcp/connection.rs"]
mod connection;
#[path = "tcp/end.rs"]
mod end;
#[path = "../examples/tcp/segment.rs"]
mod segment;
#[path = "../examples/tcp/state.rs"]
mod state;
#[path = "../examples/tcp/tcb.rs"]
mod tcb;
#[path = "../examples/tcp/user.rs"]
mod user;
#[path = "../examples/tcp/wire.rs"]
mod wire;

use std::{collections::BTreeSet, time::Duration};

use behaviour::prelude::*;
use behaviour::process;
use tokio::time::sleep;

use self::{
    connection::{Connection, ConnectionClient, TWO_MSL, USER_TIMEOUT},
    end::{End, settle},
    segment::{Segment, Seq},
    state::State,
    user::Error,
    wire::{LATENCY, cable},
};

const MS: Duration = Duration::from_millis(1);

/// A little less: one millisecond, or two, for `settle` may have taken one.
fn almost(time: Duration) -> Duration {
    time.saturating_sub(2 * MS)
}

const STATES: [&str; 11] = [
    "Closed",
    "Listen",
    "SynSent",
    "SynReceived",
    "Established",
    "FinWait1",
    "FinWait2",
    "CloseWait",
    "Closing",
    "LastAck",
    "TimeWait",
];

/// Each row in a process of its own, which plays the other end.
#[behaviour::test(start_paused = true)]
async fn every_event_does_in_every_state_what_the_table_says() {
    let (mut seen, mut wrong) = (BTreeSet::new(), Vec::new());
    for row in include_str!("tcp/table.md").lines().filter(|line| line.starts_with('|')).skip(2) {
        let cells: Vec<&str> = row.split('|').map(|cell| cell.trim().trim_matches('`')).collect();
        let &[_, state, event, segment, next, sends, hears, _] = &cells[..] else { panic!("{row} has six cells") };
        assert!(seen.insert((state, event)), "{row} is there twice");
        let checked = process::spawn(move |inbox: Inbox<Segment>| async move {
            let mut end = End::start_in(state, inbox).await;
            let mut answer = String::new();
            if event == "5 minutes" {
                sleep(USER_TIMEOUT).await;
            } else if segment.is_empty() {
                answer = end.ask(event).await.now().await;
            } else {
                end.segment(segment).await;
            }
            assert_eq!((end.state().await, &*end.sent(), &*answer), (next, sends, hears));
        });
        if let reason @ ExitReason::Panic(_) = checked.ended().await {
            wrong.push(format!("{row}\n{reason}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));

    let events: BTreeSet<&str> = seen.iter().map(|(_, event)| *event).collect();
    assert_eq!(events.len(), 19);
    for (state, event) in STATES.iter().flat_map(|state| events.iter().map(move |event| (*state, *event))) {
        assert!(seen.contains(&(state, event)), "{state} has a row for {event}");
    }
}

/// The arrows of the RFC's figure, and those that its text adds: RST, ABORT and time lead to CLOSED from wherever there is
/// a connection.
#[behaviour::test]
async fn the_machine_is_the_one_that_the_rfc_draws() {
    let figure = [
        ("Closed", "Listen"),
        ("Closed", "SynSent"),
        ("Listen", "Closed"),
        ("Listen", "SynReceived"),
        ("Listen", "SynSent"),
        ("SynSent", "Closed"),
        ("SynSent", "Established"),
        ("SynSent", "SynReceived"),
        ("SynReceived", "Established"),
        ("SynReceived", "FinWait1"),
        ("SynReceived", "Listen"),
        ("Established", "CloseWait"),
        ("Established", "FinWait1"),
        ("FinWait1", "Closing"),
        ("FinWait1", "FinWait2"),
        ("FinWait2", "TimeWait"),
        ("CloseWait", "LastAck"),
        ("Closing", "TimeWait"),
        ("LastAck", "Closed"),
        ("TimeWait", "Closed"),
    ];
    let drawn: BTreeSet<_> = State::TRANSITIONS.iter().map(|arrow| (arrow.from, arrow.to)).collect();
    let missing: Vec<_> = figure.iter().filter(|arrow| !drawn.contains(arrow)).collect();
    assert!(missing.is_empty(), "{missing:?}");
    let additional: Vec<_> = drawn.iter().filter(|arrow| arrow.1 != "Closed" && !figure.contains(arrow)).collect();
    assert!(additional.is_empty(), "{additional:?}");
    assert!(STATES.iter().all(|state| State::DIAGRAM.contains(state)), "{}", State::DIAGRAM);
}

/// Two connections with cables between them. Their names belong to the whole program.
async fn pair(alice: &'static str, bob: &'static str) -> (ConnectionClient, ConnectionClient) {
    (
        Connection::start(cable(bob), 100).named(alice).await.unwrap(),
        Connection::start(cable(alice), 300).named(bob).await.unwrap(),
    )
}

async fn states(alice: &ConnectionClient, bob: &ConnectionClient) -> (&'static str, &'static str) {
    (alice.state_name().await.unwrap(), bob.state_name().await.unwrap())
}

#[behaviour::test(start_paused = true)]
async fn one_listens_and_the_other_connects() {
    let (alice, bob) = pair("a listens", "b connects").await;
    let (listened, connected) = tokio::join!(alice.listen(), bob.connect());
    assert_eq!((listened, connected), (Ok(Ok(())), Ok(Ok(()))));
    assert_eq!(states(&alice, &bob).await, ("Established", "Established"));
}

#[behaviour::test(start_paused = true)]
async fn both_connect_at_the_same_time() {
    let (alice, bob) = pair("a connects", "b connects, too").await;
    let watch = async {
        let mut seen = Vec::new();
        for _ in 0..4 {
            settle().await;
            seen.push(states(&alice, &bob).await);
            sleep(LATENCY.saturating_sub(MS)).await;
        }
        seen
    };
    let (connected, too, seen) = tokio::join!(alice.connect(), bob.connect(), watch);
    assert_eq!((connected, too), (Ok(Ok(())), Ok(Ok(()))));
    // The SYN that acknowledges a SYN is no news but for its ACK, which comes again on its own.
    let both = |state| (state, state);
    assert_eq!(seen, ["SynSent", "SynReceived", "SynReceived", "Established"].map(both));
}

#[behaviour::test(start_paused = true)]
async fn a_connection_that_nobody_takes_is_reset() {
    let (alice, bob) = pair("a hopes", "b is not there").await;
    assert_eq!(alice.connect().await, Ok(Err(Error::Reset)));
    assert_eq!(states(&alice, &bob).await, ("Closed", "Closed"));
}

#[behaviour::test(start_paused = true)]
async fn each_reads_what_the_other_sends_in_order() {
    let (alice, bob) = pair("a talks", "b talks").await;
    let _ = tokio::join!(alice.listen(), bob.connect());
    for text in ["one", "two", "three"] {
        assert_eq!(alice.send(text.into()).await, Ok(Ok(())));
    }
    assert_eq!(bob.receive().await, Ok(Ok("one".into())));
    sleep(3 * LATENCY).await;
    assert_eq!(bob.receive().await, Ok(Ok("twothree".into())));
    let (read, sent) = tokio::join!(alice.receive(), bob.send("four".into()));
    assert_eq!((read, sent), (Ok(Ok("four".into())), Ok(Ok(()))));
}

#[behaviour::test(start_paused = true)]
async fn one_closes_first_and_waits_longest() {
    let (alice, bob) = pair("a closes first", "b closes last").await;
    let _ = tokio::join!(alice.listen(), bob.connect());
    assert_eq!(alice.close().await, Ok(Ok(())), "bob knows");
    assert_eq!(states(&alice, &bob).await, ("FinWait2", "CloseWait"));
    assert_eq!(bob.receive().await, Ok(Err(Error::Closing)));
    assert_eq!(bob.send("last words".into()).await, Ok(Ok(())));
    assert_eq!(alice.receive().await, Ok(Ok("last words".into())));
    assert_eq!(bob.close().await, Ok(Ok(())));
    assert_eq!(states(&alice, &bob).await, ("TimeWait", "Closed"));
    sleep(TWO_MSL).await;
    assert_eq!(states(&alice, &bob).await, ("Closed", "Closed"));
}

#[behaviour::test(start_paused = true)]
async fn both_close_at_the_same_time() {
    let (alice, bob) = pair("a closes", "b closes, too").await;
    let _ = tokio::join!(alice.listen(), bob.connect());
    let watch = async {
        sleep(LATENCY + MS).await;
        states(&alice, &bob).await
    };
    let (closed, too, seen) = tokio::join!(alice.close(), bob.close(), watch);
    assert_eq!((closed, too, seen), (Ok(Ok(())), Ok(Ok(())), ("Closing", "Closing")));
    assert_eq!(states(&alice, &bob).await, ("TimeWait", "TimeWait"));
}

#[behaviour::test(start_paused = true)]
async fn an_abort_ends_both_ends() {
    let (alice, bob) = pair("a aborts", "b is reset").await;
    let _ = tokio::join!(alice.listen(), bob.connect());
    let (read, reset, aborted) = tokio::join!(alice.receive(), bob.receive(), alice.abort());
    assert_eq!((read, reset, aborted), (Ok(Err(Error::Reset)), Ok(Err(Error::Reset)), Ok(Ok(()))));
    assert_eq!(states(&alice, &bob).await, ("Closed", "Closed"));
    // And all may begin again.
    let (listened, connected) = tokio::join!(alice.listen(), bob.connect());
    assert_eq!((listened, connected), (Ok(Ok(())), Ok(Ok(()))));
}

#[behaviour::test(start_paused = true)]
async fn time_wait_lasts_twice_as_long_as_a_segment_lives(inbox: Inbox<Segment>) {
    let mut end = End::start_in("FinWait2", inbox).await;
    end.connection.segment(end::read("<SEQ=301><ACK=102><CTL=FIN,ACK>"));
    assert_eq!(end.state().await, "TimeWait");
    sleep(TWO_MSL.saturating_sub(MS)).await;
    assert_eq!(end.state().await, "TimeWait");
    sleep(2 * MS).await;
    assert_eq!((end.state().await, end.sent().as_str()), ("Closed", "<SEQ=102><ACK=302><CTL=ACK>"));
}

#[behaviour::test(start_paused = true)]
async fn a_repeated_fin_is_acknowledged_again_and_time_wait_starts_anew(inbox: Inbox<Segment>) {
    let mut end = End::start_in("TimeWait", inbox).await;
    for _ in 0..3 {
        sleep(almost(TWO_MSL)).await;
        end.connection.segment(end::read("<SEQ=301><ACK=102><CTL=FIN,ACK>"));
        assert_eq!((end.state().await, end.sent().as_str()), ("TimeWait", "<SEQ=102><ACK=302><CTL=ACK>"));
    }
    // Nothing else starts it anew.
    sleep(almost(TWO_MSL)).await;
    end.connection.segment(end::read("<SEQ=301><ACK=102><CTL=ACK><DATA=hi>"));
    assert_eq!((end.state().await, end.sent().as_str()), ("TimeWait", "<SEQ=102><ACK=302><CTL=ACK>"));
    sleep(3 * MS).await;
    assert_eq!(end.state().await, "Closed");
}

/// A story of one connection: users ask, segments arrive, and everybody who asked has heard something in the end.
async fn story(inbox: Inbox<Segment>, steps: &[&str], hear: &[&str]) -> End {
    let end = End::start(inbox).await;
    let mut asked = Vec::new();
    for step in steps {
        if step.starts_with('<') {
            end.segment(step).await;
        } else {
            asked.push(end.ask(step).await);
        }
    }
    let mut heard = Vec::new();
    for one in asked {
        heard.push(one.now().await);
    }
    assert_eq!(heard, hear);
    end
}

#[behaviour::test(start_paused = true)]
async fn a_reset_tells_who_waits_for_the_connection_to_open(inbox: Inbox<Segment>) {
    let steps = ["connect", "receive", "<SEQ=0><ACK=101><CTL=RST,ACK>"];
    story(inbox, &steps, &["connection reset", "connection reset"]).await;
}

#[behaviour::test(start_paused = true)]
async fn a_reset_of_two_that_connect_at_once_is_a_refusal(inbox: Inbox<Segment>) {
    let steps = ["connect", "<SEQ=300><CTL=SYN>", "<SEQ=301><CTL=RST>"];
    let end = story(inbox, &steps, &["connection refused"]).await;
    assert_eq!(end.state().await, "Closed");
}

#[behaviour::test(start_paused = true)]
async fn a_reset_tells_who_waits_for_the_connection_to_close(inbox: Inbox<Segment>) {
    let steps = ["connect", "<SEQ=300><ACK=101><CTL=SYN,ACK>", "receive", "close", "<SEQ=301><CTL=RST>"];
    story(inbox, &steps, &["ok", "connection reset", "connection reset"]).await;
}

#[behaviour::test(start_paused = true)]
async fn who_listens_goes_on_listening_after_a_reset(inbox: Inbox<Segment>) {
    let steps = ["listen", "<SEQ=700><CTL=SYN>", "<SEQ=701><CTL=RST>"];
    let mut end = story(inbox, &steps, &["waits"]).await;
    assert_eq!(end.state().await, "Listen");
    end.sent();
    end.segment("<SEQ=300><CTL=SYN>").await;
    assert_eq!(end.sent(), "<SEQ=100><ACK=301><CTL=SYN,ACK>");
}

#[behaviour::test(start_paused = true)]
async fn who_listened_hears_of_the_second_that_connects(inbox: Inbox<Segment>) {
    let second = ["<SEQ=300><CTL=SYN>", "<SEQ=301><ACK=101><CTL=ACK>"];
    let steps = ["listen", "<SEQ=700><CTL=SYN>", "<SEQ=701><CTL=RST>", second[0], second[1]];
    let end = story(inbox, &steps, &["ok"]).await;
    assert_eq!(end.state().await, "Established");
}

#[behaviour::test(start_paused = true)]
async fn who_listens_and_who_connects_instead_both_hear_of_it(inbox: Inbox<Segment>) {
    let steps = ["listen", "connect", "<SEQ=300><ACK=101><CTL=SYN,ACK>"];
    story(inbox, &steps, &["ok", "ok"]).await;
}

#[behaviour::test(start_paused = true)]
async fn text_that_is_sent_too_early_goes_out_when_the_connection_opens(inbox: Inbox<Segment>) {
    let mut end = story(inbox, &["listen", "send", "<SEQ=300><CTL=SYN>", "send", "receive"], &["waits"; 4]).await;
    assert_eq!(end.sent(), "<SEQ=100><CTL=SYN><SEQ=100><ACK=301><CTL=SYN,ACK>");
    // Both texts leave before the FIN counts that comes with the ACK.
    end.segment("<SEQ=301><ACK=101><CTL=FIN,ACK>").await;
    assert_eq!(
        end.sent(),
        "<SEQ=101><ACK=301><CTL=ACK><DATA=hi><SEQ=103><ACK=301><CTL=ACK><DATA=hi><SEQ=105><ACK=302><CTL=ACK>"
    );
    assert_eq!(end.state().await, "CloseWait");
}

#[behaviour::test(start_paused = true)]
async fn text_that_is_sent_too_early_is_lost_with_the_connection(inbox: Inbox<Segment>) {
    let steps = ["connect", "send", "receive", "close"];
    let hear = ["connection closing", "connection does not exist", "connection closing", "ok"];
    story(inbox, &steps, &hear).await;
}

#[behaviour::test(start_paused = true)]
async fn text_that_comes_before_the_fin_is_still_read(inbox: Inbox<Segment>) {
    let text = "<SEQ=301><ACK=101><CTL=FIN,ACK><DATA=hi>";
    let steps = ["connect", "<SEQ=300><ACK=101><CTL=SYN,ACK>", text, "receive", "receive"];
    let mut end = story(inbox, &steps, &["ok", "hi", "connection closing"]).await;
    assert_eq!(
        end.sent(),
        "<SEQ=100><CTL=SYN><SEQ=101><ACK=301><CTL=ACK><SEQ=101><ACK=303><CTL=ACK><SEQ=101><ACK=304><CTL=ACK>"
    );
}

#[behaviour::test(start_paused = true)]
async fn a_fin_tells_who_reads(inbox: Inbox<Segment>) {
    let fin = "<SEQ=301><ACK=101><CTL=FIN,ACK>";
    let steps = ["connect", "<SEQ=300><ACK=101><CTL=SYN,ACK>", "receive", "receive", fin];
    story(inbox, &steps, &["ok", "connection closing", "connection closing"]).await;
}

#[behaviour::test(start_paused = true)]
async fn an_end_that_waits_too_long_for_an_ack_gives_up(inbox: Inbox<Segment>) {
    let end = End::start_in("Established", inbox).await;
    let read = end.ask("receive").await;
    let closed = end.ask("close").await; // a millisecond ago
    sleep(almost(USER_TIMEOUT)).await;
    assert_eq!(end.state().await, "FinWait1");
    sleep(3 * MS).await;
    assert_eq!(end.state().await, "Closed");
    for heard in [closed, read] {
        assert_eq!(heard.now().await, "connection aborted due to user timeout");
    }
}

#[behaviour::test(start_paused = true)]
async fn numbers_go_around_in_a_circle(mut inbox: Inbox<Segment>) {
    let connection = Connection::start(inbox.process(), u32::MAX).await.unwrap();
    let opened = tokio::spawn(connection.connect());
    settle().await;
    connection.segment(end::read("<SEQ=4294967295><ACK=0><CTL=SYN,ACK>"));
    assert_eq!(opened.await.unwrap(), Ok(Ok(())));
    connection.segment(end::read("<SEQ=4294967295><ACK=0><CTL=SYN,ACK>"));
    assert_eq!(connection.send("hi".into()).await, Ok(Ok(())));
    for sent in [
        "<SEQ=4294967295><CTL=SYN>",
        "<SEQ=0><ACK=0><CTL=ACK>",
        "<SEQ=0><ACK=0><CTL=ACK>",
        "<SEQ=0><ACK=0><CTL=ACK><DATA=hi>",
    ] {
        assert_eq!(inbox.recv().await, end::read(sent));
    }
    assert!(Seq(u32::MAX).is_before(Seq(0)) && !Seq(0).is_before(Seq(u32::MAX)) && !Seq(7).is_before(Seq(7)));
}

#[behaviour::test(start_paused = true)]
async fn a_reset_from_outside_the_window_is_not_believed(inbox: Inbox<Segment>) {
    let mut end = End::start_in("Established", inbox).await;
    for (reset, answer) in [
        ("<SEQ=300><CTL=RST>", ""),
        ("<SEQ=65837><CTL=RST>", ""),
        ("<SEQ=65836><CTL=RST>", "<SEQ=101><ACK=301><CTL=ACK>"),
    ] {
        end.segment(reset).await;
        assert_eq!((end.state().await, end.sent().as_str()), ("Established", answer));
    }
}
