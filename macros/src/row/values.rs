//! The values of the options of `#[row(…)]`.

use proc_macro2::Span;
use quote::ToTokens;
use syn::parse::ParseStream;
use syn::{Expr, ExprLit, Lit, LitStr};

use super::names;
use crate::values::{Value, parse_expression};

/// `table`: the table or view.
pub(crate) struct TableName(pub(crate) String);

/// `schema`: the schema of the table.
pub(crate) struct SchemaName(pub(crate) String);

/// `column`: a column or a JSON path, quoted as the select list needs it.
pub(crate) struct ColumnPath(pub(crate) String);

/// `cast`: the type that the server casts the column to.
pub(crate) struct Cast(pub(crate) String);

/// `embed`: the related table with its hints, quoted; `None` if it has the field's name.
pub(crate) struct Relation(pub(crate) Option<String>);

/// A string literal; otherwise an error that shows `key = EXAMPLE`.
fn string<T: Value>(key: &str, input: ParseStream<'_>) -> syn::Result<LitStr> {
    let example = T::EXAMPLE;
    let literal = match parse_expression(input)? {
        Expr::Lit(ExprLit {
            lit: Lit::Str(literal),
            ..
        }) => literal,
        other => {
            return Err(syn::Error::new_spanned(
                other.into_token_stream(),
                format!("expected a string literal, as in `{key} = {example}`"),
            ));
        }
    };
    if literal.value().trim().is_empty() {
        return Err(syn::Error::new(
            literal.span(),
            format!("`{key}` is empty: write a name, as in `{key} = {example}`"),
        ));
    }
    Ok(literal)
}

impl Value for TableName {
    const EXAMPLE: &'static str = "\"todos\"";

    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let literal = string::<Self>("table", input)?;
        let name = literal.value();
        match name.split_once('.') {
            Some((schema, table)) => Err(syn::Error::new(
                literal.span(),
                format!(
                    "the schema is an option of its own: write `schema = \"{}\", table = \"{}\"`",
                    schema.escape_debug(),
                    table.escape_debug()
                ),
            )),
            None => Ok(Self(name)),
        }
    }
}

impl Value for SchemaName {
    const EXAMPLE: &'static str = "\"public\"";

    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        Ok(Self(string::<Self>("schema", input)?.value()))
    }
}

impl Value for ColumnPath {
    const EXAMPLE: &'static str = "\"created_at\"";

    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let literal = string::<Self>("column", input)?;
        let (text, wrong) = (literal.value(), |message| wrong(literal.span(), message));
        if let [column, cast] = names::split(&text, "::").as_slice() {
            return wrong(format!(
                "the cast is an option of its own: write `column = \"{}\", cast = \"{}\"`",
                column.escape_debug(),
                cast.escape_debug()
            ));
        }
        if text.ends_with("()") {
            return wrong(
                "a column cannot be an aggregate: implement `Row` by hand, with a `SELECT` of your own"
                    .to_owned(),
            );
        }
        match names::path(&text) {
            Some(path) => Ok(Self(path)),
            None => wrong("a name in this path is empty: write it as in `meta->>city`".to_owned()),
        }
    }
}

impl Value for Cast {
    const EXAMPLE: &'static str = "\"text\"";

    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let literal = string::<Self>("cast", input)?;
        let text = literal.value();
        if text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
            return Ok(Self(text));
        }
        wrong(
            literal.span(),
            "a cast is a type name of letters, digits and `_`, because PostgREST takes no other: \
             `float8` for `double precision`, `timestamptz` for `timestamp with time zone`, `_text` \
             for `text[]`"
                .to_owned(),
        )
    }
}

impl Value for Relation {
    const EXAMPLE: &'static str = "\"items\"";

    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let literal = string::<Self>("embed", input)?;
        let (text, wrong) = (literal.value(), |message| wrong(literal.span(), message));
        if let Some(table) = text.strip_prefix("...") {
            return wrong(format!(
                "a spread has no rows of its own: write `embed = \"{}\"`, or `impl Row` by hand",
                table.escape_debug()
            ));
        }
        let parts = names::split(&text, "!");
        let structural = |part: &str| {
            ["(", ")", ",", ":"]
                .into_iter()
                .any(|separator| names::split(part, separator).len() > 1)
        };
        if parts.iter().any(|part| part.is_empty() || structural(part)) {
            return wrong(
                "`embed` is the related table with hints, as in `customers!orders_customer_fkey` or \
                 `items!inner`: the field names the alias, and its type the columns"
                    .to_owned(),
            );
        }
        let parts: Vec<String> = parts.into_iter().map(names::quoted_once).collect();
        Ok(Self(Some(parts.join("!"))))
    }

    fn without_value() -> Option<Self> {
        Some(Self(None))
    }
}

fn wrong<T>(span: Span, message: String) -> syn::Result<T> {
    Err(syn::Error::new(span, message))
}
