//! [`RetryPolicy`]: when a failed attempt is made again.

use std::time::Duration;

use crate::run::limits;

/// When and how often a failed attempt is made again, as Trigger.dev computes it.
///
/// After attempt `n` the next one waits `min × factorⁿ⁻¹`, with jitter up to twice as long, and
/// never longer than `max`, nor than 366 days. The defaults are those of Trigger.dev: three attempts, factor 2, from
/// one second to one minute, with jitter.
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

    /// Three attempts, factor 2, from one second to one minute, with jitter.
    pub const fn new() -> Self {
        Self {
            max_attempts: 3,
            factor: 2.0,
            min: Duration::from_secs(1),
            max: Duration::from_secs(60),
            jitter: true,
        }
    }

    /// One attempt, no retry.
    pub const fn none() -> Self {
        Self::new().max_attempts(1)
    }

    /// How many attempts in all, the first one counted: 1 to [`MOST_ATTEMPTS`](Self::MOST_ATTEMPTS).
    /// What lies outside is taken as the nearest of these.
    pub const fn max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = match attempts {
            0 => 1,
            n if n > Self::MOST_ATTEMPTS => Self::MOST_ATTEMPTS,
            n => n,
        };
        self
    }

    /// By what the wait grows from one attempt to the next: 1 or more. What is less, or no number, is
    /// taken as 1.
    pub const fn factor(mut self, factor: f64) -> Self {
        self.factor = if factor >= 1.0 { factor } else { 1.0 };
        self
    }

    /// The wait after the first attempt.
    pub const fn min(mut self, min: Duration) -> Self {
        self.min = min;
        self
    }

    /// The longest wait.
    pub const fn max(mut self, max: Duration) -> Self {
        self.max = max;
        self
    }

    /// Whether waits are made longer by chance, up to twice, so that runs that failed together do
    /// not come back together.
    pub const fn jitter(mut self, jitter: bool) -> Self {
        self.jitter = jitter;
        self
    }

    /// How many attempts in all.
    pub const fn attempts(&self) -> u32 {
        self.max_attempts
    }

    /// How long to wait after attempt `failed`, counted from 1, in whole milliseconds where `max` is;
    /// `chance` is in `[0, 1)`.
    pub(crate) fn delay_after(&self, failed: u32, chance: f64) -> Duration {
        let spread = if self.jitter { 1.0 + chance } else { 1.0 };
        let exponent = i32::try_from(failed.saturating_sub(1)).unwrap_or(i32::MAX);
        // Not infinite, which times a `min` of zero would be no number.
        let growth = self.factor.powi(exponent).min(f64::MAX);
        let milliseconds = spread * self.min.as_secs_f64() * 1000.0 * growth;
        // An infinity is the largest `u64`, and that is a duration.
        Duration::from_millis(milliseconds.round() as u64).min(self.max)
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
        // The example of its documentation.
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

    /// Any duration, and many of those that people write.
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
            // Every `f64` there is: numbers of each size, infinities, and what is no number.
            let policy = RetryPolicy::new()
                .factor(f64::from_bits(bits))
                .min(min)
                .max(max)
                .jitter(jitter);
            let wait = policy.delay_after(failed, chance);
            prop_assert!(wait <= max);
            // To the millisecond, and of times beyond all thought to what an `f64` holds.
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
