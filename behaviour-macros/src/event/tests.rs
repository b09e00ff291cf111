//! Pictures of what `#[gen_event(..)]` makes: one a feature, one an error.

use crate::snapshot::picture;

macro_rules! snapshot {
    ($($name:ident: $arguments:literal, $item:literal;)*) => {$(
        #[test]
        fn $name() {
            let item = $item.lines().map(|line| line.strip_prefix("            ").unwrap_or(line));
            let item = item.collect::<Vec<_>>().join("\n");
            insta::assert_snapshot!(picture("gen_event", super::expand, $arguments, item.trim()));
        }
    )*};
}

snapshot! {
    a_struct_is_declared: "Alarm", "
            /// Writes down.
            #[derive(Debug)]
            pub struct Log {
                seen: u64,
                #[secret]
                pin: u16,
            }";
    a_generic_struct_carries_its_bounds: "Vec<T>, crate = crate::rt", "
            pub(crate) struct Log<T: Event = String>(Vec<T>) where T: Copy;";
    a_struct_names_its_events: "", "
            pub struct Log;";
    a_struct_has_no_options_of_a_process: "Alarm, name = \"log\", 7", "
            pub struct Log;";
    an_enum_is_no_handler: "Alarm", "
            pub enum Log { Open, Closed }";
    callbacks_become_messages: "Alarm", "
            impl Log {
                /// Opens the file.
                #[init]
                fn init(cx: &mut HandlerContext<Self>, path: PathBuf) -> Result<Self, std::io::Error> { todo!() }

                #[init(swap)]
                async fn after(old: Option<Vec<String>>, path: PathBuf) -> Self { todo!() }

                #[event]
                fn event(&mut self, alarm: &Alarm, cx: &mut HandlerContext<Self>) -> Result<(), std::io::Error> { todo!() }

                /// How many there were.
                #[call]
                pub fn seen(&self) -> u64 { self.seen }

                #[cfg(unix)]
                #[call(queued)]
                pub(crate) async fn flush(&mut self, all: bool) { }

                #[info]
                fn tick(&mut self, _: Tick) { }

                #[terminate]
                fn close(self, why: Removed) -> Vec<String> { self.lines }

                #[format_status]
                fn status(&self) -> impl Display { self.seen }

                /// Begins anew.
                #[code_change]
                fn begin(&mut self, title: String, from: u64) -> Result<(), Refused> { todo!() }

                fn helper(&self) { }
            }";
    an_async_event_is_boxed: "Alarm", "
            impl Log {
                #[init]
                async fn init() -> Self { Self }

                #[event]
                async fn event(&mut self, alarm: &Alarm) { }

                #[cfg(unix)]
                #[terminate]
                async fn close(&mut self) { }
            }";
    a_generic_handler_keeps_its_parameters: "T, crate = crate::rt", "
            impl<T: Event> Log<T> {
                #[init]
                fn init(first: T) -> Self { Self(first) }

                #[event]
                fn event(&mut self, event: &T) { }

                #[info]
                fn take(&mut self, taken: Taken<T>) { }
            }";
    what_is_missing_is_told: "Alarm", "
            impl Log {
                #[call]
                pub fn seen(&self) -> u64 { self.seen }
            }";
    events_are_shared: "Alarm", "
            impl Log {
                #[init]
                fn init() -> Self { Self }

                #[event]
                fn event(&mut self, alarm: Alarm, more: u64) { }
            }";
    nobody_changes_an_event: "Alarm", "
            impl Log {
                #[init]
                fn init() -> Self { Self }

                #[event]
                fn event(&mut self, alarm: &mut Alarm) { }

                #[event]
                fn again(&mut self) { }
            }";
    new_code_changes_a_handler: "Alarm", "
            impl Log {
                #[init]
                fn init() -> Self { Self }

                #[event]
                fn event(&mut self, alarm: &Alarm) { }

                #[code_change]
                fn of_another(old: &mut Other) -> Self { Self }

                #[code_change]
                async fn change(&mut self, cx: &mut HandlerContext<Self>) { }

                fn upgrade() { }
            }";
    wrong_callbacks_are_all_told: "queued", "
            impl Log {
                #[init(swapped)]
                fn init(&self) -> Self { Self }

                #[init(swap)]
                fn after() -> Self { Self }

                #[event]
                fn event(alarm: &Alarm) { }

                #[cast]
                fn cast(&mut self) { }

                #[call(later)]
                fn call(&mut self) -> &str { }

                #[terminate]
                fn close(self: Box<Self>, why: Removed, more: u64) { }

                fn handler() { }
            }";
}
