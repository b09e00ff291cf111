use behaviour::prelude::*;
use behaviour::process;

fn main() {
    let _ = process::spawn(|mut inbox: Inbox<u32>| async move { Err(inbox.recv().await) });
}
