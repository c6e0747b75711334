//! The claims that every token of a project carries, and the token's lifetime.

use std::fmt;
use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::auth::is_privileged;

/// Claims that are set for each token, or that decide whether a server accepts it.
const RESERVED: &[&str] = &["sub", "iss", "iat", "nbf", "exp", "supabase_task"];

const MIN_LIFETIME: Duration = Duration::from_secs(1);
const MAX_LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);

/// The options for tokens that the user may set.
#[derive(Clone)]
pub(crate) struct TokenOptions {
    /// How long a token is valid: 1 second to 24 hours. Default: 1 hour, as in Supabase Auth.
    pub(crate) lifetime: Duration,
    /// Claims that are added to the usual ones, or replace them.
    pub(crate) claims: Map<String, Value>,
}

/// A problem of the [`TokenOptions`], as a whole sentence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum InvalidTokenOption {
    #[error(
        "`SupabaseBuilder::token_lifetime` was given {given:?}, but a token lives 1 s to 24 h (it \
         cannot be revoked, and is renewed automatically); leave it out for 1 h"
    )]
    Lifetime { given: Duration },
    #[error(
        "`SupabaseBuilder::token_claim` was given `{name}`, which is set automatically for each \
         token; leave it out"
    )]
    ReservedClaim { name: String },
    #[error(
        "`SupabaseBuilder::token_claim` was given a `role` that is not a string; give the name of a \
         database role, or leave it out for `authenticated`"
    )]
    RoleNotText,
    #[error(
        "`SupabaseBuilder::token_claim` was given the role `{role}`, which a user must not have: \
         it is PostgreSQL's or Supabase's own; leave it out for `authenticated`, give a role of \
         your own, or write `auth = \"service\"` on tasks that bypass Row Level Security"
    )]
    PrivilegedRole { role: String },
    #[error(
        "`SupabaseBuilder::token_claim` was given the role `anon`, under which a user is treated \
         as not signed in; leave it out for `authenticated`, or write `auth = \"anon\"` on tasks \
         that act for no user"
    )]
    AnonRole,
}

/// Checked [`TokenOptions`]: the lifetime, and every claim that is the same in all tokens.
#[derive(Debug)]
pub(crate) struct StandingClaims(TokenOptions);

impl Default for TokenOptions {
    fn default() -> Self {
        Self {
            lifetime: Duration::from_secs(60 * 60),
            claims: Map::new(),
        }
    }
}

impl TokenOptions {
    /// Returns the options as claims, or all their problems.
    pub(crate) fn check(&self) -> Result<StandingClaims, Vec<InvalidTokenOption>> {
        let mut problems = Vec::new();
        if !(MIN_LIFETIME..=MAX_LIFETIME).contains(&self.lifetime) {
            problems.push(InvalidTokenOption::Lifetime {
                given: self.lifetime,
            });
        }
        let names = self.claims.keys().cloned();
        let reserved = names.filter(|name| RESERVED.contains(&name.as_str()));
        problems.extend(reserved.map(|name| InvalidTokenOption::ReservedClaim { name }));
        let role = self.claims.get("role");
        problems.extend(role.and_then(|role| check_role(role).err()));
        if !problems.is_empty() {
            return Err(problems);
        }

        let mut claims = usual_claims();
        claims.extend(self.claims.clone());
        Ok(StandingClaims(Self {
            lifetime: self.lifetime,
            claims,
        }))
    }
}

impl StandingClaims {
    pub(crate) fn lifetime(&self) -> Duration {
        self.0.lifetime
    }

    /// The claims, with `issuer` as `iss`.
    pub(crate) fn into_claims(self, issuer: &str) -> Map<String, Value> {
        let mut claims = self.0.claims;
        claims.insert("iss".to_owned(), issuer.into());
        claims
    }
}

/// The claims that Supabase Auth puts in every token, but no `session_id`: Auth answers an unknown
/// one with `session_not_found`.
fn usual_claims() -> Map<String, Value> {
    let claims = [
        // Without it PostgREST runs the request as `anon`, and Realtime refuses it.
        ("role", json!("authenticated")),
        ("aud", json!("authenticated")),
        ("email", json!("")),
        ("phone", json!("")),
        ("app_metadata", json!({})),
        ("user_metadata", json!({})),
        ("aal", json!("aal1")),
        ("is_anonymous", json!(false)),
    ];
    claims
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

fn check_role(role: &Value) -> Result<(), InvalidTokenOption> {
    let role = match role.as_str().map(str::trim) {
        None | Some("") => return Err(InvalidTokenOption::RoleNotText),
        Some(role) => role,
    };
    if role.eq_ignore_ascii_case("anon") {
        return Err(InvalidTokenOption::AnonRole);
    }
    if is_privileged(role) {
        return Err(InvalidTokenOption::PrivilegedRole {
            role: role.to_owned(),
        });
    }
    Ok(())
}

// The values may hold personal data: only the names are shown.
impl fmt::Debug for TokenOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenOptions")
            .field("lifetime", &self.lifetime)
            .field("claims", &self.claims.keys())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(options: TokenOptions) -> Vec<InvalidTokenOption> {
        options.check().err().unwrap_or_default()
    }

    fn with_claim(name: &str, value: impl Into<Value>) -> TokenOptions {
        let claims = Map::from_iter([(name.to_owned(), value.into())]);
        TokenOptions {
            claims,
            ..Default::default()
        }
    }

    #[test]
    fn lifetimes_are_one_second_to_one_day() {
        let day = Duration::from_secs(86_400);
        for lifetime in [Duration::from_secs(1), day] {
            assert_eq!(
                problems(TokenOptions {
                    lifetime,
                    ..Default::default()
                }),
                []
            );
        }
        for given in [
            Duration::ZERO,
            Duration::from_millis(999),
            day + Duration::from_nanos(1),
        ] {
            let options = TokenOptions {
                lifetime: given,
                ..Default::default()
            };
            assert_eq!(problems(options), [InvalidTokenOption::Lifetime { given }]);
        }
    }

    #[test]
    fn claims_of_each_token_cannot_be_set() {
        for name in ["sub", "iss", "iat", "nbf", "exp", "supabase_task"] {
            let expected = InvalidTokenOption::ReservedClaim {
                name: name.to_owned(),
            };
            assert_eq!(problems(with_claim(name, 1)), [expected]);
        }
    }

    #[test]
    fn privileged_roles_are_refused() {
        let roles = [
            "service_role",
            "supabase_admin",
            "supabase_auth_admin",
            "supabase_storage_admin",
            "postgres",
            "authenticator",
            "dashboard_user",
            "pg_read_all_data",
            "none",
            "SERVICE_ROLE",
        ];
        for role in roles {
            let expected = InvalidTokenOption::PrivilegedRole {
                role: role.to_owned(),
            };
            assert_eq!(problems(with_claim("role", role)), [expected]);
        }
        assert_eq!(
            problems(with_claim("role", "anon")),
            [InvalidTokenOption::AnonRole]
        );
        for role in [
            Value::Null,
            1.into(),
            "".into(),
            " ".into(),
            vec!["service_role"].into(),
        ] {
            assert_eq!(
                problems(with_claim("role", role)),
                [InvalidTokenOption::RoleNotText]
            );
        }
    }

    #[test]
    fn roles_of_the_users_own_are_taken() {
        for role in ["authenticated", "editor", "tenant_admin"] {
            assert_eq!(problems(with_claim("role", role)), []);
        }
    }

    #[test]
    fn everything_wrong_is_reported_at_once() {
        let mut options = with_claim("exp", 1);
        options.claims.insert("role".to_owned(), "postgres".into());
        options.lifetime = Duration::ZERO;
        assert_eq!(problems(options).len(), 3);
    }
}
