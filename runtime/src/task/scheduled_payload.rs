//! [`ScheduledPayload`]: the payload of a scheduled task.

use crate::run::Tick;

/// A payload that a schedule can make: [`Tick`], `()`, or a type of your own.
#[diagnostic::on_unimplemented(
    message = "a schedule cannot make a `{Self}`: a scheduled task takes a `Tick`",
    label = "a schedule cannot make this payload",
    note = "take `Tick` or `()`, or implement `ScheduledPayload` for this type"
)]
pub trait ScheduledPayload: Sized {
    /// Makes the payload of the run for this tick. If this panics, there is no run; the worker logs the
    /// panic and continues.
    fn from_tick(tick: Tick) -> Self;
}

impl ScheduledPayload for Tick {
    fn from_tick(tick: Tick) -> Self {
        tick
    }
}

impl ScheduledPayload for () {
    fn from_tick(_: Tick) {}
}
