//! [`List`]: a request to list a folder.

use http::Method;
use serde::Serialize;

use super::bucket_ref::BucketRef;
use super::object::FileObject;
use super::path;
use super::request::json;
use super::setters::versions_setters;
use crate::client::error::ClientError;
use crate::client::sent::sent_when_awaited;
use crate::client::texts::enum_with_texts;

/// A request to list a folder. From [`Bucket::list`](crate::client::storage::Bucket::list).
#[derive(Clone, Debug)]
#[must_use = "a list does nothing until it is awaited"]
pub struct List {
    bucket: BucketRef,
    body: Body,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    prefix: String,
    limit: u32,
    offset: u32,
    sort_by: SortBy,
    #[serde(skip_serializing_if = "Option::is_none")]
    search: Option<String>,
    #[serde(flatten)]
    versions: Versions,
}

#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct SortBy {
    pub(super) column: ObjectColumn,
    pub(super) order: SortOrder,
}

/// Which versions to list, in a bucket with versioning.
#[derive(Clone, Copy, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Versions {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) noncurrent_versions: Option<Include>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) delete_markers: Option<Include>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) exact_match: Option<bool>,
}

/// The column by which a list of objects is sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ObjectColumn {
    /// The name. The default.
    Name,
    /// The time of the last change.
    UpdatedAt,
    /// The time of creation.
    CreatedAt,
    /// The time of the last read. Not supported by [`list_v2`](crate::client::storage::Bucket::list_v2).
    LastAccessedAt,
}

enum_with_texts! {
    /// The order of a list.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
    #[non_exhaustive]
    pub enum SortOrder {
        /// Smallest or oldest first. The default.
        #[serde(rename = "asc")]
        Ascending = "asc",
        /// Largest or newest first.
        #[serde(rename = "desc")]
        Descending = "desc",
    }
}

/// Whether a list includes certain versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Include {
    /// Leaves them out. The default.
    Exclude,
    /// Includes them.
    Include,
    /// Lists only them.
    Only,
}

impl List {
    pub(super) fn new(bucket: BucketRef, prefix: &str) -> Self {
        let body = Body {
            prefix: path::cleaned(prefix),
            limit: 100,
            offset: 0,
            sort_by: SortBy {
                column: ObjectColumn::Name,
                order: SortOrder::Ascending,
            },
            search: None,
            versions: Versions::default(),
        };
        Self { bucket, body }
    }

    /// Lists at most `limit` entries. 100 by default.
    pub fn limit(mut self, limit: u32) -> Self {
        self.body.limit = limit;
        self
    }

    /// Skips the first `offset` entries.
    pub fn offset(mut self, offset: u32) -> Self {
        self.body.offset = offset;
        self
    }

    /// Lists only the entries whose name starts with `search`.
    pub fn search(mut self, search: &str) -> Self {
        self.body.search = Some(search.to_owned());
        self
    }

    /// Sets the order. By name, ascending, by default.
    pub fn sort_by(mut self, column: ObjectColumn, order: SortOrder) -> Self {
        self.body.sort_by = SortBy { column, order };
        self
    }

    versions_setters!();

    async fn send(self) -> Result<Vec<FileObject>, ClientError> {
        let Self { bucket, body } = self;
        let operation = bucket.operation("list", &body.prefix);
        let path = ["object", "list", bucket.id()];
        let request = json(bucket.transport(), Method::POST, &path, operation, &body)?;
        bucket.transport().send(request).await?.decode()
    }
}

sent_when_awaited! {
    /// Sends the request.
    List => Vec<FileObject>
}
