//! Why a token could not be signed.

/// A user's token could not be signed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// The signing backend refused the key.
    #[error("the user's token could not be signed: {0}")]
    Sign(#[source] jsonwebtoken::errors::Error),
}
