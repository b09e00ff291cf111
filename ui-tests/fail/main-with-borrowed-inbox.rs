use behaviour::prelude::*;

#[behaviour::main]
async fn main(inbox: &mut Inbox<u8>) {
    let _ = inbox;
}
