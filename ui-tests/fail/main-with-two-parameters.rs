use behaviour::prelude::*;

#[behaviour::main]
async fn main(inbox: Inbox<u8>, more: u8) {
    let _ = (inbox, more);
}
