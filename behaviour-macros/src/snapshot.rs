//! Pictures of expansions, for the tests.

use proc_macro2::TokenStream;

/// The input and what it becomes, as text to be read.
pub(crate) fn picture(
    attribute: &str,
    expand: fn(TokenStream, TokenStream) -> TokenStream,
    arguments: &str,
    item: &str,
) -> String {
    let brackets = if arguments.is_empty() { String::new() } else { format!("({arguments})") };
    let parse = |text: &str| text.parse::<TokenStream>().expect("the test writes tokens");
    let output = expand(parse(arguments), parse(item));
    let output = match syn::parse2(output.clone()) {
        Ok(file) => prettyplease::unparse(&file),
        Err(_) => output.to_string(),
    };
    // What is forgiven is the same everywhere, and long.
    let mut shown = String::new();
    let mut forgiven = false;
    for line in output.lines() {
        if line.trim() == "#[allow(" {
            forgiven = true;
            shown.push_str(&line.replace("#[allow(", "#[allow(..)]\n"));
        } else if !forgiven {
            shown.push_str(line);
            shown.push('\n');
        }
        forgiven &= line.trim() != ")]";
    }
    format!("#[{attribute}{brackets}]\n{item}\n\n// becomes\n\n{shown}")
}
