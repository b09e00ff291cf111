//! The picture of a machine, drawn after its signatures.
//!
//! Here, and only here, the spelling of a return type counts: what a `Result` or a
//! `Next` holds is read out of it. Under another name it is one state more in the
//! picture, and the program is the same.

use syn::{GenericArgument, PathArguments, Type};

use super::event::{Answer, Event};
use super::graph::named;
use super::handler::{By, Handler, Leads as Form, last_name};
use super::model::Machine;
use super::parse::Comes;
use super::picture::{End, Leads, Picture, Row};
use crate::callback::Output;

/// Draws what the signatures tell.
pub(super) fn draw(machine: &Machine) -> Picture {
    let mut starts = Vec::new();
    for init in machine.frame.inits.iter().filter(|init| init.sound) {
        let ty = init.output.as_ref().and_then(|output| syn::parse2::<Type>(output.ty.clone()).ok());
        for start in ty.as_ref().and_then(first_state).map_or(vec![End::Any], |ty| ends(machine, ty)) {
            if !starts.contains(&start) {
                starts.push(start);
            }
        }
    }
    let mut rows = Vec::new();
    for (group, event) in machine.events.iter().enumerate() {
        for answer in event.by_state().filter(|answer| answer.handler.is_sound()) {
            rows.push(row(machine, group, event, answer));
        }
        if let Some(others) = &event.others {
            rows.push(Row {
                from: End::Any,
                event: event.told(),
                group,
                kind: kind(event.comes).to_owned(),
                leads: if others.postpone { Leads::Postponed } else { Leads::Ignored },
                cfg: event.cfg(),
            });
        }
    }
    Picture { starts, rows, known: named(machine).iter().map(|named| named.variant.to_string()).collect() }
}

fn row(machine: &Machine, group: usize, event: &Event, answer: &Answer) -> Row {
    let Answer { handler, after, .. } = answer;
    let kind = kind(event.comes);
    let timed = matches!(event.comes, Comes::StateTimeout | Comes::EventTimeout);
    Row {
        from: handler.variant().map_or(End::Any, |variant| End::State(variant.to_string())),
        event: if timed { syn::ext::IdentExt::unraw(&handler.callback.name).to_string() } else { event.told() },
        group,
        kind: after.as_ref().map_or(kind.to_owned(), |(_, after)| format!("{kind} {after}")),
        leads: leads(machine, handler),
        cfg: handler.callback.cfg.clone(),
    }
}

fn kind(comes: Comes) -> &'static str {
    match comes {
        Comes::Call => "call",
        Comes::Cast => "cast",
        Comes::Info => "info",
        Comes::Internal => "internal",
        Comes::Timeout => "timeout",
        Comes::StateTimeout => "state timeout",
        Comes::EventTimeout => "event timeout",
    }
}

fn leads(machine: &Machine, handler: &Handler) -> Leads {
    let changes = handler.state.as_ref().is_some_and(|state| state.by == By::Changing);
    match &handler.leads {
        Form::To(Output { ty, .. }) | Form::With(Output { ty, .. }, _) => {
            let ty = syn::parse2::<Type>(ty.clone());
            Leads::To(ty.map_or_else(|_| vec![End::Any], |ty| ends(machine, &ty)))
        }
        // Whoever has the whole enum can put any state there.
        Form::Stays if handler.is_general() && changes => Leads::To(vec![End::Any]),
        Form::Stays => Leads::Stays,
    }
}

/// The states that a target may be.
fn ends(machine: &Machine, target: &Type) -> Vec<End> {
    let Some(name) = last_name(target) else {
        return vec![End::Any];
    };
    if machine.states_name() == Some(&name) {
        return vec![End::Any];
    }
    match (name.to_string().as_str(), argument(target)) {
        ("Result", Some(held)) => ends(machine, held),
        ("Next", Some(Type::Tuple(choice))) => choice.elems.iter().flat_map(|one| ends(machine, one)).collect(),
        (name, _) => vec![End::State(name.to_owned())],
    }
}

/// The second of the pair that `#[init]` returns, in a `Result` or an `Option` or as it is.
fn first_state(made: &Type) -> Option<&Type> {
    match made {
        Type::Tuple(pair) => pair.elems.iter().nth(1),
        Type::Group(group) => first_state(&group.elem),
        Type::Paren(group) => first_state(&group.elem),
        Type::Path(_) => first_state(argument(made)?),
        _ => None,
    }
}

/// The first generic argument of a type.
fn argument(ty: &Type) -> Option<&Type> {
    match ty {
        Type::Path(named) => match &named.path.segments.last()?.arguments {
            PathArguments::AngleBracketed(arguments) => arguments.args.iter().find_map(|argument| match argument {
                GenericArgument::Type(ty) => Some(ty),
                _ => None,
            }),
            _ => None,
        },
        Type::Group(group) => argument(&group.elem),
        Type::Paren(group) => argument(&group.elem),
        _ => None,
    }
}
