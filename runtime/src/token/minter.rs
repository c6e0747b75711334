//! Writes a user's claims and signs them.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use http::HeaderValue;
use serde_json::json;

use super::{Clock, RunClaim, Signer, StandingClaims, TokenError};
use crate::UserId;
use crate::debug::debug_fields;

/// How far `iat` is set back, so that a server whose clock lags does not answer "JWT issued at
/// future". (PostgREST tolerates 30 s.)
const ISSUED_AT_SKEW: Duration = Duration::from_secs(10);

/// A token is replaced this long before it expires, or at half its lifetime if that is later.
const REFRESH_MARGIN: Duration = Duration::from_secs(60);

/// Mints the tokens of every user client of one project.
pub(crate) struct Minter {
    signer: Signer,
    /// The claims that are the same in every token, as a JSON object without its closing brace.
    standing_claims: String,
    /// The role among them.
    #[cfg(feature = "sql")]
    role: String,
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
        #[cfg(feature = "sql")]
        let role = claims.role().to_owned();
        let mut standing_claims = claims.into_json(issuer).to_string();
        standing_claims.pop();
        Self {
            signer,
            standing_claims,
            #[cfg(feature = "sql")]
            role,
            lifetime,
            clock,
        }
    }

    /// Mints a new token for `user`.
    pub(crate) fn mint(
        &self,
        user: UserId,
        run: Option<&RunClaim>,
    ) -> Result<MintedToken, TokenError> {
        let now = self.now()?;
        let (claims, expires_at) = self.claims_at(now, user, run);
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

    /// Whether `token` is still far enough from its expiry to be used.
    pub(crate) fn is_fresh(&self, token: &MintedToken) -> Result<bool, TokenError> {
        Ok(self.now()? < token.refresh_at)
    }

    /// Returns the claims that a token minted now would carry, for a transaction.
    #[cfg(feature = "sql")]
    pub(crate) fn claims_now(
        &self,
        user: UserId,
        run: Option<&RunClaim>,
    ) -> Result<String, TokenError> {
        Ok(self.claims_at(self.now()?, user, run).0)
    }

    /// Returns the database role of users.
    #[cfg(feature = "sql")]
    pub(crate) fn role(&self) -> &str {
        &self.role
    }

    /// Returns the claims of a token that is minted `now`, and when it expires.
    fn claims_at(&self, now: Duration, user: UserId, run: Option<&RunClaim>) -> (String, Duration) {
        let expires_at = whole_seconds(now + self.lifetime);
        let issued_at = now.saturating_sub(ISSUED_AT_SKEW);
        (self.claims(user, run, issued_at, expires_at), expires_at)
    }

    // Appends the claims that differ between tokens as text: UUIDs and numbers need no escaping.
    fn claims(
        &self,
        user: UserId,
        run: Option<&RunClaim>,
        issued_at: Duration,
        expires_at: Duration,
    ) -> String {
        let standing = &self.standing_claims;
        let (iat, exp) = (issued_at.as_secs(), expires_at.as_secs());
        let mut claims = String::with_capacity(standing.len() + 256);
        // Writing to a `String` cannot fail.
        let _ = write!(
            claims,
            r#"{standing},"sub":"{user}","iat":{iat},"exp":{exp}"#
        );
        if let Some(RunClaim { task_id, run_id }) = run {
            let id = json!(task_id);
            let _ = write!(
                claims,
                r#","supabase_task":{{"id":{id},"run_id":"{run_id}"}}"#
            );
        }
        claims.push('}');
        claims
    }

    fn now(&self) -> Result<Duration, TokenError> {
        self.clock
            .now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .map_err(TokenError::Clock)
    }
}

/// Rounds up, so that a token never expires before its lifetime is over.
fn whole_seconds(time: Duration) -> Duration {
    Duration::from_secs(time.as_secs() + u64::from(time.subsec_nanos() > 0))
}

// Claims may hold personal data.
debug_fields!(Minter: |this| {
    signer: this.signer,
    lifetime: this.lifetime,
    clock: this.clock,
});

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use jsonwebtoken::{Algorithm, DecodingKey};
    use serde_json::{Map, Value};

    use super::*;
    use crate::token::TokenOptions;
    use crate::token::testing::{FakeClock, JWT_SECRET, START, verified};

    const USER: &str = "5f0c8f0e-9a3c-4a52-8d8e-0a1b2c3d4e5f";

    fn minted(options: TokenOptions, clock: Arc<dyn Clock>, run: Option<&RunClaim>) -> MintedToken {
        let signer = Signer::from_secret(&JWT_SECRET.into()).unwrap();
        let issuer = "https://abc.supabase.co/auth/v1";
        Minter::new(signer, issuer, options.check().unwrap(), clock)
            .mint(USER.parse().unwrap(), run)
            .unwrap()
    }

    fn claims_of(token: &MintedToken) -> Map<String, Value> {
        let header = token.authorization.to_str().unwrap();
        let key = DecodingKey::from_secret(JWT_SECRET.as_bytes());
        verified(
            header.strip_prefix("Bearer ").unwrap(),
            Algorithm::HS256,
            &key,
        )
    }

    #[test]
    fn a_token_carries_what_supabase_auth_puts_in_one() {
        let token = minted(TokenOptions::default(), FakeClock::new(), None);
        let expected = json!({
            "sub": USER,
            "role": "authenticated",
            "aud": "authenticated",
            "iss": "https://abc.supabase.co/auth/v1",
            "iat": START - 10,
            "exp": START + 3600,
            "email": "",
            "phone": "",
            "app_metadata": {},
            "user_metadata": {},
            "aal": "aal1",
            "is_anonymous": false,
        });
        assert_eq!(Value::Object(claims_of(&token)), expected);
    }

    #[test]
    fn a_token_of_a_run_names_it() {
        let run = RunClaim {
            task_id: "add_todo",
            run_id: Uuid::from_u128(7),
        };
        let token = minted(TokenOptions::default(), FakeClock::new(), Some(&run));
        let expected = json!({ "id": "add_todo", "run_id": Uuid::from_u128(7) });
        assert_eq!(claims_of(&token)["supabase_task"], expected);
    }

    #[test]
    fn extra_claims_are_added_and_win_over_the_usual_ones() {
        let mut options = TokenOptions::default();
        options.claims.insert("role".to_owned(), "editor".into());
        options
            .claims
            .insert("app_metadata".to_owned(), json!({ "org": "\"a\" } {" }));
        options.claims.insert("tenant".to_owned(), 7.into());
        let claims = claims_of(&minted(options, FakeClock::new(), None));
        assert_eq!(claims["role"], "editor");
        assert_eq!(claims["app_metadata"]["org"], "\"a\" } {");
        assert_eq!(claims["tenant"], 7);
        assert_eq!(claims["sub"], USER);
    }

    #[test]
    fn a_lifetime_is_rounded_up_to_whole_seconds() {
        let clock = FakeClock::new();
        clock.advance(Duration::from_millis(900));
        let options = TokenOptions {
            lifetime: Duration::from_secs(1),
            ..Default::default()
        };
        assert_eq!(claims_of(&minted(options, clock, None))["exp"], START + 2);
    }

    #[test]
    fn a_clock_before_1970_is_an_error() {
        #[derive(Debug)]
        struct Broken;
        impl Clock for Broken {
            fn now(&self) -> SystemTime {
                SystemTime::UNIX_EPOCH - Duration::from_secs(1)
            }
        }

        let signer = Signer::from_secret(&JWT_SECRET.into()).unwrap();
        let claims = TokenOptions::default().check().unwrap();
        let minter = Minter::new(signer, "issuer", claims, Arc::new(Broken));
        let error = minter.mint(USER.parse().unwrap(), None).unwrap_err();
        assert!(matches!(error, TokenError::Clock(_)));
    }

    #[test]
    fn neither_the_token_nor_claims_are_shown() {
        let mut options = TokenOptions::default();
        options
            .claims
            .insert("email".to_owned(), "alice@example.com".into());
        let signer = Signer::from_secret(&JWT_SECRET.into()).unwrap();
        let claims = options.check().unwrap();
        let shown = format!("{options:?} {claims:?}");
        let minter = Minter::new(signer, "issuer", claims, FakeClock::new());
        let token = minter.mint(USER.parse().unwrap(), None).unwrap();
        let shown = format!("{shown} {minter:?} {token:?}");
        assert!(shown.contains("email"));
        for secret in ["alice", JWT_SECRET, "Bearer", "eyJ"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}
