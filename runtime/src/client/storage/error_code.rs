//! [`StorageErrorCode`]: what Storage says is wrong.

use crate::client::error::{ClientError, Service};

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $name:ident = $text:literal,)+) => {
        /// What Storage says is wrong. From [`ClientError::storage_code`].
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
            /// Any other.
            Other(String),
        }

        impl StorageErrorCode {
            fn new(code: &str) -> Self {
                match code {
                    $($text => Self::$name,)+
                    other => Self::Other(other.to_owned()),
                }
            }

            /// As Storage writes it.
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
    /// There is no such resumable upload: it has expired, was aborted, or never was.
    NoSuchUpload = "NoSuchUpload",
    /// The token is not one that the project accepts.
    InvalidJwt = "InvalidJWT",
    /// The request is not as it should be.
    InvalidRequest = "InvalidRequest",
    /// The object is larger than the bucket or the project allows.
    EntityTooLarge = "EntityTooLarge",
    /// Storage failed.
    InternalError = "InternalError",
    /// What was to be made is there already.
    ResourceAlreadyExists = "ResourceAlreadyExists",
    /// The bucket cannot be deleted while something is in it.
    ResourceNotEmpty = "ResourceNotEmpty",
    /// The name of the bucket is not one.
    InvalidBucketName = "InvalidBucketName",
    /// The path has characters that Storage does not take.
    InvalidKey = "InvalidKey",
    /// The bucket does not take objects of this media type.
    InvalidMimeType = "InvalidMimeType",
    /// An object with this path is there already.
    KeyAlreadyExists = "KeyAlreadyExists",
    /// A bucket with this id is there already.
    BucketAlreadyExists = "BucketAlreadyExists",
    /// The database did not answer in time.
    DatabaseTimeout = "DatabaseTimeout",
    /// The signature of a URL is not right.
    InvalidSignature = "InvalidSignature",
    /// The token of a URL is out of date.
    ExpiredToken = "ExpiredToken",
    /// The identity may not do it.
    AccessDenied = "AccessDenied",
    /// Somebody else is writing the object.
    ResourceLocked = "ResourceLocked",
    /// Something in the database still refers to the object.
    ResourceReferenced = "ResourceReferenced",
    /// The database refused.
    DatabaseError = "DatabaseError",
    /// The database gave way to another transaction.
    TransactionError = "TransactionError",
    /// A parameter is missing.
    MissingParameter = "MissingParameter",
    /// A parameter is not as it should be.
    InvalidParameter = "InvalidParameter",
    /// The token of a signed upload is not right.
    InvalidUploadSignature = "InvalidUploadSignature",
    /// The lock on the object was not had in time.
    LockTimeout = "LockTimeout",
    /// What the objects are kept in failed.
    S3Error = "S3Error",
    /// There are too many requests.
    SlowDown = "SlowDown",
    /// A resumable upload was not done as TUS wants it.
    TusError = "TusError",
    /// The project does not have this feature.
    FeatureNotEnabled = "FeatureNotEnabled",
    /// What was to be made is there already, as older versions say it.
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

impl ClientError {
    /// The code of Storage's, if it was Storage that refused and it said one.
    pub fn storage_code(&self) -> Option<StorageErrorCode> {
        match self.service() {
            Some(Service::Storage) => self.code().map(StorageErrorCode::new),
            _ => None,
        }
    }
}
