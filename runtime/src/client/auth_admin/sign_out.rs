//! [`SignOutScope`]: which of a user's sessions end.

use http::HeaderValue;
use http::header::AUTHORIZATION;
use secrecy::{ExposeSecret, SecretString};

use crate::client::error::Failure;
use crate::client::texts::enum_with_texts;
use crate::client::transport::Request;

enum_with_texts! {
    /// Which sessions [`AuthAdmin::sign_out`](super::AuthAdmin::sign_out) ends.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
    pub enum SignOutScope {
        /// All sessions of the user.
        #[default]
        Global = "global",
        /// Only the token's session.
        Local = "local",
        /// All sessions except the token's.
        Others = "others",
    }
}

/// Makes `request` act as the user.
pub(super) fn as_user(request: &mut Request, token: &SecretString) -> Result<(), Failure> {
    let not_a_token = || Failure::invalid("the access token is not a JWT");
    let token = token.expose_secret();
    if token.is_empty() || token.contains(char::is_whitespace) {
        return Err(not_a_token());
    }
    let mut value = HeaderValue::try_from(format!("Bearer {token}")).map_err(|_| not_a_token())?;
    value.set_sensitive(true);
    request.headers.insert(AUTHORIZATION, value);
    Ok(())
}
