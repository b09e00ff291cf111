//! `#[cfg(..)]` on callbacks, fields and children holds for all that is made of them.

use behaviour::prelude::*;

#[gen_server(name = "conditional")]
struct Conditional {
    #[cfg(not(test))]
    _absent: std::rc::Rc<()>,
    #[cfg(test)]
    value: u8,
}

#[gen_server]
impl Conditional {
    #[cfg(not(test))]
    #[init]
    fn absent() -> Missing {}

    #[cfg(test)]
    #[init]
    fn init(value: u8) -> Self {
        Self { value }
    }

    #[cfg(not(test))]
    #[call]
    fn get(&self, missing: Missing) -> Missing {
        missing
    }

    #[cfg(test)]
    #[call]
    fn get(&self) -> u8 {
        self.value
    }

    #[cfg(not(test))]
    #[info]
    fn missing(&mut self, _: Missing) {}

    #[cfg(test)]
    #[info]
    fn down(&mut self, down: Down) {
        drop(down);
    }

    #[cfg(not(test))]
    #[terminate]
    fn absent_too(&mut self, _: Missing) {}

    #[cfg(test)]
    #[terminate]
    fn close(&mut self) {
        self.value = 0;
    }
}

#[supervisor(one_for_all)]
struct Tree;

#[supervisor]
impl Tree {
    #[cfg(not(test))]
    #[child]
    fn absent(&self) -> Missing {}

    #[cfg(test)]
    #[child(transient, shutdown = 50ms)]
    fn present(&self) -> Child<Conditional> {
        Conditional::child(5)
    }
}

#[behaviour::test]
async fn what_is_not_configured_is_not_there() {
    let tree = Tree.start().await.unwrap();
    assert_eq!(tree.present().get().await, Ok(5));
    assert_eq!(tree.which_children().await.unwrap().len(), 1);
    assert!(Conditional::find("conditional").is_some());
}
