//! The errors that Storage's refusals become.

use super::bucket_at;
use crate::client::storage::StorageErrorCode;
use crate::client::test_support::{Answer, TestServer};
use crate::client::{ClientError, ClientErrorKind};

/// The error of a download that is refused.
async fn refusal(status: &str, body: &str) -> ClientError {
    let server = TestServer::start([Answer::json(status, body)]).await;
    bucket_at(&server.url).download("a").await.unwrap_err()
}

async fn exists(status: &str, body: &str) -> Result<bool, ClientError> {
    let server = TestServer::start([Answer::json(status, body)]).await;
    bucket_at(&server.url).exists("a").await
}

const NO_KEY: &str =
    r#"{"statusCode":"404","code":"NoSuchKey","error":"not_found","message":"Object not found"}"#;
const NO_BUCKET: &str = r#"{"statusCode":"404","code":"NoSuchBucket","error":"Bucket not found",
    "message":"Bucket not found"}"#;
const TAKEN: &str = r#"{"statusCode":"409","code":"KeyAlreadyExists","error":"Duplicate",
    "message":"The resource already exists"}"#;
const POLICY: &str = r#"{"statusCode":"403","code":"AccessDenied","error":"Unauthorized",
    "message":"new row violates row-level security policy"}"#;

#[tokio::test]
async fn codes_and_what_they_mean() {
    let error = refusal("400 Bad Request", NO_KEY).await;
    assert_eq!(error.storage_code(), Some(StorageErrorCode::NoSuchKey));
    assert!(error.is_not_found() && !error.is_conflict() && !error.is_retryable());
    assert_eq!(error.status(), Some(404));

    let error = refusal("400 Bad Request", NO_BUCKET).await;
    assert_eq!(error.storage_code(), Some(StorageErrorCode::NoSuchBucket));
    assert!(error.is_not_found());

    let error = refusal("400 Bad Request", TAKEN).await;
    assert_eq!(
        error.storage_code(),
        Some(StorageErrorCode::KeyAlreadyExists)
    );
    assert!(error.is_conflict() && !error.is_not_found());

    let old = r#"{"statusCode":"409","error":"Duplicate","message":"The resource already exists"}"#;
    let error = refusal("400 Bad Request", old).await;
    assert!(error.is_conflict(), "{error}");

    let error = refusal("400 Bad Request", POLICY).await;
    assert!(error.is_row_level_security() && !error.is_unauthorized());
    let text = error.to_string();
    assert!(
        text.contains("storage.objects") && text.contains("ran as"),
        "{text}"
    );

    let slow = r#"{"statusCode":"429","code":"SlowDown","message":"Too many connections"}"#;
    let error = refusal("429 Too Many Requests", slow).await;
    assert!(error.is_retryable());

    let new = r#"{"statusCode":"418","code":"Teapot","message":"no"}"#;
    let error = refusal("400 Bad Request", new).await;
    let code = error.storage_code().unwrap();
    assert_eq!(code, StorageErrorCode::Other("Teapot".to_owned()));
    assert_eq!(code.as_str(), "Teapot");
}

#[tokio::test]
async fn exists_is_false_only_if_the_object_is_not_there() {
    assert!(!exists("400 Bad Request", NO_KEY).await.unwrap());
    let old = r#"{"statusCode":"404","error":"not_found","message":"Object not found"}"#;
    assert!(!exists("400 Bad Request", old).await.unwrap());

    let bucket = exists("400 Bad Request", NO_BUCKET).await.unwrap_err();
    assert_eq!(bucket.storage_code(), Some(StorageErrorCode::NoSuchBucket));
    let old = r#"{"statusCode":"404","error":"Bucket not found","message":"Bucket not found"}"#;
    exists("400 Bad Request", old).await.unwrap_err();
    exists("400 Bad Request", POLICY).await.unwrap_err();
    exists("401 Unauthorized", r#"{"message":"Invalid API key"}"#)
        .await
        .unwrap_err();
}

#[tokio::test]
async fn a_token_out_of_date_is_replaced_once() {
    let expired = r#"{"statusCode":"403","code":"AccessDenied","error":"Unauthorized",
        "message":"\"exp\" claim timestamp check failed"}"#;
    let server = TestServer::start([
        Answer::json("400 Bad Request", expired),
        Answer::json("200 OK", r#"{"Id":"1","Key":"b/a"}"#),
    ])
    .await;
    bucket_at(&server.url).upload("a", "hi").await.unwrap();

    let requests = server.requests();
    assert!(requests[0].contains("Bearer user-jwt-1"));
    assert!(requests[1].contains("Bearer user-jwt-2"));
    assert!(requests[1].ends_with("\r\n\r\nhi"));
}

/// On the paths that do not treat a rejected token like a missing one.
#[tokio::test]
async fn a_token_out_of_date_is_replaced_where_something_is_read() {
    let expired = r#"{"statusCode":"403","code":"AccessDenied","error":"Unauthorized",
        "message":"\"exp\" claim timestamp check failed"}"#;
    let expired = || Answer::json("400 Bad Request", expired);
    let info = r#"{"id":"1","name":"a","bucket_id":"b"}"#;

    let server = TestServer::start([expired(), Answer::json("200 OK", "hi")]).await;
    let download = bucket_at(&server.url).download("a").await.unwrap();
    assert_eq!(download.bytes().await.unwrap(), "hi");
    let server = TestServer::start([expired(), Answer::json("200 OK", info)]).await;
    assert!(bucket_at(&server.url).exists("a").await.unwrap());
    let requests = server.requests();
    assert!(requests[0].starts_with("GET /storage/v1/object/info/authenticated/b/a "));
    assert!(requests[1].contains("Bearer user-jwt-2"));

    let server = TestServer::start([expired(), expired()]).await;
    let error = bucket_at(&server.url).download("a").await.unwrap_err();
    assert!(error.is_unauthorized() && !error.is_not_found(), "{error}");
}

#[tokio::test]
async fn a_token_that_is_missing_in_the_answer_is_a_decode_error() {
    let server = TestServer::start([Answer::json("200 OK", r#"{"signedURL":"/x"}"#)]).await;
    let second = std::time::Duration::from_secs(1);
    let signed = bucket_at(&server.url).create_signed_url("a", second).await;
    assert_eq!(signed.unwrap_err().kind(), ClientErrorKind::Decode);
}

/// A kind of refusal, according to the predicates of an error.
#[derive(Debug, PartialEq, Eq)]
enum Kind {
    NotFound,
    Conflict,
    Policy,
    Token,
    Other,
}

impl Kind {
    fn of(error: &ClientError) -> Self {
        let kinds = [
            (error.is_not_found(), Self::NotFound),
            (error.is_conflict(), Self::Conflict),
            (error.is_row_level_security(), Self::Policy),
            (error.is_unauthorized(), Self::Token),
        ];
        let mut kinds = kinds.into_iter().filter(|(is_it, _)| *is_it);
        let kind = kinds.next().map_or(Self::Other, |(_, kind)| kind);
        assert!(kinds.next().is_none(), "{error} is of two kinds");
        kind
    }
}

/// Storage refuses an upload in JSON, and a resumable one in plain text.
#[tokio::test]
async fn a_refusal_is_of_one_kind_in_every_form() {
    use StorageErrorCode as Code;

    let refusals = [
        (
            404,
            "NoSuchBucket",
            "Bucket not found",
            Code::NoSuchBucket,
            Kind::NotFound,
        ),
        (
            404,
            "NoSuchKey",
            "Object not found",
            Code::NoSuchKey,
            Kind::NotFound,
        ),
        (
            409,
            "KeyAlreadyExists",
            "The resource already exists",
            Code::KeyAlreadyExists,
            Kind::Conflict,
        ),
        (
            403,
            "AccessDenied",
            "new row violates row-level security policy",
            Code::AccessDenied,
            Kind::Policy,
        ),
        (
            403,
            "AccessDenied",
            "\"exp\" claim timestamp check failed",
            Code::AccessDenied,
            Kind::Token,
        ),
        (
            403,
            "AccessDenied",
            "signature verification failed",
            Code::AccessDenied,
            Kind::Token,
        ),
        (
            403,
            "AccessDenied",
            "Invalid Compact JWS",
            Code::AccessDenied,
            Kind::Token,
        ),
        (
            403,
            "AccessDenied",
            "jwt malformed",
            Code::AccessDenied,
            Kind::Token,
        ),
        (
            413,
            "EntityTooLarge",
            "The object exceeded the maximum allowed size",
            Code::EntityTooLarge,
            Kind::Other,
        ),
        (
            400,
            "InvalidKey",
            "Invalid key: ü",
            Code::InvalidKey,
            Kind::Other,
        ),
        (
            415,
            "InvalidMimeType",
            "mime type a/b is not supported",
            Code::InvalidMimeType,
            Kind::Other,
        ),
        (
            400,
            "InvalidSignature",
            "Invalid signature",
            Code::InvalidSignature,
            Kind::Other,
        ),
        (
            423,
            "ResourceLocked",
            "The resource is locked",
            Code::ResourceLocked,
            Kind::Other,
        ),
    ];
    for (status, code, message, expected, kind) in refusals {
        let quoted = serde_json::to_string(message).unwrap();
        let json = format!(r#"{{"statusCode":"{status}","code":"{code}","message":{quoted}}}"#);
        let uncoded = format!(r#"{{"statusCode":"{status}","error":"x","message":{quoted}}}"#);
        let tus = "Tus-Resumable: 1.0.0\r\n";
        let answers = [
            Answer::json("400 Bad Request", &json),
            Answer::json("400 Bad Request", &uncoded),
            Answer::with_headers(
                &format!("{status} X"),
                tus,
                format!("{message}\n").as_bytes(),
            ),
        ];
        for answer in answers {
            // An expired token is renewed once.
            let again = Answer::json("400 Bad Request", &json);
            let server = TestServer::start([answer, again]).await;
            let bucket = bucket_at(&server.url);
            let error = bucket.upload_resumable("a", "hi").await.unwrap_err();
            assert_eq!(error.storage_code(), Some(expected.clone()), "{error}");
            assert_eq!(Kind::of(&error), kind, "{error}");
            assert_eq!(error.status(), Some(status), "{error}");
        }
    }
}

#[tokio::test]
async fn other_refusals_of_tokens_and_of_what_is_missing() {
    let jwt = r#"{"statusCode":"400","code":"InvalidJWT","message":"whatever"}"#;
    assert!(refusal("400 Bad Request", jwt).await.is_unauthorized());
    // A copy into a bucket that does not exist.
    let related = r#"{"statusCode":"404","code":"InvalidRequest",
        "message":"The related resource does not exist"}"#;
    assert!(refusal("400 Bad Request", related).await.is_not_found());
    let request = r#"{"statusCode":"400","code":"InvalidRequest","message":"x"}"#;
    assert!(!refusal("400 Bad Request", request).await.is_not_found());
    let denied = r#"{"statusCode":"403","code":"AccessDenied","message":"Access denied"}"#;
    let denied = refusal("400 Bad Request", denied).await;
    assert!(!denied.is_unauthorized() && !denied.is_row_level_security());
}

#[tokio::test]
async fn a_path_that_is_too_long_is_refused_by_every_verb() {
    let server = TestServer::start([]).await;
    let bucket = bucket_at(&server.url);
    let (long, longest) = ("é".repeat(513), "é".repeat(512));
    let minute = std::time::Duration::from_secs(60);
    let errors = [
        bucket.upload(&long, "").await.err(),
        bucket.update(&long, "").await.err(),
        bucket.upload_resumable(&long, "").await.err(),
        bucket.upload_to_signed_url(&long, "t", "").await.err(),
        bucket.create_signed_upload_url(&long).await.err(),
        bucket.download(&long).await.err(),
        bucket.info(&long).await.err(),
        bucket.exists(&long).await.err(),
        bucket.remove(["a", &long]).await.err(),
        bucket.copy(&long, "a").await.err(),
        bucket.copy("a", &long).await.err(),
        bucket.move_to(&long, "a").await.err(),
        bucket.move_to("a", &long).await.err(),
        bucket.create_signed_url(&long, minute).await.err(),
        bucket
            .create_signed_urls([long.as_str()], minute)
            .await
            .err(),
        bucket.get_public_url(&long).to_url().err(),
    ];
    for error in errors {
        let error = error.expect("refused");
        assert_eq!(error.kind(), ClientErrorKind::InvalidRequest, "{error}");
        assert!(error.message().contains("1026 bytes"), "{error}");
        // The path itself is not repeated.
        assert!(error.message().len() < 200, "{error}");
    }
    assert!(bucket.get_public_url(&longest).to_url().is_ok());
}

#[tokio::test]
async fn metadata_that_no_header_carries_is_told_so() {
    let refused = refusal("431 Request Header Fields Too Large", "").await;
    assert!(refused.message().contains("metadata"), "{refused}");
    assert!(!refused.is_retryable());
}
