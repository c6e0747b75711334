//! [`jitter`]: what keeps many from doing the same at the same moment.

/// A random number in `[0, 1)`. Nothing secret hangs on it.
pub(crate) fn jitter() -> f64 {
    f64::from(uuid::Uuid::new_v4().as_fields().0) / (f64::from(u32::MAX) + 1.0)
}
