//! Signs claims with the project's secret or signing key.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::crypto::aws_lc;
use jsonwebtoken::{Algorithm, EncodingKey};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use super::jwk::PrivateJwk;
use super::{InvalidSigningKey, TokenError};

/// RFC 7518, section 3.2; PostgREST refuses a shorter one too.
const MIN_SECRET_BYTES: usize = 32;

/// Signs tokens with HS256, ES256 or RS256.
pub(crate) struct Signer {
    algorithm: Algorithm,
    key: EncodingKey,
    /// The same in every token, so it is encoded once.
    encoded_header: String,
}

impl Signer {
    /// HS256 with the project's JWT secret: its bytes as they are, not decoded from base64.
    ///
    /// Without a `kid`: a server that sees one looks for it among its signing keys.
    pub(crate) fn from_secret(secret: &SecretString) -> Result<Self, InvalidSigningKey> {
        let secret = secret.expose_secret();
        if secret.starts_with(['{', '[']) {
            return Err(InvalidSigningKey::JwkAsSecret);
        }
        if secret.contains(char::REPLACEMENT_CHARACTER) {
            return Err(InvalidSigningKey::SecretNotUtf8);
        }
        let is_padding = |c: char| c.is_whitespace() || matches!(c, '"' | '\'');
        if secret.starts_with(is_padding) || secret.ends_with(is_padding) {
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
                Self::new(algorithm, key, &header)
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
        Self::new(Algorithm::HS256, EncodingKey::from_secret(secret), &header)
    }

    fn new(
        algorithm: Algorithm,
        key: EncodingKey,
        header: &serde_json::Value,
    ) -> Result<Self, InvalidSigningKey> {
        let encoded_header = URL_SAFE_NO_PAD.encode(header.to_string());
        let signer = Self {
            algorithm,
            key,
            encoded_header,
        };
        // A key that cannot sign is found here, not in the first task of the night.
        signer.sign("{}").map_err(|_| InvalidSigningKey::Rejected)?;
        Ok(signer)
    }

    /// The signed token (JWS compact serialization) of `claims`, a JSON object.
    pub(crate) fn sign(&self, claims: &str) -> Result<String, TokenError> {
        let mut token = format!("{}.", self.encoded_header);
        URL_SAFE_NO_PAD.encode_string(claims, &mut token);
        let signature = self.signature(token.as_bytes()).map_err(TokenError::Sign)?;
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut token);
        Ok(token)
    }

    // Names its backend: `jsonwebtoken::encode` takes the process's, and panics when another
    // crate in the build has turned on a second one.
    fn signature(&self, message: &[u8]) -> Result<Vec<u8>, jsonwebtoken::errors::Error> {
        let signer = (aws_lc::DEFAULT_PROVIDER.signer_factory)(&self.algorithm, &self.key)?;
        Ok(signer.try_sign(message)?)
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer")
            .field("algorithm", &self.algorithm)
            .finish_non_exhaustive()
    }
}
