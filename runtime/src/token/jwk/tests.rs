use serde_json::{Value, json};

use super::*;
use crate::token::testing::{EcNumbers, JWT_SECRET, base64url, rsa_jwk};

fn parse(jwk: &Value) -> Result<PrivateJwk, InvalidSigningKey> {
    PrivateJwk::parse(&jwk.to_string())
}

fn problem(jwk: &Value) -> InvalidSigningKey {
    match parse(jwk) {
        Err(problem) => problem,
        Ok(_) => panic!("was taken: {jwk}"),
    }
}

fn with(mut jwk: Value, member: &str, value: Value) -> Value {
    jwk[member] = value;
    jwk
}

fn without(mut jwk: Value, member: &str) -> Value {
    jwk.as_object_mut().unwrap().remove(member).unwrap();
    jwk
}

fn assert_asymmetric(jwk: &Value, expected: Algorithm) {
    match parse(jwk) {
        Ok(PrivateJwk::Asymmetric { algorithm, .. }) => assert_eq!(algorithm, expected),
        Ok(PrivateJwk::Symmetric { .. }) => panic!("was read as a secret"),
        Err(problem) => panic!("{problem}: {jwk}"),
    }
}

#[test]
fn the_algorithm_is_inferred_when_alg_is_absent() {
    assert_asymmetric(
        &without(EcNumbers::generate().jwk(), "alg"),
        Algorithm::ES256,
    );
    assert_asymmetric(&without(rsa_jwk(), "alg"), Algorithm::RS256);
}

#[test]
fn coordinates_without_their_leading_zeros_are_padded() {
    type Number = fn(&EcNumbers) -> &Vec<u8>;
    let members: [(&str, Number); 3] = [("x", |n| &n.x), ("y", |n| &n.y), ("d", |n| &n.d)];
    for (member, number) in members {
        let numbers = std::iter::repeat_with(EcNumbers::generate)
            .find(|numbers| number(numbers)[0] == 0)
            .unwrap();
        let short = without_leading_zeros(Zeroizing::new(number(&numbers).clone()));
        assert!(short.len() < P256_BYTES);
        let jwk = with(numbers.jwk(), member, base64url(&short).into());
        assert_asymmetric(&jwk, Algorithm::ES256);
    }
}

#[test]
fn padded_base64_and_superfluous_zeros_are_taken() {
    let numbers = EcNumbers::generate();
    let padded = format!("{}=", base64url(&numbers.x));
    assert_asymmetric(&with(numbers.jwk(), "x", padded.into()), Algorithm::ES256);
    let longer = [&[0], &numbers.d[..]].concat();
    assert_asymmetric(
        &with(numbers.jwk(), "d", base64url(&longer).into()),
        Algorithm::ES256,
    );
}

#[test]
fn a_secret_is_read_from_a_symmetric_key() {
    let jwk = json!({ "kty": "oct", "k": base64url(JWT_SECRET.as_bytes()), "kid": "legacy" });
    match parse(&jwk) {
        Ok(PrivateJwk::Symmetric { secret }) => assert_eq!(*secret, JWT_SECRET.as_bytes()),
        _ => panic!("is not a secret"),
    }
}

#[test]
fn a_file_or_set_with_one_private_key_is_taken() {
    let private = EcNumbers::generate().jwk();
    let public = without(EcNumbers::generate().jwk(), "d");
    assert_asymmetric(&json!([private]), Algorithm::ES256);
    assert_asymmetric(&json!({ "keys": [public, private] }), Algorithm::ES256);

    let several = json!({ "keys": [private, rsa_jwk()] });
    assert_eq!(
        problem(&several),
        InvalidSigningKey::SeveralKeys { count: 2 }
    );
    assert_eq!(problem(&json!([public])), InvalidSigningKey::PublicKey);
    assert_eq!(problem(&json!([])), InvalidSigningKey::NotJwk);
}

#[test]
fn public_keys_are_refused() {
    assert_eq!(
        problem(&without(EcNumbers::generate().jwk(), "d")),
        InvalidSigningKey::PublicKey
    );
    assert_eq!(
        problem(&without(rsa_jwk(), "d")),
        InvalidSigningKey::PublicKey
    );
}

#[test]
fn a_key_without_its_id_is_refused() {
    let jwk = EcNumbers::generate().jwk();
    assert_eq!(
        problem(&without(jwk.clone(), "kid")),
        InvalidSigningKey::NoKeyId
    );
    assert_eq!(
        problem(&with(jwk, "kid", "".into())),
        InvalidSigningKey::NoKeyId
    );
}

#[test]
fn a_member_that_is_missing_or_no_number_is_named() {
    for member in ["n", "e", "p", "q", "dp", "dq", "qi"] {
        let missing = problem(&without(rsa_jwk(), member));
        assert_eq!(missing, InvalidSigningKey::MissingMember { member });
    }
    for member in ["x", "y", "d"] {
        for text in ["", "not base64!", &base64url(&[1; 33])] {
            match problem(&with(EcNumbers::generate().jwk(), member, text.into())) {
                InvalidSigningKey::InvalidMember { member: named, .. } => assert_eq!(named, member),
                other => panic!("{other}"),
            }
        }
    }
}

#[test]
fn halves_of_different_keys_are_refused() {
    let other = EcNumbers::generate();
    for (member, number) in [("d", &other.d), ("x", &other.x), ("y", &other.y)] {
        let jwk = with(
            EcNumbers::generate().jwk(),
            member,
            base64url(number).into(),
        );
        assert_eq!(problem(&jwk), InvalidSigningKey::Rejected);
    }
    let jwk = with(rsa_jwk(), "dp", base64url(&[3; 128]).into());
    assert_eq!(problem(&jwk), InvalidSigningKey::Rejected);
    let zero = with(EcNumbers::generate().jwk(), "d", base64url(&[0; 32]).into());
    assert_eq!(problem(&zero), InvalidSigningKey::Rejected);
}

#[test]
fn other_algorithms_are_refused_by_name() {
    let cases = [
        (
            with(EcNumbers::generate().jwk(), "alg", "ES384".into()),
            "`ES384`",
        ),
        (with(rsa_jwk(), "alg", "PS256".into()), "`PS256`"),
        (
            json!({ "kty": "OKP", "crv": "Ed25519", "d": "AA", "x": "AA", "kid": "k" }),
            "`Ed25519`",
        ),
        (
            json!({ "kty": "oct", "alg": "HS512", "k": "AA" }),
            "`HS512`",
        ),
        (
            with(rsa_jwk(), "alg", "x".repeat(21).into()),
            "another algorithm",
        ),
    ];
    for (jwk, kind) in cases {
        assert_eq!(
            problem(&jwk),
            InvalidSigningKey::Unsupported {
                kind: kind.to_owned()
            }
        );
    }
}

#[test]
fn what_is_no_jwk_is_refused_without_quoting_it() {
    let pem = "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49\n-----END PRIVATE KEY-----\n";
    assert!(matches!(
        PrivateJwk::parse(pem),
        Err(InvalidSigningKey::Pem)
    ));

    for text in [
        "./signing_keys.json",
        "MIGHAgEAMBMG",
        "{\"kty\": \"EC\", \"d\": \"MIGHAgEAMBMG",
    ] {
        match PrivateJwk::parse(text) {
            Err(problem @ InvalidSigningKey::NotJson { line: 1, .. }) => {
                assert!(!problem.to_string().contains("MIGHAgEAMBMG"));
            }
            _ => panic!("{text}"),
        }
    }
    for text in [
        "7",
        "null",
        "\"MIGHAgEAMBMG\"",
        "{}",
        "{\"keys\":{}}",
        "[1]",
        "{\"kty\":1}",
    ] {
        assert!(
            matches!(PrivateJwk::parse(text), Err(InvalidSigningKey::NotJwk)),
            "{text}"
        );
    }
}
