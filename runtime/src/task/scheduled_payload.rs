//! [`ScheduledPayload`]: the payload of a scheduled task.

use crate::run::Tick;

/// A payload that a schedule can make: [`Tick`], `()`, or a type of yours.
#[diagnostic::on_unimplemented(
    message = "a schedule cannot make a `{Self}`: a scheduled task takes a `Tick`",
    label = "no schedule knows what to put in here",
    note = "take `Tick` or `()`, or implement `ScheduledPayload` for this type"
)]
pub trait ScheduledPayload: Sized {
    /// The payload of the run at this tick. Where this panics, there is no run; the worker logs it
    /// and goes on.
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
