//! The token of one user client: minted when first needed, and again before it ends.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::HeaderValue;

use super::minter::MintedToken;
use super::{Minter, TokenError};
use crate::UserId;

/// Which run a token was minted for; becomes the `supabase_task` claim.
#[derive(Clone, Debug)]
pub(crate) struct RunClaim {
    pub(crate) task_id: &'static str,
    pub(crate) run_id: String,
}

/// The token source of one user client.
///
/// Nothing is minted before the first request. The token is then kept until 60 seconds before its
/// end, or until half its life is over where it lives less than two minutes.
#[derive(Debug)]
pub(crate) struct UserToken {
    minter: Arc<Minter>,
    user: UserId,
    run: Option<RunClaim>,
    // Held while minting, which takes microseconds and never waits: that is what makes concurrent
    // requests share one token.
    current: Mutex<Option<MintedToken>>,
}

impl UserToken {
    /// The tokens of `user`, carrying the run they are minted for.
    pub(crate) fn new(minter: Arc<Minter>, user: UserId, run: Option<RunClaim>) -> Self {
        Self {
            minter,
            user,
            run,
            current: Mutex::new(None),
        }
    }

    /// Who the tokens are for.
    pub(crate) fn user(&self) -> UserId {
        self.user
    }

    /// `Bearer …`, marked sensitive; cached until 60 s before its end.
    pub(crate) fn authorization(&self) -> Result<HeaderValue, TokenError> {
        let mut current = self.lock();
        match current.as_ref() {
            Some(token) if self.minter.is_fresh(token)? => Ok(token.authorization.clone()),
            _ => self.mint_into(&mut current),
        }
    }

    /// A fresh one after the server called `rejected` expired. Another request may have refreshed
    /// it meanwhile; then that one is returned.
    pub(crate) fn refresh(&self, rejected: &HeaderValue) -> Result<HeaderValue, TokenError> {
        let mut current = self.lock();
        match current.as_ref() {
            Some(token) if token.authorization != rejected && self.minter.is_fresh(token)? => {
                Ok(token.authorization.clone())
            }
            _ => self.mint_into(&mut current),
        }
    }

    fn mint_into(&self, current: &mut Option<MintedToken>) -> Result<HeaderValue, TokenError> {
        let token = self.minter.mint(self.user, self.run.as_ref())?;
        Ok(current.insert(token).authorization.clone())
    }

    // A panic elsewhere cannot leave half a token behind, so a poisoned lock is still good.
    fn lock(&self) -> MutexGuard<'_, Option<MintedToken>> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
