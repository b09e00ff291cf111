//! The strictest of users: what the macro writes passes every lint.

#![deny(warnings, clippy::all, clippy::pedantic, missing_debug_implementations)]
#![deny(unused_qualifications, unreachable_pub, unused_results, elided_lifetimes_in_paths, single_use_lifetimes)]
#![deny(trivial_casts, trivial_numeric_casts, let_underscore_drop, unused_lifetimes, redundant_lifetimes)]
#![deny(unused_import_braces, unused_macro_rules, variant_size_differences, explicit_outlives_requirements)]
#![deny(clippy::allow_attributes_without_reason, clippy::missing_const_for_fn, clippy::use_self)]
#![deny(clippy::unwrap_used, clippy::shadow_unrelated, clippy::shadow_reuse, clippy::shadow_same, clippy::panic)]
#![deny(clippy::redundant_clone, clippy::significant_drop_tightening, clippy::option_if_let_else)]
#![forbid(missing_docs, unsafe_code)]

/// What others may use.
pub mod service {
    use std::fmt;

    use behaviour::prelude::*;

    /// What is wrong with a configuration.
    #[derive(Debug)]
    pub struct Wrong;

    impl fmt::Display for Wrong {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("wrong")
        }
    }

    impl std::error::Error for Wrong {}

    /// Works.
    #[gen_server]
    #[derive(Debug)]
    pub struct Worker;

    #[gen_server]
    impl Worker {
        #[init]
        fn init() -> Self {
            Self
        }
    }

    /// Looks after a worker.
    #[supervisor(one_for_one)]
    #[derive(Debug)]
    pub struct Tree;

    #[supervisor]
    impl Tree {
        /// Works.
        #[child]
        pub fn worker(&self) -> Child<Worker> {
            Worker::child()
        }
    }

    /// Others need it.
    #[application]
    #[derive(Debug, Default)]
    pub struct Base;

    #[application]
    impl Base {}

    /// A service.
    #[application(name = "service", depends(Base), optional(Base2), phases(open, check), shutdown_timeout = 1.5s)]
    #[derive(Debug)]
    pub struct Service {
        /// Where it listens.
        pub port: u16,
    }

    /// Others can do without it.
    #[application(config = "base.toml")]
    #[derive(Debug)]
    pub struct Base2;

    #[application]
    impl Base2 {}

    #[application]
    impl Service {
        /// The tree.
        #[start]
        fn start(&self) -> Result<Child<Tree>, Wrong> {
            if self.port == 0 { Err(Wrong) } else { Ok(Tree.child()) }
        }

        #[phase]
        async fn open(&self, tree: &TreeClient) -> Result<(), CallError> {
            tree.which_children().await.map(drop)
        }

        #[phase]
        fn check(&self) {}

        #[prep_stop]
        async fn drain(&self, tree: &TreeClient) {
            drop(tree.which_children().await);
        }

        #[stop]
        fn stop(&self) {}

        #[config_change]
        fn change(&self, before: &Self) -> Result<(), Wrong> {
            if before.port == self.port { Ok(()) } else { Err(Wrong) }
        }
    }
}
