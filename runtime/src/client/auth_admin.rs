//! [`AuthAdmin`]: the users of a project, for the service client alone.

use std::fmt;

use http::{HeaderName, HeaderValue, Method};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::error::{ClientError, Service};
use super::request::{Operation, Request};
use super::transport::Transport;
use crate::UserId;

// The version whose errors are `{code, message}` with a text for a code.
const API_VERSION: (HeaderName, HeaderValue) = (
    HeaderName::from_static("x-supabase-api-version"),
    HeaderValue::from_static("2024-01-01"),
);

/// Reads the users of a project. From [`ServiceClient::auth_admin`](super::ServiceClient::auth_admin).
#[derive(Clone)]
pub struct AuthAdmin {
    transport: Transport,
}

impl AuthAdmin {
    pub(super) fn new(transport: Transport) -> Self {
        Self { transport }
    }

    /// One user. If there is none, [`ClientError::is_not_found`].
    ///
    /// ```
    /// # use supabase_task::UserId;
    /// # use supabase_task::client::{ClientError, ServiceClient};
    /// # async fn example(supabase: ServiceClient, id: UserId) -> Result<(), ClientError> {
    /// let user = supabase.auth_admin().get_user_by_id(id).await?;
    /// let address = user.email;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn get_user_by_id(&self, id: UserId) -> Result<AuthUser, ClientError> {
        let id = id.to_string();
        let request = self.get(&["admin", "users", &id], "get user", &id)?;
        self.transport.send(request).await?.decode()
    }

    fn get(&self, path: &[&str], verb: &'static str, target: &str) -> Result<Request, ClientError> {
        let operation = Operation::on(verb, target.to_owned());
        let mut request = self
            .transport
            .request(Service::Auth, Method::GET, path, operation)?;
        request.headers.extend([API_VERSION]);
        Ok(request)
    }
}

impl fmt::Debug for AuthAdmin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthAdmin")
            .field("host", &self.transport.host())
            .finish_non_exhaustive()
    }
}

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
    #[serde(default)]
    pub email_confirmed_at: Option<String>,
    /// The phone number.
    #[serde(default, deserialize_with = "none_if_empty")]
    pub phone: Option<String>,
    /// When the phone number was confirmed.
    #[serde(default)]
    pub phone_confirmed_at: Option<String>,
    /// When the first of the two was confirmed.
    #[serde(default)]
    pub confirmed_at: Option<String>,
    /// When the user was invited.
    #[serde(default)]
    pub invited_at: Option<String>,
    /// When the user last signed in.
    #[serde(default)]
    pub last_sign_in_at: Option<String>,
    /// Until when the user is banned.
    #[serde(default)]
    pub banned_until: Option<String>,
    /// When the user was made.
    #[serde(default)]
    pub created_at: Option<String>,
    /// When the user last changed.
    #[serde(default)]
    pub updated_at: Option<String>,
    /// When the user was deleted, if the row was kept.
    #[serde(default)]
    pub deleted_at: Option<String>,
    /// Signed in without credentials.
    #[serde(default)]
    pub is_anonymous: bool,
    /// What only the service role can change.
    #[serde(default, deserialize_with = "empty_if_null")]
    pub app_metadata: Map<String, Value>,
    /// What the user can change: never decide about access by it.
    #[serde(default, deserialize_with = "empty_if_null")]
    pub user_metadata: Map<String, Value>,
    /// The ways the user can sign in.
    #[serde(default, deserialize_with = "empty_if_null")]
    pub identities: Vec<AuthIdentity>,
}

/// One way an [`AuthUser`] can sign in.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct AuthIdentity {
    /// The user's id at the provider.
    pub id: String,
    /// The provider: `email`, `phone`, `google`, …
    pub provider: String,
    /// What the provider says of the user.
    #[serde(default, deserialize_with = "empty_if_null")]
    pub identity_data: Map<String, Value>,
    /// When the user last signed in this way.
    #[serde(default)]
    pub last_sign_in_at: Option<String>,
    /// When this way was added.
    #[serde(default)]
    pub created_at: Option<String>,
}

// Auth writes `""` for what it does not know.
fn none_if_empty<'de, D: Deserializer<'de>>(text: D) -> Result<Option<String>, D::Error> {
    let text = Option::<String>::deserialize(text)?;
    Ok(text.filter(|text| !text.is_empty()))
}

fn empty_if_null<'de, D, T>(value: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Option::<T>::deserialize(value).map(Option::unwrap_or_default)
}
