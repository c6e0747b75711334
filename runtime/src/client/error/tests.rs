//! Tests of what errors say.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use super::{ClientError, ClientErrorKind, Failure, Service};
use crate::auth::Principal;
use crate::client::http::RawResponse;
use crate::client::request::Operation;

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

#[test]
fn what_is_worth_another_try() {
    let retryable = [
        coded(500, "40001"),
        coded(500, "40P01"),
        coded(500, "55P03"),
        coded(500, "57P01"),
        coded(503, "53300"),
        coded(503, "PGRST000"),
        refused(500, &[], ""),
        refused(408, &[], ""),
        refused(429, &[], r#"{"message":"API rate limit exceeded"}"#),
        refused(520, &[], "<html>"),
        refused(530, &[], "error code: 1016"),
    ];
    for error in retryable {
        assert!(error.is_retryable(), "{error}");
    }
    let final_ = [
        coded(500, "57014"),
        coded(500, "XX000"),
        coded(500, "53400"),
        coded(500, "PGRST300"),
        coded(409, "23505"),
        coded(403, "42501"),
        coded(404, "PGRST205"),
        coded(400, "22P02"),
        refused(400, &[], ""),
        refused(404, &[], ""),
        refused(501, &[], ""),
    ];
    for error in final_ {
        assert!(!error.is_retryable(), "{error}");
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
        assert!(error.message().contains("not the JSON expected"), "{error}");
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
