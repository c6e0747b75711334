//! [`SignedUrl`]: a URL with which anyone can download an object for a limited time.

use std::fmt;
use std::time::Duration;

use http::Method;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::bucket_ref::BucketRef;
use super::path;
use super::public_url::ServedAs;
use super::request::{json, plain, with_json};
use super::setters::{served_as_setters, version_id_setter};
use super::transform::Transform;
use crate::client::error::{ClientError, ClientErrorKind, Failure};
use crate::client::sent::sent_when_awaited;
use crate::client::transport::Operation;

/// A URL with which anyone can download one object for a limited time.
///
/// Anyone who has the URL can read the object, so `Debug` hides the token. Get the URL with
/// [`expose_url`](Self::expose_url).
#[derive(Clone)]
pub struct SignedUrl(SecretString);

impl SignedUrl {
    /// Returns the URL, including its token.
    pub fn expose_url(&self) -> &str {
        self.0.expose_secret()
    }

    /// `signed` is the server's answer: `/object/sign/bucket/path?token=…`, in which the path is not
    /// encoded.
    fn new(
        bucket: &BucketRef,
        path: &str,
        signed: &str,
        served_as: &ServedAs,
    ) -> Result<Self, Failure> {
        let folder: &[&str] = match signed.starts_with("/render/image/") {
            true => &["render", "image", "sign"],
            false => &["object", "sign"],
        };
        let mut url = bucket.url(folder, path)?;
        let token = token_of(signed)?;
        url.query_pairs_mut()
            .append_pair("token", token)
            .extend_pairs(served_as.query());
        Ok(Self(String::from(url).into()))
    }
}

impl fmt::Debug for SignedUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        redacted("SignedUrl", self.expose_url(), f)
    }
}

/// Writes the URL without its query, which holds the token.
pub(super) fn redacted(name: &str, url: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let url = url.split('?').next().unwrap_or_default();
    f.debug_tuple(name)
        .field(&format_args!("{url}?token=[redacted]"))
        .finish()
}

/// A token contains no `?`, but the path before it may.
pub(super) fn token_of(signed: &str) -> Result<&str, Failure> {
    let token = signed
        .rsplit_once("?token=")
        .and_then(|(_, rest)| rest.split('&').next())
        .filter(|token| !token.is_empty());
    token.ok_or_else(|| {
        let message = "the server answered without a token";
        Failure::new(ClientErrorKind::Decode, message)
    })
}

/// Whole seconds, which is the server's unit.
fn seconds(expires_in: Duration) -> Result<u64, Failure> {
    match expires_in.as_secs() {
        0 => Err(Failure::invalid(
            "a signed URL must be valid for at least one second",
        )),
        seconds => Ok(seconds),
    }
}

/// A request to sign a URL. From [`Bucket::create_signed_url`](crate::client::storage::Bucket::create_signed_url).
#[derive(Clone, Debug)]
#[must_use = "nothing is signed until it is awaited"]
pub struct CreateSignedUrl {
    bucket: BucketRef,
    path: String,
    expires_in: Duration,
    transform: Transform,
    version_id: Option<String>,
    served_as: ServedAs,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    expires_in: u64,
    #[serde(skip_serializing_if = "Transform::is_empty")]
    transform: &'a Transform,
    #[serde(skip_serializing_if = "Option::is_none")]
    version_id: Option<&'a str>,
}

#[derive(Deserialize)]
struct Signed {
    #[serde(rename = "signedURL")]
    signed_url: String,
}

impl CreateSignedUrl {
    pub(super) fn new(bucket: BucketRef, path: &str, expires_in: Duration) -> Self {
        Self {
            bucket,
            path: path.to_owned(),
            expires_in,
            transform: Transform::new(),
            version_id: None,
            served_as: ServedAs::default(),
        }
    }

    /// Makes the server resize or convert the image.
    pub fn transform(mut self, transform: Transform) -> Self {
        self.transform = transform;
        self
    }

    version_id_setter!();
    served_as_setters!();

    /// Signs with the call for several names: for a name with a `?`, the call for a single name makes a token
    /// that does not match the URL, and the URL answers 400.
    ///
    /// Source: `signObjectUrl` in `src/storage/object.ts` of supabase/storage, which decodes the path with
    /// `decodeURI`.
    async fn send_as_one_of_several(self) -> Result<SignedUrl, ClientError> {
        let transport = self.bucket.transport().clone();
        let operation = self.bucket.operation("sign URL of", &self.path);
        if !self.transform.is_empty() || self.version_id.is_some() {
            let message = "Storage cannot sign a URL with a transformation or a version for an object whose name \
                           contains `?`: rename the object with `move_to`";
            return Err(transport.not_sent(operation, Failure::invalid(message)));
        }
        let several = CreateSignedUrls {
            bucket: self.bucket,
            paths: vec![self.path],
            expires_in: self.expires_in,
            served_as: self.served_as,
        };
        let failure = match several.send().await?.pop().map(|signed| signed.outcome) {
            Some(Ok(signed)) => return Ok(signed),
            Some(Err(reason)) => Failure::no_object(reason),
            None => Failure::new(ClientErrorKind::Decode, "the server answered without a URL"),
        };
        Err(transport.not_sent(operation, failure))
    }

    async fn send(self) -> Result<SignedUrl, ClientError> {
        if self.path.contains('?') {
            return self.send_as_one_of_several().await;
        }
        let (bucket, path) = (&self.bucket, &self.path);
        let transport = bucket.transport();
        let operation = bucket.operation("sign URL of", path);
        let failed = |failure| transport.not_sent(operation.clone(), failure);
        let body = Body {
            expires_in: seconds(self.expires_in).map_err(failed)?,
            transform: &self.transform,
            version_id: self.version_id.as_deref(),
        };
        let url = bucket.url(&["object", "sign"], path).map_err(failed)?;
        let mut request = plain(operation.clone(), Method::POST, url);
        with_json(&mut request, &body).map_err(failed)?;
        let Signed { signed_url } = transport.send(request).await?.decode()?;
        SignedUrl::new(bucket, path, &signed_url, &self.served_as).map_err(failed)
    }
}

sent_when_awaited! {
    /// Sends the request.
    CreateSignedUrl => SignedUrl
}

/// A request to sign several URLs. From [`Bucket::create_signed_urls`](crate::client::storage::Bucket::create_signed_urls).
#[derive(Clone, Debug)]
#[must_use = "nothing is signed until it is awaited"]
pub struct CreateSignedUrls {
    bucket: BucketRef,
    paths: Vec<String>,
    expires_in: Duration,
    served_as: ServedAs,
}

/// The result of signing the URL of one of several objects.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SignedPath {
    /// The requested path, [as Storage names it](super#paths).
    pub path: String,
    /// The signed URL, or the server's reason for not signing it.
    pub outcome: Result<SignedUrl, String>,
}

impl CreateSignedUrls {
    pub(super) fn new<I>(bucket: BucketRef, paths: I, expires_in: Duration) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        Self {
            bucket,
            paths: paths.into_iter().map(Into::into).collect(),
            expires_in,
            served_as: ServedAs::default(),
        }
    }

    served_as_setters!();

    async fn send(self) -> Result<Vec<SignedPath>, ClientError> {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Body<'a> {
            expires_in: u64,
            paths: &'a [String],
        }
        #[derive(Deserialize)]
        struct One {
            error: Option<String>,
            path: Option<String>,
            #[serde(rename = "signedURL")]
            signed_url: Option<String>,
        }

        let Self { bucket, paths, .. } = self;
        let transport = bucket.transport();
        let operation = Operation::on("sign URLs of", bucket.id().to_owned());
        let failed = |failure| transport.not_sent(operation.clone(), failure);
        let expires_in = seconds(self.expires_in).map_err(failed)?;
        let named: Result<Vec<String>, _> = paths.iter().map(|path| path::name(path)).collect();
        let named = named.map_err(failed)?;
        let mut answer: Vec<One> = Vec::with_capacity(named.len());
        for paths in named.chunks(path::MOST) {
            let body = Body { expires_in, paths };
            let to = ["object", "sign", bucket.id()];
            let request = json(transport, Method::POST, &to, operation.clone(), &body)?;
            answer.extend(transport.send(request).await?.decode::<Vec<One>>()?);
        }
        let signed = answer.into_iter().map(|one| {
            let path = one.path.unwrap_or_default();
            let outcome = match (one.signed_url, one.error) {
                (Some(signed), _) => {
                    Ok(SignedUrl::new(&bucket, &path, &signed, &self.served_as).map_err(failed)?)
                }
                (None, Some(error)) => Err(error),
                (None, None) => Err("the server gave no reason".to_owned()),
            };
            Ok(SignedPath { path, outcome })
        });
        signed.collect()
    }
}

sent_when_awaited! {
    /// Sends the request. Without paths, nothing is sent.
    CreateSignedUrls => Vec<SignedPath>
}
