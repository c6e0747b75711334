//! [`RetryPolicy`]: when a failed attempt is retried.

use std::time::Duration;

use crate::run::limits;

/// When and how often a failed attempt is retried, computed as in Trigger.dev.
///
/// After attempt `n`, the next one waits `min × factorⁿ⁻¹`, with jitter up to twice as long, but never longer
/// than `max` or 366 days. The defaults are those of Trigger.dev: three attempts, factor 2, from one second
/// to one minute, with jitter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RetryPolicy {
    max_attempts: u32,
    factor: f64,
    min: Duration,
    max: Duration,
    jitter: bool,
}

impl RetryPolicy {
    /// The most attempts a run can have, as in Trigger.dev.
    pub const MOST_ATTEMPTS: u32 = limits::MAX_ATTEMPTS;

    /// Creates the default policy: three attempts, factor 2, from one second to one minute, with jitter.
    pub const fn new() -> Self {
        Self {
            max_attempts: 3,
            factor: 2.0,
            min: Duration::from_secs(1),
            max: Duration::from_secs(60),
            jitter: true,
        }
    }

    /// Creates a policy of one attempt, without retries.
    pub const fn none() -> Self {
        Self::new().max_attempts(1)
    }

    /// Sets the total number of attempts, including the first: 1 to
    /// [`MOST_ATTEMPTS`](Self::MOST_ATTEMPTS). Values outside are clamped.
    pub const fn max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = match attempts {
            0 => 1,
            n if n > Self::MOST_ATTEMPTS => Self::MOST_ATTEMPTS,
            n => n,
        };
        self
    }

    /// Sets the factor by which the wait grows with each attempt: 1 or more. A smaller value or NaN is
    /// treated as 1.
    pub const fn factor(mut self, factor: f64) -> Self {
        self.factor = if factor >= 1.0 { factor } else { 1.0 };
        self
    }

    /// Sets the wait after the first attempt.
    pub const fn min(mut self, min: Duration) -> Self {
        self.min = min;
        self
    }

    /// Sets the longest wait.
    pub const fn max(mut self, max: Duration) -> Self {
        self.max = max;
        self
    }

    /// Sets whether waits are randomly lengthened, up to twice as long, so that runs that failed together
    /// are not retried together.
    pub const fn jitter(mut self, jitter: bool) -> Self {
        self.jitter = jitter;
        self
    }

    /// Returns the total number of attempts.
    pub const fn attempts(&self) -> u32 {
        self.max_attempts
    }

    /// Returns how long to wait after attempt `failed`, counted from 1. The wait is in whole milliseconds
    /// if `max` is; `chance` is in `[0, 1)`.
    pub(crate) fn delay_after(&self, failed: u32, chance: f64) -> Duration {
        let spread = if self.jitter { 1.0 + chance } else { 1.0 };
        let exponent = i32::try_from(failed.saturating_sub(1)).unwrap_or(i32::MAX);
        // Kept finite, because infinity times a `min` of zero is NaN.
        let growth = self.factor.powi(exponent).min(f64::MAX);
        let milliseconds = spread * self.min.as_secs_f64() * 1000.0 * growth;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the cast saturates: infinity becomes the largest `u64`, which is a valid duration"
        )]
        let milliseconds = milliseconds.round() as u64;
        Duration::from_millis(milliseconds).min(self.max)
    }
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn waits(policy: RetryPolicy, chance: f64) -> Vec<u128> {
        (1..policy.attempts())
            .map(|failed| policy.delay_after(failed, chance).as_millis())
            .collect()
    }

    #[test]
    fn the_waits_are_those_that_trigger_dev_computes() {
        assert_eq!(waits(RetryPolicy::new().jitter(false), 0.9), [1000, 2000]);
        // The example in Trigger.dev's documentation.
        let policy = RetryPolicy::new()
            .max_attempts(10)
            .factor(1.8)
            .min(Duration::from_millis(500))
            .max(Duration::from_secs(30))
            .jitter(false);
        assert_eq!(
            waits(policy, 0.0),
            [500, 900, 1620, 2916, 5249, 9448, 17006, 30000, 30000]
        );
    }

    #[test]
    fn jitter_only_makes_it_longer_and_never_longer_than_the_longest() {
        let policy = RetryPolicy::new().max_attempts(9);
        assert_eq!(policy.delay_after(1, 0.0).as_millis(), 1000);
        assert_eq!(policy.delay_after(1, 0.5).as_millis(), 1500);
        assert_eq!(policy.delay_after(8, 0.5).as_millis(), 60_000);
    }

    #[test]
    fn what_would_overflow_is_the_longest_wait() {
        let policy = RetryPolicy::new().max_attempts(1000).factor(1e300);
        assert_eq!(policy.attempts(), RetryPolicy::MOST_ATTEMPTS);
        assert_eq!(policy.delay_after(200, 0.1), Duration::from_secs(60));
        let policy = policy.factor(f64::INFINITY);
        assert_eq!(policy.delay_after(1, 0.0), Duration::from_secs(1));
        assert_eq!(policy.delay_after(2, 0.0), Duration::from_secs(60));
        let policy = policy.min(Duration::ZERO);
        assert_eq!(policy.delay_after(2, 0.0), Duration::ZERO);
    }

    #[test]
    fn a_factor_that_would_make_waits_shorter_is_one() {
        for factor in [f64::NAN, f64::NEG_INFINITY, -2.0, -0.0, 0.0, 0.5] {
            let policy = RetryPolicy::new().jitter(false).factor(factor);
            assert_eq!(waits(policy, 0.0), [1000, 1000], "{factor}");
        }
    }

    /// Any duration, and many of a realistic size.
    fn duration() -> impl Strategy<Value = Duration> {
        prop_oneof![
            any::<Duration>(),
            (0_u64..10_000_000).prop_map(Duration::from_millis),
            Just(Duration::ZERO),
            Just(Duration::MAX),
        ]
    }

    proptest! {
        #[test]
        fn each_wait_lies_between_the_shortest_and_the_longest(
            bits in any::<u64>(),
            min in duration(),
            max in duration(),
            chance in 0.0..1.0,
            jitter in any::<bool>(),
            failed in any::<u32>(),
        ) {
            // Every `f64`: numbers of any size, infinities and NaN.
            let policy = RetryPolicy::new()
                .factor(f64::from_bits(bits))
                .min(min)
                .max(max)
                .jitter(jitter);
            let wait = policy.delay_after(failed, chance);
            prop_assert!(wait <= max);
            // Accurate to the millisecond, and for huge times to the precision of an `f64`.
            let rounding = Duration::from_millis(1) + min / 1_000_000;
            let largest = Duration::from_millis(u64::MAX);
            prop_assert!(wait.saturating_add(rounding) >= min.min(max).min(largest));
            if !jitter {
                let next = policy.delay_after(failed.saturating_add(1), chance);
                prop_assert!(next >= wait || next == max);
            }
        }
    }
}
