use behaviour::prelude::*;

#[gen_server]
struct Account;

#[gen_server]
impl Account {
    #[init]
    fn init() -> Self {
        Self
    }

    #[prep_stop]
    fn prep_stop(&self) {}
}

fn main() {}
