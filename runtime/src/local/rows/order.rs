//! `order`, read as PostgREST reads it: postrust takes a name in double quotes for one with quotes.

use postrust_core::api_request::{
    EmbedPath, Field, JsonOperand, JsonOperation, OrderDirection, OrderNulls, OrderTerm,
};
use postrust_sql::escape_ident;
use url::form_urlencoded;

use super::column::json_path;
use super::node::Node;

pub(super) type Orders = Vec<(EmbedPath, Vec<OrderTerm>)>;

/// Takes each `order` out of `query`. `None` in place of the orders if one of them cannot be read.
pub(super) fn taken_from(query: &str) -> (Option<Orders>, String) {
    let (mut orders, mut rest) = (Some(Vec::new()), Vec::new());
    for pair in query.split('&') {
        match order_of(pair) {
            Some((path, value)) => {
                let order = read(&value).map(|terms| (path, terms));
                orders = orders.zip(order).map(|(mut orders, order)| {
                    orders.push(order);
                    orders
                });
            }
            None => rest.push(pair),
        }
    }
    (orders, rest.join("&"))
}

/// The path and the value of `order=…` or `embed.order=…`.
fn order_of(pair: &str) -> Option<(EmbedPath, String)> {
    let (key, value) = form_urlencoded::parse(pair.as_bytes()).next()?;
    let path = match key.strip_suffix("order")? {
        "" => Vec::new(),
        path => path
            .strip_suffix('.')?
            .split('.')
            .map(str::to_owned)
            .collect(),
    };
    Some((path, value.into_owned()))
}

fn read(value: &str) -> Option<Vec<OrderTerm>> {
    let mut rest = Rest(value);
    let mut terms = Vec::new();
    loop {
        rest.skip_spaces();
        terms.push(rest.term()?);
        rest.skip_spaces();
        if rest.0.is_empty() {
            return Some(terms);
        }
        rest.skip(",")?;
    }
}

/// What is still to read.
struct Rest<'a>(&'a str);

impl Rest<'_> {
    fn skip(&mut self, text: &str) -> Option<()> {
        self.0 = self.0.strip_prefix(text)?;
        Some(())
    }

    fn skip_spaces(&mut self) {
        self.0 = self.0.trim_start();
    }

    fn term(&mut self) -> Option<OrderTerm> {
        let field = self.field()?;
        let of_relation = match self.skip("(") {
            Some(()) => {
                let of = self.field()?;
                self.skip(")")?;
                Some(of)
            }
            None => None,
        };
        let (mut direction, mut nulls) = (None, None);
        for (word, found) in [
            (".asc", OrderDirection::Asc),
            (".desc", OrderDirection::Desc),
        ] {
            if direction.is_none() && self.skip(word).is_some() {
                direction = Some(found);
            }
        }
        for (word, found) in [
            (".nullsfirst", OrderNulls::First),
            (".nullslast", OrderNulls::Last),
        ] {
            if nulls.is_none() && self.skip(word).is_some() {
                nulls = Some(found);
            }
        }
        Some(match of_relation {
            Some(of) if field.json_path.is_empty() => OrderTerm::Relation {
                relation: field.name,
                field: of,
                direction,
                nulls,
            },
            Some(_) => return None,
            None => OrderTerm::Field {
                field,
                direction,
                nulls,
            },
        })
    }

    fn field(&mut self) -> Option<Field> {
        let name = self.name()?;
        let mut path = Vec::new();
        while self.skip("->").is_some() {
            let as_text = self.skip(">").is_some();
            let is_quoted = self.0.starts_with('"');
            let name = self.name()?;
            let operand = match name.parse() {
                Ok(index) if !is_quoted => JsonOperand::Idx(index),
                _ => JsonOperand::Key(name),
            };
            path.push(match as_text {
                true => JsonOperation::DoubleArrow(operand),
                false => JsonOperation::Arrow(operand),
            });
        }
        Some(Field::with_json_path(name, path))
    }

    fn name(&mut self) -> Option<String> {
        if self.skip("\"").is_some() {
            return self.quoted();
        }
        let of_name = |(at, c): (usize, char)| {
            c.is_alphanumeric()
                || matches!(c, '_' | '$' | ' ')
                || (c == '-' && !self.0[at..].starts_with("->"))
        };
        let end = self.0.char_indices().find(|&it| !of_name(it));
        let (name, rest) = self.0.split_at(end.map_or(self.0.len(), |(at, _)| at));
        self.0 = rest;
        let name = name.trim();
        (!name.is_empty()).then(|| name.to_owned())
    }

    /// A name up to its closing quote.
    fn quoted(&mut self) -> Option<String> {
        let mut name = String::new();
        let mut chars = self.0.char_indices();
        while let Some((at, c)) = chars.next() {
            match c {
                '"' => {
                    self.0 = &self.0[at + 1..];
                    return Some(name);
                }
                '\\' => name.push(chars.next()?.1),
                c => name.push(c),
            }
        }
        None
    }
}

impl Node<'_> {
    /// Returns the terms of `ORDER BY`.
    pub(super) fn order_terms(&self) -> impl Iterator<Item = String> {
        self.order
            .iter()
            .map(|term| self.order_column(term) + &suffix(term))
    }

    /// What a term orders by.
    pub(super) fn order_column(&self, term: &OrderTerm) -> String {
        match term {
            OrderTerm::Field { field, .. } => self.columns().plain(field),
            OrderTerm::Relation {
                relation, field, ..
            } => {
                let embed = self.embed_called(relation);
                let row = escape_ident(embed.map_or(relation, |embed| &embed.alias));
                let name = escape_ident(&field.name);
                format!("{row}.{name}{}", json_path(&field.json_path))
            }
        }
    }
}

/// What follows the column in a term.
pub(super) fn suffix(term: &OrderTerm) -> String {
    let (OrderTerm::Field {
        direction, nulls, ..
    }
    | OrderTerm::Relation {
        direction, nulls, ..
    }) = term;
    let direction = direction.as_ref().map(OrderDirection::to_sql);
    let words = [direction, nulls.as_ref().map(OrderNulls::to_sql)];
    words
        .into_iter()
        .flatten()
        .map(|word| format!(" {word}"))
        .collect()
}
