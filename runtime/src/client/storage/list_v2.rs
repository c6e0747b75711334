//! [`ListV2`]: the objects of a bucket, page by page.

use http::Method;
use serde::{Deserialize, Serialize};

use super::bucket_ref::BucketRef;
use super::list::{Include, ObjectColumn, SortBy, SortOrder, Versions};
use super::object::FileObject;
use super::path;
use super::request::json;
use super::setters::versions_setters;
use crate::client::error::ClientError;
use crate::client::sent::sent_when_awaited;

/// A request for one page of objects. From [`Bucket::list_v2`](crate::client::storage::Bucket::list_v2).
#[derive(Clone, Debug)]
#[must_use = "a list does nothing until it is awaited"]
pub struct ListV2 {
    bucket: BucketRef,
    body: Body,
}

// Storage itself spells `with_delimiter` in snake case.
#[derive(Clone, Debug, Default, Serialize)]
struct Body {
    #[serde(skip_serializing_if = "String::is_empty")]
    prefix: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cursor: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    with_delimiter: Option<bool>,
    #[serde(rename = "sortBy", skip_serializing_if = "Option::is_none")]
    sort_by: Option<SortBy>,
    #[serde(flatten)]
    versions: Versions,
}

/// One page of a bucket.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ObjectPage {
    /// Whether there is another page.
    #[serde(default)]
    pub has_next: bool,
    /// The folders, in a list [with folders](ListV2::with_delimiter).
    #[serde(default)]
    pub folders: Vec<ListedFolder>,
    /// The objects.
    #[serde(default)]
    pub objects: Vec<FileObject>,
    /// Where the next page starts: for [`ListV2::cursor`].
    pub next_cursor: Option<String>,
}

/// A folder in an [`ObjectPage`].
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct ListedFolder {
    /// The path in the bucket, with a slash at the end.
    pub name: String,
    /// The last part of the path.
    pub key: Option<String>,
}

impl ListV2 {
    pub(super) fn new(bucket: BucketRef, prefix: &str) -> Self {
        let body = Body {
            prefix: path::prefix(prefix),
            ..Body::default()
        };
        Self { bucket, body }
    }

    /// Lists at most `limit` entries. Storage's default is 1,000.
    pub fn limit(mut self, limit: u32) -> Self {
        self.body.limit = Some(limit);
        self
    }

    /// Starts where the previous page ended: pass its [`next_cursor`](ObjectPage::next_cursor).
    pub fn cursor(mut self, cursor: &str) -> Self {
        self.body.cursor = Some(cursor.to_owned());
        self
    }

    /// Sets whether to group deeper objects into folders.
    pub fn with_delimiter(mut self, folders: bool) -> Self {
        self.body.with_delimiter = Some(folders);
        self
    }

    /// Sets the order. By name, ascending, by default.
    pub fn sort_by(mut self, column: ObjectColumn, order: SortOrder) -> Self {
        self.body.sort_by = Some(SortBy { column, order });
        self
    }

    versions_setters!();

    async fn send(self) -> Result<ObjectPage, ClientError> {
        let Self { bucket, body } = self;
        let operation = bucket.operation("list", &body.prefix);
        let path = ["object", "list-v2", bucket.id()];
        let request = json(bucket.transport(), Method::POST, &path, operation, &body)?;
        bucket.transport().send(request).await?.decode()
    }
}

sent_when_awaited! {
    /// Sends the request.
    ListV2 => ObjectPage
}
