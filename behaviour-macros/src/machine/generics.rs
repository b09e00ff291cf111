//! The share of generics that some tokens need.
//!
//! A state is a type of its own, and may have no parameter that its fields do
//! not mention.

use quote::ToTokens;
use syn::punctuated::Punctuated;
use syn::{GenericParam, Generics, Ident, Token, TypeParamBound, WhereClause};

use crate::tokens::mentions;

/// The parameters that `tokens` mention, with what is said of these and of no others.
pub(super) fn mentioned(generics: &Generics, tokens: impl ToTokens) -> Generics {
    let tokens = tokens.into_token_stream();
    let (kept, dropped): (Vec<_>, Vec<_>) =
        generics.params.iter().cloned().partition(|param| mentions(&tokens, &name(param).to_string()));
    let mentions_any = |tokens: &dyn ToTokens, params: &[GenericParam]| {
        params.iter().any(|param| mentions(tokens.to_token_stream(), &name(param).to_string()))
    };
    let mut params: Punctuated<GenericParam, Token![,]> = Punctuated::new();
    for mut param in kept.iter().cloned() {
        match &mut param {
            GenericParam::Type(param) => {
                let bounds = param.bounds.iter().filter(|bound| !mentions_any(bound, &dropped));
                param.bounds = bounds.cloned().collect::<Punctuated<TypeParamBound, _>>();
                param.default.take_if(|(_, default)| mentions_any(default, &dropped));
            }
            GenericParam::Const(param) => {
                param.default.take_if(|(_, default)| mentions_any(default, &dropped));
            }
            GenericParam::Lifetime(_) => {}
        }
        params.push(param);
    }
    let where_clause = generics.where_clause.as_ref().map(|clause| WhereClause {
        where_token: clause.where_token,
        predicates: clause
            .predicates
            .iter()
            .filter(|predicate| mentions_any(predicate, &kept) && !mentions_any(predicate, &dropped))
            .cloned()
            .collect(),
    });
    let brackets = !params.is_empty();
    Generics {
        lt_token: generics.lt_token.filter(|_| brackets),
        gt_token: generics.gt_token.filter(|_| brackets),
        params,
        where_clause: where_clause.filter(|clause| !clause.predicates.is_empty()),
    }
}

fn name(param: &GenericParam) -> &Ident {
    match param {
        GenericParam::Lifetime(param) => &param.lifetime.ident,
        GenericParam::Type(param) => &param.ident,
        GenericParam::Const(param) => &param.ident,
    }
}

#[cfg(test)]
mod tests {
    use quote::{ToTokens, quote};
    use syn::Generics;

    use super::mentioned;
    use crate::tokens::text;

    #[test]
    fn a_state_has_what_its_fields_mention() {
        let mut generics: Generics = syn::parse_quote!(<K: Ord + Into<V>, V = Vec<K>, const N: usize = 3>);
        generics.where_clause = Some(syn::parse_quote!(where K: Copy, V: From<K>, [u8; N]: Default, u8: Copy));
        for (fields, params, bounds) in [
            (quote!(u8), "", ""),
            (quote!(Vec<K>), "<K:Ord>", "where K:Copy"),
            (quote!(V), "<V>", ""),
            (quote!((K, V)), "<K:Ord + Into<V>, V = Vec<K>>", "where K:Copy, V:From<K>"),
            (quote!([u8; N]), "<const N:usize = 3>", "where[u8; N]:Default"),
        ] {
            let kept = mentioned(&generics, fields);
            let shown = if kept.params.is_empty() { String::new() } else { format!("<{}>", text(&kept.params)) };
            assert_eq!(shown, params);
            assert_eq!(text(kept.where_clause.to_token_stream()), bounds);
        }
    }
}
