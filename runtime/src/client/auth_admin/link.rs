//! [`NewLink`] and [`GeneratedLink`]: links to send to users by other means than Auth's own e-mail.

use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::AuthUser;
use super::attributes::{FirstMistake, exposed};
use crate::debug::debug_fields;

/// A link to generate with [`AuthAdmin::generate_link`](super::AuthAdmin::generate_link).
///
/// ```
/// use supabase_task::client::NewLink;
///
/// let link = NewLink::magic_link("ada@example.com").redirect_to("https://example.com/welcome");
/// ```
#[derive(Clone, Serialize)]
#[must_use = "it does nothing until it is sent"]
pub struct NewLink {
    #[serde(rename = "type")]
    kind: &'static str,
    email: String,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "exposed")]
    password: Option<SecretString>,
    #[serde(skip_serializing_if = "Option::is_none")]
    new_email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<Map<String, Value>>,
    // Auth reads it in the query. It is here as well because supabase-js sends it.
    #[serde(rename = "redirectTo", skip_serializing_if = "Option::is_none")]
    redirect_to: Option<String>,
    #[serde(skip)]
    pub(super) mistake: FirstMistake,
}

impl NewLink {
    fn new(kind: &'static str, email: impl Into<String>) -> Self {
        Self {
            kind,
            email: email.into(),
            password: None,
            new_email: None,
            data: None,
            redirect_to: None,
            mistake: FirstMistake::default(),
        }
    }

    /// Confirms the address of a user who signs up now. Creates the user.
    pub fn signup(email: impl Into<String>, password: impl Into<SecretString>) -> Self {
        Self {
            password: Some(password.into()),
            ..Self::new("signup", email)
        }
    }

    /// Invites a user. Creates the user.
    pub fn invite(email: impl Into<String>) -> Self {
        Self::new("invite", email)
    }

    /// Signs a user in without a password. Creates the user if it does not exist.
    pub fn magic_link(email: impl Into<String>) -> Self {
        Self::new("magiclink", email)
    }

    /// Lets a user set a new password.
    pub fn recovery(email: impl Into<String>) -> Self {
        Self::new("recovery", email)
    }

    /// Confirms a change of address. Send this link to the current address.
    pub fn email_change_current(email: impl Into<String>, new_email: impl Into<String>) -> Self {
        Self {
            new_email: Some(new_email.into()),
            ..Self::new("email_change_current", email)
        }
    }

    /// Confirms a change of address. Send this link to the new address.
    pub fn email_change_new(email: impl Into<String>, new_email: impl Into<String>) -> Self {
        Self {
            new_email: Some(new_email.into()),
            ..Self::new("email_change_new", email)
        }
    }

    /// Sets the user metadata of a user that is created, as a JSON object.
    pub fn data<T: Serialize + ?Sized>(mut self, metadata: &T) -> Self {
        self.data = self.mistake.object("data", metadata);
        self
    }

    /// Sets where the user's browser goes in the end: one of the URLs that the project's settings allow.
    pub fn redirect_to(mut self, url: impl Into<String>) -> Self {
        self.redirect_to = Some(url.into());
        self
    }

    pub(super) fn target(&self) -> Option<&str> {
        self.redirect_to.as_deref()
    }
}

debug_fields!(NewLink: |this| { kind: this.kind });

/// A link that signs its user in: anyone who has the link can act as that user. `Debug` shows none of
/// its secrets.
#[derive(Clone, Deserialize)]
#[non_exhaustive]
pub struct GeneratedLink {
    /// The link to send to the user.
    pub action_link: SecretString,
    /// The code to send instead of the link, for the user to type.
    pub email_otp: SecretString,
    /// The token in the link, for a link of your own.
    pub hashed_token: SecretString,
    /// Where the user's browser goes in the end.
    #[serde(default)]
    pub redirect_to: String,
    /// What the link is for: `magiclink`, `recovery`, …
    pub verification_type: String,
    /// The user that the link is for.
    #[serde(flatten)]
    pub user: AuthUser,
}

debug_fields!(GeneratedLink: |this| {
    verification_type: this.verification_type,
    user: this.user.id,
});
