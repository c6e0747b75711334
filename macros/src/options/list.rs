//! Parses a list of `key = value`, in the attribute or in an option's parentheses, and goes on
//! after a mistake.
//!
//! `syn::meta::parser` stops at the first mistake and lets a repeated key win silently, which for
//! `auth` would turn a typo into a way around Row Level Security.

use proc_macro2::{Span, TokenTree};
use syn::Token;
use syn::ext::IdentExt;
use syn::parse::{ParseBuffer, ParseStream};

use crate::errors::Errors;
use crate::suggest;
use crate::values::Value;

/// An option as written: the span of its key, and its value unless that was wrong.
pub(crate) struct Given<T> {
    pub(crate) key: Span,
    pub(crate) value: Option<T>,
}

impl<T> Given<T> {
    /// The value, if the option was given and is valid.
    pub(crate) fn value_of(slot: &Option<Self>) -> Option<&T> {
        slot.as_ref()?.value.as_ref()
    }
}

/// Declares options: the struct that holds them, their names, and how each is parsed.
macro_rules! options {
    (
        $(#[$about:meta])*
        $visibility:vis struct $name:ident {
            $($(#[$doc:meta])* $key:literal => $field:ident: $value:ty,)*
        }
    ) => {
        $(#[$about])*
        #[derive(Default)]
        $visibility struct $name {
            $($(#[$doc])* $visibility $field: Option<$crate::options::Given<$value>>,)*
        }

        impl $name {
            /// Every key, in the order they are listed to the user.
            $visibility const NAMES: &[&str] = &[$($key),*];

            /// Parses what follows `key`; `None` if there is no such option.
            fn parse_one(
                &mut self,
                key: &syn::Ident,
                input: syn::parse::ParseStream<'_>,
            ) -> Option<syn::Result<()>> {
                match key.to_string().as_str() {
                    $($key => Some($crate::options::parse_into(&mut self.$field, key, input)),)*
                    _ => None,
                }
            }
        }
    };
}
pub(crate) use options;

/// Reads all of a list. After a mistake in one option it goes on with the next.
pub(crate) fn parse_list(
    input: ParseStream<'_>,
    errors: &mut Errors,
    mut parse_next: impl FnMut(ParseStream<'_>) -> syn::Result<()>,
) -> syn::Result<()> {
    while !input.is_empty() {
        if let Err(error) = parse_next(input) {
            errors.push(error);
            skip_to_comma(input);
        }
        if !input.is_empty() {
            input.parse::<Token![,]>()?;
        }
    }
    Ok(())
}

/// Reads one option and passes its key to `parse_one`. `wrong` makes the message for a token that
/// is not a key.
pub(crate) fn parse_option(
    input: ParseStream<'_>,
    wrong: impl FnOnce(&TokenTree) -> String,
    parse_one: impl FnOnce(&syn::Ident, ParseStream<'_>) -> syn::Result<()>,
) -> syn::Result<()> {
    if !input.peek(syn::Ident::peek_any) {
        let token = input.parse::<TokenTree>()?;
        return Err(syn::Error::new(token.span(), wrong(&token)));
    }
    let key = input.call(syn::Ident::parse_any)?;
    parse_one(&key, input)?;
    if !input.is_empty() && !input.peek(Token![,]) {
        return Err(input.error(format!("expected `,` after the value of `{key}`")));
    }
    Ok(())
}

/// Reads the list in an option's parentheses. Several mistakes in it become one `syn` error, which
/// the user sees as several.
pub(crate) fn parse_nested(
    key: &syn::Ident,
    input: &ParseBuffer<'_>,
    names: &[&str],
    example: &str,
    mut parse_one: impl FnMut(&syn::Ident, ParseStream<'_>) -> Option<syn::Result<()>>,
) -> syn::Result<()> {
    if input.is_empty() {
        return Err(syn::Error::new(
            key.span(),
            format!("`{key}()` is empty: write at least one option, as in `{example}`"),
        ));
    }
    let mut errors = Errors::new();
    parse_list(input, &mut errors, |input| {
        let wrong =
            |token: &TokenTree| format!("expected an option, as in `{example}`, found `{token}`");
        parse_option(input, wrong, |part, input| {
            parse_one(part, input).unwrap_or_else(|| Err(unknown_part(key, part, names)))
        })
    })?;
    errors.into_result()
}

fn unknown_part(key: &syn::Ident, part: &syn::Ident, names: &[&str]) -> syn::Error {
    let options = suggest::list(names);
    let message = match suggest::nearest(&part.to_string(), names) {
        Some(near) => {
            format!("`{key}` has no option `{part}`; did you mean `{near}`? (options: {options})")
        }
        None => format!("`{key}` has no option `{part}` (options: {options})"),
    };
    syn::Error::new(part.span(), message)
}

/// Parses `= value` or `(…)`. A repeated key is an error, whatever its value, and discards the
/// first value: the task must not run with either of the two.
pub(crate) fn parse_into<T: Value>(
    slot: &mut Option<Given<T>>,
    key: &syn::Ident,
    input: ParseStream<'_>,
) -> syn::Result<()> {
    if let Some(given) = slot {
        given.value = None;
        return Err(syn::Error::new(
            key.span(),
            format!("duplicate `{key}`: keep one of the two"),
        ));
    }
    let given = slot.insert(Given {
        key: key.span(),
        value: None,
    });
    if (input.is_empty() || input.peek(Token![,]))
        && let Some(value) = T::without_value()
    {
        given.value = Some(value);
        return Ok(());
    }
    if T::TAKES_LIST && input.peek(syn::token::Paren) {
        let content;
        syn::parenthesized!(content in input);
        given.value = Some(T::parse_list(key, &content)?);
        return Ok(());
    }
    let example = T::example(key);
    if !input.peek(Token![=]) || input.peek(Token![==]) {
        let place = if input.is_empty() {
            key.span()
        } else {
            input.span()
        };
        let expected = if T::TAKES_LIST { "a value" } else { "`=`" };
        let message = format!("expected {expected} after `{key}`, as in `{example}`");
        return Err(syn::Error::new(place, message));
    }
    let equals = input.parse::<Token![=]>()?;
    if input.is_empty() || input.peek(Token![,]) {
        return Err(syn::Error::new(
            equals.span,
            format!("expected a value after `{key} =`, as in `{example}`"),
        ));
    }
    if T::TAKES_LIST && input.peek(syn::token::Brace) {
        let message = format!(
            "`{key}` has its options in parentheses: write `{key}(…)` in place of `{key} = {{…}}`"
        );
        return Err(input.error(message));
    }
    given.value = Some(T::parse(input)?);
    Ok(())
}

fn skip_to_comma(input: ParseStream<'_>) {
    while !input.is_empty() && !input.peek(Token![,]) {
        // One token tree at a time, so that a comma inside brackets is not taken for the next one.
        if input.parse::<TokenTree>().is_err() {
            return;
        }
    }
}
