//! [`Tick`]: what a scheduled task is run with.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// One time at which a schedule says that its task runs.
///
/// ```
/// use supabase_task::prelude::*;
///
/// #[supabase_task(auth = "service", schedule = "0 3 * * *")]
/// async fn sweep(tick: Tick, supabase: ServiceClient) -> TaskResult<String> {
///     Ok(format!("the sweep of {}", tick.timestamp))
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Tick {
    /// The time the schedule named. The run itself may begin later.
    pub timestamp: DateTime<Utc>,
    /// The time before that at which the task was run by its schedule, if there was one.
    #[serde(default)]
    pub last_timestamp: Option<DateTime<Utc>>,
    /// The schedule's time zone, by its IANA name.
    pub timezone: String,
    /// The next five times.
    #[serde(default)]
    pub upcoming: Vec<DateTime<Utc>>,
}

impl Tick {
    /// A tick at a time, in UTC, with nothing before or after it: to run a scheduled task by hand.
    pub fn at(timestamp: impl Into<DateTime<Utc>>) -> Self {
        Self {
            timestamp: timestamp.into(),
            last_timestamp: None,
            timezone: "UTC".to_owned(),
            upcoming: Vec::new(),
        }
    }
}

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
