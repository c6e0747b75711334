//! What signing a user's token costs, next to `jsonwebtoken` signing the same claims.
//!
//! Uses a new client each time, as every run of a task does: its first token is always newly
//! signed.

use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_rs::encoding::{AsBigEndian, EcPrivateKeyBin};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use divan::Bencher;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use secrecy::ExposeSecret;
use serde::Serialize;
use serde_json::json;
use supabase_task::{Supabase, SupabaseBuilder, UserId};

const URL: &str = "http://127.0.0.1:54321";
const JWT_SECRET: &str = "super-secret-jwt-token-with-at-least-32-characters-long";

fn main() {
    divan::Divan::default()
        .sample_count(500)
        .sample_size(100)
        .config_with_args()
        .main();
}

mod hs256 {
    use super::*;

    #[divan::bench]
    fn user_client(bencher: Bencher<'_, '_>) {
        sign_with_user_clients(bencher, |builder| builder.jwt_secret(JWT_SECRET));
    }

    #[divan::bench]
    fn jsonwebtoken(bencher: Bencher<'_, '_>) {
        let header = Header::new(Algorithm::HS256);
        let key = EncodingKey::from_secret(JWT_SECRET.as_bytes());
        sign_with_jsonwebtoken(bencher, &header, &key);
    }
}

mod es256 {
    use super::*;

    #[divan::bench]
    fn user_client(bencher: Bencher<'_, '_>) {
        let pair = key_pair();
        sign_with_user_clients(bencher, |builder| builder.jwt_signing_key(jwk(&pair)));
    }

    #[divan::bench]
    fn jsonwebtoken(bencher: Bencher<'_, '_>) {
        let mut header = Header::new(Algorithm::ES256);
        header.kid = Some(KEY_ID.to_owned());
        let pkcs8 = key_pair().to_pkcs8v1().expect("a key in DER");
        let key = EncodingKey::from_ec_der(pkcs8.as_ref());
        sign_with_jsonwebtoken(bencher, &header, &key);
    }
}

fn sign_with_user_clients(
    bencher: Bencher<'_, '_>,
    signing: impl FnOnce(SupabaseBuilder) -> SupabaseBuilder,
) {
    let builder = Supabase::builder()
        .url(URL)
        .publishable_key("sb_publishable_ACJWlzQHlZjBrEguHvfOxg_3BJgxAaH");
    let supabase = signing(builder)
        .build()
        .expect("the configuration is complete");
    let user = user();
    let token = || {
        supabase
            .user_client(user)
            .expect("user clients are configured")
            .access_token()
            .expect("the token is signed")
    };
    assert_eq!(claims_in(token().expose_secret()), claims_of_peer());
    bencher.bench_local(token);
}

fn sign_with_jsonwebtoken(bencher: Bencher<'_, '_>, header: &Header, key: &EncodingKey) {
    let (user, issuer) = (user(), format!("{URL}/auth/v1"));
    bencher.bench_local(|| {
        jsonwebtoken::encode(header, &Claims::new(user, &issuer), key).expect("the token is signed")
    });
}

/// The claims of a Supabase Auth token.
#[derive(Serialize)]
struct Claims<'a> {
    sub: UserId,
    iss: &'a str,
    aud: &'static str,
    role: &'static str,
    email: &'static str,
    phone: &'static str,
    app_metadata: Empty,
    user_metadata: Empty,
    aal: &'static str,
    is_anonymous: bool,
    iat: u64,
    exp: u64,
}

#[derive(Serialize)]
struct Empty {}

impl<'a> Claims<'a> {
    fn new(user: UserId, issuer: &'a str) -> Self {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .expect("a clock that is set")
            .as_secs();
        Self {
            sub: user,
            iss: issuer,
            aud: "authenticated",
            role: "authenticated",
            email: "",
            phone: "",
            app_metadata: Empty {},
            user_metadata: Empty {},
            aal: "aal1",
            is_anonymous: false,
            iat: now - 10,
            exp: now + 3600,
        }
    }
}

/// The names of the claims in a token, sorted.
fn claims_in(token: &str) -> Vec<String> {
    let claims = token.split('.').nth(1).expect("a token has three parts");
    let claims = URL_SAFE_NO_PAD.decode(claims).expect("base64url");
    names(&serde_json::from_slice(&claims).expect("JSON"))
}

fn claims_of_peer() -> Vec<String> {
    names(&serde_json::to_value(Claims::new(user(), URL)).expect("JSON"))
}

fn names(claims: &serde_json::Value) -> Vec<String> {
    let mut names: Vec<_> = claims
        .as_object()
        .expect("an object")
        .keys()
        .cloned()
        .collect();
    names.sort();
    names
}

const KEY_ID: &str = "b81269f1-21d8-4f2e-b719-c2240a840d90";

fn key_pair() -> EcdsaKeyPair {
    EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a new key")
}

/// The key in the format in which Supabase's command line makes it for `SUPABASE_JWT_SIGNING_KEY`.
fn jwk(pair: &EcdsaKeyPair) -> String {
    let private: EcPrivateKeyBin<'_> = pair.private_key().as_be_bytes().expect("a private key");
    // 0x04, then x and y.
    let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
    let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    json!({
        "kty": "EC", "crv": "P-256", "alg": "ES256", "kid": KEY_ID, "use": "sig",
        "x": encode(x), "y": encode(y), "d": encode(private.as_ref()),
    })
    .to_string()
}

fn user() -> UserId {
    "5f0c8f0e-9a3c-4a52-8d8e-0a1b2c3d4e5f"
        .parse()
        .expect("a user id")
}
