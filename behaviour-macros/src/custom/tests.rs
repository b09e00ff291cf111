//! Pictures of what `#[behaviour]` makes of a trait.

use crate::snapshot::picture;

macro_rules! snapshot {
    ($($name:ident: $arguments:literal, $item:literal;)*) => {$(
        #[test]
        fn $name() {
            let item = $item.lines().map(|line| line.strip_prefix("            ").unwrap_or(line));
            let item = item.collect::<Vec<_>>().join("\n");
            insta::assert_snapshot!(picture("behaviour", super::expand, $arguments, item.trim()));
        }
    )*};
}

snapshot! {
    callbacks_are_listed: "LeaderFollower", "
            /// What followers do.
            pub trait Work: Clone {
                /// What there is to do.
                type Task: Clone;
                type Outcome;
                type Lent<'a>;
                const LIMIT: usize;
                const NAME: &'static str = \"work\";

                /// Does it.
                async fn work(&mut self, task: Self::Task) -> Self::Outcome;

                /// How often.
                fn attempts() -> u32 { 3 }

                async fn idle<T: Into<[u8; { 3 }]>>(&mut self, (a, b): (T, u8)) { }
            }";
    a_behaviour_may_be_generic: "", "
            trait Reducer<K: Ord, const N: usize = 3>: Debug where K: Copy {
                fn reduce(&mut self, key: [K; N]);
            }";
    what_is_optional_need_not_be_there: "", "
            trait Hooks { fn started(&mut self) { } }";
    what_belongs_to_the_server_is_told: "name = 5", "
            trait Hooks {
                #[call]
                fn started(&mut self);
            }";
    it_stands_on_a_trait: "", "
            struct Hooks;";
    an_impl_is_plain: "", "
            impl Hooks for Sum { }";
    what_is_half_written_comes_back: "", "
            trait Hooks: ";
}
