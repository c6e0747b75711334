//! [`SignedUploadUrl`]: a URL with which anyone can upload one object.

use std::fmt;

use http::Method;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::bucket_ref::BucketRef;
use super::request::{UPSERT, flag, plain, with_json};
use super::signed_url::{redacted, token_of};
use crate::client::error::ClientError;
use crate::client::sent::sent_when_awaited;

/// A URL with which anyone can upload one object, and its token by itself.
///
/// Anyone who has either can upload the object, so `Debug` hides the token.
#[derive(Clone)]
pub struct SignedUploadUrl {
    path: String,
    url: SecretString,
    token: SecretString,
}

impl SignedUploadUrl {
    /// Returns the path of the object.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Returns the URL, including its token, for a `PUT` with any HTTP client.
    pub fn expose_url(&self) -> &str {
        self.url.expose_secret()
    }

    /// Returns the token, for [`Bucket::upload_to_signed_url`](crate::client::storage::Bucket::upload_to_signed_url) and supabase-js's `uploadToSignedUrl`.
    pub fn expose_token(&self) -> &str {
        self.token.expose_secret()
    }
}

impl fmt::Debug for SignedUploadUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        redacted("SignedUploadUrl", self.expose_url(), f)
    }
}

/// A request to sign an upload. From [`Bucket::create_signed_upload_url`](crate::client::storage::Bucket::create_signed_upload_url).
#[derive(Clone, Debug)]
#[must_use = "nothing is signed until it is awaited"]
pub struct CreateSignedUploadUrl {
    bucket: BucketRef,
    path: String,
    upsert: bool,
}

impl CreateSignedUploadUrl {
    pub(super) fn new(bucket: BucketRef, path: &str) -> Self {
        Self {
            bucket,
            path: path.to_owned(),
            upsert: false,
        }
    }

    /// Sets whether the upload may replace an existing object.
    pub fn upsert(mut self, upsert: bool) -> Self {
        self.upsert = upsert;
        self
    }

    async fn send(self) -> Result<SignedUploadUrl, ClientError> {
        #[derive(Deserialize)]
        struct Signed {
            url: String,
        }

        let (bucket, path) = (self.bucket, self.path);
        let transport = bucket.transport();
        let operation = bucket.operation("sign upload of", &path);
        let failed = |failure| transport.not_sent(operation.clone(), failure);
        let mut url = bucket
            .url(&["object", "upload", "sign"], &path)
            .map_err(failed)?;
        let mut request = plain(operation.clone(), Method::POST, url.clone());
        with_json(&mut request, &serde_json::Map::new()).map_err(failed)?;
        if self.upsert {
            request.headers.insert(UPSERT, flag(true));
        }
        let signed: Signed = transport.send(request).await?.decode()?;
        let token = token_of(&signed.url).map_err(failed)?;
        url.query_pairs_mut().append_pair("token", token);
        Ok(SignedUploadUrl {
            path,
            url: String::from(url).into(),
            token: token.into(),
        })
    }
}

sent_when_awaited! {
    /// Sends the request.
    CreateSignedUploadUrl => SignedUploadUrl
}
