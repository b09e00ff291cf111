//! Pictures of what `#[behaviour::main]` and `#[behaviour::test]` make.

use crate::snapshot::picture;

macro_rules! snapshot {
    ($($name:ident: $entry:ident, $arguments:literal, $item:literal;)*) => {$(
        #[test]
        fn $name() {
            insta::assert_snapshot!(picture(stringify!($entry), super::$entry, $arguments, $item));
        }
    )*};
}

snapshot! {
    main_runs_on_many_threads: main, "",
        "/// Runs.\nasync fn main() -> Result<(), Error> { run().await }";
    main_has_options: main, "worker_threads = 2, crate = ::otp", "pub async fn main() { }";
    main_may_stand_still: main, "flavor = \"current_thread\", start_paused = true", "async fn main() { }";
    main_has_an_inbox: main, "", "async fn main(mut inbox: Inbox<Message>) -> ExitCode { inbox.next().await }";
    test_runs_on_one_thread: test, "start_paused = true", "#[should_panic]\nasync fn time_flies() { }";
    test_may_keep_its_clock: test, "start_paused = false", "async fn ticks() { }";
    test_may_have_threads: test, "flavor = \"multi_thread\", worker_threads = 1", "async fn races() { }";
    wrong_options_are_all_told: main, "flavour = \"many\", flavor = \"many\", start_paused = true, worker_threads = 0",
        "async fn main() { }";
    workers_need_threads: test, "worker_threads = 2", "async fn works() { }";
    main_waits: main, "", "fn main() -> u8 { 3 }";
    main_takes_its_inbox_only: main, "", "async fn main(a: Inbox<A>, b: B) { }";
    main_is_a_plain_function: main, "", "async fn main<T>(&self) -> T { }";
    main_owns_its_inbox: main, "", "async fn main(inbox: &mut Inbox<A>) { }";
    what_is_no_function_comes_back: main, "", "struct Main;";
}
