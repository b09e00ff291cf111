//! Applications: where their configuration comes from (otp.md 9.2). The layers and their errors are tested one by one in
//! the runtime, files and variables in `application_run.rs`; here is what becomes of a configuration.

#![allow(clippy::unused_self, reason = "a callback has a `self`, whether it needs one or not")]

use behaviour::application::{Application, ApplicationError, ConfigError, config};
use behaviour::prelude::*;
use serde::Deserialize;

/// What the applications of this file have in common.
trait HasSize {
    fn size(&self) -> u64;
}

macro_rules! applications {
    ($($(#[$attribute:meta])* $name:ident;)*) => {$(
        $(#[$attribute])*
        #[derive(Clone, Debug, Deserialize, PartialEq)]
        #[serde(default, deny_unknown_fields)]
        struct $name {
            size: u64,
            name: String,
        }

        impl Default for $name {
            fn default() -> Self {
                Self { size: 10, name: "default".to_owned() }
            }
        }

        #[application]
        impl $name {}

        impl HasSize for $name {
            fn size(&self) -> u64 {
                self.size
            }
        }
    )*};
}

// What is set holds for the whole program, so each test has an application of its own.
applications! {
    #[application(name = "set_before", config)]
    SetBefore;
    #[application(name = "set_again", config)]
    SetAgain;
    #[application(name = "changed", config)]
    Changed;
    #[application(name = "wrong", config)]
    Wrong;
    #[application(name = "below", config)]
    Below;
    #[application(name = "above", depends(Below))]
    Above;
    #[application(name = "beside", config)]
    Beside;
    #[application(name = "on_beside", depends(Beside, Wrong))]
    OnBeside;
}

/// How an application is configured now, as far as it is known.
fn size<A: Application + HasSize>() -> Option<u64> {
    application::configuration::<A>().map(|app| app.size())
}

// APP-13
#[behaviour::test]
async fn what_is_set_is_there_and_what_is_not_is_the_default() -> Result<(), ConfigError> {
    assert_eq!(SetBefore::configured()?, SetBefore::default());
    config::set("set_before", "size", 5);
    assert_eq!(SetBefore::configured()?, SetBefore { size: 5, ..SetBefore::default() });
    Ok(())
}

// APP-15
#[behaviour::test]
async fn a_configuration_is_given_until_the_application_is_unloaded() -> Result<(), ApplicationError> {
    application::load(Changed::configured()?)?;
    assert_eq!(size::<Changed>(), Some(10));
    application::configure(Changed { size: 7, name: "given".to_owned() }).await?;
    assert_eq!(size::<Changed>(), Some(7));
    application::start(Changed { size: 8, name: "started".to_owned() }).await?;
    assert_eq!(size::<Changed>(), Some(8));
    application::stop::<Changed>().await?;
    assert_eq!(size::<Changed>(), Some(8));
    application::unload::<Changed>()?;
    assert!(application::configuration::<Changed>().is_none());
    application::load(Changed::configured()?)?;
    assert_eq!(size::<Changed>(), Some(10));
    Ok(())
}

// APP-16, APP-26
#[behaviour::test]
async fn what_the_program_sets_outlives_load_and_unload() -> Result<(), ApplicationError> {
    config::set("set_again", "size", 5);
    config::set("set_again", "name", "set");
    for _ in 0..2 {
        application::load(SetAgain::configured()?)?;
        assert_eq!(size::<SetAgain>(), Some(5));
        application::unload::<SetAgain>()?;
    }
    config::set("set_again", "size", 6);
    application::load(SetAgain::configured()?)?;
    assert_eq!(size::<SetAgain>(), Some(6));
    assert!(config::unset("set_again", "size"));
    assert!(!config::unset("set_again", "size"));
    // What is loaded keeps its value; the next time the default is back.
    assert_eq!(size::<SetAgain>(), Some(6));
    application::unload::<SetAgain>()?;
    let again = SetAgain::configured()?;
    assert_eq!((again.size, again.name.as_str()), (10, "set"));
    Ok(())
}

#[behaviour::test]
async fn an_application_that_others_need_configures_itself() -> Result<(), ApplicationError> {
    config::set("below", "size", 3);
    application::ensure_all_started(Above { size: 1, name: String::new() }).await?;
    assert_eq!((size::<Below>(), size::<Above>()), (Some(3), Some(1)));
    application::shut_down().await;
    application::unload::<Below>()?;
    // Who has loaded it has said how it is configured.
    application::load(Below { size: 4, name: String::new() })?;
    application::ensure_all_started(Above::default()).await?;
    assert_eq!((size::<Below>(), size::<Above>()), (Some(4), Some(10)));
    Ok(())
}

#[behaviour::test]
async fn a_start_fails_if_a_configuration_that_it_needs_is_wrong() {
    config::set("wrong", "size", "large");
    let error = application::ensure_all_started(OnBeside::default()).await.unwrap_err();
    let ApplicationError::Config(config) = &error else { panic!("{error}") };
    assert_eq!((config.application(), config.key()), ("wrong", Some("size")));
    assert_eq!(config.origin(), Some("what the program sets"));
    assert_eq!(
        error.to_string(),
        "the configuration of `wrong` is wrong: `size` in what the program sets: \
         invalid type: string \"large\", expected an integer"
    );
    assert_eq!(application::which_applications(), [], "nothing was started");
    assert_eq!(application::loaded_applications(), [] as [&str; 0]);
}

#[test]
fn a_part_of_the_program_may_read_its_configuration_alone() {
    #[derive(Debug, Default, Deserialize, PartialEq)]
    #[serde(default)]
    struct Colours {
        text: String,
        shades: Vec<u8>,
    }

    config::set("colours", "text", "red");
    config::set("colours", "shades", "[1, 2]");
    assert_eq!(config::read("colours"), Ok(Colours { text: "red".to_owned(), shades: vec![1, 2] }));
}
