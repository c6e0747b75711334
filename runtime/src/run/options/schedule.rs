//! [`ScheduleOptions`]: the schedule of a task.

/// The schedule of a task: a cron line and its time zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScheduleOptions {
    cron: &'static str,
    timezone: &'static str,
}

impl ScheduleOptions {
    /// Creates a schedule from a cron line of five fields, in UTC.
    pub const fn cron(line: &'static str) -> Self {
        Self {
            cron: line,
            timezone: "UTC",
        }
    }

    /// Sets the time zone by its IANA name, such as `Europe/Berlin`. Default: UTC.
    pub const fn timezone(mut self, name: &'static str) -> Self {
        self.timezone = name;
        self
    }

    /// Returns the cron line.
    pub const fn line(&self) -> &'static str {
        self.cron
    }

    /// Returns the time zone's IANA name.
    pub const fn timezone_name(&self) -> &'static str {
        self.timezone
    }
}
