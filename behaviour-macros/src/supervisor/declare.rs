//! `#[supervisor(one_for_one, ..)]` on the struct: how it treats its children.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::ItemStruct;

use super::drawing;
use crate::client;
use crate::errors::{Errors, list};
use crate::options::{Entry, Place, Value, closest, known, words};
use crate::runtime::Runtime;
use crate::tokens::{shown_at, text};
use crate::values;

const STRATEGIES: &[&str] = &["one_for_one", "one_for_all", "rest_for_one"];
const AUTO_SHUTDOWNS: &[&str] = &["any_significant", "all_significant", "never"];

/// What the struct says of the supervisor.
struct Declaration {
    runtime: Runtime,
    item: ItemStruct,
    /// The variant of `Strategy`.
    strategy: TokenStream,
    /// Calls on `Flags::new(..)`, one for each option that was given.
    flags: Vec<TokenStream>,
    /// Whether it ends when its significant children have.
    shuts_down: bool,
}

/// What a supervisor does, in words.
struct Manners {
    strategy: &'static str,
    intensity: String,
    period: String,
    auto_shutdown: Option<&'static str>,
}

impl Manners {
    fn told(&self) -> String {
        let Self { strategy, intensity, period, auto_shutdown } = self;
        let whom = match *strategy {
            "one_for_all" => "all its children when one has to be",
            "rest_for_one" => "a child together with those that were started after it",
            _ => "a child alone",
        };
        let restarts = if intensity == "1" { "restart" } else { "restarts" };
        let end = auto_shutdown.map_or(String::new(), |auto| {
            let who = if auto == "any_significant" { "one" } else { "the last" };
            format!(" It ends when {who} of its significant children has (`{auto}`).")
        });
        format!(
            "A `{strategy}` supervisor: it restarts {whom}, \
             and gives up at more than {intensity} {restarts} in {period}.{end}"
        )
    }
}

/// Expands `#[supervisor(arguments)] struct ..`.
pub(super) fn expand(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::new();
    let generated = match client::read_struct(item, "supervisor", &mut errors) {
        Ok(item) => Declaration::read(arguments, item, &mut errors).expand(),
        Err(item) => item,
    };
    [generated, errors.finish()].into_iter().collect()
}

impl Declaration {
    fn read(arguments: TokenStream, mut item: ItemStruct, errors: &mut Errors) -> Self {
        let mut words = words(arguments, errors);
        let strategy = strategy(&item, &mut words, errors);
        let mut runtime = Runtime::default();
        let mut flags = Vec::new();
        let mut shuts_down = false;
        let mut manners = Manners { strategy, intensity: "1".into(), period: "5s".into(), auto_shutdown: None };
        let entries = known(Place::SupervisorStruct, words, errors);
        for entry in &entries {
            if entry.word() == "crate" {
                runtime = values::runtime(entry, errors).unwrap_or_default();
            }
        }
        for entry in &entries {
            match entry.word().as_str() {
                "crate" => {}
                "auto_shutdown" => {
                    shuts_down = !values::is_word(entry, "never");
                    let chosen = values::choice(entry, AUTO_SHUTDOWNS, errors);
                    manners.auto_shutdown = chosen.filter(|chosen| *chosen != "never");
                    flags.extend(chosen.map(|chosen| auto_shutdown(chosen, &runtime)));
                }
                word => {
                    let Some(flag) = flag(entry, errors) else { continue };
                    flags.push(flag);
                    if let Value::Is(value) = &entry.value {
                        match word {
                            "intensity" => manners.intensity = text(value),
                            "period" => manners.period = text(value),
                            _ => {}
                        }
                    }
                }
            }
        }
        drawing::manners(&mut item, &manners.told());
        Self { runtime, item, strategy: variant(strategy), flags, shuts_down }
    }

    fn expand(&self) -> TokenStream {
        let Self { runtime, item, strategy, flags, shuts_down } = self;
        let ItemStruct { ident, generics, .. } = item;
        let (impl_generics, type_generics, where_clause) = generics.split_for_impl();
        let client = client::declare(item, "supervisor", "Client", runtime);
        let client_name = client::name(ident);
        let travel = client::travel_fields(item, runtime);
        let promise = generics.params.is_empty().then(|| {
            let runtime = runtime.at(ident.span());
            quote_spanned!(shown_at(ident.span())=> const _: () = #runtime::assert_supervisor::<#ident>();)
        });
        let shuts_down = shuts_down.then(|| {
            quote! {
                #[automatically_derived]
                impl #impl_generics #runtime::ShutsDown for #ident #type_generics #where_clause {}
            }
        });
        quote! {
            #item
            #travel
            #client
            #shuts_down
            #[automatically_derived]
            impl #impl_generics #runtime::Supervised for #ident #type_generics #where_clause {
                type Client = #client_name #type_generics;
                const FLAGS: #runtime::Flags = #runtime::Flags::new(#runtime::Strategy::#strategy) #(#flags)*;
            }
            #promise
        }
    }
}

/// Takes the strategy off the options; it stands at their head.
fn strategy(item: &ItemStruct, words: &mut Vec<Entry>, errors: &mut Errors) -> &'static str {
    let ident = &item.ident;
    let is_strategy = |entry: &Entry| STRATEGIES.contains(&entry.word().as_str());
    let help = format!("it is one of {}", list(STRATEGIES));
    let place = words.iter().position(is_strategy);
    let chosen = place.map(|place| (place, words.remove(place)));
    for other in words.extract_if(.., |entry| is_strategy(entry)) {
        let word = other.word();
        errors.at(&other.key, format_args!("`{word}` is a second strategy"), "a supervisor has one strategy");
    }
    if let Some((place, chosen)) = chosen {
        chosen.bare(errors);
        if place > 0 {
            errors.at(
                &chosen.key,
                "the strategy comes first",
                format_args!("write `#[supervisor({}, ..)]`", chosen.word()),
            );
        }
        if let Some(strategy) = STRATEGIES.iter().find(|strategy| chosen.word() == **strategy) {
            return strategy;
        }
    } else {
        let unknown = words
            .first()
            .is_some_and(|first| matches!(first.value, Value::Absent) && !Place::SupervisorStruct.knows(&first.word()));
        if unknown {
            let unknown = words.remove(0);
            let word = unknown.word();
            let meant = closest(&word, STRATEGIES).map_or(String::new(), |close| format!("did you mean `{close}`? "));
            errors.at(&unknown.key, format_args!("unknown strategy `{word}`"), format_args!("{meant}{help}"));
        } else {
            errors.at(
                ident,
                format_args!("the supervisor `{ident}` has no strategy"),
                format_args!("write it first, as in `#[supervisor(one_for_one)]`: {help}"),
            );
        }
    }
    "one_for_one"
}

/// The variant of `Strategy`.
fn variant(strategy: &str) -> TokenStream {
    match strategy {
        "one_for_all" => quote!(OneForAll),
        "rest_for_one" => quote!(RestForOne),
        _ => quote!(OneForOne),
    }
}

/// `auto_shutdown = any_significant`
fn auto_shutdown(chosen: &str, runtime: &Runtime) -> TokenStream {
    let chosen = match chosen {
        "any_significant" => quote!(AnySignificant),
        "all_significant" => quote!(AllSignificant),
        _ => quote!(Never),
    };
    quote!(.auto_shutdown(#runtime::AutoShutdown::#chosen))
}

/// One option as a call on `Flags::new(..)`.
fn flag(entry: &Entry, errors: &mut Errors) -> Option<TokenStream> {
    match entry.word().as_str() {
        "name" => values::text(entry, "name = \"bank\"", errors).map(|name| quote!(.name(#name))),
        "intensity" => values::number(entry, 0, "intensity = 3", errors).map(|count| quote!(.intensity(#count))),
        _ => {
            let time = values::some_time(entry, &[], "a period must be longer than zero", errors)?;
            let time = values::duration_tokens(time);
            Some(quote!(.period(#time)))
        }
    }
}
