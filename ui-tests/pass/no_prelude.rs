//! Without the prelude of std, and with every path written out.

#![no_implicit_prelude]

#[::behaviour::gen_server]
struct Counter {
    value: i64,
}

#[::behaviour::gen_server]
impl Counter {
    #[init]
    fn init(value: i64) -> Self {
        Self { value }
    }

    #[call]
    async fn get(&mut self) -> i64 {
        ::std::future::ready(self.value).await
    }

    #[cast]
    fn add(&mut self, by: i64) -> ::std::result::Result<(), ::std::fmt::Error> {
        self.value += by;
        ::std::result::Result::Ok(())
    }

    #[info]
    fn down(&mut self, _: ::behaviour::process::Down) {}
}

#[::behaviour::supervisor(one_for_one)]
struct Tree;

#[::behaviour::supervisor]
impl Tree {
    #[child]
    fn counter(&self) -> ::behaviour::server::Child<Counter> {
        Counter::child(40)
    }
}

#[::behaviour::test]
async fn nothing_is_taken_from_a_prelude() {
    let tree = Tree.start().await.ok();
    let counter = ::std::option::Option::map(tree, |tree| tree.counter());
    let ::std::option::Option::Some(counter) = counter else { ::std::panic!("the tree starts") };
    counter.add(2);
    ::std::assert_eq!(counter.get().await, ::std::result::Result::Ok(42));
}
