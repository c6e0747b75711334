//! The stack's API keys, and the keys that its tokens are verified with.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value, json};

use super::LocalError;
use crate::token::Signer;

/// The keys of every stack that the Supabase CLI starts. They are public.
const CLI_JWT_SECRET: &str = "super-secret-jwt-token-with-at-least-32-characters-long";
const CLI_PUBLISHABLE: &str = "sb_publishable_ACJWlzQHlZjBrEguHvfOxg_3BJgxAaH";
const CLI_SECRET: &str = "sb_secret_N7UND0UgjKTVK-Uodkm0Hg_xSvEMPvz";

/// When the legacy keys of the Supabase CLI expire, in seconds since 1970: in 2032.
const CLI_EXPIRY: u64 = 1_983_812_996;

/// The length that PostgREST requires of a secret.
const MIN_JWT_SECRET_LENGTH: usize = 32;

/// The legacy keys of a project are valid for ten years.
const LEGACY_KEY_LIFE: Duration = Duration::from_secs(10 * 365 * 24 * 60 * 60);

/// The members of a JWK that only its owner may know.
const PRIVATE_MEMBERS: [&str; 7] = ["d", "p", "q", "dp", "dq", "qi", "oth"];

/// The keys that a stack signs and verifies with.
pub(super) struct Keys {
    pub(super) publishable: SecretString,
    pub(super) secret: SecretString,
    pub(super) anon: SecretString,
    pub(super) service_role: SecretString,
    pub(super) jwt_secret: SecretString,
    /// The answer of `/auth/v1/.well-known/jwks.json`.
    pub(super) public_jwks: Value,
    /// All keys that a token may be signed with: the secret, and the public keys.
    verification_jwks: SecretString,
}

impl Keys {
    /// Makes the keys: those of the Supabase CLI if `fixed`, and otherwise new ones.
    pub(super) fn new(
        fixed: bool,
        jwt_secret: Option<SecretString>,
        jwks: Option<&str>,
    ) -> Result<Self, LocalError> {
        let jwt_secret = match jwt_secret {
            Some(secret) => secret,
            None if fixed => CLI_JWT_SECRET.into(),
            None => random_secret()?,
        };
        let length = jwt_secret.expose_secret().chars().count();
        if length < MIN_JWT_SECRET_LENGTH {
            return Err(LocalError::JwtSecretTooShort { length });
        }

        let mut verification = vec![json!({
            "kty": "oct",
            "alg": "HS256",
            "k": URL_SAFE_NO_PAD.encode(jwt_secret.expose_secret()),
        })];
        let public = jwks.map(public_keys).transpose()?.unwrap_or_default();
        verification.extend(public.iter().cloned());

        Ok(Self {
            publishable: match fixed {
                true => CLI_PUBLISHABLE.into(),
                false => random_key("sb_publishable")?,
            },
            secret: match fixed {
                true => CLI_SECRET.into(),
                false => random_key("sb_secret")?,
            },
            anon: legacy_key("anon", fixed, &jwt_secret)?,
            service_role: legacy_key("service_role", fixed, &jwt_secret)?,
            public_jwks: json!({ "keys": public }),
            verification_jwks: json!({ "keys": verification }).to_string().into(),
            jwt_secret,
        })
    }

    /// Returns the keys for the API's verifier.
    pub(super) fn verifier(&self) -> Result<Option<postrust_auth::JwtKeys>, LocalError> {
        postrust_auth::JwtKeys::from_config(Some(self.verification_jwks.expose_secret()), false)
            .map_err(|error| LocalError::Jwks {
                reason: error.to_string(),
            })
    }

    /// Returns a JWT of these claims, signed with the stack's secret.
    pub(super) fn sign(&self, claims: &Map<String, Value>) -> Result<SecretString, LocalError> {
        let claims =
            serde_json::to_string(claims).map_err(|error| LocalError::Keys(error.into()))?;
        sign(&claims, &self.jwt_secret)
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys").finish_non_exhaustive()
    }
}

fn sign(claims: &str, secret: &SecretString) -> Result<SecretString, LocalError> {
    // Not `jsonwebtoken::encode`, which panics in a build with two crypto backends: see `Signer`.
    let signer = Signer::from_secret(secret)
        .map_err(|error| LocalError::Keys(format!("the JWT secret {error}").into()))?;
    let token = signer
        .sign(claims)
        .map_err(|error| LocalError::Keys(error.into()))?;
    Ok(token.into())
}

/// A legacy key, with the claims and in the form of the Supabase CLI: a fixed one is its very text.
fn legacy_key(role: &str, fixed: bool, secret: &SecretString) -> Result<SecretString, LocalError> {
    let expiry = match fixed {
        true => CLI_EXPIRY,
        false => {
            let now = SystemTime::now().duration_since(UNIX_EPOCH);
            (now.unwrap_or_default() + LEGACY_KEY_LIFE).as_secs()
        }
    };
    let claims = format!(r#"{{"iss":"supabase-demo","role":"{role}","exp":{expiry}}}"#);
    sign(&claims, secret)
}

fn random<const LENGTH: usize>() -> Result<[u8; LENGTH], LocalError> {
    let mut bytes = [0; LENGTH];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|error| LocalError::Keys(error.into()))?;
    Ok(bytes)
}

/// A secret of 43 characters.
fn random_secret() -> Result<SecretString, LocalError> {
    Ok(URL_SAFE_NO_PAD.encode(random::<32>()?).into())
}

/// `prefix_` + 22 random characters + `_` + 8 more, where Supabase has a checksum.
fn random_key(prefix: &str) -> Result<SecretString, LocalError> {
    let bytes = random::<22>()?;
    let (key, checksum) = bytes.split_at(16);
    let (key, checksum) = (
        URL_SAFE_NO_PAD.encode(key),
        URL_SAFE_NO_PAD.encode(checksum),
    );
    Ok(format!("{prefix}_{key}_{checksum}").into())
}

/// The asymmetric keys of a JWKS, or of a bare array of keys, without their private members.
fn public_keys(jwks: &str) -> Result<Vec<Value>, LocalError> {
    let refused = |reason: &str| LocalError::Jwks {
        reason: reason.to_owned(),
    };
    let parsed: Value = serde_json::from_str(jwks).map_err(|_| refused("it is not JSON"))?;
    let keys = match parsed {
        Value::Array(keys) => keys,
        Value::Object(mut set) => match set.remove("keys") {
            Some(Value::Array(keys)) => keys,
            _ => return Err(refused("it has no array `keys`")),
        },
        _ => return Err(refused("it is neither an object nor an array")),
    };
    keys.into_iter()
        .filter(|key| key["kty"] != "oct")
        .map(|key| match key {
            Value::Object(key) => Ok(Value::Object(public_key(key))),
            _ => Err(refused("a key in it is not an object")),
        })
        .collect()
}

fn public_key(mut key: Map<String, Value>) -> Map<String, Value> {
    let private = PRIVATE_MEMBERS
        .iter()
        .filter(|name| key.remove(**name).is_some())
        .count()
        > 0;
    if private {
        key.insert("key_ops".to_owned(), json!(["verify"]));
    }
    if key.get("crv").is_some_and(|curve| curve == "P-256") {
        for coordinate in ["x", "y"] {
            if let Some(padded) = key
                .get(coordinate)
                .and_then(Value::as_str)
                .and_then(left_padded)
            {
                key.insert(coordinate.to_owned(), json!(padded));
            }
        }
    }
    key
}

/// `supabase gen signing-key` drops a coordinate's leading zero bytes; a verifier needs all 32.
fn left_padded(coordinate: &str) -> Option<String> {
    let short = URL_SAFE_NO_PAD
        .decode(coordinate.trim_end_matches('='))
        .ok()?;
    let mut padded = vec![0; 32_usize.checked_sub(short.len())?];
    padded.extend(short);
    Some(URL_SAFE_NO_PAD.encode(padded))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_keys_have_supabases_forms() {
        let keys = Keys::new(false, None, None).unwrap();
        let publishable = keys.publishable.expose_secret();
        assert!(publishable.starts_with("sb_publishable_"), "{publishable}");
        assert_eq!(publishable.len(), "sb_publishable_".len() + 22 + 1 + 8);
        assert!(keys.secret.expose_secret().starts_with("sb_secret_"));
        for (key, role) in [(&keys.anon, "anon"), (&keys.service_role, "service_role")] {
            let payload = key.expose_secret().split('.').nth(1).unwrap();
            let claims: Value =
                serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap();
            assert_eq!(claims["role"], role);
            assert_eq!(claims["iss"], "supabase-demo");
        }
    }

    #[test]
    fn each_stack_has_keys_of_its_own_unless_fixed_ones_are_asked_for() {
        let [one, other] = [(); 2].map(|()| Keys::new(false, None, None).unwrap());
        assert_ne!(
            one.jwt_secret.expose_secret(),
            other.jwt_secret.expose_secret()
        );
        assert_ne!(one.secret.expose_secret(), other.secret.expose_secret());
        let fixed = Keys::new(true, None, None).unwrap();
        assert_eq!(fixed.jwt_secret.expose_secret(), CLI_JWT_SECRET);
        // As `supabase status` prints it.
        assert_eq!(
            fixed.anon.expose_secret(),
            "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJzdXBhYmFzZS1kZW1vIiwicm9sZSI6ImFub24iLCJleHAiOjE5ODM4\
             MTI5OTZ9.CRXP1A7WOeoJeXxjNni43kdQwgnWNReilDMblYTn_I0"
        );
        let given = Keys::new(true, Some("x".repeat(32).into()), None).unwrap();
        assert_eq!(given.secret.expose_secret(), CLI_SECRET);
        assert_ne!(given.anon.expose_secret(), fixed.anon.expose_secret());
    }

    #[test]
    fn a_short_secret_is_refused() {
        let error = Keys::new(false, Some("short".into()), None).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the JWT secret has 5 characters; PostgREST asks for 32 or more"
        );
    }

    #[test]
    fn a_secret_that_tasks_could_not_sign_with_is_refused() {
        let padded = format!(" {CLI_JWT_SECRET}");
        let error = Keys::new(false, Some(padded.into()), None).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the stack's API keys could not be made: the JWT secret has white space or quotes \
             around it: give the bare secret"
        );
    }

    #[test]
    fn only_the_public_half_of_a_jwks_is_kept() {
        let short = URL_SAFE_NO_PAD.encode([7; 31]);
        let jwks = json!([
            { "kty": "oct", "k": "c2VjcmV0" },
            { "kty": "EC", "crv": "P-256", "kid": "a", "x": short, "y": short, "d": short },
        ]);
        let keys = Keys::new(false, None, Some(&jwks.to_string())).unwrap();
        let public = keys.public_jwks["keys"].as_array().unwrap();
        assert_eq!(public.len(), 1);
        assert_eq!(public[0].get("d"), None);
        assert_eq!(public[0]["key_ops"], json!(["verify"]));
        let x = URL_SAFE_NO_PAD
            .decode(public[0]["x"].as_str().unwrap())
            .unwrap();
        assert_eq!((x.len(), x[0], x[1]), (32, 0, 7));
    }

    #[test]
    fn a_jwks_that_is_none_says_why() {
        for (jwks, reason) in [
            ("{", "it is not JSON"),
            ("{}", "it has no array `keys`"),
            ("[1]", "a key in it is not an object"),
        ] {
            let error = Keys::new(false, None, Some(jwks)).unwrap_err();
            assert!(error.to_string().ends_with(reason), "{error}");
        }
    }

    #[test]
    fn debug_shows_no_key() {
        let keys = Keys::new(false, None, None).unwrap();
        assert_eq!(format!("{keys:?}"), "Keys { .. }");
    }
}
