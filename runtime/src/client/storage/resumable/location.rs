//! [`UploadLocation`]: what a later run needs to continue an upload.

use base64::Engine;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::{Deserialize, Serialize};
use url::Url;

use crate::client::error::{Failure, Service};
use crate::client::storage::bucket_ref::BucketRef;
use crate::debug::debug_fields;

/// The location of an upload that has begun, with which another run of a task can continue it. It is
/// serializable: save it where the next run finds it.
///
/// It is not a credential: only an identity that may upload the object can continue the upload. A
/// signed upload also needs its token again.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UploadLocation {
    /// The server's id of the upload. Only the id is taken from the URL that the server sends: behind a
    /// proxy, the server may use another host than `SUPABASE_URL`, and no URL from the server or from a
    /// payload may decide where the keys are sent.
    #[serde(alias = "url")]
    pub(super) id: String,
    pub(super) bucket: String,
    pub(super) path: String,
    pub(super) length: u64,
    pub(super) upsert: bool,
}

impl UploadLocation {
    /// Returns the bucket of the object.
    pub fn bucket(&self) -> &str {
        &self.bucket
    }

    /// Returns the path of the object in the bucket.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Returns how many bytes the object will have.
    pub fn length(&self) -> u64 {
        self.length
    }
}

// The id is as good as the URL of the upload, and some servers ask for nothing else.
debug_fields!(UploadLocation: |this| {
    bucket: this.bucket,
    path: this.path,
    length: this.length,
    upsert: this.upsert,
});

/// The URL at which uploads are created.
pub(super) fn endpoint(bucket: &BucketRef, signed: bool) -> Result<Url, Failure> {
    let path: &[&str] = match signed {
        false => &["upload", "resumable"],
        true => &["upload", "resumable", "sign"],
    };
    bucket.transport().url_of(Service::Storage, path)
}

/// The URL of the upload `id` in the project, whatever host the server names.
pub(super) fn url_of(bucket: &BucketRef, signed: bool, id: &str) -> Result<Url, Failure> {
    let mut url = endpoint(bucket, signed)?;
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.push(id);
    }
    Ok(url)
}

/// Returns the id at the end of `location`, which is an id or a URL from the server. If it is not the id
/// of an upload of `path` in `bucket`, returns the reason as an error.
pub(super) fn id_in<'a>(
    location: &'a str,
    bucket: &str,
    path: &str,
) -> Result<&'a str, &'static str> {
    let end = location.find(['?', '#']).unwrap_or(location.len());
    let (_, id) = location[..end]
        .rsplit_once('/')
        .unwrap_or(("", &location[..end]));
    let is_id = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if id.is_empty() || !id.chars().all(is_id) {
        return Err("it does not end with the id of an upload");
    }
    match object_of(id) {
        Some(object) if !is_upload_of(&object, &format!("{bucket}/{path}")) => {
            Err("its id belongs to the upload of another object")
        }
        _ => Ok(id),
    }
}

/// Whether the text in an id names this object, followed by a separator and the version.
fn is_upload_of(text: &str, object: &str) -> bool {
    /// The separator of older servers, and the one that newer servers can be configured to use.
    const SEPARATORS: [&str; 2] = ["/", "-$v-"];
    let version = text.strip_prefix(object).and_then(|rest| {
        let mut separators = SEPARATORS.iter();
        separators.find_map(|separator| rest.strip_prefix(separator))
    });
    version.is_some_and(|version| SEPARATORS.iter().all(|part| !version.contains(part)))
}

/// The bucket, path and version in `id`, if it is an id as Storage makes them: `bucket/path/version` or
/// `bucket/path-$v-version`, in base64.
///
/// Decodes as Node.js does, which accepts input that a strict decoder rejects. Otherwise, an id that only
/// Storage can decode would get past the check.
///
/// Source: `generateUrl` and `getFileIdFromRequest` in `src/http/routes/tus/lifecycle.ts` of
/// supabase/storage, and its `upload-id.ts`.
fn object_of(id: &str) -> Option<String> {
    const AS_NODE: GeneralPurpose = GeneralPurpose::new(
        &URL_SAFE,
        GeneralPurposeConfig::new()
            .with_decode_allow_trailing_bits(true)
            .with_decode_padding_mode(DecodePaddingMode::Indifferent),
    );
    // A single character at the end does not encode a whole byte.
    let whole = id.len() - usize::from(id.len() % 4 == 1);
    let bytes = AS_NODE.decode(id.get(..whole)?).ok()?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    text.contains('/').then_some(text)
}

#[cfg(test)]
mod tests {
    use base64::prelude::BASE64_URL_SAFE_NO_PAD;
    use proptest::prelude::*;

    use super::*;

    fn id_of(text: &str) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(text)
    }

    #[test]
    fn the_id_is_taken_from_every_form_of_location() {
        let id = id_of("b/dir/a.bin/5f0c8f0e");
        for location in [
            id.clone(),
            format!("https://api.example.com/storage/v1/upload/resumable/{id}"),
            format!("http://storage:5000/upload/resumable/sign/{id}"),
            format!("/upload/resumable/{id}?x=/y#/z"),
        ] {
            assert_eq!(id_in(&location, "b", "dir/a.bin").unwrap(), id);
        }
    }

    #[test]
    fn what_is_no_id_or_another_upload_is_refused() {
        for location in [
            "",
            "https://api.example.com/upload/resumable/",
            "..",
            "a.b",
            "%2e%2e",
            "a%2Fb",
            "a b",
            "é",
        ] {
            id_in(location, "b", "a").unwrap_err();
        }
        for other in [
            "c/a/1",
            "b/c/1",
            "b/a/c/1",
            "b/a2/1",
            "/b/a/1",
            "b//a/1",
            "other/a-$v-1",
            "b/c-$v-1",
            "b/a-$v-c/1",
            "b/a-$v-c-$v-1",
            "b/a",
            "b/",
        ] {
            id_in(&id_of(other), "b", "a").unwrap_err();
        }
        for own in ["b/a/1", "b/a-$v-1"] {
            id_in(&id_of(own), "b", "a").unwrap();
        }
        id_in(&id_of("b/dir/a.bin-$v-1"), "b", "dir/a.bin").unwrap();
    }

    proptest! {
        /// The id of another object is rejected, however it is spelled.
        #[test]
        fn no_spelling_of_another_id_is_let_through(
            bucket in "[a-z]{1,4}", path in "[a-zé🦀/]{1,9}", version in "[0-9a-f-]{1,12}", tail in "[A-Za-z0-9_-]?",
        ) {
            let id = id_of(&format!("{bucket}/{path}/{version}"));
            prop_assert_eq!(id_in(&id, &bucket, &path).unwrap(), &id);
            // An extra character may decode to nothing.
            id_in(&format!("{id}{tail}"), "other-bucket", &path).unwrap_err();
        }

        #[test]
        fn any_text_is_answered(location in ".{0,40}", bucket in ".{0,8}", path in ".{0,8}") {
            if let Ok(id) = id_in(&location, &bucket, &path) {
                prop_assert!(location.contains(id) && !id.is_empty());
            }
        }
    }
}
