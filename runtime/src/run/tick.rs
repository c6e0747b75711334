//! [`Tick`]: the payload of a scheduled task.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// One time of a task's schedule.
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
    /// The scheduled time. The run itself may start later.
    pub timestamp: DateTime<Utc>,
    /// The previous time at which the schedule ran the task, if any.
    #[serde(default)]
    pub last_timestamp: Option<DateTime<Utc>>,
    /// The schedule's time zone, by its IANA name.
    pub timezone: String,
    /// The next five scheduled times.
    #[serde(default)]
    pub upcoming: Vec<DateTime<Utc>>,
}

impl Tick {
    /// Creates a tick at a time, in UTC, without previous or upcoming times. Use it to run a scheduled task
    /// by hand.
    pub fn at(timestamp: impl Into<DateTime<Utc>>) -> Self {
        Self {
            timestamp: timestamp.into(),
            last_timestamp: None,
            timezone: "UTC".to_owned(),
            upcoming: Vec::new(),
        }
    }
}
