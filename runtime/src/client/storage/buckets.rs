//! The buckets of a project, for the service client only.

use http::Method;
use serde::{Deserialize, Serialize};

use super::Storage;
use super::list::SortOrder;
use super::request::json;
use crate::auth::Service as ServiceRole;
use crate::client::error::{ClientError, Service};
use crate::client::sent::sent_when_awaited;
use crate::client::texts::enum_with_texts;
use crate::client::transport::{Operation, Transport};

/// A bucket. Times are RFC 3339 text.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct BucketInfo {
    /// The id, which you pass to [`Storage::from`].
    pub id: String,
    /// The name, which is the same as the id.
    pub name: String,
    /// The user who created the bucket, if there is one.
    pub owner: Option<String>,
    /// Whether anyone may read its objects.
    #[serde(default)]
    pub public: bool,
    /// The largest object it accepts, in bytes. `None` means the project's limit.
    pub file_size_limit: Option<u64>,
    /// The media types it accepts. `None` means all.
    pub allowed_mime_types: Option<Vec<String>>,
    /// When it was created.
    pub created_at: Option<String>,
    /// When it last changed.
    pub updated_at: Option<String>,
    /// `STANDARD`, or `ANALYTICS`.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// `DISABLED`, `ENABLED` or `SUSPENDED`, where versioning is available.
    pub versioning_status: Option<String>,
}

/// Management of the buckets themselves.
impl Storage<ServiceRole> {
    /// Lists the buckets of the project.
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

    /// Returns one bucket. If it does not exist, the error is [`is_not_found`](ClientError::is_not_found).
    pub async fn get_bucket(&self, id: &str) -> Result<BucketInfo, ClientError> {
        let operation = Operation::on("get bucket", id.to_owned());
        let request =
            self.transport
                .request(Service::Storage, Method::GET, &["bucket", id], operation)?;
        self.transport.send(request).await?.decode()
    }

    /// Creates a bucket. By default, it is private and has no limits of its own. If it already exists, the
    /// error is [`is_conflict`](ClientError::is_conflict).
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

    /// Changes a bucket. Settings that you leave out stay as they are.
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

    /// Deletes all objects of a bucket. The server does this in the background.
    pub async fn empty_bucket(&self, id: &str) -> Result<(), ClientError> {
        let path = ["bucket", id, "empty"];
        let nothing = serde_json::Map::new();
        change(
            &self.transport,
            Method::POST,
            &path,
            "empty bucket",
            id,
            &nothing,
        )
        .await
    }

    /// Deletes a bucket, which must be empty.
    pub async fn delete_bucket(&self, id: &str) -> Result<(), ClientError> {
        let path = ["bucket", id];
        let nothing = serde_json::Map::new();
        change(
            &self.transport,
            Method::DELETE,
            &path,
            "delete bucket",
            id,
            &nothing,
        )
        .await
    }
}

/// Sends a request that changes the bucket `id`, or all of its objects.
async fn change<B: Serialize>(
    transport: &Transport,
    method: Method,
    path: &[&str],
    verb: &'static str,
    id: &str,
    body: &B,
) -> Result<(), ClientError> {
    let operation = Operation::on(verb, id.to_owned());
    let request = json(transport, method, path, operation, body)?;
    transport.send(request).await?.done()
}

enum_with_texts! {
    /// The column by which a list of buckets is sorted.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    #[non_exhaustive]
    pub enum BucketColumn {
        /// The id.
        Id = "id",
        /// The name.
        Name = "name",
        /// The time of creation.
        CreatedAt = "created_at",
        /// The time of the last change.
        UpdatedAt = "updated_at",
    }
}

/// A request to list buckets. From [`Storage::list_buckets`].
#[derive(Clone, Debug)]
#[must_use = "a list does nothing until it is awaited"]
pub struct ListBuckets {
    transport: Transport,
    query: Vec<(&'static str, String)>,
}

impl ListBuckets {
    /// Lists at most `limit` buckets.
    pub fn limit(self, limit: u32) -> Self {
        self.with("limit", limit.to_string())
    }

    /// Skips the first `offset` buckets.
    pub fn offset(self, offset: u32) -> Self {
        self.with("offset", offset.to_string())
    }

    /// Lists only the buckets whose name contains `search`.
    pub fn search(self, search: &str) -> Self {
        self.with("search", search.to_owned())
    }

    /// Sets the order.
    pub fn sort_by(self, column: BucketColumn, order: SortOrder) -> Self {
        self.with("sortColumn", column.as_str().to_owned())
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

sent_when_awaited! {
    /// Sends the request.
    ListBuckets => Vec<BucketInfo>
}

/// The largest object that a bucket accepts: a number of bytes, or text as Storage reads it (`"20GB"`,
/// `"1.5MB"`, `"30KB"`; the units are multiples of 1,000, not 1,024).
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
#[derive(Clone, Debug, Default, Serialize)]
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
            ..Self::default()
        }
    }
}

/// A request to create a bucket. From [`Storage::create_bucket`].
#[derive(Clone, Debug)]
#[must_use = "no bucket is created until it is awaited"]
pub struct CreateBucket {
    transport: Transport,
    body: Settings,
}

impl CreateBucket {
    /// Sets whether anyone may read its objects. `false` by default.
    pub fn public(mut self, public: bool) -> Self {
        self.body.public = Some(public);
        self
    }

    /// Sets the largest object it accepts. The project's limit by default.
    pub fn file_size_limit(mut self, limit: impl Into<FileSizeLimit>) -> Self {
        self.body.file_size_limit = Some(Some(limit.into()));
        self
    }

    /// Sets the media types it accepts, such as `image/png` or `image/*`. All by default.
    pub fn allowed_mime_types<I>(mut self, types: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        let types = types.into_iter().map(Into::into).collect();
        self.body.allowed_mime_types = Some(Some(types));
        self
    }

    async fn send(self) -> Result<(), ClientError> {
        let Self { transport, body } = self;
        let path = ["bucket"];
        change(
            &transport,
            Method::POST,
            &path,
            "create bucket",
            &body.id,
            &body,
        )
        .await
    }
}

sent_when_awaited! {
    /// Sends the request.
    CreateBucket => ()
}

/// A request to change a bucket. From [`Storage::update_bucket`].
#[derive(Clone, Debug)]
#[must_use = "no bucket is changed until it is awaited"]
pub struct UpdateBucket {
    transport: Transport,
    body: Settings,
}

impl UpdateBucket {
    /// Sets whether anyone may read its objects.
    pub fn public(mut self, public: bool) -> Self {
        self.body.public = Some(public);
        self
    }

    /// Sets the largest object it accepts.
    pub fn file_size_limit(mut self, limit: impl Into<FileSizeLimit>) -> Self {
        self.body.file_size_limit = Some(Some(limit.into()));
        self
    }

    /// Removes the bucket's own limit, so that only the project's limit applies.
    pub fn no_file_size_limit(mut self) -> Self {
        self.body.file_size_limit = Some(None);
        self
    }

    /// Sets the media types it accepts.
    pub fn allowed_mime_types<I>(mut self, types: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        let types = types.into_iter().map(Into::into).collect();
        self.body.allowed_mime_types = Some(Some(types));
        self
    }

    /// Accepts all media types.
    pub fn any_mime_type(mut self) -> Self {
        self.body.allowed_mime_types = Some(None);
        self
    }

    async fn send(self) -> Result<(), ClientError> {
        let Self { transport, body } = self;
        let path = ["bucket", body.id.as_str()];
        change(
            &transport,
            Method::PUT,
            &path,
            "update bucket",
            &body.id,
            &body,
        )
        .await
    }
}

sent_when_awaited! {
    /// Sends the request.
    UpdateBucket => ()
}
