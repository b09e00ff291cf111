//! Pictures of what `#[supervisor]` makes: one a feature, one an error.

use crate::snapshot::picture;

macro_rules! snapshot {
    ($($name:ident: $arguments:literal, $item:literal;)*) => {$(
        #[test]
        fn $name() {
            let item = $item.lines().map(|line| line.strip_prefix("            ").unwrap_or(line));
            let item = item.collect::<Vec<_>>().join("\n");
            insta::assert_snapshot!(picture("supervisor", super::expand, $arguments, item.trim()));
        }
    )*};
}

snapshot! {
    a_struct_is_declared: "rest_for_one, intensity = 3, period = 5s, name = \"bank\"", "
            /// The bank.
            pub struct Bank { opening: u64 }";
    a_struct_that_ends_with_its_children_says_so: "one_for_one, auto_shutdown = all_significant", "
            pub struct Bank;";
    a_struct_that_never_ends_by_itself_may_say_so: "one_for_one, auto_shutdown = never", "
            pub struct Bank;";
    an_unknown_auto_shutdown_still_ends: "one_for_one, auto_shutdown = any", "
            pub struct Bank;";
    a_generic_struct_carries_its_bounds: "one_for_all, crate = ::otp", "
            struct Tree<S: Send>(S) where S: 'static;";
    a_strategy_is_missing: "", "
            pub struct Bank;";
    a_strategy_is_unknown: "one_for_some, intensity = -1, period = 0s", "
            pub struct Bank;";
    a_strategy_comes_first_and_once: "intensity = 3, one_for_one, rest_for_one, mailbox(capacity = 3)", "
            pub struct Bank;";
    an_enum_is_no_supervisor: "one_for_one", "
            pub enum Bank { }";
    methods_become_children: "", "
            impl Bank {
                /// Where the money is.
                #[child]
                pub fn vault(&self) -> Child<Account> { Account::child(self.opening) }

                /// Writes down what happens to it.
                #[cfg(unix)]
                #[child(transient, shutdown = 2.5s)]
                pub(crate) fn audit(&self) -> Child<Audit> { Audit::child() }

                #[child(temporary, shutdown = brutal_kill)]
                fn r#type(&self) -> Child<Type> { }

                #[child(permanent, shutdown = infinity)]
                fn below(&self) -> Child<Vec<Self>> { }

                fn helper(&self) { }
            }";
    children_are_significant_and_wait: "", "
            impl Bank {
                #[child(transient, significant)]
                pub fn work(&self) -> Child<Work> { Work::child() }

                #[child(backoff(initial = 100ms))]
                pub fn feed(&self) -> Child<Feed> { Feed::child() }

                #[child(transient, backoff(initial = 100ms, max = 10s, factor = 1.5, jitter = 0))]
                pub fn slow_feed(&self) -> Child<Feed> { Feed::child() }
            }";
    words_that_contradict_each_other_are_left_out: "", "
            impl Bank {
                #[child(significant)]
                pub fn a(&self) -> Child<A> { }
                #[child(temporary, significant = true, backoff(initial = 1s))]
                pub fn b(&self) -> Child<B> { }
                #[child(backoff(max = 1s, jitter = 2, factor = 0.5))]
                pub fn c(&self) -> Child<C> { }
                #[child(backoff(initial = 1s, max = 1ms, factor = fast, delay = 3))]
                pub fn d(&self) -> Child<D> { }
                #[child(backoff = 1s)]
                pub fn e(&self) -> Child<E> { }
            }";
    a_child_may_reach_its_siblings: "", "
            impl Bank {
                #[child]
                pub fn vault(&self) -> Child<Account> { Account::child() }
                #[child]
                pub fn teller(&self, bank: &BankClient) -> Child<Teller> { Teller::child(bank.vault()) }
            }";
    a_child_takes_one_client: "", "
            impl Bank {
                #[child]
                pub fn teller(&self, bank: &BankClient, other: &BankClient) -> Child<Teller> { Teller::child() }
            }";
    a_generic_supervisor_has_a_generic_client: "crate = crate::otp", "
            impl<S: Server> super::Tree<S> where S: Clone {
                #[child]
                pub fn leaf(&self) -> Child<S> { }
            }";
    a_supervisor_has_children: "", "
            impl Bank { fn helper(&self) { } }";
    children_have_names_of_their_own: "", "
            impl Bank {
                #[cfg(unix)]
                #[child]
                fn left_over(&self) -> Child<A> { }
                #[cfg(not(unix))]
                #[child]
                fn left_over(&self) -> Child<B> { }
                #[child]
                fn left__over(&self) -> Child<C> { }
            }";
    faulty_children_keep_their_names: "", "
            impl Bank {
                #[child]
                pub fn nothing(&self) { }
                #[child]
                pub async fn waits(&self) -> Child<A> { }
                #[child]
                pub fn takes(&mut self, a: u8, b: u8) -> Child<A> { }
                #[child]
                pub fn generic<T>() -> Child<T> { }
                #[child]
                pub fn dynamic(self) -> impl Sized { }
                #[child]
                pub fn clone(&self) -> Child<A> { }
                #[call]
                pub fn get(&self) -> u8 { }
                #[child]
                pub fn start(&self) -> Child<A> { }
            }";
    callbacks_belong_elsewhere: "", "
            impl Bank {
                #[child]
                pub fn a(&self) -> Child<A> { }
                #[info]
                fn down(&mut self, down: Down) { }
                #[state_timeout(30s)]
                fn late(&mut self) { }
            }";
    a_child_has_one_way_of_each: "name = \"a\"", "
            impl Bank {
                #[child(transient, permanent, shutdown = 2)]
                pub fn a(&self) -> Child<A> { }
                #[child(restart = transient, transient = 1, shutdown)]
                pub fn a(&self) -> Child<A> { }
            }";
    a_trait_impl_comes_back: "", "
            impl Tree for Bank { #[child] fn a(&self) -> Child<A> { } }";
}
