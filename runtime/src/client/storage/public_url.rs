//! [`PublicUrl`]: the URL of an object that anyone may read.

use super::bucket_ref::BucketRef;
use super::setters::{served_as_setters, version_id_setter};
use super::transform::Transform;
use crate::client::error::ClientError;

/// How the object is served through a URL.
#[derive(Clone, Debug, Default)]
pub(super) struct ServedAs {
    /// `""` for the object's own name.
    pub(super) download: Option<String>,
    pub(super) cache_nonce: Option<String>,
}

impl ServedAs {
    pub(super) fn query(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let download = self.download.as_deref().map(|name| ("download", name));
        let nonce = self.cache_nonce.as_deref();
        download
            .into_iter()
            .chain(nonce.map(|nonce| ("cacheNonce", nonce)))
    }
}

/// The URL of an object in a public bucket. From [`Bucket::get_public_url`](crate::client::storage::Bucket::get_public_url).
///
/// ```
/// # use supabase_task::client::{ClientError, UserClient};
/// # fn example(supabase: UserClient) -> Result<(), ClientError> {
/// let avatars = supabase.storage().from("avatars");
/// let url = avatars.get_public_url("alice.png").to_url()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "call `to_url` to get the URL"]
pub struct PublicUrl {
    bucket: BucketRef,
    path: String,
    transform: Transform,
    version_id: Option<String>,
    served_as: ServedAs,
}

impl PublicUrl {
    pub(super) fn new(bucket: BucketRef, path: &str) -> Self {
        Self {
            bucket,
            path: path.to_owned(),
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

    /// Returns the URL.
    ///
    /// # Errors
    ///
    /// If the path is not valid.
    pub fn to_url(&self) -> Result<String, ClientError> {
        let folder: &[&str] = match self.transform.is_empty() {
            true => &["object", "public"],
            false => &["render", "image", "public"],
        };
        let mut url = self.bucket.url(folder, &self.path).map_err(|failure| {
            let operation = self.bucket.operation("public URL of", &self.path);
            self.bucket.transport().not_sent(operation, failure)
        })?;
        let transform = self.transform.query();
        let version = self.version_id.as_deref();
        let query: Vec<(&str, &str)> = (transform.iter())
            .map(|(name, value)| (*name, value.as_str()))
            .chain(self.served_as.query())
            .chain(version.map(|version| ("versionId", version)))
            .collect();
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        Ok(url.into())
    }
}
