use std::time::Duration;

use behaviour::prelude::*;

struct Interest;

#[gen_server]
trait Account {
    #[cast]
    fn open(&mut self, cx: &mut Context<AccountServer>);
}

struct Savings;

impl Account for Savings {
    fn open(&mut self, cx: &mut Context<AccountServer>) {
        cx.send_after(Duration::from_secs(1), Interest);
    }
}

fn main() {}
