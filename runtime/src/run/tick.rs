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
