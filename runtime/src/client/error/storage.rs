//! Finds the code of a Storage error that has none: Storage refuses resumable uploads in plain text, and
//! tokens with its library's message.
//!
//! Source: Storage's `src/internal/errors/codes.ts`, and `src/http/routes/tus/lifecycle.ts`.

use http::StatusCode;

/// Returns the code for a refusal that has none.
pub(super) fn code_of(status: StatusCode, message: &str) -> Option<&'static str> {
    let message = message.trim();
    let code = match message {
        "Bucket not found" => "NoSuchBucket",
        "Object not found" => "NoSuchKey",
        "Upload not found" => "NoSuchUpload",
        "The resource already exists" => "KeyAlreadyExists",
        "Access denied" => "AccessDenied",
        "Invalid signature" | "Missing x-signature header" => "InvalidSignature",
        "Invalid upload Signature" => "InvalidUploadSignature",
        "Signature does not match" => "SignatureDoesNotMatch",
        "The provided token has expired." => "ExpiredToken",
        "The resource is locked" => "ResourceLocked",
        "acquiring lock timeout" => "LockTimeout",
        "Metadata header is required" => "InvalidRequest",
        "Invalid upload id" => "InvalidUploadId",
        "Bucket name invalid" => "InvalidBucketName",
        "The connection to the database timed out" => "DatabaseTimeout",
        _ if message.contains("row-level security") => "AccessDenied",
        _ if is_about_token(message) => "AccessDenied",
        _ if message.starts_with("Invalid key: ") => "InvalidKey",
        _ if message.starts_with("mime type ") => "InvalidMimeType",
        _ if status == StatusCode::PAYLOAD_TOO_LARGE => "EntityTooLarge",
        _ => return None,
    };
    Some(code)
}

/// Returns whether the message is a refusal of a token by Storage's token library.
pub(super) fn is_about_token(message: &str) -> bool {
    const STARTS: [&str; 12] = [
        "jwt ",
        "JWT ",
        "JWS ",
        "Invalid JWT",
        "Invalid Token or Protected Header",
        "Invalid Compact JWS",
        "invalid signature",
        "invalid token",
        "invalid algorithm",
        "signature verification failed",
        "no applicable key found in the JSON Web Key Set",
        "Unsupported \"alg\" value",
    ];
    let is_about_claim = message.starts_with('"') && message.contains("\" claim ");
    is_about_claim || STARTS.iter().any(|start| message.starts_with(start))
}
