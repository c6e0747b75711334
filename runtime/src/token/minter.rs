//! Writes the claims of a user or a role, and signs them.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use http::HeaderValue;
use serde_json::{Value, json};

use super::{Clock, RunClaim, Signer, StandingClaims, Subject, TokenError};
use crate::debug::debug_fields;

/// How far `iat` is set back, so that a server whose clock lags does not answer "JWT issued at
/// future". (PostgREST tolerates 30 s.)
const ISSUED_AT_SKEW: Duration = Duration::from_secs(10);

/// A token is replaced this long before it expires, or at half its lifetime if that is later.
const REFRESH_MARGIN: Duration = Duration::from_secs(60);

/// Mints the tokens of every client of one project.
pub(crate) struct Minter {
    signer: Signer,
    /// The claims that are the same in every token, as a JSON object without its closing brace.
    standing_claims: String,
    /// The role of users, as JSON.
    user_role: String,
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
        let mut claims = claims.into_claims(issuer);
        let user_role = claims.remove("role").unwrap_or_default().to_string();
        let mut standing_claims = Value::Object(claims).to_string();
        standing_claims.pop();
        Self {
            signer,
            standing_claims,
            user_role,
            lifetime,
            clock,
        }
    }

    /// Mints a new token for `subject`.
    pub(crate) fn mint(
        &self,
        subject: Subject,
        run: Option<&RunClaim>,
    ) -> Result<MintedToken, TokenError> {
        let now = self.now()?;
        let (claims, expires_at) = self.claims_at(now, subject, run);
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
        subject: Subject,
        run: Option<&RunClaim>,
    ) -> Result<String, TokenError> {
        Ok(self.claims_at(self.now()?, subject, run).0)
    }

    /// Returns the database role of users.
    #[cfg(feature = "sql")]
    pub(crate) fn user_role(&self) -> String {
        // Written by `new`, of a text.
        serde_json::from_str(&self.user_role).unwrap_or_default()
    }

    /// Returns the claims of a token that is minted `now`, and when it expires.
    fn claims_at(
        &self,
        now: Duration,
        subject: Subject,
        run: Option<&RunClaim>,
    ) -> (String, Duration) {
        let expires_at = whole_seconds(now + self.lifetime);
        let issued_at = now.saturating_sub(ISSUED_AT_SKEW);
        (self.claims(subject, run, issued_at, expires_at), expires_at)
    }

    // Appends the claims that differ between tokens as text: UUIDs and numbers need no escaping.
    fn claims(
        &self,
        subject: Subject,
        run: Option<&RunClaim>,
        issued_at: Duration,
        expires_at: Duration,
    ) -> String {
        let standing = &self.standing_claims;
        let (iat, exp) = (issued_at.as_secs(), expires_at.as_secs());
        let mut claims = String::with_capacity(standing.len() + 256);
        // Writing to a `String` cannot fail.
        let _ = write!(claims, r#"{standing},"iat":{iat},"exp":{exp},"role":"#);
        let _ = match subject.role {
            Some(role) => write!(claims, "{}", json!(role.as_str())),
            None => write!(claims, "{}", self.user_role),
        };
        if let Some(user) = subject.user {
            let _ = write!(claims, r#","sub":"{user}""#);
        }
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
    use serde_json::Map;

    use super::*;
    use crate::auth::RoleName;
    use crate::token::TokenOptions;
    use crate::token::testing::{FakeClock, JWT_SECRET, START, verified};

    const USER: &str = "5f0c8f0e-9a3c-4a52-8d8e-0a1b2c3d4e5f";

    fn user() -> Subject {
        Subject::user(USER.parse().unwrap())
    }

    fn minted(options: TokenOptions, clock: Arc<dyn Clock>, run: Option<&RunClaim>) -> MintedToken {
        minted_for(user(), options, clock, run)
    }

    fn minted_for(
        subject: Subject,
        options: TokenOptions,
        clock: Arc<dyn Clock>,
        run: Option<&RunClaim>,
    ) -> MintedToken {
        let signer = Signer::from_secret(&JWT_SECRET.into()).unwrap();
        let issuer = "https://abc.supabase.co/auth/v1";
        Minter::new(signer, issuer, options.check().unwrap(), clock)
            .mint(subject, run)
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
    fn a_role_takes_the_place_of_the_users_role() {
        let mut options = TokenOptions::default();
        options.claims.insert("role".to_owned(), "editor".into());
        let name = RoleName::new("re\"porter").unwrap();
        let mut expected = claims_of(&minted(options.clone(), FakeClock::new(), None));
        expected.insert("role".to_owned(), "re\"porter".into());
        for user in [Some(USER.parse().unwrap()), None] {
            let subject = Subject::role(name, user);
            let token = minted_for(subject, options.clone(), FakeClock::new(), None);
            if user.is_none() {
                expected.remove("sub");
            }
            assert_eq!(claims_of(&token), expected);
        }
    }

    #[test]
    fn a_role_is_written_once() {
        let subject = Subject::role(RoleName::new("reporter").unwrap(), None);
        let signer = Signer::from_secret(&JWT_SECRET.into()).unwrap();
        let claims = TokenOptions::default().check().unwrap();
        let minter = Minter::new(signer, "issuer", claims, FakeClock::new());
        let claims = minter.claims(subject, None, Duration::ZERO, Duration::ZERO);
        assert_eq!(claims.matches("\"role\"").count(), 1, "{claims}");
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
        let error = minter.mint(user(), None).unwrap_err();
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
        let token = minter.mint(user(), None).unwrap();
        let shown = format!("{shown} {minter:?} {token:?}");
        assert!(shown.contains("email"));
        for secret in ["alice", JWT_SECRET, "Bearer", "eyJ"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}
