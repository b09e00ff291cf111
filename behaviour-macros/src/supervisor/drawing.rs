//! The static tree, as the docs of the supervisor show it: a table of the
//! children, a diagram, and a line about how it treats them.
//!
//! Here, and only here, the spelling of a return type counts: what a `Child`
//! holds is read out of it. Under another name it is shown as it is written.

use proc_macro2::TokenStream;
use syn::ext::IdentExt;
use syn::{GenericArgument, ItemStruct, PathArguments, Type, parse_quote};

use super::model::{Child, Supervisor};
use super::words::{Backoff, Restart, Shutdown, Words};
use crate::lines::{Line, code, docs, label};
use crate::tokens::text;

/// The docs of the children.
pub(super) fn children(supervisor: &Supervisor) -> TokenStream {
    let Supervisor { names, children, .. } = supervisor;
    let plain = |line: &str| (&[][..], line.to_owned());
    let mut lines = vec![plain("| child | what it is | restart | shutdown |"), plain("|---|---|---|---|")];
    lines.extend(children.iter().map(|child| row(child, &names.client_link)));
    lines.extend([plain(""), plain("```mermaid"), plain("flowchart TD")]);
    lines.push(plain(&format!("    supervisor[\"{}\"]", names.ident.unraw())));
    lines.extend((0..).zip(children).map(|(number, child)| arrow(number, child)));
    lines.push(plain("```"));
    docs(&lines)
}

/// How the supervisor treats its children, behind what its struct says of itself. A struct without docs stays so.
pub(super) fn manners(item: &mut ItemStruct, manners: &str) {
    if item.attrs.iter().any(|attribute| attribute.path().is_ident("doc")) {
        item.attrs.push(parse_quote!(#[doc = ""]));
        item.attrs.push(parse_quote!(#[doc = #manners]));
    }
}

/// One child in the table.
fn row<'a>(child: &'a Child, client: &str) -> Line<'a> {
    let name = child.name.unraw().to_string();
    let told = code(&name);
    let told = if child.sound { format!("[{told}]({client}::{name})") } else { told };
    let restart = [Some(restart(&child.words).to_owned()), more(&child.words)];
    let restart: Vec<_> = restart.into_iter().flatten().collect();
    let shutdown = match child.words.shutdown {
        None => String::new(),
        Some(Shutdown::BrutalKill) => "brutal_kill".to_owned(),
        Some(Shutdown::Infinity) => "infinity".to_owned(),
        Some(Shutdown::Timeout(time)) => format!("{time:?}"),
    };
    (&child.cfg, format!("| {told} | {} | {} | {shutdown} |", code(&what(child)), restart.join(", ")))
}

/// One child in the diagram.
fn arrow(number: usize, child: &Child) -> Line<'_> {
    let name = child.name.unraw();
    let restart = match restart(&child.words) {
        "permanent" => None,
        restart => Some(restart.to_owned()),
    };
    let parts = [Some(format!("{name}: {}", label(&what(child)))), restart, more(&child.words)];
    let parts: Vec<_> = parts.into_iter().flatten().collect();
    (&child.cfg, format!("    supervisor --> child{number}(\"{}\")", parts.join("<br/>")))
}

fn restart(words: &Words) -> &'static str {
    match words.restart {
        None | Some(Restart::Permanent) => "permanent",
        Some(Restart::Transient) => "transient",
        Some(Restart::Temporary) => "temporary",
    }
}

/// What else is said of restarts and ends.
fn more(words: &Words) -> Option<String> {
    let significant = words.significant.as_ref().map(|_| "significant".to_owned());
    let waits = words.backoff.as_ref().map(|Backoff { initial, max, .. }| match max {
        Some(max) => format!("backoff {initial:?} to {max:?}"),
        None => format!("backoff from {initial:?}"),
    });
    let parts: Vec<_> = [significant, waits].into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// What is started: of `Child<Account>` the account.
fn what(child: &Child) -> String {
    let Some(described) = &child.described else { return "?".to_owned() };
    let held = syn::parse2::<Type>(described.ty.clone()).ok().and_then(|ty| {
        let Type::Path(path) = ty else { return None };
        let last = path.path.segments.last().filter(|last| last.ident == "Child")?;
        let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
        arguments.args.iter().find_map(|argument| match argument {
            GenericArgument::Type(ty) => Some(text(ty)),
            _ => None,
        })
    });
    held.unwrap_or_else(|| text(&described.ty))
}
