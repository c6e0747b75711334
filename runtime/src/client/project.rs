//! What the clients of one project share.

use std::sync::Arc;

use url::Url;

use super::http::{Http, host_of};
#[cfg(feature = "cli")]
use super::postgrest::Schema;
use super::transport::{Authorization, Endpoints, Transport};
use crate::auth::{AuthKind, Principal};
use crate::config::{ApiKey, ConfigError, ConfigProblem};
use crate::debug::debug_fields;
use crate::token::{Minter, RunClaim, Subject, UserToken};

/// One project as its less privileged clients see it. It does not hold the service key, so a user's
/// client cannot leak it.
pub(crate) struct Project {
    http: Http,
    endpoints: Arc<Endpoints>,
    publishable_key: Option<ApiKey>,
    minter: Option<Arc<Minter>>,
    retries: bool,
}

impl Project {
    /// `url` is the project's origin. Only the keys that the clients in use need are given.
    pub(crate) fn new(
        http: Http,
        url: Url,
        publishable_key: Option<ApiKey>,
        minter: Option<Arc<Minter>>,
        retries: bool,
    ) -> Self {
        Self {
            http,
            endpoints: Arc::new(url.into()),
            publishable_key,
            minter,
            retries,
        }
    }

    /// Returns the transport that sends requests as `principal`. Only the service role needs
    /// `service_key`.
    pub(super) fn transport(
        &self,
        principal: Principal,
        service_key: Option<&ApiKey>,
        run: Option<RunClaim>,
    ) -> Result<Transport, ConfigError> {
        let publishable_key = self.publishable_key.as_ref();
        match principal {
            Principal::User(user) => {
                let authorization = self.tokens(Subject::user(user), run, AuthKind::User)?;
                let key = publishable_key.ok_or_else(not_configured(AuthKind::User))?;
                Ok(self.with(key, authorization, principal))
            }
            Principal::Role { role, user } => {
                let authorization = self.tokens(Subject::role(role, user), run, AuthKind::Role)?;
                let key = publishable_key.ok_or_else(not_configured(AuthKind::Role))?;
                Ok(self.with(key, authorization, principal))
            }
            Principal::Service => {
                let key = service_key.ok_or_else(not_configured(AuthKind::Service))?;
                Ok(self.with(key, Authorization::Key(key.bearer()), Principal::Service))
            }
            Principal::Anon => {
                let key = publishable_key.ok_or_else(not_configured(AuthKind::Anon))?;
                Ok(self.with(key, Authorization::Key(key.bearer()), Principal::Anon))
            }
        }
    }

    /// What writes users' claims, if a key to sign them was given.
    #[cfg(feature = "sql")]
    pub(crate) fn minter(&self) -> Option<&Arc<Minter>> {
        self.minter.as_ref()
    }

    /// Fails if the keys for clients of this mode are missing.
    pub(crate) fn check_keys(
        &self,
        mode: AuthKind,
        service_key: Option<&ApiKey>,
    ) -> Result<(), ConfigError> {
        let has_keys = match mode {
            AuthKind::User | AuthKind::Role => {
                self.publishable_key.is_some() && self.minter.is_some()
            }
            AuthKind::Service => service_key.is_some(),
            AuthKind::Anon => self.publishable_key.is_some(),
        };
        match has_keys {
            true => Ok(()),
            false => Err(not_configured(mode)()),
        }
    }

    /// Returns a schema as `principal` sees it, which is not the service role.
    #[cfg(feature = "cli")]
    pub(crate) fn schema_as(
        &self,
        principal: Principal,
        schema: &'static str,
        deadline: std::time::Instant,
    ) -> Result<Schema, ConfigError> {
        let transport = self.transport(principal, None, None)?;
        let transport = transport.with_retries(false).with_deadline(deadline.into());
        Ok(Schema::new(transport, schema))
    }

    /// Scheme, host and port.
    pub(crate) fn origin(&self) -> String {
        self.endpoints.project().origin().ascii_serialization()
    }

    fn tokens(
        &self,
        subject: Subject,
        run: Option<RunClaim>,
        mode: AuthKind,
    ) -> Result<Authorization, ConfigError> {
        let minter = self.minter.as_ref().ok_or_else(not_configured(mode))?;
        let tokens = UserToken::new(Arc::clone(minter), subject, run);
        Ok(Authorization::Token(Arc::new(tokens)))
    }

    fn with(&self, key: &ApiKey, authorization: Authorization, identity: Principal) -> Transport {
        Transport::new(
            self.http.clone(),
            Arc::clone(&self.endpoints),
            key.header_value(),
            authorization,
            identity,
        )
        .with_retries(self.retries)
    }
}

fn not_configured(mode: AuthKind) -> impl Fn() -> ConfigError {
    move || ConfigProblem::mode_not_configured(mode).into()
}

debug_fields!(Project: |this| {
    host: host_of(this.endpoints.project()),
    has_publishable_key: this.publishable_key.is_some(),
    signs_tokens: this.minter.is_some(),
});
