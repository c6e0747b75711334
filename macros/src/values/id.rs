//! `id`: the task's id, and other names in the same alphabet.

use syn::LitStr;
use syn::parse::ParseStream;

use super::{Value, string};

/// `id`: the task's id.
pub(crate) struct TaskId(pub(crate) LitStr);

/// Long enough for any name, short enough for every queue's column.
const MAX_NAME: usize = 128;

impl Value for TaskId {
    const EXAMPLE: &'static str = "\"add-todo\"";

    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let literal = string(input, |_| {
            format!("expected a string literal, as in `id = {}`", Self::EXAMPLE)
        })?;
        match invalid_id(&literal.value()) {
            None => Ok(Self(literal)),
            Some(message) => Err(syn::Error::new(literal.span(), message)),
        }
    }
}

/// What is wrong with a task id, if anything.
pub(crate) fn invalid_id(id: &str) -> Option<String> {
    invalid_name("a task id", id)
}

/// What is wrong with the name of `what`, if anything.
pub(super) fn invalid_name(what: &str, name: &str) -> Option<String> {
    let legal = format!("{what} is 1 to {MAX_NAME} of `a-z A-Z 0-9 - _ . /`");
    if name.is_empty() {
        return Some(format!("{legal}; this one is empty"));
    }
    if name.len() > MAX_NAME {
        return Some(format!("{legal}; this one has {}", name.len()));
    }
    let is_legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/');
    name.chars().find(|c| !is_legal(*c)).map(|c| match c {
        ' ' => format!("{legal}; found a space"),
        c => format!("{legal}; found `{}`", c.escape_debug()),
    })
}
