//! Signs claims with the project's secret or signing key.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::crypto::aws_lc;
use jsonwebtoken::{Algorithm, EncodingKey};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use super::jwk::PrivateJwk;
use super::{InvalidSigningKey, TokenError};
use crate::debug::debug_fields;

/// RFC 7518, section 3.2; PostgREST refuses a shorter one too.
const MIN_SECRET_BYTES: usize = 32;

/// Signs tokens with HS256, ES256 or RS256.
pub(crate) struct Signer {
    algorithm: Algorithm,
    key: Key,
    /// The same in every token, so it is encoded once.
    encoded_header: String,
}

enum Key {
    /// Prepared once: preparing the key for each token would double the time to sign.
    Secret(Box<hmac::Key>),
    Private(EncodingKey),
}

impl Signer {
    /// HS256 with the project's JWT secret: its bytes as they are, not decoded from base64.
    ///
    /// The header has no `kid`, because a server would look for it among its signing keys.
    pub(crate) fn from_secret(secret: &SecretString) -> Result<Self, InvalidSigningKey> {
        let secret = secret.expose_secret();
        if secret.starts_with(['{', '[']) {
            return Err(InvalidSigningKey::JwkAsSecret);
        }
        if secret.contains(char::REPLACEMENT_CHARACTER) {
            return Err(InvalidSigningKey::SecretNotUtf8);
        }
        let is_quoted = ['"', '\'']
            .into_iter()
            .any(|quote| secret.starts_with(quote) && secret.ends_with(quote));
        if is_quoted || secret.trim() != secret {
            return Err(InvalidSigningKey::PaddedSecret);
        }
        Self::from_secret_bytes(secret.as_bytes())
    }

    /// ES256 or RS256 with a private JWK; HS256 with a symmetric one (`"kty": "oct"`).
    pub(crate) fn from_jwk(json: &SecretString) -> Result<Self, InvalidSigningKey> {
        match PrivateJwk::parse(json.expose_secret())? {
            PrivateJwk::Symmetric { secret } => Self::from_secret_bytes(&secret),
            PrivateJwk::Asymmetric {
                algorithm,
                key,
                key_id,
            } => {
                let header = json!({ "alg": algorithm, "typ": "JWT", "kid": key_id });
                Self::new(algorithm, Key::Private(key), &header)
            }
        }
    }

    fn from_secret_bytes(secret: &[u8]) -> Result<Self, InvalidSigningKey> {
        if secret.len() < MIN_SECRET_BYTES {
            return Err(InvalidSigningKey::ShortSecret {
                bytes: secret.len(),
            });
        }
        let header = json!({ "alg": Algorithm::HS256, "typ": "JWT" });
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
        Self::new(Algorithm::HS256, Key::Secret(Box::new(key)), &header)
    }

    fn new(
        algorithm: Algorithm,
        key: Key,
        header: &serde_json::Value,
    ) -> Result<Self, InvalidSigningKey> {
        let encoded_header = URL_SAFE_NO_PAD.encode(header.to_string());
        let signer = Self {
            algorithm,
            key,
            encoded_header,
        };
        // Finds a key that cannot sign now, instead of in the first task that needs it.
        signer.sign("{}").map_err(|_| InvalidSigningKey::Rejected)?;
        Ok(signer)
    }

    /// Signs `claims`, a JSON object, and returns the token (JWS compact serialization).
    pub(crate) fn sign(&self, claims: &str) -> Result<String, TokenError> {
        let mut token = String::with_capacity(self.encoded_header.len() + 2 * claims.len());
        token.push_str(&self.encoded_header);
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(claims, &mut token);
        let signature = self.signature(token.as_bytes()).map_err(TokenError::Sign)?;
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut token);
        Ok(token)
    }

    fn signature(&self, message: &[u8]) -> Result<Vec<u8>, jsonwebtoken::errors::Error> {
        match &self.key {
            Key::Secret(key) => Ok(hmac::sign(key, message).as_ref().to_vec()),
            // Names the backend: `jsonwebtoken::encode` uses the process's, and panics if another
            // crate in the build has enabled a second one.
            Key::Private(key) => {
                let signer = (aws_lc::DEFAULT_PROVIDER.signer_factory)(&self.algorithm, key)?;
                Ok(signer.try_sign(message)?)
            }
        }
    }
}

debug_fields!(Signer: |this| { algorithm: this.algorithm });

#[cfg(test)]
mod tests {
    use jsonwebtoken::{DecodingKey, decode_header};
    use serde_json::{Value, json};

    use super::*;
    use crate::token::testing::{EcNumbers, JWT_SECRET, base64url, rsa_jwk, verified};

    const CLAIMS: &str = r#"{"aud":"authenticated","sub":"someone","exp":1}"#;

    fn signer_of(jwk: &Value) -> Signer {
        Signer::from_jwk(&jwk.to_string().into()).unwrap()
    }

    fn problem_with(secret: &str) -> InvalidSigningKey {
        Signer::from_secret(&secret.into()).unwrap_err()
    }

    #[test]
    fn a_secret_signs_hs256_without_a_key_id() {
        let token = Signer::from_secret(&JWT_SECRET.into())
            .unwrap()
            .sign(CLAIMS)
            .unwrap();
        let header = decode_header(&token).unwrap();
        assert_eq!((header.alg, header.kid), (Algorithm::HS256, None));
        let key = DecodingKey::from_secret(JWT_SECRET.as_bytes());
        assert_eq!(verified(&token, Algorithm::HS256, &key)["sub"], "someone");
    }

    #[test]
    fn a_symmetric_jwk_signs_as_its_secret_does() {
        let jwk = json!({ "kty": "oct", "k": base64url(JWT_SECRET.as_bytes()), "kid": "k" });
        let secret = Signer::from_secret(&JWT_SECRET.into()).unwrap();
        assert_eq!(
            signer_of(&jwk).sign(CLAIMS).unwrap(),
            secret.sign(CLAIMS).unwrap()
        );
    }

    #[test]
    fn an_ec_jwk_signs_es256_with_its_key_id() {
        let numbers = EcNumbers::generate();
        let token = signer_of(&numbers.jwk()).sign(CLAIMS).unwrap();
        let header = decode_header(&token).unwrap();
        assert_eq!(
            (header.alg, header.kid.as_deref()),
            (Algorithm::ES256, Some("key-1"))
        );
        let claims = verified(&token, Algorithm::ES256, &numbers.decoding_key());
        assert_eq!(claims["sub"], "someone");
    }

    #[test]
    fn an_rsa_jwk_signs_rs256_with_its_key_id() {
        let jwk = rsa_jwk();
        let token = signer_of(&jwk).sign(CLAIMS).unwrap();
        let header = decode_header(&token).unwrap();
        assert_eq!(
            (header.alg, header.kid.as_deref()),
            (Algorithm::RS256, Some("key-2"))
        );
        let (n, e) = (jwk["n"].as_str().unwrap(), jwk["e"].as_str().unwrap());
        let key = DecodingKey::from_rsa_components(n, e).unwrap();
        assert_eq!(verified(&token, Algorithm::RS256, &key)["sub"], "someone");
    }

    #[test]
    fn weak_and_mistaken_secrets_are_refused() {
        assert_eq!(
            problem_with(""),
            InvalidSigningKey::ShortSecret { bytes: 0 }
        );
        let short = &JWT_SECRET[1..];
        assert_eq!(
            problem_with(short),
            InvalidSigningKey::ShortSecret { bytes: 31 }
        );
        for padded in [format!("{JWT_SECRET}\n"), format!("\"{JWT_SECRET}\"")] {
            assert_eq!(problem_with(&padded), InvalidSigningKey::PaddedSecret);
        }
        let jwk = EcNumbers::generate().jwk().to_string();
        assert_eq!(problem_with(&jwk), InvalidSigningKey::JwkAsSecret);
        let lossy = format!("{JWT_SECRET}\u{fffd}");
        assert_eq!(problem_with(&lossy), InvalidSigningKey::SecretNotUtf8);

        let jwk = json!({ "kty": "oct", "k": base64url(b"short") }).to_string();
        let problem = Signer::from_jwk(&jwk.into()).unwrap_err();
        assert_eq!(problem, InvalidSigningKey::ShortSecret { bytes: 5 });
    }

    #[test]
    fn debug_shows_the_algorithm_only() {
        let signer = Signer::from_secret(&JWT_SECRET.into()).unwrap();
        assert_eq!(format!("{signer:?}"), "Signer { algorithm: HS256, .. }");
    }
}
