//! [`AuthFactor`]: a second factor.

use serde::Deserialize;

use super::empty::none_if_empty;

/// A second factor of a user: an authenticator app, a phone, a passkey. Times are RFC 3339 text.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct AuthFactor {
    /// The id, a UUID.
    pub id: String,
    /// What the user calls it.
    #[serde(default, deserialize_with = "none_if_empty")]
    pub friendly_name: Option<String>,
    /// `totp`, `phone`, `webauthn`, …
    pub factor_type: String,
    /// `verified`, or `unverified` until the user has used it once.
    pub status: String,
    /// When it was added.
    pub created_at: Option<String>,
    /// When it last changed.
    pub updated_at: Option<String>,
    /// When the user was last asked for it.
    pub last_challenged_at: Option<String>,
}
