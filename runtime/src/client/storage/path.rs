//! The name of an object, as it goes into a URL or a body. All calls write it the same way, so that each of
//! them finds what another has stored.

use crate::client::error::Failure;

/// The most names that Storage accepts in one request.
pub(super) const MOST: usize = 1_000;

/// The most bytes that the name of an object can have. Storage keeps objects in S3, whose keys have this
/// limit, and answers a longer name with an error that does not mention it. The key also contains the bucket
/// and a version, but only the server knows how long they are.
///
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html>
const LONGEST: usize = 1_024;

/// The name of an object, without slashes at either end and with repeated slashes as one. Storage would
/// keep the others, in names that no URL can carry.
pub(super) fn cleaned(path: &str) -> String {
    let parts = path.split('/').filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join("/")
}

/// The prefix of the names to list. Like [`cleaned`], but keeps a slash at the end, because it excludes names
/// that merely begin the same way.
pub(super) fn prefix(path: &str) -> String {
    let mut prefix = cleaned(path);
    if path.ends_with('/') && !prefix.is_empty() {
        prefix.push('/');
    }
    prefix
}

/// The name of an object, or an error if it is not valid.
pub(super) fn name(path: &str) -> Result<String, Failure> {
    let name = cleaned(path);
    if name.is_empty() {
        return Err(Failure::invalid("the path of the object is empty"));
    }
    if name.len() > LONGEST {
        return Err(Failure::invalid(format!(
            "the path of the object has {} bytes; the maximum is {LONGEST}",
            name.len()
        )));
    }
    // A URL resolves them to another path.
    if name.split('/').any(|part| matches!(part, "." | "..")) {
        return Err(Failure::invalid(
            "the path of the object has a `.` or `..` segment, which would name another object",
        ));
    }
    if name.contains(|c: char| c.is_control()) {
        return Err(Failure::invalid(
            "the path of the object contains a control character",
        ));
    }
    Ok(name)
}
