//! The name of an object, on its way into a URL.

use url::Url;

use crate::client::error::{Failure, Service};
use crate::client::transport::Transport;

/// As uploads name it: without one slash at either end, and with one of several in a row.
pub(super) fn cleaned(path: &str) -> String {
    let path = path.strip_prefix('/').unwrap_or(path);
    let path = path.strip_suffix('/').unwrap_or(path);
    let mut cleaned = String::with_capacity(path.len());
    for c in path.chars() {
        if c != '/' || !cleaned.ends_with('/') {
            cleaned.push(c);
        }
    }
    cleaned
}

/// `folder`, the bucket and the object's path behind the URL of Storage.
pub(super) fn url_of(
    transport: &Transport,
    folder: &[&str],
    bucket: &str,
    path: &str,
) -> Result<Url, Failure> {
    let path = path.trim_start_matches('/');
    if path.is_empty() {
        return Err(Failure::invalid("the path of the object is empty"));
    }
    // `Url` would resolve the first two, and drop some of the third.
    if path.split('/').any(|part| matches!(part, "." | "..")) {
        return Err(Failure::invalid(
            "the path of the object has `.` or `..` between slashes, which names another object",
        ));
    }
    if path.contains(|c: char| c.is_control()) {
        return Err(Failure::invalid(
            "the path of the object has a control character",
        ));
    }
    let mut url = transport.url_of(Service::Storage, &[folder, &[bucket]].concat())?;
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.extend(path.split('/'));
    }
    Ok(url)
}

/// A path that goes into a body, where nothing has to be encoded.
pub(super) fn not_empty(path: &str) -> Result<(), Failure> {
    match path {
        "" => Err(Failure::invalid("the path of the object is empty")),
        _ => Ok(()),
    }
}
