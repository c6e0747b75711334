//! Writes a user's claims and has them signed.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use http::HeaderValue;
use serde_json::json;

use super::{Clock, RunClaim, Signer, StandingClaims, TokenError};
use crate::UserId;

/// How far `iat` is set back, so that a server whose clock lags does not answer "JWT issued at
/// future". (PostgREST forgives 30 s.)
const ISSUED_AT_SKEW: Duration = Duration::from_secs(10);

/// A token is replaced this long before its end, or at half its life if that is later.
const REFRESH_MARGIN: Duration = Duration::from_secs(60);

/// Mints the tokens of every user client of one project.
pub(crate) struct Minter {
    signer: Signer,
    /// The claims that are the same in every token, as a JSON object without its closing brace.
    standing_claims: String,
    lifetime: Duration,
    clock: Arc<dyn Clock>,
}

/// A signed token and when to replace it.
#[derive(Debug)]
pub(crate) struct MintedToken {
    /// `Bearer …`, marked sensitive.
    pub(crate) authorization: HeaderValue,
    /// Since 1970.
    refresh_at: Duration,
}

impl Minter {
    /// `issuer` becomes the claim `iss`: the project's URL followed by `/auth/v1`.
    pub(crate) fn new(
        signer: Signer,
        issuer: &str,
        claims: StandingClaims,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let lifetime = claims.lifetime();
        let mut standing_claims = claims.into_json(issuer).to_string();
        standing_claims.pop();
        Self {
            signer,
            standing_claims,
            lifetime,
            clock,
        }
    }

    /// A new token for `user`.
    pub(crate) fn mint(
        &self,
        user: UserId,
        run: Option<&RunClaim>,
    ) -> Result<MintedToken, TokenError> {
        let now = self.now()?;
        let expires_at = whole_seconds(now + self.lifetime);
        let claims = self.claims(user, run, now.saturating_sub(ISSUED_AT_SKEW), expires_at);
        let token = self.signer.sign(&claims)?;

        let mut authorization =
            HeaderValue::try_from(format!("Bearer {token}")).map_err(TokenError::Header)?;
        authorization.set_sensitive(true);
        let margin = REFRESH_MARGIN.min(self.lifetime / 2);
        Ok(MintedToken {
            authorization,
            refresh_at: expires_at.saturating_sub(margin),
        })
    }

    /// Whether `token` is still far enough from its end to be used.
    pub(crate) fn is_fresh(&self, token: &MintedToken) -> Result<bool, TokenError> {
        Ok(self.now()? < token.refresh_at)
    }

    // Appends what differs from token to token as text: a UUID and numbers need no escaping.
    fn claims(
        &self,
        user: UserId,
        run: Option<&RunClaim>,
        issued_at: Duration,
        expires_at: Duration,
    ) -> String {
        let standing = &self.standing_claims;
        let (iat, exp) = (issued_at.as_secs(), expires_at.as_secs());
        match run {
            None => format!(r#"{standing},"sub":"{user}","iat":{iat},"exp":{exp}}}"#),
            Some(RunClaim { task_id, run_id }) => {
                let run = json!({ "id": task_id, "run_id": run_id });
                format!(
                    r#"{standing},"sub":"{user}","iat":{iat},"exp":{exp},"supabase_task":{run}}}"#
                )
            }
        }
    }

    fn now(&self) -> Result<Duration, TokenError> {
        self.clock
            .now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .map_err(TokenError::Clock)
    }
}

/// Rounds up, so that a token never ends before its lifetime is over.
fn whole_seconds(time: Duration) -> Duration {
    Duration::from_secs(time.as_secs() + u64::from(time.subsec_nanos() > 0))
}

// Claims may hold personal data.
impl fmt::Debug for Minter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Minter")
            .field("signer", &self.signer)
            .field("lifetime", &self.lifetime)
            .field("clock", &self.clock)
            .finish_non_exhaustive()
    }
}
