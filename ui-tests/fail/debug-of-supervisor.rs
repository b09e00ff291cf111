use behaviour::supervisor::{Strategy, Tree};

fn main() {
    let _ = Tree::new(Strategy::OneForOne).start().debug(|items| items.trace());
}
