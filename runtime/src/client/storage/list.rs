//! [`List`]: what is in a folder.

use std::future::IntoFuture;

use http::Method;
use serde::Serialize;

use super::bucket::Bucket;
use super::object::FileObject;
use super::path;
use super::request::{Sent, json};
use crate::client::error::ClientError;

/// A list of a folder. From [`Bucket::list`].
#[derive(Clone, Debug)]
#[must_use = "a list does nothing until it is awaited"]
pub struct List {
    bucket: Bucket,
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

/// What to list of a bucket with versions.
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

/// What a list of objects can be sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ObjectColumn {
    /// By name: the default.
    Name,
    /// By when they last changed.
    UpdatedAt,
    /// By when they were made.
    CreatedAt,
    /// By when they were last read. Not in [`list_v2`](Bucket::list_v2).
    LastAccessedAt,
}

/// Which end of a list comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub enum SortOrder {
    /// The smallest or oldest: the default.
    #[serde(rename = "asc")]
    Ascending,
    /// The largest or newest.
    #[serde(rename = "desc")]
    Descending,
}

impl SortOrder {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Ascending => "asc",
            Self::Descending => "desc",
        }
    }
}

/// Whether a list has something, or has nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Include {
    /// Without it: the default.
    Exclude,
    /// With it.
    Include,
    /// Nothing else.
    Only,
}

impl List {
    pub(super) fn new(bucket: Bucket, prefix: &str) -> Self {
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

    /// At most so many. 100 by default.
    pub fn limit(mut self, limit: u32) -> Self {
        self.body.limit = limit;
        self
    }

    /// Without the first so many.
    pub fn offset(mut self, offset: u32) -> Self {
        self.body.offset = offset;
        self
    }

    /// Only those whose name starts with `search`.
    pub fn search(mut self, search: &str) -> Self {
        self.body.search = Some(search.to_owned());
        self
    }

    /// In this order. By name, ascending, by default.
    pub fn sort_by(mut self, column: ObjectColumn, order: SortOrder) -> Self {
        self.body.sort_by = SortBy { column, order };
        self
    }

    /// With the versions that were replaced, in a bucket with versions.
    pub fn noncurrent_versions(mut self, include: Include) -> Self {
        self.body.versions.noncurrent_versions = Some(include);
        self
    }

    /// With the versions that say that an object was deleted, in a bucket with versions.
    pub fn delete_markers(mut self, include: Include) -> Self {
        self.body.versions.delete_markers = Some(include);
        self
    }

    /// Only the object whose path is the prefix itself.
    pub fn exact_match(mut self, exact: bool) -> Self {
        self.body.versions.exact_match = Some(exact);
        self
    }

    async fn send(self) -> Result<Vec<FileObject>, ClientError> {
        let Self { bucket, body } = self;
        let operation = bucket.operation("list", &body.prefix);
        let path = ["object", "list", bucket.id()];
        let request = json(bucket.transport(), Method::POST, &path, operation, &body)?;
        bucket.transport().send(request).await?.decode()
    }
}

/// Sends it.
impl IntoFuture for List {
    type Output = Result<Vec<FileObject>, ClientError>;
    type IntoFuture = Sent<Vec<FileObject>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}
