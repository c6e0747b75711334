//! Uploads that go on after a connection that broke, by the protocol TUS.

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

/// The size of every chunk but the last. Storage takes no other.
const CHUNK: u64 = 6 * 1024 * 1024;
