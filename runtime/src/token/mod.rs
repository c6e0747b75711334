//! The JWTs that the clients of users and roles carry.
//!
//! A signer holds the project's secret or signing key, a minter writes the claims and has them
//! signed, and each client caches its token until shortly before it expires.

mod access_token;
mod claims;
mod clock;
mod error;
mod jwk;
mod minter;
mod run_claim;
mod signer;
mod subject;
#[cfg(test)]
pub(crate) mod testing;

pub(crate) use access_token::UserToken;
pub(crate) use claims::{InvalidTokenOption, StandingClaims, TokenOptions};
pub use clock::{Clock, SystemClock};
pub(crate) use error::InvalidSigningKey;
pub use error::TokenError;
pub(crate) use minter::Minter;
pub(crate) use run_claim::RunClaim;
pub(crate) use signer::Signer;
pub(crate) use subject::Subject;
