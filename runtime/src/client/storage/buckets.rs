//! The buckets of a project, for the service client alone.

use std::future::IntoFuture;

use http::Method;
use serde::{Deserialize, Serialize};

use super::Storage;
use super::list::SortOrder;
use super::request::{Sent, json};
use crate::auth::Service as ServiceRole;
use crate::client::error::{ClientError, Service};
use crate::client::request::Operation;
use crate::client::transport::Transport;

/// A bucket. Times are RFC 3339 text.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct BucketInfo {
    /// The id, by which [`Storage::from`] finds it.
    pub id: String,
    /// The name, which is the id.
    pub name: String,
    /// The user who made it, if one did.
    #[serde(default)]
    pub owner: Option<String>,
    /// Anybody may read its objects.
    #[serde(default)]
    pub public: bool,
    /// The largest object it takes, in bytes. `None` for the project's own limit.
    #[serde(default)]
    pub file_size_limit: Option<u64>,
    /// The media types it takes. `None` for all.
    #[serde(default)]
    pub allowed_mime_types: Option<Vec<String>>,
    /// When it was made.
    #[serde(default)]
    pub created_at: Option<String>,
    /// When it last changed.
    #[serde(default)]
    pub updated_at: Option<String>,
    /// `STANDARD`, or `ANALYTICS`.
    #[serde(rename = "type", default)]
    pub kind: Option<String>,
    /// `DISABLED`, `ENABLED` or `SUSPENDED`, where there are versions.
    #[serde(default)]
    pub versioning_status: Option<String>,
}

/// The buckets themselves.
impl Storage<ServiceRole> {
    /// The buckets of the project.
    ///
    /// ```
    /// # use supabase_task::client::{ClientError, ServiceClient};
    /// # async fn example(supabase: ServiceClient) -> Result<(), ClientError> {
    /// for bucket in supabase.storage().list_buckets().await? {
    ///     println!("{}: public {}", bucket.id, bucket.public);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn list_buckets(&self) -> ListBuckets {
        ListBuckets {
            transport: self.transport.clone(),
            query: Vec::new(),
        }
    }

    /// One bucket. If there is none, [`ClientError::is_not_found`].
    pub async fn get_bucket(&self, id: &str) -> Result<BucketInfo, ClientError> {
        let operation = Operation::on("get bucket", id.to_owned());
        let request =
            self.transport
                .request(Service::Storage, Method::GET, &["bucket", id], operation)?;
        self.transport.send(request).await?.decode()
    }

    /// Makes a bucket: private, and without limits of its own, unless said otherwise. If there is
    /// one already, [`ClientError::is_conflict`].
    ///
    /// ```
    /// # use supabase_task::client::{ClientError, ServiceClient};
    /// # async fn example(supabase: ServiceClient) -> Result<(), ClientError> {
    /// supabase
    ///     .storage()
    ///     .create_bucket("avatars")
    ///     .public(true)
    ///     .file_size_limit("1MB")
    ///     .allowed_mime_types(["image/png", "image/jpeg"])
    ///     .await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn create_bucket(&self, id: &str) -> CreateBucket {
        CreateBucket {
            transport: self.transport.clone(),
            body: Settings {
                public: Some(false),
                ..Settings::new(id)
            },
        }
    }

    /// Changes a bucket. What is not said stays as it is.
    ///
    /// ```
    /// # use supabase_task::client::{ClientError, ServiceClient};
    /// # async fn example(supabase: ServiceClient) -> Result<(), ClientError> {
    /// supabase.storage().update_bucket("avatars").no_file_size_limit().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn update_bucket(&self, id: &str) -> UpdateBucket {
        UpdateBucket {
            transport: self.transport.clone(),
            body: Settings::new(id),
        }
    }

    /// Deletes all objects of a bucket. The server does so in the background.
    pub async fn empty_bucket(&self, id: &str) -> Result<(), ClientError> {
        let path = ["bucket", id, "empty"];
        self.act(Method::POST, &path, "empty bucket", id).await
    }

    /// Deletes a bucket, which must be empty.
    pub async fn delete_bucket(&self, id: &str) -> Result<(), ClientError> {
        let path = ["bucket", id];
        self.act(Method::DELETE, &path, "delete bucket", id).await
    }

    async fn act(
        &self,
        method: Method,
        path: &[&str],
        verb: &'static str,
        id: &str,
    ) -> Result<(), ClientError> {
        let operation = Operation::on(verb, id.to_owned());
        let nothing = serde_json::Map::new();
        let request = json(&self.transport, method, path, operation, &nothing)?;
        self.transport.send(request).await?.done()
    }
}

/// What a list of buckets can be sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BucketColumn {
    /// By id.
    Id,
    /// By name.
    Name,
    /// By when they were made.
    CreatedAt,
    /// By when they last changed.
    UpdatedAt,
}

/// A list of buckets. From [`Storage::list_buckets`].
#[derive(Clone, Debug)]
#[must_use = "a list does nothing until it is awaited"]
pub struct ListBuckets {
    transport: Transport,
    query: Vec<(&'static str, String)>,
}

impl ListBuckets {
    /// At most so many.
    pub fn limit(self, limit: u32) -> Self {
        self.with("limit", limit.to_string())
    }

    /// Without the first so many.
    pub fn offset(self, offset: u32) -> Self {
        self.with("offset", offset.to_string())
    }

    /// Only those whose name has `search` in it.
    pub fn search(self, search: &str) -> Self {
        self.with("search", search.to_owned())
    }

    /// In this order.
    pub fn sort_by(self, column: BucketColumn, order: SortOrder) -> Self {
        let column = match column {
            BucketColumn::Id => "id",
            BucketColumn::Name => "name",
            BucketColumn::CreatedAt => "created_at",
            BucketColumn::UpdatedAt => "updated_at",
        };
        self.with("sortColumn", column.to_owned())
            .with("sortOrder", order.as_str().to_owned())
    }

    fn with(mut self, name: &'static str, value: String) -> Self {
        self.query.retain(|(other, _)| *other != name);
        self.query.push((name, value));
        self
    }

    async fn send(self) -> Result<Vec<BucketInfo>, ClientError> {
        let Self { transport, query } = self;
        let operation = Operation::new("list buckets");
        let path = ["bucket"];
        let mut request = transport.request(Service::Storage, Method::GET, &path, operation)?;
        if !query.is_empty() {
            request.url.query_pairs_mut().extend_pairs(query);
        }
        transport.send(request).await?.decode()
    }
}

/// Sends it.
impl IntoFuture for ListBuckets {
    type Output = Result<Vec<BucketInfo>, ClientError>;
    type IntoFuture = Sent<Vec<BucketInfo>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}

/// The largest object a bucket takes: bytes as a number, or text as Storage reads it (`"20GB"`,
/// `"1.5MB"`, `"30KB"`; in thousands, not 1,024).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct FileSizeLimit(Limit);

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
enum Limit {
    Bytes(u64),
    Text(String),
}

impl From<u64> for FileSizeLimit {
    fn from(bytes: u64) -> Self {
        Self(Limit::Bytes(bytes))
    }
}

impl From<&str> for FileSizeLimit {
    fn from(text: &str) -> Self {
        Self(Limit::Text(text.to_owned()))
    }
}

// `None` is not sent, `Some(None)` is `null`.
#[derive(Clone, Debug, Serialize)]
struct Settings {
    id: String,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    public: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file_size_limit: Option<Option<FileSizeLimit>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    allowed_mime_types: Option<Option<Vec<String>>>,
}

impl Settings {
    fn new(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            name: id.to_owned(),
            public: None,
            file_size_limit: None,
            allowed_mime_types: None,
        }
    }
}

fn texts<I>(texts: I) -> Vec<String>
where
    I: IntoIterator,
    I::Item: Into<String>,
{
    texts.into_iter().map(Into::into).collect()
}

/// A bucket to be made. From [`Storage::create_bucket`].
#[derive(Clone, Debug)]
#[must_use = "no bucket is made until it is awaited"]
pub struct CreateBucket {
    transport: Transport,
    body: Settings,
}

impl CreateBucket {
    /// Anybody may read its objects. They may not by default.
    pub fn public(mut self, public: bool) -> Self {
        self.body.public = Some(public);
        self
    }

    /// The largest object it takes. The project's own limit by default.
    pub fn file_size_limit(mut self, limit: impl Into<FileSizeLimit>) -> Self {
        self.body.file_size_limit = Some(Some(limit.into()));
        self
    }

    /// The media types it takes, such as `image/png` or `image/*`. All by default.
    pub fn allowed_mime_types<I>(mut self, types: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        self.body.allowed_mime_types = Some(Some(texts(types)));
        self
    }

    async fn send(self) -> Result<(), ClientError> {
        let Self { transport, body } = self;
        let operation = Operation::on("create bucket", body.id.clone());
        let request = json(&transport, Method::POST, &["bucket"], operation, &body)?;
        transport.send(request).await?.done()
    }
}

/// Sends it.
impl IntoFuture for CreateBucket {
    type Output = Result<(), ClientError>;
    type IntoFuture = Sent<()>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}

/// A bucket to be changed. From [`Storage::update_bucket`].
#[derive(Clone, Debug)]
#[must_use = "no bucket is changed until it is awaited"]
pub struct UpdateBucket {
    transport: Transport,
    body: Settings,
}

impl UpdateBucket {
    /// Anybody may read its objects, or not any more.
    pub fn public(mut self, public: bool) -> Self {
        self.body.public = Some(public);
        self
    }

    /// The largest object it takes.
    pub fn file_size_limit(mut self, limit: impl Into<FileSizeLimit>) -> Self {
        self.body.file_size_limit = Some(Some(limit.into()));
        self
    }

    /// The project's own limit alone.
    pub fn no_file_size_limit(mut self) -> Self {
        self.body.file_size_limit = Some(None);
        self
    }

    /// The media types it takes.
    pub fn allowed_mime_types<I>(mut self, types: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        self.body.allowed_mime_types = Some(Some(texts(types)));
        self
    }

    /// All media types.
    pub fn any_mime_type(mut self) -> Self {
        self.body.allowed_mime_types = Some(None);
        self
    }

    async fn send(self) -> Result<(), ClientError> {
        let Self { transport, body } = self;
        let operation = Operation::on("update bucket", body.id.clone());
        let path = ["bucket", body.id.as_str()];
        let request = json(&transport, Method::PUT, &path, operation, &body)?;
        transport.send(request).await?.done()
    }
}

/// Sends it.
impl IntoFuture for UpdateBucket {
    type Output = Result<(), ClientError>;
    type IntoFuture = Sent<()>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}
