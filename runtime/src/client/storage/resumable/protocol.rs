//! The requests of TUS 1.0.0.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http::header::{CONTENT_TYPE, LOCATION};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::location::{self, UploadLocation};
use crate::client::error::{ClientError, ClientErrorKind, Failure};
use crate::client::http::Body;
use crate::client::storage::bucket_ref::BucketRef;
use crate::client::storage::info::Info;
use crate::client::storage::options::{UploadOptions, value};
use crate::client::storage::request::{UPSERT, flag, plain};
use crate::client::storage::upload::UploadedObject;
use crate::client::transport::{Headers, Operation, Request};

const TUS_RESUMABLE: HeaderName = HeaderName::from_static("tus-resumable");
const UPLOAD_LENGTH: HeaderName = HeaderName::from_static("upload-length");
const UPLOAD_METADATA: HeaderName = HeaderName::from_static("upload-metadata");
const UPLOAD_OFFSET: HeaderName = HeaderName::from_static("upload-offset");
const SIGNATURE: HeaderName = HeaderName::from_static("x-signature");

/// For errors and logs.
pub(super) const VERB: &str = "resumable upload of";

/// Creates a request with the headers that all requests of an upload have.
pub(super) fn request(
    operation: Operation,
    method: Method,
    url: Url,
    upsert: bool,
    token: Option<&SecretString>,
) -> Result<Request, Failure> {
    let mut request = plain(operation, method, url);
    let headers = &mut request.headers;
    headers.insert(TUS_RESUMABLE, HeaderValue::from_static("1.0.0"));
    headers.insert(UPSERT, flag(upsert));
    if let Some(token) = token {
        let mut token = value("token", token.expose_secret().to_owned())?;
        token.set_sensitive(true);
        headers.insert(SIGNATURE, token);
    }
    // An upload has its own backoff.
    request.retry = Some(false);
    Ok(request)
}

/// The headers that create an upload.
pub(super) fn creation(
    bucket: &str,
    path: &str,
    length: u64,
    options: UploadOptions,
) -> Result<Headers, Failure> {
    let cache_control = options.cache_control.as_secs().to_string();
    let mut metadata = vec![
        ("bucketName", Bytes::copy_from_slice(bucket.as_bytes())),
        ("objectName", Bytes::copy_from_slice(path.as_bytes())),
        ("contentType", Bytes::from(options.content_type)),
        ("cacheControl", Bytes::from(cache_control)),
    ];
    if let Some(own) = options.metadata {
        metadata.push(("metadata", own?));
    }
    let metadata: Vec<String> = (metadata.iter())
        .map(|(name, value)| format!("{name} {}", BASE64_STANDARD.encode(value)))
        .collect();
    let mut headers = Headers::default();
    headers.insert(UPLOAD_LENGTH, length.into());
    headers.insert(UPLOAD_METADATA, value("metadata", metadata.join(","))?);
    Ok(headers)
}

/// The id of the upload that the server has created.
pub(super) fn id_in(headers: &HeaderMap, bucket: &str, path: &str) -> Result<String, Failure> {
    let location = headers.get(LOCATION).and_then(|url| url.to_str().ok());
    let id = match location {
        Some(location) => location::id_in(location, bucket, path).map(str::to_owned),
        None => Err("it is missing"),
    };
    id.map_err(|reason| {
        let message = format!("the `Location` of the answer can't be used: {reason}");
        Failure::new(ClientErrorKind::Decode, message)
    })
}

fn number(headers: &HeaderMap, name: HeaderName) -> Option<u64> {
    headers.get(name)?.to_str().ok()?.trim().parse().ok()
}

/// One upload on the server.
#[derive(Clone, Debug)]
pub(in crate::client::storage) struct Remote {
    pub(super) bucket: BucketRef,
    pub(super) location: UploadLocation,
    pub(super) token: Option<SecretString>,
}

impl Remote {
    /// Returns an upload that an earlier run has started.
    pub(in crate::client::storage) fn of(
        bucket: BucketRef,
        location: &UploadLocation,
    ) -> Result<Self, ClientError> {
        let id = match location.bucket == bucket.id() {
            true => location::id_in(&location.id, &location.bucket, &location.path),
            false => Err("it belongs to another bucket"),
        };
        let id = id.map_err(|reason| {
            let message = format!("this `UploadLocation` can't be used here: {reason}");
            let operation = bucket.operation(VERB, &location.path);
            let failure = Failure::invalid(message);
            bucket.transport().not_sent(operation, failure)
        })?;
        let location = UploadLocation {
            id: id.to_owned(),
            ..location.clone()
        };
        Ok(Self {
            bucket,
            location,
            token: None,
        })
    }

    pub(super) fn operation(&self) -> Operation {
        self.bucket.operation(VERB, &self.location.path)
    }

    pub(super) fn failed(&self, failure: Failure) -> ClientError {
        self.bucket.transport().not_sent(self.operation(), failure)
    }

    fn request(&self, method: Method) -> Result<Request, ClientError> {
        let token = self.token.as_ref();
        location::url_of(&self.bucket, token.is_some(), &self.location.id)
            .and_then(|url| request(self.operation(), method, url, self.location.upsert, token))
            .map_err(|failure| self.failed(failure))
    }

    /// Returns how many bytes are stored.
    pub(super) async fn offset(&self) -> Result<u64, ClientError> {
        let request = self.request(Method::HEAD)?;
        let response = self.bucket.transport().send(request).await;
        let response = response.map_err(|error| self.or_gone(error))?;
        let length = number(&response.raw.headers, UPLOAD_LENGTH);
        if length.is_some_and(|length| length != self.location.length) {
            return Err(response.unusable("the upload has a different length on the server"));
        }
        match number(&response.raw.headers, UPLOAD_OFFSET) {
            Some(offset) if offset <= self.location.length => Ok(offset),
            _ => Err(response.unusable("the server did not say how much of the upload it has")),
        }
    }

    /// Sends the chunk at `offset`, and returns how many bytes are stored afterwards.
    pub(super) async fn append(&self, offset: u64, chunk: Bytes) -> Result<u64, ClientError> {
        let end = offset + chunk.len() as u64;
        let mut request = self.request(Method::PATCH)?;
        let octets = HeaderValue::from_static("application/offset+octet-stream");
        request.headers.insert(CONTENT_TYPE, octets);
        request.headers.insert(UPLOAD_OFFSET, offset.into());
        request.body = Body::Bytes(chunk);
        let response = self.bucket.transport().open(request).await;
        let response = response.map_err(|error| self.or_gone(error))?;
        let response = response.whole().await?;
        match number(&response.raw.headers, UPLOAD_OFFSET) {
            Some(stored) if offset < stored && stored <= end => Ok(stored),
            _ => Err(response.unusable("the server did not say how much of the chunk it has")),
        }
    }

    /// Whether the object exists, after the server refused the last chunk although it has all bytes.
    pub(super) async fn is_object_there(&self) -> bool {
        let info = Info::new(self.bucket.clone(), &self.location.path).await;
        info.is_ok_and(|info| info.size == Some(self.location.length))
    }

    pub(super) fn object(&self) -> UploadedObject {
        let UploadLocation { bucket, path, .. } = &self.location;
        UploadedObject {
            id: None,
            path: path.clone(),
            full_path: format!("{bucket}/{path}"),
        }
    }

    /// Makes the server drop the upload.
    pub(in crate::client::storage) async fn abort(&self) -> Result<(), ClientError> {
        let request = self.request(Method::DELETE)?;
        match self.bucket.transport().send(request).await {
            Ok(response) => response.done(),
            Err(error) if is_gone(&error) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Explains the error if the upload no longer exists.
    fn or_gone(&self, error: ClientError) -> ClientError {
        match is_gone(&error) {
            true => self.failed(Failure::gone_upload(error.status())),
            false => error,
        }
    }
}

/// A server without resumable uploads gives the same answer, but then no upload could have been started.
fn is_gone(error: &ClientError) -> bool {
    error.kind() == ClientErrorKind::Server && matches!(error.status(), Some(404 | 410))
}
