//! New versions of generic servers and machines: each may have more parameters than the other, or fewer.

use std::fmt::Debug;

use behaviour::prelude::*;

/// Keeps the last of what it is given.
#[gen_server]
struct Cache<V: Clone + Send + 'static> {
    last: Option<V>,
}

#[gen_server]
impl<V: Clone + Send + 'static> Cache<V> {
    #[init]
    fn init() -> Self {
        Self { last: None }
    }

    #[call]
    fn last(&self) -> Option<V> {
        self.last.clone()
    }

    #[cast]
    fn put(&mut self, value: V) {
        self.last = Some(value);
    }
}

/// A version for characters only, which writes them large.
#[gen_server]
struct Chars {
    last: Option<char>,
}

#[gen_server]
impl Chars {
    #[init]
    fn init() -> Self {
        Self { last: None }
    }

    #[code_change]
    fn of(old: &mut Cache<char>) -> Self {
        Self { last: old.last.take() }
    }

    #[call]
    fn last(&self) -> Option<char> {
        self.last.map(|letter| letter.to_ascii_uppercase())
    }

    #[cast]
    fn put(&mut self, value: char) {
        self.last = Some(value);
    }
}

/// A version with a parameter of its own: how what is put is changed.
#[gen_server]
struct With<F: Fn(char) -> char + Send + 'static, const TIMES: usize> {
    last: Option<char>,
    change: F,
}

#[gen_server]
impl<F: Fn(char) -> char + Send + 'static, const TIMES: usize> With<F, TIMES> {
    #[init]
    fn init(change: F) -> Self {
        Self { last: None, change }
    }

    #[code_change]
    fn of(old: &mut Chars, change: F) -> Self {
        Self { last: old.last, change }
    }

    #[call]
    fn last(&self) -> Option<char> {
        self.last
    }

    #[cast]
    fn put(&mut self, value: char) {
        self.last = Some((0..TIMES).fold(value, |value, _| (self.change)(value)));
    }
}

/// Has as many parameters, one of them another.
#[gen_server]
struct Pairs<A: Clone + Debug + Send + 'static, B: Clone + Debug + Send + 'static> {
    last: Option<(A, B)>,
    texts: Vec<String>,
}

#[gen_server]
impl<A: Clone + Debug + Send + 'static, B: Clone + Debug + Send + 'static> Pairs<A, B> {
    #[init]
    fn init() -> Self {
        Self { last: None, texts: Vec::new() }
    }

    #[code_change]
    fn of(old: &mut Cache<(A, B)>) -> Self {
        Self { last: old.last.take(), texts: Vec::new() }
    }

    #[call]
    fn last(&self) -> Option<(A, B)> {
        self.last.clone()
    }

    #[cast]
    fn put(&mut self, value: (A, B)) {
        self.texts.push(format!("{value:?}"));
        self.last = Some(value);
    }
}

async fn change<S: Behaviour, By>(client: &behaviour::server::Client<S>, new: impl behaviour::sys::NewCode<S, By>) {
    let sys = client.sys();
    sys.suspend().await.unwrap();
    sys.change_code(new).await.unwrap();
    sys.resume().await.unwrap();
}

#[behaviour::test(start_paused = true)]
async fn a_version_may_be_plain_where_the_old_one_is_generic_and_generic_where_that_is_plain() {
    let cache = Cache::<char>::start().await.unwrap();
    cache.put('a');
    change(&cache, Chars::upgrade()).await;
    assert_eq!(cache.last().await, Ok(Some('A')));
    change(&cache, With::<_, 2>::upgrade(|letter: char| char::from_u32(letter as u32 + 1).unwrap())).await;
    assert_eq!(cache.last().await, Ok(Some('a')));
    cache.put('b');
    assert_eq!(cache.last().await, Ok(Some('d')));
}

#[behaviour::test(start_paused = true)]
async fn a_version_may_know_more_of_a_parameter_than_the_old_one() {
    let cache = Cache::<(u8, &str)>::start().await.unwrap();
    cache.put((1, "one"));
    change(&cache, Pairs::upgrade()).await;
    assert_eq!(cache.last().await, Ok(Some((1, "one"))));
    cache.put((2, "two"));
    let texts = cache.sys().version::<Pairs<u8, &str>>().get_state(|pairs| pairs.texts.join(" ")).await;
    assert_eq!(texts.unwrap(), r#"(2, "two")"#);
}
