//! [`AuthUser`]: a user as Supabase Auth knows it.

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::empty::none_if_empty;
use super::factor::AuthFactor;
use crate::UserId;

/// A user as Supabase Auth knows it: a row of `auth.users`. Times are RFC 3339 text.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct AuthUser {
    /// The id, which is also the `sub` of the user's tokens.
    pub id: UserId,
    /// The audience of the user's tokens: `authenticated`.
    #[serde(default, deserialize_with = "none_if_empty")]
    pub aud: Option<String>,
    /// The database role of the user's tokens: `authenticated`.
    #[serde(default, deserialize_with = "none_if_empty")]
    pub role: Option<String>,
    /// The e-mail address.
    #[serde(default, deserialize_with = "none_if_empty")]
    pub email: Option<String>,
    /// When the e-mail address was confirmed.
    pub email_confirmed_at: Option<String>,
    /// The phone number.
    #[serde(default, deserialize_with = "none_if_empty")]
    pub phone: Option<String>,
    /// When the phone number was confirmed.
    pub phone_confirmed_at: Option<String>,
    /// When the first of the two was confirmed.
    pub confirmed_at: Option<String>,
    /// When the user was invited.
    pub invited_at: Option<String>,
    /// When the user last signed in.
    pub last_sign_in_at: Option<String>,
    /// Until when the user is banned.
    pub banned_until: Option<String>,
    /// When the user was created.
    pub created_at: Option<String>,
    /// When the user last changed.
    pub updated_at: Option<String>,
    /// When the user was deleted, if the row was kept.
    pub deleted_at: Option<String>,
    /// Whether the user signed in without credentials.
    #[serde(default)]
    pub is_anonymous: bool,
    /// The metadata that only the service role can change.
    #[serde(default, deserialize_with = "empty_if_null")]
    pub app_metadata: Map<String, Value>,
    /// The metadata that the user can change. Never base access decisions on it.
    #[serde(default, deserialize_with = "empty_if_null")]
    pub user_metadata: Map<String, Value>,
    /// The ways the user can sign in.
    #[serde(default, deserialize_with = "empty_if_null")]
    pub identities: Vec<AuthIdentity>,
    /// The second factors the user has added.
    #[serde(default, deserialize_with = "empty_if_null")]
    pub factors: Vec<AuthFactor>,
}

/// One way an [`AuthUser`] can sign in.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct AuthIdentity {
    /// The user's id at the provider.
    pub id: String,
    /// The provider: `email`, `phone`, `google`, …
    pub provider: String,
    /// What the provider says about the user.
    #[serde(default, deserialize_with = "empty_if_null")]
    pub identity_data: Map<String, Value>,
    /// When the user last signed in this way.
    pub last_sign_in_at: Option<String>,
    /// When this way was added.
    pub created_at: Option<String>,
}

pub(super) fn empty_if_null<'de, D, T>(value: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Option::<T>::deserialize(value).map(Option::unwrap_or_default)
}
