//! [`ScheduleOptions`]: when a task is run by itself.

/// When a task is run by itself: a cron line and the time zone it is meant in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScheduleOptions {
    cron: &'static str,
    timezone: &'static str,
}

impl ScheduleOptions {
    /// A cron line of five fields, in UTC.
    pub const fn cron(line: &'static str) -> Self {
        Self {
            cron: line,
            timezone: "UTC",
        }
    }

    /// The time zone by its IANA name, `Europe/Berlin`. Default: UTC.
    pub const fn timezone(mut self, name: &'static str) -> Self {
        self.timezone = name;
        self
    }

    /// The cron line.
    pub const fn line(&self) -> &'static str {
        self.cron
    }

    /// The time zone's IANA name.
    pub const fn timezone_name(&self) -> &'static str {
        self.timezone
    }
}
