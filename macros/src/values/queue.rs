//! `queue`: the queue that a task's runs wait in, and how many of them may run at once.

use syn::parse::{ParseBuffer, ParseStream};
use syn::{Ident, LitStr};

use super::id::invalid_name;
use super::number::integer;
use super::{Value, string};
use crate::options::{Given, options, parse_nested};

/// `queue`: without a name, the task's own queue.
pub(crate) struct Queue {
    pub(crate) name: Option<LitStr>,
    pub(crate) concurrency_limit: Option<u32>,
}

options! {
    /// The options in `queue(…)`.
    struct QueueOptions {
        /// The queue's name, instead of the task's own queue.
        "name" => name: QueueName,
        /// How many of its runs may run at once.
        "concurrency_limit" => concurrency_limit: Limit,
    }
}

impl Value for Queue {
    const EXAMPLE: &'static str = "\"emails\"";
    const TAKES_LIST: bool = true;

    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        Ok(Self {
            name: Some(QueueName::parse(input)?.0),
            concurrency_limit: None,
        })
    }

    fn parse_list(key: &Ident, list: &ParseBuffer<'_>) -> syn::Result<Self> {
        if list.peek(LitStr) {
            let name = QueueName::parse(list)?.0;
            let message = format!(
                "write `queue = \"{0}\"`, or `queue(name = \"{0}\")`",
                name.value()
            );
            return Err(syn::Error::new(name.span(), message));
        }
        let mut options = QueueOptions::default();
        let example = "queue(concurrency_limit = 5)";
        parse_nested(key, list, QueueOptions::NAMES, example, |part, input| {
            options.parse_one(part, input)
        })?;
        Ok(Self {
            name: options.name.and_then(|name| name.value).map(|name| name.0),
            concurrency_limit: Given::value_of(&options.concurrency_limit).map(|limit| limit.0),
        })
    }
}

/// The queue's name.
struct QueueName(LitStr);

impl Value for QueueName {
    const EXAMPLE: &'static str = "\"emails\"";

    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let literal = string(input, |_| {
            "expected the queue's name in quotes, as in `queue = \"emails\"`; a limit stands in \
             parentheses, as in `queue(concurrency_limit = 5)`"
                .to_owned()
        })?;
        match invalid_name("a queue's name", &literal.value()) {
            None => Ok(Self(literal)),
            Some(message) => Err(syn::Error::new(literal.span(), message)),
        }
    }
}

/// `concurrency_limit`: how many runs at once.
struct Limit(u32);

/// More runs than any number of workers has room for.
const LARGEST_LIMIT: i64 = 100_000;

impl Value for Limit {
    const EXAMPLE: &'static str = "5";

    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let (number, written) = integer(input, "`concurrency_limit = 5` lets five run at once")?;
        let message = match number {
            Some(0) => "with a limit of 0 no run would ever begin: write 1 or more, or leave the \
                        limit out"
                .to_owned(),
            Some(number) if (1..=LARGEST_LIMIT).contains(&number) => {
                return Ok(Self(u32::try_from(number).unwrap_or(1)));
            }
            _ => format!("`concurrency_limit` is 1 to {LARGEST_LIMIT}"),
        };
        Err(syn::Error::new_spanned(written, message))
    }
}
