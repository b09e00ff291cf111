//! What stands on an `impl` block whose attribute takes no more than where the runtime is: how it becomes tokens.

use proc_macro2::TokenStream;
use quote::ToTokens;

use crate::block::Block;
use crate::errors::Errors;
use crate::options::{Place, entries};
use crate::runtime::Runtime;
use crate::values;

/// Reads the arguments and the block, and writes the block, what is wrong with it, and what `write` makes of it.
pub(crate) fn implement(
    place: Place,
    arguments: TokenStream,
    item: TokenStream,
    write: impl FnOnce(Runtime, &Block, &mut Errors) -> Option<TokenStream>,
) -> TokenStream {
    let mut errors = Errors::new();
    let mut runtime = Runtime::default();
    for entry in entries(place, arguments, &mut errors) {
        runtime = values::runtime(&entry, &mut errors).unwrap_or_default();
    }
    let block = match Block::read(item.clone(), &mut errors) {
        Ok(block) => block,
        Err(error) => {
            errors.add(error);
            return [item, errors.finish()].into_iter().collect();
        }
    };
    let skeleton = write(runtime, &block, &mut errors);
    [Some(block.to_token_stream()), Some(errors.finish()), skeleton].into_iter().flatten().collect()
}
