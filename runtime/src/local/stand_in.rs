//! What stands in for a part of Supabase that the stack does not have.

use std::fmt;

/// How some schemas differ, as do the extensions that bring them.
pub(super) const VAULT: &str = "secrets are not encrypted";
pub(super) const GRAPHQL: &str = "each query answers an error";
pub(super) const PGSODIUM: &str = "it encrypts nothing";
pub(super) const NET: &str = "requests are kept in net.http_request_queue and never sent";

/// A part of Supabase that the stack replaces with something simpler. See
/// [`LocalSupabase::stand_ins`](super::LocalSupabase::stand_ins).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct StandIn {
    /// The schema or the extension, such as `storage` or `pg_cron`.
    pub name: &'static str,
    /// How it differs from the real one.
    pub difference: &'static str,
}

impl StandIn {
    pub(super) const fn new(name: &'static str, difference: &'static str) -> Self {
        Self { name, difference }
    }
}

impl fmt::Display for StandIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.difference)
    }
}
