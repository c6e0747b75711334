//! Tests of the contents and texts of errors.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use super::{ClientError, ClientErrorKind, Failure, Service};
use crate::auth::Principal;
use crate::client::http::RawResponse;
use crate::client::transport::Operation;

fn refused(status: u16, headers: &[(&'static str, &'static str)], body: &str) -> ClientError {
    let headers = headers.iter().map(|(name, value)| {
        (
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        )
    });
    let failure = Failure::refused(
        Service::Database,
        &RawResponse {
            status: StatusCode::from_u16(status).unwrap(),
            headers: HeaderMap::from_iter(headers),
            body: Bytes::copy_from_slice(body.as_bytes()),
        },
    );
    let operation = Operation::on("select from", "todos".to_owned());
    ClientError::new(operation, Some(Principal::Anon), failure)
}

fn coded(status: u16, code: &str) -> ClientError {
    refused(
        status,
        &[],
        &format!(r#"{{"code":"{code}","message":"m"}}"#),
    )
}

/// For every error status, with and without codes.
#[test]
fn what_is_worth_another_attempt() {
    // Regardless of the code.
    let always = |status| matches!(status, 408 | 423 | 425 | 429 | 502..=504 | 520..=530);
    let never = |status| matches!(status, 501 | 505);
    let codes = [
        ("40001", true),
        ("40P01", true),
        ("55P03", true),
        ("57P01", true),
        ("57P02", true),
        ("57P03", true),
        ("57P05", true),
        ("08006", true),
        ("53300", true),
        ("TransactionError", true),
        ("DatabaseTimeout", true),
        ("InternalError", true),
        ("53400", false),
        ("57014", false),
        ("XX000", false),
        ("22P02", false),
        ("23505", false),
        ("42501", false),
        ("P0001", false),
        ("PGRST106", false),
        ("PGRST205", false),
        ("PGRST300", false),
        ("PGRST301", false),
        ("AccessDenied", false),
        ("NoSuchKey", false),
        ("InvalidKey", false),
        ("over_request_rate_limit", false),
        ("bad_jwt", false),
    ];
    for status in 400..600 {
        for body in ["", "<html></html>", "{\"message\":\"m\"}", "text"] {
            let error = refused(status, &[], body);
            let expected = !never(status) && (always(status) || status >= 500);
            assert_eq!(error.is_retryable(), expected, "{status} {body}: {error}");
        }
        for (code, by_code) in codes {
            let error = coded(status, code);
            let expected = !never(status) && (always(status) || by_code);
            assert_eq!(error.is_retryable(), expected, "{status} {code}: {error}");
        }
        for message in ["JWT issued at future", "JWT not yet valid"] {
            let body = format!(r#"{{"code":"PGRST303","message":"{message}"}}"#);
            assert!(
                refused(status, &[], &body).is_retryable(),
                "{status} {message}"
            );
        }
    }
}

#[test]
fn every_form_of_error_body_is_understood() {
    let auth = refused(
        404,
        &[],
        r#"{"code":404,"error_code":"user_not_found","msg":"User not found"}"#,
    );
    assert_eq!(
        (auth.code(), auth.message()),
        (Some("user_not_found"), "User not found")
    );
    assert!(auth.is_not_found());

    let gateway = refused(
        401,
        &[],
        r#"{"message":"Invalid API key","hint":"Double check it."}"#,
    );
    assert_eq!(
        gateway.to_string(),
        "select from `todos` failed: Invalid API key (401); hint: Double check it.; \
         are the key and the URL of the same project?"
    );

    let functions = refused(401, &[("sb-error-code", "UNAUTHORIZED_LEGACY_JWT")], "");
    assert_eq!(functions.code(), Some("UNAUTHORIZED_LEGACY_JWT"));

    let head = refused(404, &[("proxy-status", "PostgREST; error=PGRST205")], "");
    assert_eq!(head.code(), Some("PGRST205"));

    for body in ["[1]", "3", "\"text\"", "{", "null", "\u{feff}"] {
        let error = refused(400, &[("content-type", "application/json")], body);
        assert_eq!(error.kind(), ClientErrorKind::Server);
        assert!(error.message().contains("not the expected JSON"), "{error}");
    }
}

#[test]
fn rows_are_not_quoted_in_the_text() {
    let body = r#"{"code":"23505","details":"Key (email)=(a@b.c) already exists.","hint":null,
        "message":"duplicate key value violates unique constraint \"users_email_key\""}"#;
    let error = refused(409, &[], body);
    assert!(error.is_conflict());
    assert_eq!(error.details(), Some("Key (email)=(a@b.c) already exists."));
    assert!(!format!("{error} {error:?}").contains("a@b.c"));
}

#[test]
fn the_text_is_one_line_of_bounded_length() {
    let body = format!(
        r#"{{"message":"a\nforged line\u001b[31m{}"}}"#,
        "x".repeat(10_000)
    );
    let text = refused(400, &[], &body).to_string();
    assert!(
        text.starts_with("select from `todos` failed: a forged line [31mxxx"),
        "{text}"
    );
    assert!(!text.contains(char::is_control) && text.chars().count() < 600);
}
