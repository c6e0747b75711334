//! Shared by the tests of this module: a clock that is set by hand, and private JWKs.

use std::sync::{Arc, LazyLock, Mutex};
use std::time::{Duration, SystemTime};

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RsaKeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde_json::{Map, Value, json};

use super::Clock;

/// 32 bytes: the shortest secret allowed.
pub(crate) const JWT_SECRET: &str = "a-jwt-secret-of-32-bytes-exactly";

/// 2026-01-01T00:00:00Z.
pub(crate) const START: u64 = 1_767_225_600;

/// A clock that moves only on request.
#[derive(Debug)]
pub(crate) struct FakeClock(Mutex<SystemTime>);

impl FakeClock {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self(Mutex::new(
            SystemTime::UNIX_EPOCH + Duration::from_secs(START),
        )))
    }

    pub(crate) fn advance(&self, time: Duration) {
        *self.0.lock().unwrap() += time;
    }
}

impl Clock for FakeClock {
    fn now(&self) -> SystemTime {
        *self.0.lock().unwrap()
    }
}

/// The numbers of a P-256 key pair, 32 bytes each.
pub(crate) struct EcNumbers {
    pub(crate) x: Vec<u8>,
    pub(crate) y: Vec<u8>,
    pub(crate) d: Vec<u8>,
}

impl EcNumbers {
    pub(crate) fn generate() -> Self {
        use aws_lc_rs::encoding::{AsBigEndian, EcPrivateKeyBin};

        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let point = pair.public_key().as_ref();
        let d: EcPrivateKeyBin<'_> = pair.private_key().as_be_bytes().unwrap();
        Self {
            x: point[1..33].to_vec(),
            y: point[33..].to_vec(),
            d: d.as_ref().to_vec(),
        }
    }

    pub(crate) fn jwk(&self) -> Value {
        json!({
            "kty": "EC", "crv": "P-256", "alg": "ES256", "kid": "key-1", "use": "sig",
            "key_ops": ["sign", "verify"], "ext": true,
            "x": base64url(&self.x), "y": base64url(&self.y), "d": base64url(&self.d),
        })
    }

    pub(crate) fn decoding_key(&self) -> DecodingKey {
        DecodingKey::from_ec_components(&base64url(&self.x), &base64url(&self.y)).unwrap()
    }
}

/// A private RSA JWK; made once, because that takes a while.
pub(crate) fn rsa_jwk() -> Value {
    static JWK: LazyLock<Value> = LazyLock::new(|| {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
        let pkcs8: Pkcs8V1Der<'_> = pair.as_der().unwrap();
        let private_key = super::jwk::pkcs1_of_pkcs8(pkcs8.as_ref()).unwrap();
        // RFC 8017, A.1.2: a sequence of a version and eight numbers.
        let mut numbers = integers(&private_key[4..]).into_iter().skip(1);
        let mut jwk = json!({ "kty": "RSA", "alg": "RS256", "kid": "key-2" });
        for member in ["n", "e", "d", "p", "q", "dp", "dq", "qi"] {
            jwk[member] = base64url(&numbers.next().unwrap()).into();
        }
        jwk
    });
    JWK.clone()
}

pub(crate) fn base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The claims of a token whose signature `key` confirms.
pub(crate) fn verified(token: &str, algorithm: Algorithm, key: &DecodingKey) -> Map<String, Value> {
    let mut validation = Validation::new(algorithm);
    validation.set_audience(&["authenticated"]);
    // The token's times come from the fake clock.
    validation.validate_exp = false;
    jsonwebtoken::decode(token, key, &validation)
        .unwrap()
        .claims
}

/// The INTEGERs of a DER sequence's content, without the zero that keeps them positive.
fn integers(mut der: &[u8]) -> Vec<Vec<u8>> {
    let mut integers = Vec::new();
    while let [0x02, rest @ ..] = der {
        let (length, rest) = match rest {
            [0x82, high, low, rest @ ..] => (usize::from(*high) << 8 | usize::from(*low), rest),
            [0x81, length, rest @ ..] => (usize::from(*length), rest),
            [length, rest @ ..] => (usize::from(*length), rest),
            [] => panic!("cut off"),
        };
        let (integer, rest) = rest.split_at(length);
        integers.push(integer.strip_prefix(&[0]).unwrap_or(integer).to_vec());
        der = rest;
    }
    integers
}
