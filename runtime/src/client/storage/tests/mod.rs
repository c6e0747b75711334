//! Tests of Storage's client against scripted servers.

mod errors;
mod paths;
mod streams;
mod wire;

use std::sync::Arc;

use http::HeaderValue;
use url::Url;

use super::{Bucket, Storage};
use crate::auth::{Principal, Service, User};
use crate::client::http::Http;
use crate::client::test_support::{CountingTokens, http, user_id};
use crate::client::transport::{Authorization, Transport};

pub(super) fn transport(http: Http, url: &Url) -> Transport {
    let tokens = Authorization::Token(Arc::new(CountingTokens::default()));
    let key = HeaderValue::from_static("anon-key");
    Transport::new(
        http,
        Arc::new(url.clone().into()),
        key,
        tokens,
        Principal::User(user_id()),
    )
}

/// The bucket `b`, as a user sees it.
pub(super) fn bucket_at(url: &Url) -> Bucket {
    Storage::<User>::new(transport(http(), url)).from("b")
}

pub(super) fn as_service(url: &Url) -> Storage<Service> {
    let key = HeaderValue::from_static("service-key");
    let bearer = Authorization::Key(HeaderValue::from_static("Bearer service-key"));
    let transport = Transport::new(
        http(),
        Arc::new(url.clone().into()),
        key,
        bearer,
        Principal::Service,
    );
    Storage::new(transport)
}
