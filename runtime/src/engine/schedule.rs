//! [`Schedule`]: the times of a cron line in a time zone.
//!
//! Clocks are set forward and back. A line that names hours runs once at each of its times: a time that
//! the clock skips runs at the first instant after the gap, and a time that occurs twice runs only the
//! first time. A line for every hour follows real time: it makes up for no skipped time, and runs in both
//! occurrences of a repeated hour.
//!
//! croner follows these rules only for a line with a single time. For a list or steps (`0,30 2 * * *`),
//! it gives no time in the gap and each time twice in the repeated hour, and it finds nothing after a gap
//! of more than two hours. So for lines that name hours, croner searches wall clock times without a time
//! zone, and this file maps them to instants.

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
mod timezone;
mod zone;

use chrono::{DateTime, LocalResult, NaiveDateTime, SubsecRound, TimeZone, Utc};
use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};

use self::zone::Zone;
use crate::run::{ScheduleOptions, Tick};

/// How many upcoming times a tick lists, as in Trigger.dev.
const UPCOMING: usize = 5;

#[derive(Clone, Debug)]
pub(crate) struct Schedule {
    cron: Cron,
    timezone: Zone,
    /// Whether the line runs in each of the 24 hours. `*/2` does not: it names every second hour.
    every_hour: bool,
}

impl Schedule {
    /// Parses the options from a task's attribute. The error is a sentence that names the task.
    pub(crate) fn new(task_id: &str, options: &ScheduleOptions) -> Result<Self, String> {
        let line = options.line();
        let cron = parse(line).map_err(|error| {
            format!("the schedule `{line}` of task `{task_id}` is not a cron line: {error}")
        })?;
        let name = options.timezone_name();
        let timezone = Zone::named(name).ok_or_else(|| {
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

    /// Returns the first scheduled time after `time`; `None` if none is left.
    pub(crate) fn next_after(&self, time: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let local = self.local(time);
        if self.every_hour {
            let next = self.cron.find_next_occurrence(&local, false).ok()?;
            return Some(next.to_utc());
        }
        let mut clock = local.naive_local();
        loop {
            clock = self.cron.find_next_occurrence(&clock, false).ok()?;
            // In a repeated hour, its times have already run the first time.
            let next = self.instant_of(clock)?;
            if next > time {
                return Some(next);
            }
        }
    }

    /// Returns the last scheduled time between `due` and `now`, where `due` is one itself. Of several
    /// missed times, only this one is made up for.
    pub(crate) fn latest_due(&self, due: DateTime<Utc>, now: DateTime<Utc>) -> DateTime<Utc> {
        self.latest(now).unwrap_or(due).max(due)
    }

    /// Returns the last scheduled time that is not after `now`.
    fn latest(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let local = self.local(now);
        if self.every_hour {
            let latest = self.cron.find_previous_occurrence(&local, true).ok()?;
            return Some(latest.to_utc());
        }
        let mut clock = local.naive_local();
        // In a repeated hour, the clock was further ahead before, by less than the shift.
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

    /// Returns the local time without fractions of a second: in a repeated hour, croner otherwise
    /// considers a tick less than a second ahead to be in the past.
    fn local(&self, time: DateTime<Utc>) -> DateTime<Zone> {
        time.trunc_subsecs(0).with_timezone(&self.timezone)
    }

    /// Returns the instant when the clock first shows this time; in a gap, the first instant after it. A
    /// later time never maps to an earlier instant, which both searches rely on.
    fn instant_of(&self, clock: NaiveDateTime) -> Option<DateTime<Utc>> {
        let shown = self.timezone.from_local_datetime(&clock).earliest();
        shown
            .map(|time| time.to_utc())
            .or_else(|| self.timezone.gap_end(clock))
    }

    /// Returns the tick for the run at this time.
    pub(crate) fn tick(&self, at: DateTime<Utc>, last: Option<DateTime<Utc>>) -> Tick {
        let mut tick = Tick::at(at);
        tick.last_timestamp = last;
        tick.timezone = self.timezone.name().to_owned();
        let following = std::iter::successors(self.next_after(at), |time| self.next_after(*time));
        tick.upcoming = following.take(UPCOMING).collect();
        tick
    }
}

/// Parses a line of five fields, the format of the option `schedule`.
fn parse(line: &str) -> Result<Cron, croner::errors::CronError> {
    CronParser::builder()
        .seconds(Seconds::Disallowed)
        .year(Year::Disallowed)
        .build()
        .parse(line)
}
