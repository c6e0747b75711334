//! `name`: the role's name in the database.

use quote::ToTokens;
use syn::parse::ParseStream;
use syn::{Expr, ExprLit, Lit};

use crate::values::{Value, parse_expression};

/// What names of Supabase's own roles begin with.
const PREFIXES: [&str; 3] = ["supabase_", "pgsodium_", "pgtle_"];

/// `name`: the role's name, which PostgreSQL can take and which is not reserved.
pub(crate) struct RoleName(pub(super) String);

/// The longest name that PostgreSQL takes, in bytes.
const LONGEST: usize = 63;

impl Value for RoleName {
    const EXAMPLE: &'static str = "\"reporter\"";

    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let literal = match parse_expression(input)? {
            Expr::Lit(ExprLit {
                lit: Lit::Str(literal),
                ..
            }) => literal,
            other => {
                return Err(syn::Error::new_spanned(
                    other.into_token_stream(),
                    "expected a string literal, as in `name = \"reporter\"`",
                ));
            }
        };
        let name = literal.value();
        match refused(&name) {
            None => Ok(Self(name)),
            Some(message) => Err(syn::Error::new(literal.span(), message)),
        }
    }
}

/// Why no role of a task can have this name, if it cannot.
pub(super) fn refused(name: &str) -> Option<String> {
    const OWN_NAME: &str = "give this role a name of its own, such as `reporter`";
    let shown = name.escape_debug();
    if name.is_empty() {
        return Some(format!("the role's name is empty: {OWN_NAME}"));
    }
    if name.contains('\0') {
        return Some("PostgreSQL takes no NUL in a name: leave it out".to_owned());
    }
    if name.trim() != name {
        return Some(format!(
            "the role's name has blanks around it: write `{}`",
            name.trim().escape_debug()
        ));
    }
    if name.len() > LONGEST {
        return Some(format!(
            "this name has {} bytes, and PostgreSQL takes {LONGEST} at most: shorten it",
            name.len()
        ));
    }
    match name.to_ascii_lowercase().as_str() {
        "service_role" => Some(
            "the service role bypasses Row Level Security and every grant: write `auth = \
             \"service\"` on a task that needs that, or give this role a name of its own"
                .to_owned(),
        ),
        "authenticated" => Some(
            "`authenticated` is the role of every user: write `auth = \"user\"` on the task, or give \
             this role a name of its own"
                .to_owned(),
        ),
        "anon" => Some(
            "`anon` is the role of visitors who are not signed in: write `auth = \"anon\"` on the \
             task, or give this role a name of its own"
                .to_owned(),
        ),
        "public" | "none" => Some(format!(
            "PostgreSQL reserves the name `{shown}`: {OWN_NAME}"
        )),
        lower if lower.starts_with("pg_") => Some(format!(
            "`{shown}` is one of PostgreSQL's own roles, whose names begin with `pg_`: {OWN_NAME}"
        )),
        "postgres" | "authenticator" | "dashboard_user" | "pgbouncer" => Some(format!(
            "`{shown}` is Supabase's own role, and no task runs as it: {OWN_NAME}"
        )),
        lower if PREFIXES.iter().any(|prefix| lower.starts_with(prefix)) => Some(format!(
            "`{shown}` is Supabase's own role, and no task runs as it: {OWN_NAME}"
        )),
        _ => None,
    }
}
