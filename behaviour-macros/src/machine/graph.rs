//! The graph of the states, for the runtime to look at while the program is compiled.
//!
//! What leads where is asked of the types, for only rustc knows them: a macro sees
//! how they are spelled. So the edges are constants made of the types in the
//! signatures, and the checks are constants, too, each shown at the state that it
//! is about.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote};
use syn::Attribute;

use super::event::any;
use super::handler::{By, Handler, Leads};
use super::model::Machine;
use crate::code_change::CodeChange;
use crate::tokens::{call, of_type, place_of, respan};

/// `const START` and `const EDGES`: where the machine begins, and what leads where.
pub(super) fn graph(machine: &Machine) -> TokenStream {
    let runtime = &machine.frame.runtime;
    let starts = machine.frame.inits.iter().filter(|init| init.sound).filter_map(|init| {
        let (cfg, output) = (&init.cfg, init.output.as_ref()?);
        let start = of_type(&output.ty, &quote!(#runtime::IntoMachine<Self>), "START");
        Some(quote! { #(#cfg)* const START: #runtime::StateSet = #start; })
    });
    let mut starts: TokenStream = starts.collect();
    if starts.is_empty() {
        starts = quote! { const START: #runtime::StateSet = #runtime::StateSet::ALL; };
    }
    let changes = machine.frame.changes.iter().filter(|change| change.old.is_some() && change.callback.sound);
    let takes_over = changes.filter_map(|CodeChange { callback, .. }| {
        let (cfg, output) = (&callback.cfg, callback.output.as_ref()?);
        let to = of_type(&output.ty, &quote!(#runtime::IntoMachineVersion<Self>), "TO");
        Some(quote! { #(#cfg)* const TAKES_OVER: #runtime::StateSet = #to; })
    });
    let edges = handlers(machine).filter(|handler| handler.is_sound()).filter_map(|handler| edge(machine, handler));
    quote! {
        #starts
        #(#takes_over)*
        const EDGES: &'static [#runtime::Edge] = &[#(#edges)*];
    }
}

/// The handlers of events.
fn handlers(machine: &Machine) -> impl Iterator<Item = &Handler> {
    machine.events.iter().flat_map(|event| &event.handlers).map(|answer| &answer.handler)
}

fn edge(machine: &Machine, handler: &Handler) -> Option<TokenStream> {
    let (runtime, states) = (&machine.frame.runtime, machine.states_type());
    let (cfg, state) = (&handler.callback.cfg, handler.state.as_ref()?);
    let from = if state.of.is_some() {
        let index = index(machine, &state.ty);
        quote!(#runtime::StateSet::of(#index))
    } else {
        quote!(#runtime::StateSet::ALL)
    };
    let to = match &handler.leads {
        Leads::To(to) | Leads::With(to, _) => of_type(&to.ty, &quote!(#runtime::Target<#states>), "TO"),
        Leads::Stays if state.of.is_none() && state.by == By::Changing => quote!(#runtime::StateSet::ALL),
        Leads::Stays => return None,
    };
    Some(quote! { #(#cfg)* #runtime::Edge::new(#from, #to), })
}

/// The number of a state.
fn index(machine: &Machine, ty: &TokenStream) -> TokenStream {
    let (runtime, states) = (&machine.frame.runtime, machine.states_type());
    of_type(ty, &quote!(#runtime::StateOf<#states>), "INDEX")
}

/// Has the runtime look for states that nothing leads to, or that nothing leaves: each that a handler names where it is
/// named first, the others at the name of the enum.
pub(super) fn checks(machine: &Machine) -> TokenStream {
    let frame = &machine.frame;
    let Some(states) = machine.states.as_ref().filter(|_| machine.sound && frame.generics.params.is_empty()) else {
        return TokenStream::new();
    };
    let (runtime, itself) = (&frame.runtime, &frame.names.itself);
    let checked = |check: &str, shown: &TokenStream, states: TokenStream| {
        let check = Ident::new(check, Span::call_site());
        let check = respan(quote!(#runtime::#check::<#itself>), place_of(shown));
        call(&check, states, shown)
    };
    let named = named(machine);
    let checks = named.iter().map(|Named { variant, ty, cfg }| {
        let checked = checked("check_state", &variant.to_token_stream(), index(machine, ty));
        quote! { #(#cfg)* const _: () = #checked; }
    });
    let known = named.iter().map(|Named { ty, cfg, .. }| {
        let index = index(machine, ty);
        quote!(#(#cfg)* #index)
    });
    let shown = states.segments.last().map(|last| last.ident.to_token_stream()).unwrap_or_default();
    let others = checked("check_other_states", &shown, quote!(&[#(#known),*]));
    quote! { #(#checks)* const _: () = #others; }
}

/// A state that handlers name.
pub(super) struct Named {
    pub(super) variant: Ident,
    ty: TokenStream,
    /// The conditions under which they do.
    cfg: Vec<Attribute>,
}

/// The states that handlers name, each as the first one has it.
pub(super) fn named(machine: &Machine) -> Vec<Named> {
    let mut named: Vec<(&Ident, &TokenStream, Vec<&[Attribute]>)> = Vec::new();
    for handler in handlers(machine).chain(&machine.enters) {
        let (Some(variant), Some(state)) = (handler.variant(), &handler.state) else {
            continue;
        };
        let cfg = &handler.callback.cfg[..];
        match named.iter_mut().find(|(known, ..)| *known == variant) {
            Some((_, _, conditions)) => conditions.push(cfg),
            None => named.push((variant, &state.ty, vec![cfg])),
        }
    }
    let written = named.into_iter().map(|(variant, ty, cfg)| Named {
        variant: variant.clone(),
        ty: ty.clone(),
        cfg: any(cfg.into_iter()),
    });
    written.collect()
}
