//! Which tokens the API accepts, and their roles.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::Algorithm;

use super::*;

const WHOAMI: &str = "/rest/v1/rpc/whoami";

async fn whoami(stack: &LocalSupabase, token: &str) -> (StatusCode, Value) {
    get(stack, WHOAMI, stack.publishable_key(), token).await
}

#[tokio::test]
async fn a_token_is_taken_as_postgrest_takes_it() {
    let stack = todos().await;
    let secret = stack.jwt_secret();
    let claims = |exp: u64| json!({ "sub": ALICE, "role": "authenticated", "exp": exp });

    let (status, who) = whoami(&stack, &user_token(&stack, ALICE)).await;
    assert_eq!(status, StatusCode::OK, "{who}");
    assert_eq!(
        (&who["role"], &who["uid"]),
        (&json!("authenticated"), &json!(ALICE))
    );
    assert_eq!(who["session"], "authenticator");

    // A token as many guides sign it: without a role it acts as `anon`.
    let (_, who) = whoami(&stack, &sign(secret, &json!({ "sub": ALICE }))).await;
    assert_eq!(
        (&who["role"], &who["auth_role"]),
        (&json!("anon"), &json!("anon"))
    );
    assert_eq!(who["uid"], ALICE);

    // 30 s of clock skew.
    let (status, who) = whoami(&stack, &sign(secret, &claims(now() - 10))).await;
    assert_eq!(
        (status, &who["role"]),
        (StatusCode::OK, &json!("authenticated")),
        "{who}"
    );

    let none = format!(
        "{}.{}.",
        URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"JWT"}"#),
        URL_SAFE_NO_PAD.encode(claims(now() + 60).to_string()),
    );
    for (token, code, message) in [
        (sign(secret, &claims(now() - 40)), "PGRST303", "JWT expired"),
        (none, "PGRST301", "Wrong or unsupported encoding algorithm"),
        (
            sign(
                "another-secret-with-at-least-32-characters",
                &claims(now() + 60),
            ),
            "PGRST301",
            "No suitable key or wrong key type",
        ),
    ] {
        let (status, error) = whoami(&stack, &token).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{error}");
        assert_eq!(
            (&error["code"], &error["message"]),
            (&json!(code), &json!(message))
        );
    }
}

#[tokio::test]
async fn an_es256_token_is_verified_by_the_jwks() {
    let document =
        EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new())
            .unwrap();
    let pair =
        EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document.as_ref()).unwrap();
    // An uncompressed point: 4, x, y.
    let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
    let jwks = json!({ "keys": [{
        "kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": "one",
        "x": URL_SAFE_NO_PAD.encode(x), "y": URL_SAFE_NO_PAD.encode(y),
    }] });
    let stack = LocalSupabase::builder()
        .sql(TODOS)
        .jwks(jwks.to_string())
        .start()
        .await
        .unwrap();

    let signed_with = |kid: &str| {
        let mut header = Header::new(Algorithm::ES256);
        header.kid = Some(kid.to_owned());
        let claims = json!({ "sub": ALICE, "role": "authenticated", "exp": now() + 60 });
        jsonwebtoken::encode(
            &header,
            &claims,
            &EncodingKey::from_ec_der(document.as_ref()),
        )
        .unwrap()
    };
    let (status, who) = whoami(&stack, &signed_with("one")).await;
    assert_eq!(
        (status, &who["uid"]),
        (StatusCode::OK, &json!(ALICE)),
        "{who}"
    );
    let (status, error) = whoami(&stack, &signed_with("another")).await;
    assert_eq!(
        (status, &error["code"]),
        (StatusCode::UNAUTHORIZED, &json!("PGRST301"))
    );
    // The secret remains valid as well.
    assert_eq!(
        whoami(&stack, &user_token(&stack, BOB)).await.0,
        StatusCode::OK
    );

    let path = "/auth/v1/.well-known/jwks.json";
    let served = send(reqwest::Client::new().get(format!("{}{path}", stack.url()))).await;
    assert_eq!(served, (StatusCode::OK, jwks));
}
