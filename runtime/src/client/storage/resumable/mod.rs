//! Uploads that continue after a broken connection, with the TUS protocol.

mod location;
mod protocol;
mod source;
mod start;
#[cfg(test)]
mod tests;
mod upload;

pub use self::location::UploadLocation;
pub(super) use self::protocol::Remote;
pub use self::start::UploadResumable;
pub use self::upload::ResumableUpload;

/// The size of every chunk but the last. Storage accepts no other.
const CHUNK: u64 = 6 * 1024 * 1024;
