//! Pictures of what `#[gen_server]` makes: one a feature, one an error.

use crate::snapshot::picture;

macro_rules! snapshot {
    ($($name:ident: $arguments:literal, $item:literal;)*) => {$(
        #[test]
        fn $name() {
            let item = $item.lines().map(|line| line.strip_prefix("            ").unwrap_or(line));
            let item = item.collect::<Vec<_>>().join("\n");
            insta::assert_snapshot!(picture("gen_server", super::expand, $arguments, item.trim()));
        }
    )*};
}

snapshot! {
    a_struct_is_declared: "", "
            /// Money.
            #[derive(Debug)]
            pub struct Account {
                cents: u64,
                #[secret]
                pin: u16,
                #[cfg(unix)]
                r#type: u8,
            }";
    a_generic_struct_carries_its_bounds: "crate = crate::rt", "
            pub(crate) struct Cache<K: Ord = String, const N: usize = 3>(Vec<K>, #[secret] [u8; N]) where K: Copy;";
    a_unit_struct_has_options: "name = \"clock\", mailbox(capacity = 1_024, when_full = drop_oldest), call_timeout = 1.5s, inline = false", "
            struct Clock;";
    a_call_may_wait_for_ever: "call_timeout = infinity, mailbox(capacity = 1)", "
            struct Clock;";
    wrong_options_are_all_told: "nam = \"a\", mailbox(when_full = rejct), call_timeout = 5, inline = 1, intensity = 3, crate = rt", "
            pub struct Account { #[secret(yes)] pin: u16 }";
    an_option_counts_once: "name = \"\", name = \"a\", inline, mailbox(capacity = 0), call_timeout = 0s, 7", "
            pub struct Account;";
    an_enum_is_no_server: "", "
            pub enum Account { Open, Closed }";
    a_struct_owns_its_state: "", "
            pub struct Account<'a>(&'a str);";
    callbacks_become_messages: "", "
            impl Account {
                const LIMIT: u64 = 5;

                #[init]
                fn init(cx: &mut Context<Self>, opening: u64) -> Result<Self, Frozen> {
                    todo!()
                }

                /// The money in it.
                #[call]
                pub fn balance(&self) -> u64 { self.cents }

                /// Nothing comes back but that it was done.
                #[call(queued)]
                pub(crate) fn clear(&mut self) { self.cents = 0; }

                /// Takes money out.
                #[cfg(unix)]
                #[inline]
                #[call]
                pub async fn withdraw(&mut self, mut cents: u64, cx: &mut Context<Self>) -> Result<u64, Overdrawn> {
                    todo!()
                }

                #[cast]
                pub fn deposit(&mut self, cents: u64, (a, b): (u8, u8)) { }

                #[cast]
                fn try_it(&mut self, cx: &Context<Self>, name: &'static str) -> Result<(), Overdrawn> { }

                #[cast]
                async fn wait(&mut self) { }

                #[call(later)]
                pub fn reaches(&mut self, reply: Reply<u64>, goal: u64) -> Later { Later }

                #[call(later, queued)]
                pub async fn slowly(&mut self, cx: &mut Context<Self>, reply: Reply<()>) -> Later { Later }

                #[info]
                fn interest(&mut self, _: Interest) { }

                #[continues]
                async fn warm(&mut self, warm: Warm) -> Result<(), Cold> { }

                #[terminate]
                fn close(&mut self, reason: ExitReason) { }

                #[format_status]
                fn status(&self) -> impl Display { self.cents }

                fn helper(&self) { }
            }";
    an_init_may_wait: "", "
            impl super::Clock {
                /// Reads the time first.
                #[init]
                async fn init(at: Place, cx: &mut Context<Self>) -> Self { Self }

                #[terminate]
                async fn close(&mut self, cx: &mut Context<Self>, reason: ExitReason) -> Result<(), Late> { }
            }";
    a_generic_server_has_generic_messages: "crate = ::otp", "
            impl<K: Ord, V, const N: usize> cache::Cache<K, V, N> where V: Clone {
                #[init]
                fn init() -> Self { Self }
                #[call]
                pub fn get(&self, key: K, from: Vec<Self>) -> Option<[V; Self::LEN]> { }
                #[info]
                fn tick(&mut self, tick: Tick<K>) { }
            }";
    a_method_may_be_there_twice_under_cfg: "", "
            impl Clock {
                #[cfg(unix)]
                #[init]
                fn init() -> Self { Self }
                #[cfg(windows)]
                #[init]
                fn init() -> Self { Self }
                #[cfg(unix)]
                #[call]
                fn r#type(&self) -> u8 { 1 }
                #[cfg(windows)]
                #[call]
                fn r#type(&self) -> u8 { 2 }
            }";
    a_server_may_take_nothing: "", "
            impl Silent { #[init] fn init() -> Self { Self } }";
    a_missing_init_leaves_the_rest: "", "
            impl Counter { #[call] pub fn get(&self) -> i64 { self.value } }";
    a_second_init_is_left_out: "", "
            impl Counter {
                #[init]
                fn init() -> Self { Self }
                #[init]
                fn again(by: u8) -> Self { Self }
                #[terminate]
                fn a(&mut self) { }
                #[terminate]
                fn b(&mut self) { }
            }";
    an_init_makes_the_server: "", "
            impl Counter { #[init] fn init(&self) { } }";
    a_trait_impl_comes_back: "", "
            impl Default for Counter { #[init] fn default() -> Self { Self } }";
    an_impl_owns_its_state: "", "
            impl Counter<'_> { #[init] fn init() -> Self { Self } }";
    options_belong_to_the_struct: "name = \"counter\", crate = ::otp", "
            impl Counter { #[init] fn init() -> Self { Self } }";
    marks_take_known_words: "", "
            impl Counter {
                #[init(now)]
                fn init() -> Self { Self }
                #[call(latr)]
                fn a(&self) { }
                #[call = later]
                fn b(&self) { }
                #[cast]
                #[call]
                fn c(&self) { }
                #[child]
                fn d(&self) { }
            }";
    marks_of_a_machine_are_refused: "", "
            impl Counter {
                #[init]
                fn init() -> Self { Self }
                #[enter]
                fn a(&self) { }
                #[internal]
                fn b(&mut self, b: B) { }
                #[timeout]
                fn c(&mut self, c: C) { }
                #[state_timeout(30s)]
                fn d(&mut self) { }
                #[event_timeout]
                fn e(&mut self) { }
            }";
    faulty_callbacks_keep_their_names: "", "
            impl Counter {
                #[init]
                fn init() -> Self { Self }
                #[call]
                pub fn no_self() -> u8 { 1 }
                #[call]
                pub fn by_value(self) -> u8 { 1 }
                #[call]
                pub fn typed(self: Box<Self>) -> u8 { 1 }
                #[cast]
                pub fn borrows(&self, cx: &mut Context<Self>, name: &str) { }
                #[cast]
                pub fn dynamic(&self, name: impl Display) { }
                #[cast]
                pub fn generic<T: Ord>(&self, name: T) { }
                #[cast]
                pub const unsafe extern \"C\" fn odd(&self) { }
                #[cast]
                pub fn some(&self, #[cfg(unix)] a: u8) { }
                #[call]
                pub fn iter(&self) -> impl Iterator<Item = u8> { }
                #[call]
                pub fn name(&self) -> &str { }
            }";
    later_replies_need_a_reply: "", "
            impl Counter {
                #[init]
                fn init() -> Self { Self }
                #[call(later)]
                pub fn a(&self) -> Later { Later }
                #[call(later)]
                pub fn b(&self, reply: Reply<u8>) { }
            }";
    special_callbacks_have_their_form: "", "
            impl Counter {
                #[init]
                fn init() -> Self { Self }
                #[terminate]
                fn close(&mut self, reason: ExitReason, more: u8) { }
                #[format_status]
                async fn status(&mut self, cx: &Context<Self>) { }
                #[info]
                fn none(&mut self) { }
                #[info]
                fn two(&mut self, a: A, b: B) { }
                #[continues]
                fn none_again(&mut self) { }
            }";
    new_code_changes_the_state: "", "
            impl Counter {
                #[init]
                fn init() -> Self { Self }
                /// Begins anew.
                #[code_change]
                fn reset(&mut self, from: u64, step: u8) -> Result<(), Error> { todo!() }
                #[call]
                pub fn get(&self) -> u8 { 1 }
            }";
    a_new_version_takes_the_old_messages: "", "
            impl Second {
                #[init]
                fn init() -> Self { Self }
                #[code_change]
                fn replace(old: &mut First, step: u8) -> Self { todo!() }
                #[call]
                pub fn get(&self) -> u8 { 1 }
            }";
    names_of_the_macro_are_reserved: "", "
            impl Counter {
                #[init]
                fn start() -> Self { Self }
                #[call]
                pub fn clone(&self) -> u8 { 1 }
                fn child(&self) { }
            }";
    variants_and_messages_are_distinct: "", "
            impl Counter {
                #[init]
                fn init() -> Self { Self }
                #[call]
                pub fn get_all(&self) -> u8 { 1 }
                #[call]
                pub fn get__all(&self) -> u8 { 1 }
                #[info]
                fn tick(&mut self, tick: Tick) { }
                #[info]
                fn tock(&mut self, tick: Tick) { }
                #[continues]
                fn go_on(&mut self, tick: Tick) { }
            }";
    half_written_methods_leave_the_others: "", "
            impl Counter {
                #[init]
                fn init() -> Self { Self }
                #[call]
                pub fn get(&self, by: ) -> i64 { 0 }
                #[cast]
                pub fn add(&mut self, by: i64) { self. }
            }";
    what_is_no_impl_comes_back: "", "
            impl Counter for";
    a_trait_has_one_server_for_all: "name = \"account\", call_timeout = 1s", "
            /// What an account can be asked.
            pub trait Account: Debug {
                const LIMIT: u64;

                /// The money in it.
                #[call]
                fn balance(&self) -> u64;

                #[call(queued)]
                async fn withdraw(&mut self, cx: &mut Context<AccountServer>, cents: u64) -> Result<u64, Overdrawn>;

                #[cast]
                async fn deposit(&mut self, cents: u64) { self.book(cents).await }

                #[call(later)]
                fn reaches(&mut self, reply: Reply<u64>, goal: u64) -> Later;

                #[info]
                fn interest(&mut self, interest: Interest) -> Result<(), Frozen>;

                #[continues]
                fn warm(&mut self, warm: Warm);

                #[cfg(unix)]
                #[terminate]
                fn close(&mut self, reason: ExitReason);

                #[format_status]
                fn status(&self) -> impl Display;

                fn helper(&self) -> u64 { 1 }
            }";
    a_trait_may_be_seen_by_some: "crate = ::otp", "
            pub(crate) trait Silent { }";
    a_trait_with_generics_comes_back: "", "
            trait Store<K> where K: Ord { #[call] fn get(&self, key: K) -> u64; }";
    a_trait_shares_its_types: "", "
            trait Account {
                type Error;
                #[call] fn copy(&self) -> Self;
                #[call] fn merge(&mut self, cx: &mut Context<Self>, other: Vec<Self>) -> u64;
            }";
    what_belongs_elsewhere_is_told: "restart = permanent", "
            trait Account {
                #[init] fn new() -> Self;
                #[child] fn child(&self);
                #[cast] fn serve(&mut self);
                #[call] fn by_value(self) -> u64;
                #[call] fn of_any<T: Ord>(&self, one: T) -> u64;
                fn unmarked(&self);
            }";
}
