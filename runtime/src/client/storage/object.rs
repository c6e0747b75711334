//! [`FileObject`]: an object, as lists give it.

use serde::Deserialize;
use serde_json::{Map, Value};

/// An object or folder in a list, or an object that was removed. Times are RFC 3339 text.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct FileObject {
    /// The path in the bucket. In [`list`](super::Bucket::list) without the folder that was listed.
    pub name: String,
    /// The last part of the path, in a list by [`list_v2`](super::Bucket::list_v2) with
    /// [folders](super::ListV2::with_delimiter).
    #[serde(default)]
    pub key: Option<String>,
    /// The id. A folder has none.
    #[serde(default)]
    pub id: Option<String>,
    /// The bucket, where the server tells it.
    #[serde(default)]
    pub bucket_id: Option<String>,
    /// When the object last changed.
    #[serde(default)]
    pub updated_at: Option<String>,
    /// When the object was made.
    #[serde(default)]
    pub created_at: Option<String>,
    /// When the object was last read. Storage does not keep it up any more.
    #[serde(default)]
    pub last_accessed_at: Option<String>,
    /// Size, media type and so on. A folder has none.
    #[serde(default)]
    pub metadata: Option<FileMetadata>,
    /// The version, in a bucket with versions.
    #[serde(default)]
    pub version: Option<String>,
    /// When this version was replaced.
    #[serde(default)]
    pub archived_at: Option<String>,
    /// This version says that the object was deleted.
    #[serde(default)]
    pub is_delete_marker: Option<bool>,
    /// The object was made while the bucket had versions.
    #[serde(default)]
    pub is_versioned: Option<bool>,
}

impl FileObject {
    /// A folder: there are objects whose path starts with it.
    pub fn is_folder(&self) -> bool {
        self.id.is_none()
    }
}

/// What Storage keeps of the content of an object.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct FileMetadata {
    /// The size in bytes.
    pub size: Option<u64>,
    /// The media type.
    pub mimetype: Option<String>,
    /// What `Cache-Control` the object is served with.
    pub cache_control: Option<String>,
    /// The entity tag, with its quotes.
    pub e_tag: Option<String>,
    /// When the content last changed.
    pub last_modified: Option<String>,
    /// The rest.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}
