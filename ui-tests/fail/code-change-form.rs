use behaviour::prelude::*;

#[gen_server]
struct Old;

#[gen_server]
impl Old {
    #[init]
    fn init() -> Self {
        Self
    }

    #[code_change]
    fn shared(&self) {}
}

#[gen_server]
struct Lost;

#[gen_server]
impl Lost {
    #[init]
    fn init() -> Self {
        Self
    }

    #[code_change]
    fn nothing(rate: u64) -> Self {
        Self
    }
}

#[gen_server]
struct Late;

#[gen_server]
impl Late {
    #[init]
    fn init() -> Self {
        Self
    }

    #[code_change]
    async fn waits(&mut self, cx: &mut Context<Self>) {}

    #[code_change]
    fn again(&mut self) {}

    fn upgrade() {}
}

#[gen_server]
struct Silent;

#[gen_server]
impl Silent {
    #[init]
    fn init() -> Self {
        Self
    }

    #[code_change]
    fn replace(old: &mut Old) {}
}

#[gen_server]
struct Odd;

#[gen_server]
impl Odd {
    #[init]
    fn init() -> Self {
        Self
    }

    #[code_change]
    fn reset(&mut self) -> u64 {
        1
    }
}

#[gen_server]
trait Account {
    #[code_change]
    fn replace(&mut self);
}

fn main() {}
