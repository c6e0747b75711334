//! [`FileObject`]: an object, as lists return it.

use serde::Deserialize;
use serde_json::{Map, Value};

/// An object or folder in a list, or an object that was removed. Times are RFC 3339 text.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct FileObject {
    /// The path in the bucket. [`list`](super::Bucket::list) leaves out the folder that was listed.
    pub name: String,
    /// The last part of the path. Set by [`list_v2`](super::Bucket::list_v2) with
    /// [folders](super::ListV2::with_delimiter).
    pub key: Option<String>,
    /// The id. `None` for a folder.
    pub id: Option<String>,
    /// The bucket, if the server reports it.
    pub bucket_id: Option<String>,
    /// When the object last changed.
    pub updated_at: Option<String>,
    /// When the object was created.
    pub created_at: Option<String>,
    /// When the object was last read. Storage no longer updates it.
    pub last_accessed_at: Option<String>,
    /// Size, media type and so on. `None` for a folder.
    pub metadata: Option<FileMetadata>,
    /// The version, in a bucket with versioning.
    pub version: Option<String>,
    /// When this version was replaced.
    pub archived_at: Option<String>,
    /// Whether this version is a delete marker, which records that the object was deleted.
    pub is_delete_marker: Option<bool>,
    /// Whether the object was created while the bucket had versioning.
    pub is_versioned: Option<bool>,
}

impl FileObject {
    /// Returns whether this is a folder: a prefix of the paths of objects.
    pub fn is_folder(&self) -> bool {
        self.id.is_none()
    }
}

/// What Storage knows about the content of an object.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct FileMetadata {
    /// The size in bytes.
    pub size: Option<u64>,
    /// The media type.
    pub mimetype: Option<String>,
    /// The `Cache-Control` header that the object is served with.
    pub cache_control: Option<String>,
    /// The entity tag, with its quotes.
    pub e_tag: Option<String>,
    /// When the content last changed.
    pub last_modified: Option<String>,
    /// All other fields.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}
