//! Reads a private JSON Web Key (RFC 7517) as a key to sign with.

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, RsaKeyPair, RsaPublicKeyComponents,
};
use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use jsonwebtoken::{Algorithm, EncodingKey};
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::InvalidSigningKey;

/// The length of a coordinate of the curve P-256.
const P256_BYTES: usize = 32;

/// JWKs have no padding, but some tools write it anyway.
const BASE64URL: GeneralPurpose = GeneralPurpose::new(
    &alphabet::URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

type Bytes = Zeroizing<Vec<u8>>;

/// A signing key and its algorithm.
pub(super) enum PrivateJwk {
    /// HS256.
    Symmetric { secret: Bytes },
    /// ES256 or RS256.
    Asymmetric {
        algorithm: Algorithm,
        key: EncodingKey,
        key_id: String,
    },
}

impl PrivateJwk {
    /// Parses a JWK, or an array or JWK set (`{"keys": […]}`) with exactly one private key in it.
    pub(super) fn parse(json: &str) -> Result<Self, InvalidSigningKey> {
        if json.trim_start().starts_with("-----BEGIN") {
            return Err(InvalidSigningKey::Pem);
        }
        serde_json::from_str::<IgnoredAny>(json).map_err(|error| InvalidSigningKey::NotJson {
            line: error.line(),
            column: error.column(),
        })?;
        let keys = match serde_json::from_str(json) {
            Ok(Document::Set { keys } | Document::List(keys)) => keys,
            Ok(Document::Key(key)) => vec![*key],
            // The error's text may quote the JSON.
            Err(_) => return Err(InvalidSigningKey::NotJwk),
        };

        let is_empty = keys.is_empty();
        let mut private = keys.into_iter().filter(Jwk::is_private);
        match (private.next(), private.count()) {
            (Some(key), 0) => key.into_private(),
            (Some(_), others) => Err(InvalidSigningKey::SeveralKeys { count: 1 + others }),
            (None, _) if is_empty => Err(InvalidSigningKey::NotJwk),
            (None, _) => Err(InvalidSigningKey::PublicKey),
        }
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Document {
    Set { keys: Vec<Jwk> },
    List(Vec<Jwk>),
    Key(Box<Jwk>),
}

#[derive(Deserialize)]
struct Jwk {
    kty: String,
    crv: Option<String>,
    alg: Option<String>,
    kid: Option<String>,
    k: Option<SecretString>,
    x: Option<SecretString>,
    y: Option<SecretString>,
    d: Option<SecretString>,
    n: Option<SecretString>,
    e: Option<SecretString>,
    p: Option<SecretString>,
    q: Option<SecretString>,
    dp: Option<SecretString>,
    dq: Option<SecretString>,
    qi: Option<SecretString>,
}

impl Jwk {
    fn is_private(&self) -> bool {
        self.d.is_some() || self.k.is_some()
    }

    fn into_private(self) -> Result<PrivateJwk, InvalidSigningKey> {
        let (algorithm, key) = match (&*self.kty, self.crv.as_deref(), self.alg.as_deref()) {
            ("oct", None, None | Some("HS256")) => {
                return Ok(PrivateJwk::Symmetric {
                    secret: member("k", &self.k)?,
                });
            }
            ("EC", Some("P-256"), None | Some("ES256")) => (Algorithm::ES256, self.ec_key()?),
            ("EC", None, _) => return Err(InvalidSigningKey::MissingMember { member: "crv" }),
            ("RSA", None, None | Some("RS256")) => (Algorithm::RS256, self.rsa_key()?),
            _ => return Err(InvalidSigningKey::Unsupported { kind: self.kind() }),
        };
        match self.kid {
            Some(key_id) if !key_id.trim().is_empty() => Ok(PrivateJwk::Asymmetric {
                algorithm,
                key,
                key_id,
            }),
            _ => Err(InvalidSigningKey::NoKeyId),
        }
    }

    fn ec_key(&self) -> Result<EncodingKey, InvalidSigningKey> {
        let d = p256_coordinate("d", &self.d)?;
        let x = p256_coordinate("x", &self.x)?;
        let y = p256_coordinate("y", &self.y)?;
        // SEC 1, section 2.3.3: an uncompressed point.
        let point = [&[4], &x[..], &y[..]].concat();
        let pair = EcdsaKeyPair::from_private_key_and_public_key(
            &ECDSA_P256_SHA256_FIXED_SIGNING,
            &d[..],
            &point,
        )
        .map_err(|_| InvalidSigningKey::Rejected)?;
        let pkcs8 = pair.to_pkcs8v1().map_err(|_| InvalidSigningKey::Rejected)?;
        Ok(EncodingKey::from_ec_der(pkcs8.as_ref()))
    }

    fn rsa_key(&self) -> Result<EncodingKey, InvalidSigningKey> {
        let components = rsa::KeyPairComponents {
            public_key: RsaPublicKeyComponents {
                n: without_leading_zeros(member("n", &self.n)?),
                e: without_leading_zeros(member("e", &self.e)?),
            },
            d: member("d", &self.d)?,
            p: member("p", &self.p)?,
            q: member("q", &self.q)?,
            dP: member("dp", &self.dp)?,
            dQ: member("dq", &self.dq)?,
            qInv: member("qi", &self.qi)?,
        };
        let pair =
            RsaKeyPair::from_components(&components).map_err(|_| InvalidSigningKey::Rejected)?;
        let pkcs8: Pkcs8V1Der<'_> = pair.as_der().map_err(|_| InvalidSigningKey::Rejected)?;
        let pkcs1 = pkcs1_of_pkcs8(pkcs8.as_ref()).ok_or(InvalidSigningKey::Rejected)?;
        Ok(EncodingKey::from_rsa_der(pkcs1))
    }

    /// The algorithm that the key names, if the name is short enough for a message.
    fn kind(&self) -> String {
        let name = self.alg.as_ref().or(self.crv.as_ref()).unwrap_or(&self.kty);
        let is_name = name.len() <= 20 && name.chars().all(|c| c.is_ascii_graphic());
        if is_name {
            format!("`{name}`")
        } else {
            "another algorithm".to_owned()
        }
    }
}

fn member(name: &'static str, value: &Option<SecretString>) -> Result<Bytes, InvalidSigningKey> {
    let value = value
        .as_ref()
        .ok_or(InvalidSigningKey::MissingMember { member: name })?;
    match BASE64URL.decode(value.expose_secret()) {
        Ok(bytes) if !bytes.is_empty() => Ok(Zeroizing::new(bytes)),
        _ => Err(InvalidSigningKey::InvalidMember {
            member: name,
            expected: "base64url",
        }),
    }
}

/// A number of the curve as exactly 32 bytes.
///
/// RFC 7518 requires leading zeros, but the Supabase CLI leaves them out: one number in 256 is
/// short.
fn p256_coordinate(
    name: &'static str,
    value: &Option<SecretString>,
) -> Result<Zeroizing<[u8; P256_BYTES]>, InvalidSigningKey> {
    let number = without_leading_zeros(member(name, value)?);
    let mut padded = Zeroizing::new([0; P256_BYTES]);
    let start = P256_BYTES.checked_sub(number.len());
    match start.and_then(|start| padded.get_mut(start..)) {
        Some(end) => end.copy_from_slice(&number),
        None => {
            let expected = "a number of the curve P-256";
            return Err(InvalidSigningKey::InvalidMember {
                member: name,
                expected,
            });
        }
    }
    Ok(padded)
}

fn without_leading_zeros(mut number: Bytes) -> Bytes {
    let zeros = number.iter().take_while(|&&byte| byte == 0).count();
    number.drain(..zeros);
    number
}

/// Returns the `RSAPrivateKey` (PKCS#1) inside a `PrivateKeyInfo` (PKCS#8): jsonwebtoken takes PKCS#1.
///
/// The wrapping is the same for every key of 2048 to 8192 bits, except for two lengths of two bytes.
pub(super) fn pkcs1_of_pkcs8(pkcs8: &[u8]) -> Option<&[u8]> {
    const VERSION_AND_RSA_ENCRYPTION: &[u8] = &[
        0x02, 0x01, 0x00, // version 0
        0x30, 0x0d, // the algorithm: rsaEncryption (1.2.840.113549.1.1.1), NULL
        0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00,
    ];
    let [0x30, 0x82, _, _, info @ ..] = pkcs8 else {
        return None;
    };
    match info.strip_prefix(VERSION_AND_RSA_ENCRYPTION)? {
        [0x04, 0x82, _, _, private_key @ ..] => Some(private_key),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
