//! The JWTs that user clients carry.

mod access_token;
mod clock;
mod error;

pub(crate) use access_token::{Minter, RunClaim, UserToken};
pub use clock::{Clock, SystemClock};
pub use error::TokenError;
