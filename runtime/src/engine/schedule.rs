//! [`Schedule`]: the times of a cron line in a time zone.
//!
//! Clocks are set forward and back. A line that names hours runs each of its times once: a time that
//! the clock leaves out at the first instant after the gap, and a time that comes twice the first
//! time only. A line for every hour goes on in real time: it makes up for nothing, and runs in both
//! of two equal hours.
//!
//! croner follows these rules only for a line with a single time. A list or steps (`0,30 2 * * *`)
//! it runs not at all in the gap and twice in the repeated hour, and it finds nothing after a gap of
//! more than two hours. So for lines that name hours, croner searches wall clock times without a
//! time zone, and this file maps them to instants.

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
mod timezone;

use chrono::{DateTime, LocalResult, NaiveDateTime, SubsecRound, TimeZone, Utc};
use chrono_tz::{GapInfo, Tz};
use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};

use crate::run::{ScheduleOptions, Tick};

/// How many of the times to come a tick tells, as in Trigger.dev.
const UPCOMING: usize = 5;

/// The times of a cron line in a time zone.
#[derive(Clone, Debug)]
pub(crate) struct Schedule {
    cron: Cron,
    timezone: Tz,
    /// Whether the line runs in each of the 24 hours. `*/2` does not: it names every second one.
    every_hour: bool,
}

impl Schedule {
    /// Reads what a task's attribute says. The error is a sentence that names the task.
    pub(crate) fn new(task_id: &str, options: &ScheduleOptions) -> Result<Self, String> {
        let line = options.line();
        let cron = parse(line).map_err(|error| {
            format!("the schedule `{line}` of task `{task_id}` is not a cron line: {error}")
        })?;
        let name = options.timezone_name();
        let timezone = name.parse().map_err(|_| {
            format!(
                "unknown time zone `{name}` of task `{task_id}`: {}",
                timezone::advice(name)
            )
        })?;
        Ok(Self {
            every_hour: cron.pattern.hours.values().len() == 24,
            cron,
            timezone,
        })
    }

    /// The first time after this one; `None` if there is none any more.
    pub(crate) fn next_after(&self, time: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let local = self.local(time);
        if self.every_hour {
            let next = self.cron.find_next_occurrence(&local, false).ok()?;
            return Some(next.to_utc());
        }
        let mut clock = local.naive_local();
        loop {
            clock = self.cron.find_next_occurrence(&clock, false).ok()?;
            // While the clock shows an hour again, the times in it were run the first time.
            let next = self.instant_of(clock)?;
            if next > time {
                return Some(next);
            }
        }
    }

    /// The last time that is not after `now`, from `due` on, which is such a time: of several that
    /// were missed only this one is made up for.
    pub(crate) fn latest_due(&self, due: DateTime<Utc>, now: DateTime<Utc>) -> DateTime<Utc> {
        self.latest(now).unwrap_or(due).max(due)
    }

    /// The last time that is not after `now`.
    fn latest(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let local = self.local(now);
        if self.every_hour {
            let latest = self.cron.find_previous_occurrence(&local, true).ok()?;
            return Some(latest.to_utc());
        }
        let mut clock = local.naive_local();
        // While it shows an hour again, it was further ahead before: by less than the shift.
        if let LocalResult::Ambiguous(first, again) = self.timezone.from_local_datetime(&clock) {
            clock = clock.checked_add_signed(again - first)?;
        }
        let mut inclusive = true;
        loop {
            clock = self.cron.find_previous_occurrence(&clock, inclusive).ok()?;
            inclusive = false;
            let latest = self.instant_of(clock)?;
            if latest <= now {
                return Some(latest);
            }
        }
    }

    /// Without fractions of a second: in a repeated hour, croner otherwise takes a tick that is less
    /// than a second ahead for one in the past.
    fn local(&self, time: DateTime<Utc>) -> DateTime<Tz> {
        time.trunc_subsecs(0).with_timezone(&self.timezone)
    }

    /// When the clock shows this for the first time; in a gap, the first instant after it. A later
    /// time never has an earlier instant, which both searches rely on.
    fn instant_of(&self, clock: NaiveDateTime) -> Option<DateTime<Utc>> {
        let shown = self.timezone.from_local_datetime(&clock).earliest();
        let instant = shown.or_else(|| GapInfo::new(&clock, &self.timezone)?.end)?;
        Some(instant.to_utc())
    }

    /// What the run at this time is told.
    pub(crate) fn tick(&self, at: DateTime<Utc>, last: Option<DateTime<Utc>>) -> Tick {
        let mut tick = Tick::at(at);
        tick.last_timestamp = last;
        tick.timezone = self.timezone.name().to_owned();
        let following = std::iter::successors(self.next_after(at), |time| self.next_after(*time));
        tick.upcoming = following.take(UPCOMING).collect();
        tick
    }
}

/// A line of five fields, as the attribute `schedule` takes it.
fn parse(line: &str) -> Result<Cron, croner::errors::CronError> {
    CronParser::builder()
        .seconds(Seconds::Disallowed)
        .year(Year::Disallowed)
        .build()
        .parse(line)
}
