//! Pictures of what `#[gen_statem]` makes of the enum and of the struct: one a feature, one an error.

use crate::snapshot::picture;

macro_rules! snapshot {
    ($($name:ident: $arguments:literal, $item:literal;)*) => {$(
        #[test]
        fn $name() {
            let item = $item.lines().map(|line| line.strip_prefix("            ").unwrap_or(line));
            let item = item.collect::<Vec<_>>().join("\n");
            insta::assert_snapshot!(picture("gen_statem", super::expand, $arguments, item.trim()));
        }
    )*};
}

snapshot! {
    each_variant_becomes_a_struct: "state", "
            /// What the light shows.
            #[derive(Debug)]
            pub enum Light {
                /// Cars wait.
                Red { waiting: u32 },
                Green,
                #[terminal]
                Amber(u8, #[serde(skip)] String),
            }";
    a_state_has_its_share_of_the_generics: "state, crate = crate::rt", "
            #[derive(Debug, Clone)]
            pub(crate) enum Cache<K: Ord + Into<V>, V = String, const N: usize = 3> where K: Copy, V: Clone {
                Empty,
                Some(K),
                Full { all: [K; N], last: V },
                Behind(Box<Self>),
            }";
    derives_go_to_the_structs: "state", "
            #[derive(core::fmt::Debug, Clone, Default)]
            #[cfg_attr(feature = \"serde\", derive(Serialize), serde(tag = \"is\"))]
            #[non_exhaustive]
            #[allow(dead_code)]
            enum Light {
                /// After [`Self::Green`].
                #[default]
                Red,
                #[serde(rename = \"go\")]
                Green { /** How long. */ since: u64, #[cfg(unix)] r#type: u8 },
            }";
    derives_may_be_conditional: "state", "
            #[derive(Clone, other::Debug)]
            #[cfg_attr(test, derive(Debug))]
            enum Light { Red }";
    a_state_may_be_conditional: "state", "
            #[cfg(unix)]
            pub enum r#Light {
                Red,
                #[cfg(feature = \"green\")]
                #[terminal]
                Green(Vec<u8>),
                #[terminal]
                r#Note,
            }";
    a_default_without_its_mark_is_left_to_rustc: "state", "
            #[derive(Default)]
            enum Light { Red }";
    faulty_states_are_all_told: "state, name = \"light\"", "
            #[derive(Default)]
            pub enum Light {
                #[terminal(now)]
                Red = 3,
                Light,
                #[default]
                Green,
                #[default]
                Amber,
            }";
    an_enum_has_states: "state", "
            pub enum Light { }";
    an_enum_bears_state: "", "
            pub enum Light { Red }";
    an_enum_is_no_machine: "Light, name = \"light\"", "
            pub enum Light { Red, #[terminal] Green }";
    a_state_owns_its_data: "state", "
            pub enum Light<'a> { #[terminal] Red(&'a str) }";
    a_half_written_enum_comes_back: "state", "
            pub enum Light { Red { waiting: }, Green }";
    a_struct_is_declared: "Light, name = \"crossing\", mailbox(capacity = 8), call_timeout = 5s, inline = false", "
            /// What outlives every state.
            #[derive(Debug)]
            pub struct Crossing {
                served: u32,
                #[secret]
                code: u16,
            }";
    a_generic_struct_names_generic_states: "states::Cache<K, String>, crate = ::otp,", "
            struct Store<K: Ord>(K) where K: Copy;";
    a_struct_says_its_states: "", "
            struct Crossing;";
    the_states_come_first: "name = \"crossing\", Light", "
            struct Crossing;";
    an_option_is_no_enum: "inline", "
            struct Crossing;";
    state_belongs_on_the_enum: "state", "
            struct Crossing;";
    a_machine_owns_its_state: "Light<'_>", "
            struct Crossing;";
    a_machine_owns_its_data: "Light", "
            struct Crossing<'a>(&'a str);";
    wrong_options_are_all_told: "Light, nam = \"a\", call_timeout = 5, capacity = 3", "
            struct Crossing;";
    a_function_is_no_machine: "Light", "
            fn crossing() { }";
}

#[test]
fn the_states_fit_into_a_set() {
    let states: Vec<_> = (0..129).map(|number| format!("S{number}")).collect();
    let item = format!("enum Many {{ {} }}", states.join(", "));
    let expanded = super::expand("state".parse().expect("a word"), item.parse().expect("an enum")).to_string();
    assert!(expanded.contains("a machine has at most 128 states"), "{expanded}");
    assert!(expanded.contains("StateSet :: of (127usize)"), "{expanded}");
    assert!(!expanded.contains("StateSet :: of (128usize)"), "{expanded}");
}
