//! The values that options take: texts, numbers, durations, single words, paths.
//!
//! Each reader gives the value or reports what is wrong with it, and shows an
//! example that fits.

use std::time::Duration;

use proc_macro2::{Literal, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::Lit;

use crate::errors::{Errors, list};
use crate::options::{Entry, closest};
use crate::runtime::Runtime;

const UNITS: &[&str] = &["ns", "us", "ms", "s", "m", "h"];

/// A text that is not empty: `name = "account"`.
pub(crate) fn text(entry: &Entry, example: &str, errors: &mut Errors) -> Option<syn::LitStr> {
    let value = entry.assigned(example, errors)?;
    match syn::parse2::<syn::LitStr>(value.clone()) {
        Ok(text) if text.value().is_empty() => {
            errors.at(value, format_args!("`{}` is empty", entry.key), format_args!("write `{example}`"));
            None
        }
        Ok(text) => Some(text),
        Err(_) => {
            errors.at(value, format_args!("`{}` is a text in quotes", entry.key), format_args!("write `{example}`"));
            None
        }
    }
}

/// `true` or `false`.
pub(crate) fn truth(entry: &Entry, errors: &mut Errors) -> Option<bool> {
    let key = &entry.key;
    let value = entry.assigned(&format!("{key} = true"), errors)?;
    let truth = syn::parse2::<syn::LitBool>(value.clone()).ok();
    if truth.is_none() {
        errors.at(
            value,
            format_args!("`{key}` is either `true` or `false`"),
            format_args!("write `{key} = true` or `{key} = false`"),
        );
    }
    truth.map(|truth| truth.value)
}

/// A whole number of at least `least`, as a literal that takes its type from where it goes.
pub(crate) fn number(entry: &Entry, least: u32, example: &str, errors: &mut Errors) -> Option<Literal> {
    let value = entry.assigned(example, errors)?;
    let read = match syn::parse2::<syn::LitInt>(value.clone()) {
        Ok(literal) if literal.base10_digits().starts_with('-') => Err(format!("is at least {least}")),
        Ok(literal) if !literal.suffix().is_empty() => Err("is a number without a suffix".to_owned()),
        Ok(literal) => literal.base10_parse::<u32>().map_err(|_| "is too large".to_owned()),
        Err(_) => Err("is a whole number".to_owned()),
    };
    match read.and_then(|number| if number < least { Err(format!("is at least {least}")) } else { Ok(number) }) {
        Ok(number) => {
            let mut literal = Literal::u32_unsuffixed(number);
            literal.set_span(crate::tokens::place_of(value));
            Some(literal)
        }
        Err(problem) => {
            errors.at(value, format_args!("`{}` {problem}", entry.key), format_args!("write `{example}`"));
            None
        }
    }
}

/// A number from `least` to `most`, with or without a fraction: `factor = 1.5`.
pub(crate) fn fraction(entry: &Entry, least: f64, most: f64, example: &str, errors: &mut Errors) -> Option<Literal> {
    let value = entry.assigned(example, errors)?;
    let digits = match syn::parse2::<Lit>(value.clone()) {
        Ok(Lit::Int(literal)) if literal.suffix().is_empty() => Some(literal.base10_digits().to_owned()),
        Ok(Lit::Float(literal)) if literal.suffix().is_empty() => Some(literal.base10_digits().to_owned()),
        _ => None,
    };
    let number = digits.and_then(|digits| digits.parse::<f64>().ok());
    let problem = match number {
        None => "is a number such as `1.5`, without a suffix".to_owned(),
        Some(number) if number < least => format!("is at least {least}"),
        Some(number) if number > most => format!("is at most {most}"),
        Some(number) => {
            let mut literal = Literal::f64_unsuffixed(number);
            literal.set_span(crate::tokens::place_of(value));
            return Some(literal);
        }
    };
    errors.at(value, format_args!("`{}` {problem}", entry.key), format_args!("write `{example}`"));
    None
}

/// One of a few words: `when_full = reject`.
pub(crate) fn choice(entry: &Entry, known: &[&'static str], errors: &mut Errors) -> Option<&'static str> {
    let example = format!("{} = {}", entry.key, known.first()?);
    let value = entry.assigned(&example, errors)?;
    let given = crate::tokens::text(value);
    let found = known.iter().find(|word| **word == given).copied();
    if found.is_none() {
        let meant = closest(&given, known).map_or(String::new(), |close| format!("did you mean `{close}`? "));
        let help =
            if let [_] = known { format!("write `{example}`") } else { format!("{meant}it is one of {}", list(known)) };
        errors.at(value, format_args!("`{}` cannot be `{given}`", entry.key), help);
    }
    found
}

/// The value of `key = value` if it is just this word.
pub(crate) fn is_word(entry: &Entry, word: &str) -> bool {
    matches!(&entry.value, crate::options::Value::Is(value) if value.to_string() == word)
}

/// `crate = ::path`: where the runtime is to be found.
pub(crate) fn runtime(entry: &Entry, errors: &mut Errors) -> Option<Runtime> {
    let value = entry.assigned("crate = ::behaviour", errors)?;
    let path = syn::parse2::<syn::Path>(value.clone()).ok().filter(|path| {
        let first = path.segments.first().map(|segment| segment.ident.to_string());
        path.leading_colon.is_some() || matches!(first.as_deref(), Some("crate" | "$crate"))
    });
    if path.is_none() {
        errors.at(
            value,
            "`crate` is an absolute path",
            "write `crate = ::behaviour`, or `crate = crate::path` for one of your own modules",
        );
    }
    path.map(|path| Runtime::of(&path))
}

/// A length of time, `5s`, `1.5s` or `500ms`; `words` name what may stand in its place.
pub(crate) fn duration(entry: &Entry, words: &[&str], errors: &mut Errors) -> Option<Duration> {
    let example = format!("{} = 5s", entry.key);
    let value = entry.assigned(&example, errors)?;
    match read_duration(value) {
        Ok(duration) => Some(duration),
        Err((problem, help)) => {
            errors.at(value, problem, format_args!("{help}{}", words_too(words)));
            None
        }
    }
}

/// A length of time that stands alone, as in `#[state_timeout(30s)]`.
pub(crate) fn time(value: &TokenStream, errors: &mut Errors) -> Option<Duration> {
    match read_duration(value) {
        Ok(duration) => Some(duration),
        Err((problem, help)) => {
            errors.at(value, problem, help);
            None
        }
    }
}

fn words_too(words: &[&str]) -> String {
    words.iter().flat_map(|word| [", or write `", word, "`"]).collect()
}

/// A length of time that is longer than none, or else `problem`.
pub(crate) fn some_time(entry: &Entry, words: &[&str], problem: &str, errors: &mut Errors) -> Option<Duration> {
    let duration = duration(entry, words, errors)?;
    if duration.is_zero() {
        errors.at(entry, problem, format_args!("write a length of time such as `{} = 5s`", entry.key));
        return None;
    }
    Some(duration)
}

fn read_duration(value: &TokenStream) -> Result<Duration, (String, String)> {
    let given = crate::tokens::text(value);
    let units = format!("a duration is a number with a unit, such as `5s` or `1.5s`; the units are {}", list(UNITS));
    let wrong = |problem: String| Err((problem, units.clone()));
    if matches!(value.clone().into_iter().next(), Some(TokenTree::Punct(sign)) if sign.as_char() == '-') {
        return wrong(format!("a duration cannot be negative, as `{given}` is"));
    }
    let (digits, unit) = match syn::parse2::<Lit>(value.clone()) {
        Ok(Lit::Int(literal)) => (literal.base10_digits().to_owned(), literal.suffix().to_owned()),
        Ok(Lit::Float(literal)) => (literal.base10_digits().to_owned(), literal.suffix().to_owned()),
        Ok(Lit::Str(literal)) => {
            let text = literal.value();
            return wrong(format!("a duration stands without quotes: `{text}`, not `\"{text}\"`"));
        }
        _ => return wrong(format!("`{given}` is no duration")),
    };
    let scale: u128 = match unit.as_str() {
        "" => return wrong(format!("the duration `{given}` has no unit")),
        "ns" => 1,
        "us" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60 * 1_000_000_000,
        "h" => 3_600 * 1_000_000_000,
        other => return wrong(format!("the duration `{given}` has an unknown unit `{other}`")),
    };
    let Some(nanos) = nanos(&digits, scale) else {
        return wrong(format!("`{given}` cannot be read as a duration"));
    };
    let (seconds, rest) = (nanos / 1_000_000_000, nanos % 1_000_000_000);
    match (u64::try_from(seconds), u32::try_from(rest)) {
        (Ok(seconds), Ok(rest)) => Ok(Duration::new(seconds, rest)),
        _ => wrong(format!("the duration `{given}` is too long")),
    }
}

/// `digits` of a unit of `scale` nanoseconds, by decimal arithmetic so that `0.1s` is exact.
fn nanos(digits: &str, scale: u128) -> Option<u128> {
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let whole = whole.parse::<u128>().ok()?.checked_mul(scale)?;
    if fraction.is_empty() {
        return Some(whole);
    }
    let parts = 10_u128.checked_pow(u32::try_from(fraction.len()).ok()?)?;
    whole.checked_add(fraction.parse::<u128>().ok()?.checked_mul(scale)? / parts)
}

/// A duration as tokens.
pub(crate) fn duration_tokens(duration: Duration) -> TokenStream {
    let seconds = Literal::u64_unsuffixed(duration.as_secs()).into_token_stream();
    let nanos = Literal::u32_unsuffixed(duration.subsec_nanos());
    quote!(::core::time::Duration::new(#seconds, #nanos))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use quote::quote;

    use super::read_duration;

    #[test]
    fn durations_are_read_to_the_nanosecond() {
        for (tokens, expected) in [
            (quote!(5s), Duration::from_secs(5)),
            (quote!(1.5s), Duration::from_millis(1_500)),
            (quote!(0.1s), Duration::from_millis(100)),
            (quote!(500ms), Duration::from_millis(500)),
            (quote!(1_000us), Duration::from_millis(1)),
            (quote!(7ns), Duration::from_nanos(7)),
            (quote!(2m), Duration::new(120, 0)),
            (quote!(1.5h), Duration::new(5_400, 0)),
        ] {
            assert_eq!(read_duration(&tokens).ok(), Some(expected), "{tokens}");
        }
    }

    #[test]
    fn what_is_no_duration_is_told_why() {
        for (tokens, problem) in [
            (quote!(5), "the duration `5` has no unit"),
            (quote!(5sec), "the duration `5sec` has an unknown unit `sec`"),
            (quote!(-5s), "a duration cannot be negative, as `-5s` is"),
            (quote!("5s"), "a duration stands without quotes: `5s`, not `\"5s\"`"),
            (quote!(soon), "`soon` is no duration"),
            (quote!(99999999999999999999h), "the duration `99999999999999999999h` is too long"),
        ] {
            let message = read_duration(&tokens).err().map(|(problem, _)| problem);
            assert_eq!(message.as_deref(), Some(problem));
        }
    }
}
