//! What the clients of one project share.

use std::fmt;
use std::sync::Arc;

use http::HeaderValue;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::error::{ClientError, ClientErrorKind, Failure};
use super::http::{Http, host_of};
use super::request::Operation;
use super::transport::{Authorization, Identity, Transport};
use crate::UserId;
use crate::token::{Minter, RunClaim, UserToken};

/// One project as its less privileged clients see it. The service key is not in here, so a user's
/// client cannot give it away.
pub(crate) struct Project {
    http: Http,
    url: Url,
    publishable_key: Option<ApiKey>,
    minter: Option<Arc<Minter>>,
}

/// An API key as it stands in the two headers, both marked sensitive.
#[derive(Clone, Debug)]
pub(crate) struct ApiKey {
    apikey: HeaderValue,
    bearer: HeaderValue,
}

impl ApiKey {
    pub(crate) fn new(key: &SecretString) -> Result<Self, ClientError> {
        let key = key.expose_secret();
        let header = |text: &str| {
            let mut value = HeaderValue::from_str(text).map_err(|_| {
                let message = "an API key holds a character that cannot stand in a header; \
                               was a line break copied with it?";
                let failure = Failure::new(ClientErrorKind::Config, message);
                ClientError::new(Operation::new("build a client"), None, failure)
            })?;
            value.set_sensitive(true);
            Ok(value)
        };
        Ok(Self {
            apikey: header(key)?,
            bearer: header(&format!("Bearer {key}"))?,
        })
    }
}

impl Project {
    /// `url` is the project's origin. The keys are those that the clients in use need.
    pub(crate) fn new(
        http: Http,
        url: Url,
        publishable_key: Option<ApiKey>,
        minter: Option<Arc<Minter>>,
    ) -> Self {
        Self {
            http,
            url,
            publishable_key,
            minter,
        }
    }

    pub(super) fn anon(&self) -> Result<Transport, ClientError> {
        let key = self.publishable_key(Identity::Anon)?;
        Ok(self.with_key(key, Identity::Anon))
    }

    pub(super) fn service(&self, key: &ApiKey) -> Transport {
        self.with_key(key, Identity::Service)
    }

    pub(super) fn user(
        &self,
        user: UserId,
        run: Option<RunClaim>,
    ) -> Result<Transport, ClientError> {
        let identity = Identity::User(user);
        let key = self.publishable_key(identity)?;
        let minter = self.minter.clone().ok_or_else(|| {
            lacks(
                identity,
                "the project has no key to sign users' tokens with; set SUPABASE_JWT_SIGNING_KEY \
                 or SUPABASE_JWT_SECRET",
            )
        })?;
        let tokens = UserToken::new(minter, user, run);
        Ok(Transport::new(
            self.http.clone(),
            self.url.clone(),
            key.apikey.clone(),
            Authorization::User(Arc::new(tokens)),
            identity,
        ))
    }

    fn with_key(&self, key: &ApiKey, identity: Identity) -> Transport {
        Transport::new(
            self.http.clone(),
            self.url.clone(),
            key.apikey.clone(),
            Authorization::Key(key.bearer.clone()),
            identity,
        )
    }

    fn publishable_key(&self, identity: Identity) -> Result<&ApiKey, ClientError> {
        self.publishable_key.as_ref().ok_or_else(|| {
            lacks(
                identity,
                "the project has no publishable key; set SUPABASE_PUBLISHABLE_KEY or \
                 SUPABASE_ANON_KEY",
            )
        })
    }
}

fn lacks(identity: Identity, message: &'static str) -> ClientError {
    let operation = Operation::on("act as", identity.to_string());
    let failure = Failure::new(ClientErrorKind::Config, message);
    ClientError::new(operation, Some(identity), failure)
}

impl fmt::Debug for Project {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Project")
            .field("host", &host_of(&self.url))
            .field("has_publishable_key", &self.publishable_key.is_some())
            .field("signs_tokens", &self.minter.is_some())
            .finish_non_exhaustive()
    }
}
