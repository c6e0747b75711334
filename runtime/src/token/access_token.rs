//! The token of one user client: minted when first needed, and again before it ends.

use http::HeaderValue;

use std::sync::Arc;

use super::TokenError;
use crate::UserId;

/// Signs tokens.
#[derive(Debug)]
pub(crate) struct Minter {}

/// Which run a token was minted for; becomes the `supabase_task` claim.
#[derive(Clone, Debug)]
pub(crate) struct RunClaim {
    pub(crate) task_id: &'static str,
    pub(crate) run_id: String,
}

/// The token source of one user client.
#[derive(Debug)]
pub(crate) struct UserToken {}

impl UserToken {
    pub(crate) fn new(_minter: Arc<Minter>, _user: UserId, _run: Option<RunClaim>) -> Self {
        unimplemented!()
    }

    /// `Bearer …`, marked sensitive; cached until 60 s before its end.
    pub(crate) fn authorization(&self) -> Result<HeaderValue, TokenError> {
        unimplemented!()
    }

    /// A fresh one after the server called `rejected` expired. Another request may have refreshed
    /// it meanwhile; then that one is returned.
    pub(crate) fn refresh(&self, _rejected: &HeaderValue) -> Result<HeaderValue, TokenError> {
        unimplemented!()
    }
}
