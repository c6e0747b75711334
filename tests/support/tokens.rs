//! Tokens that our minter would never make, and keys for valid ones.

use aws_lc_rs::encoding::{AsBigEndian, EcPrivateKeyBin};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{EncodingKey, Header};
use serde_json::{Value, json};

/// A token with these claims, signed with HS256.
pub fn hs256(claims: &Value, secret: &str) -> String {
    jsonwebtoken::encode(
        &Header::default(),
        claims,
        &EncodingKey::from_secret(secret.as_bytes()),
    )
    .unwrap_or_else(|error| panic!("the token could not be signed: {error}"))
}

/// A token with these claims and `alg: none`.
pub fn unsigned(claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!(
        "{}.{}.",
        part(&json!({ "alg": "none", "typ": "JWT" })),
        part(claims)
    )
}

/// A new ES256 signing key: the private JWK, and the public JWKS that a server checks with.
pub fn signing_key(kid: &str) -> (String, String) {
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)
        .unwrap_or_else(|error| panic!("no key: {error}"));
    let private: EcPrivateKeyBin<'_> = pair
        .private_key()
        .as_be_bytes()
        .unwrap_or_else(|error| panic!("no private key: {error}"));
    // 0x04, then x and y.
    let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
    let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let public = json!({
        "kty": "EC", "crv": "P-256", "alg": "ES256", "kid": kid, "use": "sig",
        "x": encode(x), "y": encode(y),
    });
    let mut jwk = public.clone();
    jwk["d"] = encode(private.as_ref()).into();
    (jwk.to_string(), json!({ "keys": [public] }).to_string())
}
