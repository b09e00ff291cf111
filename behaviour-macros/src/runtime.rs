//! The road from generated code to the runtime.
//!
//! Generated code reaches everything through one module, `::behaviour::__private`,
//! by its absolute path: what a user's scope calls `Result`, `Option` or `std`
//! does not matter. `crate = ::path` moves the road for those who re-export us.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};

use crate::tokens::moved_to;

/// The path of the private module.
#[derive(Clone)]
pub(crate) struct Runtime(TokenStream);

impl Default for Runtime {
    fn default() -> Self {
        Self(quote!(::behaviour::__private))
    }
}

impl Runtime {
    /// The private module of the crate at `path`.
    pub(crate) fn of(path: &syn::Path) -> Self {
        Self(quote!(#path::__private))
    }

    /// The path with its errors shown at `place`.
    pub(crate) fn at(&self, place: Span) -> TokenStream {
        moved_to(self.0.clone(), place)
    }
}

impl ToTokens for Runtime {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.0.to_tokens(tokens);
    }
}

/// What generated items are forgiven, by name.
///
/// They carry names and types of the user's, so that lints take them for
/// handwritten; but nobody can mend them.
pub(crate) fn lenient() -> TokenStream {
    quote! {
        #[allow(
            dead_code,
            deprecated,
            missing_debug_implementations,
            private_bounds,
            private_interfaces,
            unreachable_code,
            unreachable_pub,
            unused_imports,
            unused_variables,
            clippy::box_collection,
            clippy::diverging_sub_expression,
            clippy::enum_variant_names,
            clippy::fn_params_excessive_bools,
            clippy::large_enum_variant,
            clippy::let_unit_value,
            clippy::linkedlist,
            clippy::missing_errors_doc,
            clippy::missing_panics_doc,
            clippy::module_name_repetitions,
            clippy::must_use_candidate,
            clippy::needless_lifetimes,
            clippy::needless_pass_by_value,
            clippy::new_ret_no_self,
            clippy::option_option,
            clippy::should_implement_trait,
            clippy::too_many_arguments,
            clippy::too_many_lines,
            clippy::type_complexity,
            clippy::unit_arg,
            clippy::unused_async,
            clippy::unused_self,
            clippy::used_underscore_binding,
            clippy::vec_box,
            clippy::wrong_self_convention,
            rustdoc::private_intra_doc_links,
            rustdoc::redundant_explicit_links,
        )]
    }
}

/// What callbacks are forgiven: lints that would have them take another form than the behaviour asks for.
pub(crate) fn form_is_given() -> TokenStream {
    quote! {
        #[allow(
            clippy::missing_const_for_fn,
            clippy::missing_errors_doc,
            clippy::must_use_candidate,
            clippy::needless_pass_by_value,
            clippy::trivially_copy_pass_by_ref,
            clippy::type_complexity,
            clippy::unnecessary_wraps,
            clippy::unused_async,
            clippy::unused_self,
        )]
    }
}
