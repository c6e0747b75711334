//! What can stand on the right of an option.

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;
use syn::parse::ParseStream;
use syn::{Expr, ExprLit, ExprPath, Lit, LitStr};

use crate::suggest;

/// What can stand after a key. On a mistake it consumes what it likes; the parser goes on after
/// the next comma.
pub(crate) trait Value: Sized {
    /// A legal value, as shown when there is none: `"user"`.
    const EXAMPLE: &'static str;

    fn parse(input: ParseStream<'_>) -> syn::Result<Self>;

    /// What the key alone means, for an option that needs no value.
    fn without_value() -> Option<Self> {
        None
    }
}

/// `auth`: which identity, and where it is written.
#[derive(Clone, Copy)]
pub(crate) struct Mode {
    pub(crate) kind: ModeKind,
    pub(crate) span: Span,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum ModeKind {
    User,
    Service,
    Anon,
}

impl ModeKind {
    pub(crate) const ALL: [Self; 3] = [Self::User, Self::Service, Self::Anon];

    /// As written in `auth = "…"`.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Service => "service",
            Self::Anon => "anon",
        }
    }

    /// The runtime's marker type.
    pub(crate) fn marker(self) -> &'static str {
        match self {
            Self::User => "User",
            Self::Service => "Service",
            Self::Anon => "Anon",
        }
    }

    /// The client a task of this mode takes.
    pub(crate) fn client(self) -> &'static str {
        match self {
            Self::User => "UserClient",
            Self::Service => "ServiceClient",
            Self::Anon => "AnonClient",
        }
    }
}

impl Mode {
    pub(crate) fn parse_word(word: &str) -> Option<ModeKind> {
        ModeKind::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

/// As the name of its client, which is how errors about arguments speak of a mode.
impl std::fmt::Display for ModeKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.client())
    }
}

/// An expression, without the invisible brackets that `macro_rules` puts around a `$literal`.
pub(crate) fn parse_expression(input: ParseStream<'_>) -> syn::Result<Expr> {
    let mut expression = input.parse()?;
    while let Expr::Group(group) = expression {
        expression = *group.expr;
    }
    Ok(expression)
}

/// The legal spellings of `auth`, as the end of a sentence.
const MODES: &str = "`\"user\"`, `\"service\"` or `\"anon\"`";

/// What people call the modes elsewhere, and which one they mean.
const SYNONYMS: &[(&str, ModeKind)] = &[
    ("service_role", ModeKind::Service),
    ("service-role", ModeKind::Service),
    ("secret", ModeKind::Service),
    ("admin", ModeKind::Service),
    ("authenticated", ModeKind::User),
    ("jwt", ModeKind::User),
    ("publishable", ModeKind::Anon),
    ("anonymous", ModeKind::Anon),
    ("public", ModeKind::Anon),
    ("none", ModeKind::Anon),
];

impl Value for Mode {
    const EXAMPLE: &'static str = "\"user\"";

    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let literal = match parse_expression(input)? {
            Expr::Lit(ExprLit {
                lit: Lit::Str(literal),
                ..
            }) => literal,
            Expr::Path(path) => return Err(mode_without_quotes(&path)),
            other => {
                return Err(syn::Error::new_spanned(
                    other.into_token_stream(),
                    format!("expected a string: `auth` is {MODES}"),
                ));
            }
        };
        let word = literal.value();
        match Self::parse_word(&word) {
            Some(kind) => Ok(Self {
                kind,
                span: literal.span(),
            }),
            None => Err(syn::Error::new(literal.span(), unknown_mode(&word))),
        }
    }
}

fn mode_without_quotes(path: &ExprPath) -> syn::Error {
    let word = path
        .path
        .get_ident()
        .map(ToString::to_string)
        .unwrap_or_default();
    let message = match Mode::parse_word(&word) {
        Some(kind) => format!("expected a string: write `auth = \"{}\"`", kind.word()),
        None => format!(
            "the auth mode must be a literal, so that it is visible where the task is declared: \
             {MODES}"
        ),
    };
    syn::Error::new_spanned(path.to_token_stream(), message)
}

fn unknown_mode(word: &str) -> String {
    if word.is_empty() {
        return format!("the auth mode is empty: expected {MODES}");
    }
    let lower = word.to_ascii_lowercase();
    if let Some(kind) = Mode::parse_word(&lower) {
        return format!("auth modes are lower case: write `\"{}\"`", kind.word());
    }
    if let Some((_, kind)) = SYNONYMS.iter().find(|(synonym, _)| *synonym == lower) {
        let (mode, meaning) = (
            kind.word(),
            match kind {
                ModeKind::User => "that acts as a signed-in user",
                ModeKind::Service => "that uses the secret (service role) key",
                ModeKind::Anon => "that acts as a visitor who is not signed in",
            },
        );
        return format!(
            "unknown auth mode `{word}`; did you mean `\"{mode}\"`, the mode {meaning}?"
        );
    }
    let words = ModeKind::ALL.map(ModeKind::word);
    match suggest::nearest(word, &words) {
        Some(near) => {
            format!("unknown auth mode `{word}`; did you mean `\"{near}\"`? (expected {MODES})")
        }
        None => format!("unknown auth mode `{word}`: expected {MODES}"),
    }
}

/// `id`: the task's id.
pub(crate) struct TaskId(pub(crate) LitStr);

/// Long enough for any name, short enough for every queue's column.
const MAX_ID: usize = 128;

impl Value for TaskId {
    const EXAMPLE: &'static str = "\"add-todo\"";

    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let value = parse_expression(input)?;
        let Expr::Lit(ExprLit {
            lit: Lit::Str(literal),
            ..
        }) = value
        else {
            return Err(syn::Error::new_spanned(
                value.into_token_stream(),
                format!("expected a string literal, as in `id = {}`", Self::EXAMPLE),
            ));
        };
        match invalid_id(&literal.value()) {
            None => Ok(Self(literal)),
            Some(message) => Err(syn::Error::new(literal.span(), message)),
        }
    }
}

/// What is wrong with a task id, if anything.
pub(crate) fn invalid_id(id: &str) -> Option<String> {
    const LEGAL: &str = "a task id is 1 to 128 of `a-z A-Z 0-9 - _ . /`";
    if id.is_empty() {
        return Some(format!("{LEGAL}; this one is empty"));
    }
    if id.len() > MAX_ID {
        return Some(format!("{LEGAL}; this one has {}", id.len()));
    }
    let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/');
    id.chars().find(|c| !legal(*c)).map(|c| match c {
        ' ' => format!("{LEGAL}; found a space"),
        c => format!("{LEGAL}; found `{}`", c.escape_debug()),
    })
}

/// `user`: an expression over the payload. Its type is checked where it is used.
pub(crate) struct UserExpr(pub(crate) Expr);

impl Value for UserExpr {
    const EXAMPLE: &'static str = "payload.owner_id";

    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        match parse_expression(input)? {
            Expr::Lit(literal) => Err(syn::Error::new_spanned(
                literal.into_token_stream(),
                "`user` is an expression over the payload, not a literal: \
                 write `user = payload.owner_id`",
            )),
            Expr::Try(attempt) => Err(syn::Error::new(
                attempt.question_token.span,
                "`user` cannot fail: parse where the payload is made, and let its field be a `UserId`",
            )),
            Expr::Await(waiting) => Err(syn::Error::new(
                waiting.await_token.span,
                "`user` cannot wait: the payload alone says who the task runs as",
            )),
            expression => Ok(Self(expression)),
        }
    }
}

/// `crate`: an absolute path to the runtime crate.
pub(crate) struct CratePath(pub(crate) TokenStream);

impl Value for CratePath {
    const EXAMPLE: &'static str = "::supabase_task";

    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if input.peek(LitStr) {
            let literal = input.parse::<LitStr>()?;
            return Err(syn::Error::new(
                literal.span(),
                "write the path without quotes: `crate = ::supabase_task`",
            ));
        }
        let path = input.call(syn::Path::parse_mod_style)?;
        let absolute = path.leading_colon.is_some()
            || path
                .segments
                .first()
                .is_some_and(|first| first.ident == "crate");
        if absolute {
            return Ok(Self(path.into_token_stream()));
        }
        let written = path.to_token_stream().to_string().replace(' ', "");
        Err(syn::Error::new_spanned(
            path.into_token_stream(),
            format!(
                "the path must be absolute, so that it means the same in every module: \
                 `::{written}` or `crate::{written}`"
            ),
        ))
    }
}
