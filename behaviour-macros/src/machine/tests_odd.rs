//! Whatever stands in the place of an item, the macro answers: no half-written program makes it panic.
//!
//! Sound items are spoiled in every place: each token is left out, doubled, and replaced by tokens that stand somewhere
//! else, at every depth. What comes out need not be good, and mostly holds an error.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

/// What is put in the place of a token.
const ODD: &[&str] = &["", "_", "r#fn", "'a", "5s"];

const ITEMS: &[(&str, &str)] = &[
    (
        "state, crate = ::otp",
        "#[derive(Debug, Default)] #[cfg_attr(test, derive(Clone), must_use)]
        pub(crate) enum Work<J: Send, const N: usize = 3> where J: Copy {
            /// Nothing.
            #[default] Idle,
            #[cfg(unix)] #[terminal] Busy { job: J, #[cfg(unix)] r#type: [Self; N] },
            Over(u8, Box<Self>) = 5,
        }",
    ),
    (
        "Work<J>, name = \"worker\", mailbox(capacity = 8, when_full = reject), call_timeout = 5s, inline = true",
        "pub struct Worker<J> where J: Send { #[secret] done: Vec<J>, pub more: (u8, J) }",
    ),
    (
        "a::Work<J>, crate = crate::otp",
        "impl<J: Send + 'static> Worker<J> {
            const SIZE: usize = { 5 };
            #[init] async fn init(cx: &mut Context<Self>, job: J) -> Result<Option<(Self, Next<(Idle, Busy)>)>, Bad> { x }
            #[call(press, later, queued, else = postpone)]
            pub fn digit(&mut self, (busy): (&mut Busy<J>), reply: Reply<u8>, r#in: [u8; 3]) -> Later { cx.postpone() }
            #[cfg(unix)] #[call(press)] fn other(&self, _: Idle, Some(a): Option<u8>) -> (Busy<J>, &'static str) { }
            #[cast(else = ignore)] fn go(&mut self, _: &Work<J>, cx: &Context<Self>) -> Result<(), E> { cx.postpone(); }
            #[info] fn down(&mut self, _: Idle, down: Down) -> Next<(Busy,)> { }
            #[internal(else = ignore)] fn step(&mut self, _: &Idle, step: Step) { }
            #[timeout] fn alive(&mut self, _: &Work<J>, _: KeepAlive) { }
            #[state_timeout(1.5s)] fn late(&mut self, work: Work<J>) -> Work<J> { work }
            #[event_timeout] fn quiet(&mut self, _: &Work<J>, why: Why) { }
            #[enter] fn entered(&mut self, _: &mut Idle, from: &'static str) { }
            #[terminate] fn close(&mut self, work: &Work<J>, reason: ExitReason) { }
            #[format_status] fn status(&self) -> impl Display { 1 }
            macro_rules! nothing { () => {} }
        }",
    ),
];

/// Calls `with` with every stream that has one tree spoiled.
fn spoil(tokens: &TokenStream, with: &mut dyn FnMut(TokenStream)) {
    let trees: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let odd: Vec<TokenStream> = ODD.iter().map(|odd| parse(odd)).collect();
    for (place, tree) in trees.iter().enumerate() {
        let mut instead = |middle: TokenStream| {
            let (before, after) = (trees[..place].iter().cloned(), trees[place + 1..].iter().cloned());
            with(before.chain(middle).chain(after).collect());
        };
        instead([tree.clone(), tree.clone()].into_iter().collect());
        for odd in &odd {
            instead(odd.clone());
        }
        if let TokenTree::Group(group) = tree {
            instead(TokenTree::from(Group::new(Delimiter::None, group.stream())).into());
            spoil(&group.stream(), &mut |stream| {
                instead(TokenTree::from(Group::new(group.delimiter(), stream)).into());
            });
        }
    }
}

fn parse(text: &str) -> TokenStream {
    // A lifetime alone is read as a character that is not closed.
    let text = if text == "'a" { "'a " } else { text };
    text.parse().expect("the test writes tokens")
}

fn answers(arguments: &TokenStream, item: &TokenStream) {
    let expand = || drop(super::expand(arguments.clone(), item.clone()));
    assert!(std::panic::catch_unwind(expand).is_ok(), "#[gen_statem({arguments})] {item}");
}

#[test]
fn no_item_makes_the_macro_panic() {
    for (arguments, item) in ITEMS {
        let (arguments, item) = (parse(arguments), parse(item));
        answers(&arguments, &item);
        spoil(&item, &mut |spoiled| answers(&arguments, &spoiled));
        spoil(&arguments, &mut |spoiled| answers(&spoiled, &item));
    }
}

#[test]
fn no_attribute_is_at_home_on_every_item() {
    for (arguments, _) in ITEMS {
        let others =
            ["", "fn f() {}", "trait T {}", "type T = u8;", "mod m { enum E {} }", "enum", "struct", "impl", "{}"];
        for item in ITEMS.iter().map(|(_, item)| *item).chain(others) {
            answers(&parse(arguments), &parse(item));
        }
    }
}
