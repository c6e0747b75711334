//! The attribute's options: a `key = value` parser that goes on after a mistake.
//!
//! `syn::meta::parser` stops at the first mistake and lets a repeated key win silently, which for
//! `auth` would be a way around Row Level Security by typo.

use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};
use syn::Token;
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};

use crate::errors::Errors;
use crate::suggest;
use crate::values::{CratePath, Mode, TaskId, UserExpr, Value};

/// An option as written: the key for its place, and the value unless it was wrong.
pub(crate) struct Given<T> {
    pub(crate) key: Span,
    pub(crate) value: Option<T>,
}

/// Declares options: the struct that holds them, their names, and how each is parsed.
macro_rules! options {
    (
        $(#[$about:meta])*
        struct $name:ident {
            $($(#[$doc:meta])* $key:literal => $field:ident: $value:ty,)*
        }
    ) => {
        $(#[$about])*
        #[derive(Default)]
        pub(crate) struct $name {
            $($(#[$doc])* pub(crate) $field: Option<$crate::options::Given<$value>>,)*
        }

        impl $name {
            /// Every key, in the order they are listed to the user.
            pub(crate) const NAMES: &[&str] = &[$($key),*];

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

// A new option is one line here, and a type in `values` if none fits.
options! {
    /// The options of one `#[supabase_task(…)]`, each at most once.
    struct Options {
        /// Which identity the task runs as.
        "auth" => auth: Mode,
        /// The task's id, instead of the fn's name.
        "id" => id: TaskId,
        /// Who the user is, instead of `payload.user_id`.
        "user" => user: UserExpr,
        /// Where the runtime crate is, when it was renamed.
        "crate" => crate_path: CratePath,
    }
}

impl Options {
    /// Reads all options; every mistake goes to `errors`.
    pub(crate) fn parse(attribute: TokenStream, errors: &mut Errors) -> Self {
        let mut options = Self::default();
        let result = (|input: ParseStream<'_>| {
            while !input.is_empty() {
                if let Err(error) = options.parse_next(input) {
                    errors.push(error);
                    skip_to_comma(input);
                }
                if !input.is_empty() {
                    input.parse::<Token![,]>()?;
                }
            }
            Ok(())
        })
        .parse2(attribute);
        if let Err(error) = result {
            errors.push(error);
        }
        options
    }

    fn parse_next(&mut self, input: ParseStream<'_>) -> syn::Result<()> {
        if !input.peek(syn::Ident::peek_any) {
            let wrong = input.parse::<TokenTree>()?;
            let message = match mode_literal(&wrong) {
                Some(mode) => {
                    self.expect_auth(wrong.span());
                    format!("write `auth = \"{mode}\"`")
                }
                None => format!("expected an option such as `auth = \"user\"`, found `{wrong}`"),
            };
            return Err(syn::Error::new(wrong.span(), message));
        }
        let key = input.call(syn::Ident::parse_any)?;
        match self.parse_one(&key, input) {
            Some(outcome) => outcome?,
            None => return Err(self.unknown(&key.to_string(), key.span())),
        }
        if !input.is_empty() && !input.peek(Token![,]) {
            return Err(input.error(format!("expected `,` after the value of `{key}`")));
        }
        Ok(())
    }

    fn unknown(&mut self, key: &str, span: Span) -> syn::Error {
        let options = suggest::list(Self::NAMES);
        let near = suggest::nearest(key, Self::NAMES);
        let message = if Mode::parse_word(key).is_some() {
            self.expect_auth(span);
            format!("write `auth = \"{key}\"`")
        } else if let Some(near) = near {
            if near == "auth" {
                self.expect_auth(span);
            }
            format!("unknown option `{key}`; did you mean `{near}`? (options: {options})")
        } else {
            format!("unknown option `{key}` (options: {options})")
        };
        syn::Error::new(span, message)
    }

    /// `auth` was meant here: that it is missing would be a second error for one mistake.
    fn expect_auth(&mut self, key: Span) {
        self.auth.get_or_insert(Given { key, value: None });
    }
}

/// Parses `= value`. A key given before is an error, whatever its value, and leaves none: neither
/// of the two is what the task runs with.
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
    if !input.peek(Token![=]) || input.peek(Token![==]) {
        let example = T::EXAMPLE;
        return Err(syn::Error::new(
            if input.is_empty() {
                key.span()
            } else {
                input.span()
            },
            format!("expected `=` after `{key}`, as in `{key} = {example}`"),
        ));
    }
    let equals = input.parse::<Token![=]>()?;
    if input.is_empty() || input.peek(Token![,]) {
        let example = T::EXAMPLE;
        return Err(syn::Error::new(
            equals.span,
            format!("expected a value after `{key} =`, as in `{key} = {example}`"),
        ));
    }
    given.value = Some(T::parse(input)?);
    Ok(())
}

/// `"user"` alone, without its key.
fn mode_literal(token: &TokenTree) -> Option<String> {
    let tokens = match token {
        TokenTree::Group(group) if group.delimiter() == Delimiter::None => group.stream(),
        other => TokenStream::from(other.clone()),
    };
    let literal = syn::parse2::<syn::LitStr>(tokens).ok()?.value();
    Mode::parse_word(&literal).map(|_| literal)
}

pub(crate) fn skip_to_comma(input: ParseStream<'_>) {
    while !input.is_empty() && !input.peek(Token![,]) {
        // One token tree at a time, so that a comma inside brackets is not taken for the next one.
        if input.parse::<TokenTree>().is_err() {
            return;
        }
    }
}

impl<T> Given<T> {
    /// The value, if the option was written and is right.
    pub(crate) fn value_of(slot: &Option<Self>) -> Option<&T> {
        slot.as_ref()?.value.as_ref()
    }
}
