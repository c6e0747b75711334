//! Limits the size of a task's attribute and signature. `syn` recurses once for each bracket and
//! each prefix, and a compiler that runs out of stack ends without a message.

use proc_macro2::{TokenStream, TokenTree};
use syn::Error;

/// How deep brackets may be nested, angle brackets included.
const DEEPEST: usize = 32;

/// How many tokens may follow each other without a comma, including those around the brackets.
const LONGEST: usize = 256;

/// Checks the size of the attribute's arguments.
pub(crate) fn check_attribute(tokens: TokenStream) -> Result<(), Error> {
    check(tokens, "this attribute")
}

/// Checks the size of an item up to its body. The body is not parsed.
pub(crate) fn check_item(tokens: TokenStream) -> Result<(), Error> {
    let mut tokens: Vec<TokenTree> = tokens.into_iter().collect();
    tokens.pop();
    check(tokens.into_iter().collect(), "this item")
}

/// One level of brackets: the tokens left to count, and the counts so far.
struct Place {
    rest: proc_macro2::token_stream::IntoIter,
    /// How many tokens came since the last comma, including those around the brackets.
    length: usize,
    /// The value of `length` at the beginning; a comma resets it to this.
    length_before: usize,
    /// Open angle brackets.
    angles: usize,
    /// Whether a `>` would be the end of an arrow.
    is_arrow: bool,
}

impl Place {
    fn new(tokens: TokenStream, length: usize) -> Self {
        Self {
            rest: tokens.into_iter(),
            length,
            length_before: length,
            angles: 0,
            is_arrow: false,
        }
    }

    fn count(&mut self, token: &TokenTree) {
        self.length += 1;
        let TokenTree::Punct(punct) = token else {
            self.is_arrow = false;
            return;
        };
        match punct.as_char() {
            // `;` separates statements, and `#` begins another attribute.
            ',' | ';' | '#' => self.length = self.length_before,
            '<' => self.angles += 1,
            '>' if !self.is_arrow => self.angles = self.angles.saturating_sub(1),
            _ => {}
        }
        self.is_arrow = matches!(punct.as_char(), '-' | '=');
    }
}

fn check(tokens: TokenStream, what: &str) -> Result<(), Error> {
    let mut around: Vec<Place> = Vec::new();
    let mut place = Place::new(tokens, 0);
    loop {
        let Some(token) = place.rest.next() else {
            match around.pop() {
                Some(outer) => place = outer,
                None => return Ok(()),
            }
            continue;
        };
        place.count(&token);
        let angles: usize = around.iter().map(|outer| outer.angles).sum();
        if around.len() + angles + place.angles > DEEPEST {
            let message = format!(
                "{what} has brackets nested more than {DEEPEST} deep: give the inner part a name, \
                 a `type` or a fn, and write that here"
            );
            return Err(Error::new(token.span(), message));
        }
        if place.length > LONGEST {
            let message = format!(
                "{what} has more than {LONGEST} tokens without a comma: give a part of them a name, \
                 a `type` or a fn, and write that here"
            );
            return Err(Error::new(token.span(), message));
        }
        if let TokenTree::Group(group) = token {
            let inner = Place::new(group.stream(), place.length);
            around.push(std::mem::replace(&mut place, inner));
        }
    }
}
