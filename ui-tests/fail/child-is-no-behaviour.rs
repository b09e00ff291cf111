use behaviour::prelude::*;

#[supervisor(one_for_one)]
struct Bank;

#[supervisor]
impl Bank {
    #[child]
    fn counter(&self) -> Child<String> {
        todo!()
    }
}

fn main() {}
