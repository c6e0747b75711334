//! [`InviteUser`]: an invitation by e-mail.

use std::fmt;

use http::Method;
use serde::Serialize;
use serde_json::{Map, Value};

use super::AuthUser;
use super::attributes::FirstMistake;
use super::call::Call;
use crate::client::error::ClientError;
use crate::client::sent::sent_when_awaited;
use crate::client::transport::{Operation, Transport};

/// A request to invite a user. From
/// [`AuthAdmin::invite_user_by_email`](super::AuthAdmin::invite_user_by_email).
#[must_use = "no invitation is sent until it is awaited"]
pub struct InviteUser {
    transport: Transport,
    invitation: Invitation,
    redirect_to: Option<String>,
    mistake: FirstMistake,
}

#[derive(Serialize)]
struct Invitation {
    email: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<Map<String, Value>>,
}

impl InviteUser {
    pub(super) fn new(transport: Transport, email: String) -> Self {
        Self {
            transport,
            invitation: Invitation { email, data: None },
            redirect_to: None,
            mistake: FirstMistake::default(),
        }
    }

    /// Sets the user metadata of the new user, as a JSON object.
    pub fn data<T: Serialize + ?Sized>(mut self, metadata: &T) -> Self {
        self.invitation.data = self.mistake.object("data", metadata);
        self
    }

    /// Sets where the user's browser goes in the end: one of the URLs that the project's settings allow.
    pub fn redirect_to(mut self, url: impl Into<String>) -> Self {
        self.redirect_to = Some(url.into());
        self
    }

    async fn send(self) -> Result<AuthUser, ClientError> {
        let operation = Operation::new("invite user");
        Call::new(&self.transport, Method::POST, &["invite"], operation)
            .with(|_| self.mistake.check())
            .redirect_to(self.redirect_to.as_deref())
            .json(&self.invitation)
            .send()
            .await?
            .decode()
    }
}

sent_when_awaited! {
    /// Sends the invitation, and returns the user that was created.
    InviteUser => AuthUser
}

// The address and the metadata are not shown.
impl fmt::Debug for InviteUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InviteUser").finish_non_exhaustive()
    }
}
