use proptest::prelude::*;

use super::*;

fn jwt(claims: &str) -> String {
    let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256","typ":"JWT"}"#);
    format!("{header}.{}.c2lnbmF0dXJl", URL_SAFE_NO_PAD.encode(claims))
}

fn jwt_of(role: &str) -> String {
    jwt(&format!(
        r#"{{"iss":"supabase","ref":"abc","role":"{role}","exp":2000000000}}"#
    ))
}

#[test]
fn the_kind_is_told_by_the_value() {
    let cases = [
        (
            "sb_publishable_ACJWlz_3BJgxAaH".to_owned(),
            KeyKind::Publishable,
        ),
        ("sb_secret_N7UND0-Uodkm0Hg_x".to_owned(), KeyKind::Secret),
        ("sb_temp_abc".to_owned(), KeyKind::Temporary),
        (jwt_of("anon"), KeyKind::LegacyAnon),
        (jwt_of("service_role"), KeyKind::LegacyServiceRole),
    ];
    for (text, kind) in cases {
        assert_eq!(KeyKind::of(&text), Ok(kind));
    }
}

#[test]
fn what_is_no_key_is_told_apart() {
    let authenticated = InvalidApiKey::OtherRole {
        role: "authenticated".to_owned(),
    };
    let cases = [
        (jwt_of("authenticated"), authenticated),
        (jwt_of("two words"), InvalidApiKey::MalformedJwt),
        (jwt(r#"{"sub":"someone"}"#), InvalidApiKey::MalformedJwt),
        (jwt("not json"), InvalidApiKey::MalformedJwt),
        (
            "eyJhbGciOiJIUzI1NiJ9.eyJyb2xl".to_owned(),
            InvalidApiKey::MalformedJwt,
        ),
        (
            format!("{}.more", jwt_of("anon")),
            InvalidApiKey::MalformedJwt,
        ),
        (
            "sbp_0123456789abcdef".to_owned(),
            InvalidApiKey::AccessToken,
        ),
        ("sb_secret_".to_owned(), InvalidApiKey::Truncated),
        ("\"sb_secret_abc\"".to_owned(), InvalidApiKey::Quoted),
        ("'sb_secret_abc'".to_owned(), InvalidApiKey::Quoted),
        ("https://abc.supabase.co".to_owned(), InvalidApiKey::Url),
        (
            "sb_secret_N7UND••••••••".to_owned(),
            InvalidApiKey::Character,
        ),
        (
            "sb_secret_abc\r\nx-other: 1".to_owned(),
            InvalidApiKey::Character,
        ),
        ("sb_secret_abc def".to_owned(), InvalidApiKey::Character),
        ("some-key".to_owned(), InvalidApiKey::UnknownKind),
        ("".to_owned(), InvalidApiKey::UnknownKind),
    ];
    for (text, expected) in cases {
        assert_eq!(KeyKind::of(&text), Err(expected), "{text}");
    }
}

#[test]
fn a_key_is_taken_only_in_its_place() {
    let secret = ["sb_secret_abc".to_owned(), jwt_of("service_role")];
    let publishable = ["sb_publishable_abc".to_owned(), jwt_of("anon")];
    for (keys, place, other) in [
        (&secret, KeyUse::Secret, KeyUse::Publishable),
        (&publishable, KeyUse::Publishable, KeyUse::Secret),
    ] {
        for text in keys {
            let found = KeyKind::of(text).unwrap();
            assert_eq!(ApiKey::parse(text, place).unwrap().kind, found);
            let problem = ApiKey::parse(text, other).unwrap_err();
            assert_eq!(problem, InvalidApiKey::WrongKind { found });
        }
    }
    for place in [KeyUse::Secret, KeyUse::Publishable] {
        let problem = ApiKey::parse("sb_temp_abc", place).unwrap_err();
        assert_eq!(
            problem,
            InvalidApiKey::WrongKind {
                found: KeyKind::Temporary
            }
        );
    }
}

#[test]
fn headers_are_sensitive_and_trimmed() {
    let key = ApiKey::parse(" sb_secret_abc\n", KeyUse::Secret).unwrap();
    assert_eq!(key.header_value(), "sb_secret_abc");
    assert_eq!(key.bearer(), "Bearer sb_secret_abc");
    assert!(key.header_value().is_sensitive() && key.bearer().is_sensitive());
    assert_eq!(format!("{key:?}"), "ApiKey { kind: Secret, .. }");
}

proptest! {
    #[test]
    fn a_value_is_never_shown(
        prefix in "(sb_publishable_|sb_secret_|sb_temp_|sbp_|eyJ|\"|https://|)",
        value in "[A-Za-z0-9_-]{16,60}",
        suffix in r#"([.]eyJ[a-z]{4}[.]x|"| |•|)"#,
    ) {
        let text = format!("{prefix}{value}{suffix}");
        for place in [KeyUse::Publishable, KeyUse::Secret] {
            let shown = match ApiKey::parse(&text, place) {
                Ok(key) => format!("{key:?}"),
                Err(problem) => format!("{problem} {problem:?}"),
            };
            prop_assert!(!shown.contains(&value), "{}", shown);
        }
    }

    #[test]
    fn any_text_is_judged_without_a_panic(text in any::<String>()) {
        for place in [KeyUse::Publishable, KeyUse::Secret] {
            if let Ok(key) = ApiKey::parse(&text, place) {
                prop_assert_eq!(key.header_value(), text.trim());
            }
        }
    }
}
