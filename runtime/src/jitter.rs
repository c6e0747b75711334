//! [`jitter`]: randomness that keeps retries and polls from happening all at the same moment.

/// Returns a random number in `[0, 1)`. Not for secrets.
pub(crate) fn jitter() -> f64 {
    f64::from(uuid::Uuid::new_v4().as_fields().0) / (f64::from(u32::MAX) + 1.0)
}
