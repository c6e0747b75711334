//! The token of one client of a user or a role: minted when first needed, and again before it expires.

use std::sync::{Arc, Mutex};

use http::HeaderValue;

use super::minter::MintedToken;
use super::run_claim::RunClaim;
use super::{Minter, Subject, TokenError};
use crate::lock::lock;

/// The token source of one client of a user or a role.
///
/// The token is minted with the first request, and then kept until 60 seconds before it expires. A
/// token that lives less than two minutes is kept for half its lifetime.
#[derive(Debug)]
pub(crate) struct UserToken {
    minter: Arc<Minter>,
    subject: Subject,
    run: Option<RunClaim>,
    // Held while minting, so that concurrent requests share one token. Minting takes microseconds and
    // never waits.
    current: Mutex<Option<MintedToken>>,
}

impl UserToken {
    /// The tokens of `subject`, which carry the run they are minted for.
    pub(crate) fn new(minter: Arc<Minter>, subject: Subject, run: Option<RunClaim>) -> Self {
        Self {
            minter,
            subject,
            run,
            current: Mutex::new(None),
        }
    }

    /// Returns `Bearer …`, marked sensitive; cached until 60 s before it expires.
    pub(crate) fn authorization(&self) -> Result<HeaderValue, TokenError> {
        self.current(None)
    }

    /// Returns a fresh token after the server called `rejected` expired. If another request has
    /// refreshed it in the meantime, returns that one.
    pub(crate) fn refresh(&self, rejected: &HeaderValue) -> Result<HeaderValue, TokenError> {
        self.current(Some(rejected))
    }

    fn current(&self, rejected: Option<&HeaderValue>) -> Result<HeaderValue, TokenError> {
        // A panic elsewhere cannot leave half a token behind, so a poisoned lock is still good.
        let mut current = lock(&self.current);
        if let Some(token) = current.as_ref()
            && rejected != Some(&token.authorization)
            && self.minter.is_fresh(token)?
        {
            return Ok(token.authorization.clone());
        }
        let token = self.minter.mint(self.subject, self.run.as_ref())?;
        Ok(current.insert(token).authorization.clone())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::time::Duration;

    use uuid::Uuid;

    use super::*;
    use crate::token::testing::{FakeClock, JWT_SECRET};
    use crate::token::{Signer, TokenOptions};

    fn token_living(lifetime: Duration, clock: &Arc<FakeClock>) -> UserToken {
        let signer = Signer::from_secret(&JWT_SECRET.into()).unwrap();
        let options = TokenOptions {
            lifetime,
            ..Default::default()
        };
        let minter = Minter::new(signer, "issuer", options.check().unwrap(), clock.clone());
        UserToken::new(Arc::new(minter), Subject::user(Uuid::new_v4().into()), None)
    }

    /// Mints, and returns how long the token is kept.
    fn kept(token: &UserToken, clock: &FakeClock) -> Duration {
        let first = token.authorization().unwrap();
        let second = Duration::from_secs(1);
        for kept in 0.. {
            clock.advance(second);
            if token.authorization().unwrap() != first {
                return second * kept;
            }
        }
        unreachable!()
    }

    #[test]
    fn a_token_is_kept_until_60_s_before_its_end() {
        let clock = FakeClock::new();
        let token = token_living(Duration::from_secs(3600), &clock);
        assert_eq!(kept(&token, &clock), Duration::from_secs(3600 - 60 - 1));
        // The next token is kept equally long.
        assert_eq!(kept(&token, &clock), Duration::from_secs(3600 - 60 - 1));
    }

    #[test]
    fn a_short_lived_token_is_kept_for_half_its_life() {
        let clock = FakeClock::new();
        let token = token_living(Duration::from_secs(20), &clock);
        assert_eq!(kept(&token, &clock), Duration::from_secs(10 - 1));
    }

    #[test]
    fn the_header_is_sensitive() {
        let token = token_living(Duration::from_secs(3600), &FakeClock::new());
        let first = token.authorization().unwrap();
        assert!(first.is_sensitive());
        assert!(token.refresh(&first).unwrap().is_sensitive());
        assert!(!format!("{token:?}").contains("Bearer"));
    }

    #[test]
    fn a_rejected_token_is_replaced_before_its_end() {
        let clock = FakeClock::new();
        let token = token_living(Duration::from_secs(3600), &clock);
        let rejected = token.authorization().unwrap();
        clock.advance(Duration::from_secs(5));
        let fresh = token.refresh(&rejected).unwrap();
        assert_ne!(fresh, rejected);
        assert_eq!(token.authorization().unwrap(), fresh);
    }

    #[test]
    fn concurrent_rejections_mint_once() {
        // The clock advances with every reading, so that no two minted tokens are equal.
        #[derive(Debug)]
        struct Ticking(Arc<FakeClock>);
        impl crate::token::Clock for Ticking {
            fn now(&self) -> std::time::SystemTime {
                self.0.advance(Duration::from_secs(1));
                self.0.now()
            }
        }

        let signer = Signer::from_secret(&JWT_SECRET.into()).unwrap();
        let claims = TokenOptions::default().check().unwrap();
        let clock = Arc::new(Ticking(FakeClock::new()));
        let minter = Arc::new(Minter::new(signer, "issuer", claims, clock));
        let token = UserToken::new(minter, Subject::user(Uuid::new_v4().into()), None);

        let rejected = token.authorization().unwrap();
        let start = Barrier::new(8);
        let refreshed: Vec<HeaderValue> = std::thread::scope(|scope| {
            let refresh = || {
                start.wait();
                token.refresh(&rejected).unwrap()
            };
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(refresh)).collect();
            threads
                .into_iter()
                .map(|thread| thread.join().unwrap())
                .collect()
        });
        assert_ne!(refreshed[0], rejected);
        assert!(refreshed.iter().all(|token| *token == refreshed[0]));
    }

    #[test]
    fn a_poisoned_lock_is_still_good() {
        let token = token_living(Duration::from_secs(3600), &FakeClock::new());
        let before = token.authorization().unwrap();
        std::thread::scope(|scope| {
            let poison = scope.spawn(|| {
                let _guard = token.current.lock();
                panic!("on purpose");
            });
            assert!(poison.join().is_err());
        });
        assert!(token.current.is_poisoned());
        assert_eq!(token.authorization().unwrap(), before);
    }
}
