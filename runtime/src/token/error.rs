//! Why a token could not be signed, and why a key cannot sign any.

/// A user's token could not be signed.
///
/// Trying again does not help: keys are checked when the process starts, so what is left is a
/// machine that is set up wrongly.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// The signing backend refused the key.
    #[error("the user's token could not be signed")]
    Sign(#[source] jsonwebtoken::errors::Error),

    /// The [`Clock`](super::Clock) tells a time before 1970, which a token cannot carry.
    #[error("the user's token could not be dated: the clock tells a time before 1970, so set it")]
    Clock(#[source] std::time::SystemTimeError),

    /// The signed token does not fit an HTTP header.
    #[error("the user's token could not be put in an HTTP header")]
    Header(#[source] http::header::InvalidHeaderValue),
}

/// What is wrong with a JWT secret or a signing key: the middle of a sentence that starts with the
/// name of the variable and ends with what it must be. No key material, ever.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum InvalidSigningKey {
    #[error(
        "is {bytes} bytes long, but a secret for HS256 has at least 32, as a shorter one can be \
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
        "has no `kid`, by which servers find the key to check a token with: give the JWK as it \
         was imported into the project, `kid` included"
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
