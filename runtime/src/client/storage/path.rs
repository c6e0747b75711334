//! The name of an object, as it goes into a URL or a body. There is one way for all calls, so that what one
//! of them stores, each other finds.

use url::Url;

use crate::client::error::{Failure, Service};
use crate::client::transport::Transport;

/// How many names Storage takes in one request.
pub(super) const MOST: usize = 1_000;

/// How many bytes the name of an object can have. Storage keeps objects in S3, whose keys have no more, and
/// answers a longer one with an error that does not say so. The key has the bucket and a version in it, too, but
/// how much that is, the server alone knows.
///
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html>
const LONGEST: usize = 1_024;

/// The name of an object: without slashes at either end, and with one of several in a row. Storage would
/// keep the others, in names that no URL can carry.
pub(super) fn cleaned(path: &str) -> String {
    let parts = path.split('/').filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join("/")
}

/// What the names of a list start with: as [`cleaned`], but a slash at the end stays, because it leaves out
/// what only begins in the same way.
pub(super) fn prefix(path: &str) -> String {
    let mut prefix = cleaned(path);
    if path.ends_with('/') && !prefix.is_empty() {
        prefix.push('/');
    }
    prefix
}

/// The name of an object, if it can be one.
pub(super) fn name(path: &str) -> Result<String, Failure> {
    let name = cleaned(path);
    if name.is_empty() {
        return Err(Failure::invalid("the path of the object is empty"));
    }
    if name.len() > LONGEST {
        return Err(Failure::invalid(format!(
            "the path of the object has {} bytes, and {LONGEST} are the most",
            name.len()
        )));
    }
    // A URL with them would be another one.
    if name.split('/').any(|part| matches!(part, "." | "..")) {
        return Err(Failure::invalid(
            "the path of the object has `.` or `..` between slashes, which names another object",
        ));
    }
    if name.contains(|c: char| c.is_control()) {
        return Err(Failure::invalid(
            "the path of the object has a control character",
        ));
    }
    Ok(name)
}

/// `folder`, the bucket and the object's path behind the URL of Storage.
pub(super) fn url_of(
    transport: &Transport,
    folder: &[&str],
    bucket: &str,
    path: &str,
) -> Result<Url, Failure> {
    let name = name(path)?;
    let mut url = transport.url_of(Service::Storage, &[folder, &[bucket]].concat())?;
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.extend(name.split('/'));
    }
    Ok(url)
}
