//! [`StorageErrorCode`]: the error codes of Storage.

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $name:ident = $text:literal,)+) => {
        /// An error code of Storage. From [`ClientError::storage_code`](crate::client::ClientError::storage_code).
        ///
        /// Source: <https://supabase.com/docs/guides/storage/debugging/error-codes>
        ///
        /// ```
        /// # use supabase_task::client::ClientError;
        /// # use supabase_task::client::storage::StorageErrorCode;
        /// fn too_large(error: &ClientError) -> bool {
        ///     error.storage_code() == Some(StorageErrorCode::EntityTooLarge)
        /// }
        /// ```
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum StorageErrorCode {
            $($(#[doc = $doc])+ $name,)+
            /// Any other code.
            Other(String),
        }

        impl StorageErrorCode {
            pub(in crate::client) fn new(code: &str) -> Self {
                match code {
                    $($text => Self::$name,)+
                    other => Self::Other(other.to_owned()),
                }
            }

            /// Returns the code as Storage writes it.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$name => $text,)+
                    Self::Other(other) => other,
                }
            }
        }
    };
}

codes! {
    /// There is no such bucket, or this identity may not see it.
    NoSuchBucket = "NoSuchBucket",
    /// There is no such object, or this identity may not see it.
    NoSuchKey = "NoSuchKey",
    /// There is no such resumable upload: it has expired, was aborted, or never existed.
    NoSuchUpload = "NoSuchUpload",
    /// The project does not accept the token.
    InvalidJwt = "InvalidJWT",
    /// The request is invalid.
    InvalidRequest = "InvalidRequest",
    /// The object is larger than the bucket or the project allows.
    EntityTooLarge = "EntityTooLarge",
    /// Storage failed.
    InternalError = "InternalError",
    /// The resource to create already exists.
    ResourceAlreadyExists = "ResourceAlreadyExists",
    /// The bucket cannot be deleted because it is not empty.
    ResourceNotEmpty = "ResourceNotEmpty",
    /// The name of the bucket is invalid.
    InvalidBucketName = "InvalidBucketName",
    /// The path has characters that Storage does not accept.
    InvalidKey = "InvalidKey",
    /// The bucket does not accept objects of this media type.
    InvalidMimeType = "InvalidMimeType",
    /// An object with this path already exists.
    KeyAlreadyExists = "KeyAlreadyExists",
    /// A bucket with this id already exists.
    BucketAlreadyExists = "BucketAlreadyExists",
    /// The database did not answer in time.
    DatabaseTimeout = "DatabaseTimeout",
    /// The signature of a URL is invalid.
    InvalidSignature = "InvalidSignature",
    /// The token of a URL has expired.
    ExpiredToken = "ExpiredToken",
    /// The identity is not allowed to do this.
    AccessDenied = "AccessDenied",
    /// Another request is writing the object.
    ResourceLocked = "ResourceLocked",
    /// Something in the database still refers to the object.
    ResourceReferenced = "ResourceReferenced",
    /// The database refused the operation.
    DatabaseError = "DatabaseError",
    /// The database aborted the transaction in favor of another one.
    TransactionError = "TransactionError",
    /// A parameter is missing.
    MissingParameter = "MissingParameter",
    /// A parameter is invalid.
    InvalidParameter = "InvalidParameter",
    /// The token of a signed upload is invalid.
    InvalidUploadSignature = "InvalidUploadSignature",
    /// The lock on the object could not be acquired in time.
    LockTimeout = "LockTimeout",
    /// The store that holds the objects failed.
    S3Error = "S3Error",
    /// There are too many requests.
    SlowDown = "SlowDown",
    /// A resumable upload violated the TUS protocol.
    TusError = "TusError",
    /// The project does not have this feature.
    FeatureNotEnabled = "FeatureNotEnabled",
    /// The resource to create already exists, in the words of older versions.
    Duplicate = "Duplicate",
}

impl StorageErrorCode {
    pub(in crate::client) fn is_not_found(&self) -> bool {
        matches!(
            self,
            Self::NoSuchBucket | Self::NoSuchKey | Self::NoSuchUpload
        )
    }

    pub(in crate::client) fn is_conflict(&self) -> bool {
        matches!(
            self,
            Self::ResourceAlreadyExists
                | Self::KeyAlreadyExists
                | Self::BucketAlreadyExists
                | Self::Duplicate
        )
    }
}
