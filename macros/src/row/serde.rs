//! Reads serde's attributes: the key of a field in JSON, and whether it has one. Mistakes in them
//! are reported by serde.

use proc_macro2::Span;
use syn::meta::ParseNestedMeta;
use syn::{Attribute, Expr, ExprLit, Lit, Token};

use super::case::Case;

/// On the struct.
#[derive(Default)]
pub(crate) struct Container {
    pub(crate) rename_all: Option<Case>,
    /// serde does not read its fields: `transparent`, `from`, `try_from`.
    pub(crate) other_shape: Option<(Span, &'static str)>,
}

/// On a field.
#[derive(Default)]
pub(crate) struct Member {
    pub(crate) rename: Option<String>,
    /// `skip` or `skip_deserializing`.
    pub(crate) skipped: bool,
    pub(crate) flatten: Option<Span>,
}

impl Container {
    pub(crate) fn read(attributes: &[Attribute]) -> Self {
        let mut container = Self::default();
        read(attributes, |meta| {
            if meta.path.is_ident("rename_all") {
                let rule = deserialized_name(&meta)?;
                container.rename_all = rule.and_then(|rule| Case::parse(&rule));
                return Ok(());
            }
            for word in ["transparent", "from", "try_from"] {
                if meta.path.is_ident(word)
                    && let Some(ident) = meta.path.get_ident()
                {
                    container.other_shape = Some((ident.span(), word));
                }
            }
            skip_value(&meta)
        });
        container
    }
}

impl Member {
    pub(crate) fn read(attributes: &[Attribute]) -> Self {
        let mut member = Self::default();
        read(attributes, |meta| {
            let word = meta.path.get_ident();
            match word.map(ToString::to_string).as_deref() {
                Some("rename") => {
                    if let Some(name) = deserialized_name(&meta)? {
                        member.rename = Some(name);
                    }
                    return Ok(());
                }
                Some("skip" | "skip_deserializing") => member.skipped = true,
                Some("flatten") => member.flatten = word.map(syn::Ident::span),
                _ => {}
            }
            skip_value(&meta)
        });
        member
    }
}

fn read(attributes: &[Attribute], mut each: impl FnMut(ParseNestedMeta<'_>) -> syn::Result<()>) {
    for attribute in attributes.iter().filter(|a| a.path().is_ident("serde")) {
        // serde reports the same error.
        let _ = attribute.parse_nested_meta(&mut each);
    }
}

/// `= "name"`, or the `deserialize` of `(serialize = "…", deserialize = "…")`.
fn deserialized_name(meta: &ParseNestedMeta<'_>) -> syn::Result<Option<String>> {
    if meta.input.peek(Token![=]) {
        return Ok(Some(string(meta)?));
    }
    let mut name = None;
    meta.parse_nested_meta(|inner| {
        if inner.path.is_ident("deserialize") {
            name = Some(string(&inner)?);
            return Ok(());
        }
        skip_value(&inner)
    })?;
    Ok(name)
}

fn string(meta: &ParseNestedMeta<'_>) -> syn::Result<String> {
    let mut value = meta.value()?.parse::<Expr>()?;
    while let Expr::Group(group) = value {
        value = *group.expr;
    }
    match value {
        Expr::Lit(ExprLit {
            lit: Lit::Str(literal),
            ..
        }) => Ok(literal.value()),
        _ => Err(meta.error("expected a string")),
    }
}

/// Skips `= value` or `(…)`.
fn skip_value(meta: &ParseNestedMeta<'_>) -> syn::Result<()> {
    if meta.input.peek(Token![=]) {
        meta.value()?.parse::<Expr>()?;
    } else if meta.input.peek(syn::token::Paren) {
        meta.parse_nested_meta(|inner| skip_value(&inner))?;
    }
    Ok(())
}
