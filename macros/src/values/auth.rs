//! `auth`: which identity a task runs as.

use proc_macro2::Span;
use quote::ToTokens;
use syn::parse::ParseStream;
use syn::{Expr, ExprLit, ExprPath, Lit};

use super::{Value, parse_expression};
use crate::suggest;

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
    Role,
}

impl ModeKind {
    pub(crate) const ALL: [Self; 4] = [Self::User, Self::Service, Self::Anon, Self::Role];

    /// As written in `auth = "…"`.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Service => "service",
            Self::Anon => "anon",
            Self::Role => "role",
        }
    }

    /// The runtime's marker type.
    pub(crate) fn marker(self) -> &'static str {
        match self {
            Self::User => "User",
            Self::Service => "Service",
            Self::Anon => "Anon",
            Self::Role => "Role",
        }
    }

    /// The client that a task of this mode takes.
    pub(crate) fn client(self) -> &'static str {
        match self {
            Self::User => "UserClient",
            Self::Service => "ServiceClient",
            Self::Anon => "AnonClient",
            Self::Role => "RoleClient",
        }
    }
}

/// What a task receives to act as its identity.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Handle {
    Client,
    Database,
}

impl Handle {
    /// The type of this handle in a task of this mode.
    pub(crate) fn name(self, kind: ModeKind) -> &'static str {
        match (self, kind) {
            (Self::Client, kind) => kind.client(),
            (Self::Database, ModeKind::User) => "UserDatabase",
            (Self::Database, ModeKind::Service) => "ServiceDatabase",
            (Self::Database, ModeKind::Anon) => "AnonDatabase",
            (Self::Database, ModeKind::Role) => "RoleDatabase",
        }
    }

    /// The handle and the mode of a type's name.
    pub(crate) fn named(name: &impl PartialEq<&'static str>) -> Option<(Self, ModeKind)> {
        let handles = [Self::Client, Self::Database];
        let all = handles.map(|handle| ModeKind::ALL.map(|kind| (handle, kind)));
        let mut all = all.into_iter().flatten();
        all.find(|(handle, kind)| *name == handle.name(*kind))
    }
}

impl Mode {
    pub(crate) fn parse_word(word: &str) -> Option<ModeKind> {
        ModeKind::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

/// The legal spellings of `auth`, as the end of a sentence.
const MODES: &str = "`\"user\"`, `\"service\"`, `\"anon\"` or `\"role\"`";

/// Names of the modes elsewhere, and the mode that is meant.
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
    ("database_role", ModeKind::Role),
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
                ModeKind::Role => "that acts as a role of the database",
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
