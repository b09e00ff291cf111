//! Pictures of what `#[application]` makes: one a feature, one an error.

use crate::snapshot::picture;

macro_rules! snapshot {
    ($($name:ident: $arguments:literal, $item:literal;)*) => {$(
        #[test]
        fn $name() {
            let item = $item.lines().map(|line| line.strip_prefix("            ").unwrap_or(line));
            let item = item.collect::<Vec<_>>().join("\n");
            insta::assert_snapshot!(picture("application", super::expand, $arguments, item.trim()));
        }
    )*};
}

snapshot! {
    a_struct_is_declared:
        "name = \"bank\", depends(Metrics, log::Log), optional(Tracing), phases(warm_up, open), shutdown_timeout = 30s", "
            /// The bank.
            pub struct BankApp { opening: u64, #[cfg(unix)] socket: PathBuf }";
    a_name_is_made_of_the_structs: "crate = ::otp, shutdown_timeout = infinity", "
            struct HTTPServerApp;";
    a_configuration_is_read: "config", "
            struct Bank(u64);";
    a_configuration_has_a_file: "config = \"bank.toml\"", "
            struct Bank;";
    wrong_options_are_all_told:
        "name = \"My bank\", depends = Metrics, optional(5), phases = open, shutdown_timeout = 0s, config = 3, intensity = 3", "
            struct Bank;";
    wrong_lists_are_all_told: "depends(Bank, Metrics, Metrics), optional(Metrics), phases(open, open)", "
            struct Bank;";
    a_phase_is_a_word: "phases(\"open\")", "
            struct Bank;";
    an_application_has_no_generics: "", "
            struct Bank<S>(S);";
    an_enum_is_no_application: "", "
            enum Bank { }";
    methods_become_callbacks: "", "
            impl BankApp {
                #[start]
                fn start(&self) -> Result<Child<Bank>, Closed> { Ok(Bank { opening: self.opening }.child()) }

                #[phase]
                async fn warm_up(&self, bank: &BankClient) -> Result<(), CallError> { bank.vault().balance().await }

                #[cfg(unix)]
                #[phase]
                fn open(&self) { }

                #[prep_stop]
                async fn drain(&self, bank: &BankClient) { }

                #[stop]
                fn stop(&self) -> impl Outcome { }

                #[config_change]
                fn change(&self, before: &Self, bank: &BankClient) { }

                fn helper(&self) { }
            }";
    an_application_may_start_nothing: "crate = ::otp", "
            impl super::Library { }";
    a_start_may_wait: "", "
            impl Bank {
                #[start]
                async fn tree(&self) -> Child<Tree> { Tree::child() }
            }";
    a_start_may_be_there_under_cfg: "", "
            impl Bank {
                #[cfg(unix)]
                #[start]
                fn unix(&self) -> Child<Unix> { Unix::child() }
                #[cfg(windows)]
                #[start]
                fn windows(&self) -> Child<Windows> { Windows::child() }
            }";
    faulty_callbacks_are_not_called: "", "
            impl Bank {
                #[start]
                fn start(&self, port: u16) { }
                #[phase]
                fn open(&mut self) { }
                #[phase(first)]
                fn generic<T>(&self) { }
                #[prep_stop]
                fn drain() { }
                #[stop]
                fn stop(&self, bank: &BankClient) { }
                #[config_change]
                fn change(self) { }
            }";
    a_start_names_its_top: "", "
            impl Bank {
                #[start]
                fn start(&self) -> impl Sized { }
            }";
    there_is_one_of_each: "", "
            impl Bank {
                #[stop]
                fn stop(&self) { }
                #[stop]
                fn stop_again(&self) { }
                #[prep_stop]
                #[phase]
                fn both(&self) { }
            }";
    callbacks_belong_elsewhere: "name = \"bank\"", "
            impl Bank {
                #[call]
                fn get(&self) -> u8 { }
                #[child]
                fn child(&self) -> Child<A> { }
            }";
    a_trait_impl_comes_back: "", "
            impl Tree for Bank { #[stop] fn stop(&self) { } }";
    a_generic_impl_comes_back: "", "
            impl<S> Bank<S> { #[stop] fn stop(&self) { } }";
}
