//! The errors of signing tokens, and of keys that cannot sign.

/// A user's token could not be signed.
///
/// Retrying does not help: keys are checked when the process starts, so the cause is a misconfigured
/// machine.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// The signing backend refused the key.
    #[error("the user's token could not be signed")]
    Sign(#[source] jsonwebtoken::errors::Error),

    /// The [`Clock`](super::Clock) returned a time before 1970, which a token cannot hold.
    #[error("the user's token could not be dated: the clock shows a time before 1970; set it")]
    Clock(#[source] std::time::SystemTimeError),

    /// The signed token does not fit an HTTP header.
    #[error("the user's token could not be put in an HTTP header")]
    Header(#[source] http::header::InvalidHeaderValue),
}

/// The fault of a JWT secret or a signing key: the middle of a sentence that starts with the
/// name of the variable and ends with what it must be. It never contains key material.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum InvalidSigningKey {
    #[error(
        "is {bytes} bytes long, but a secret for HS256 needs at least 32: a shorter one can be \
         guessed"
    )]
    ShortSecret { bytes: usize },
    #[error("has white space or quotes around it: give the bare secret")]
    PaddedSecret,
    #[error("is not UTF-8: copy the secret as text")]
    SecretNotUtf8,
    #[error("holds JSON, but a private JWK belongs in `SUPABASE_JWT_SIGNING_KEY`")]
    JwkAsSecret,
    #[error(
        "holds PEM, but a private JWK (JSON) is needed: `supabase gen signing-key --algorithm \
         ES256` makes one"
    )]
    Pem,
    #[error(
        "is not JSON (line {line}, column {column}): give the private JWK itself, not the path of \
         its file"
    )]
    NotJson { line: usize, column: usize },
    #[error(
        "is JSON, but not a private JWK: `supabase gen signing-key --algorithm ES256` makes one"
    )]
    NotJwk,
    #[error("holds public keys only (without `d`), which cannot sign: give the private JWK")]
    PublicKey,
    #[error("holds {count} private keys: give the one to sign with")]
    SeveralKeys { count: usize },
    #[error(
        "has no `kid`, which servers need to find the key that verifies a token: give the JWK as \
         it was imported into the project, `kid` included"
    )]
    NoKeyId,
    #[error("has no `{member}`: give the whole private JWK")]
    MissingMember { member: &'static str },
    #[error("has a `{member}` that is not {expected}: give the JWK as it was made")]
    InvalidMember {
        member: &'static str,
        expected: &'static str,
    },
    #[error(
        "is a key for {kind}, which Supabase does not sign users' tokens with: give one for ES256 \
         (recommended) or RS256"
    )]
    Unsupported { kind: String },
    #[error("is not a usable key: its members do not belong together, or it is too short")]
    Rejected,
}
