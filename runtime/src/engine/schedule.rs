//! [`Schedule`]: the times of a cron line in a time zone.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use croner::Cron;

use super::WorkerError;
use crate::task::{ScheduleOptions, Tick};

/// How many of the times to come a tick tells, as in Trigger.dev.
const UPCOMING: usize = 5;

/// The times of a cron line in a time zone.
#[derive(Clone, Debug)]
pub(crate) struct Schedule {
    cron: Cron,
    timezone: Tz,
}

impl Schedule {
    /// Reads what a task's attribute says.
    pub(crate) fn new(task_id: &str, options: &ScheduleOptions) -> Result<Self, WorkerError> {
        let line = options.line();
        let cron = line.parse().map_err(|error| {
            WorkerError::Setup(format!(
                "the schedule `{line}` of task `{task_id}` is no cron line: {error}"
            ))
        })?;
        let name = options.timezone_name();
        let timezone = name.parse().map_err(|_| {
            WorkerError::Setup(format!(
                "task `{task_id}` has the timezone `{name}`, which there is not: write an IANA \
                 name such as `Europe/Berlin`, or `UTC`"
            ))
        })?;
        Ok(Self { cron, timezone })
    }

    /// The first time after this one; `None` if there is none any more.
    pub(crate) fn next_after(&self, time: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let local = time.with_timezone(&self.timezone);
        let next = self.cron.find_next_occurrence(&local, false).ok()?;
        Some(next.with_timezone(&Utc))
    }

    /// The last time that is not after `now`, from `due` on, which is such a time: of several that
    /// were missed only this one is made up for.
    pub(crate) fn latest_due(&self, due: DateTime<Utc>, now: DateTime<Utc>) -> DateTime<Utc> {
        let local = now.with_timezone(&self.timezone);
        match self.cron.find_previous_occurrence(&local, true) {
            Ok(latest) => latest.with_timezone(&Utc).max(due),
            Err(_) => due,
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn schedule(line: &'static str, timezone: &'static str) -> Schedule {
        let options = ScheduleOptions::cron(line).timezone(timezone);
        Schedule::new("sweep", &options).unwrap()
    }

    fn time(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn the_times_are_those_of_the_time_zone() {
        let berlin = schedule("0 3 * * *", "Europe/Berlin");
        let next = berlin.next_after(time("2026-07-01T01:00:00Z"));
        assert_eq!(next, Some(time("2026-07-02T01:00:00Z")));
        let next = berlin.next_after(time("2026-12-01T01:00:00Z"));
        assert_eq!(next, Some(time("2026-12-01T02:00:00Z")));
    }

    #[test]
    fn an_hour_that_a_clock_change_leaves_out_or_repeats_is_one_tick() {
        let berlin = schedule("30 2 * * *", "Europe/Berlin");
        let mut at = time("2026-03-27T12:00:00Z");
        let mut days = Vec::new();
        for _ in 0..4 {
            at = berlin.next_after(at).unwrap();
            days.push(at);
        }
        assert_eq!(days.len(), 4);
        assert!(days.windows(2).all(|pair| pair[0] < pair[1]));
        // The night the clock goes back has 2:30 twice.
        let first = berlin.next_after(time("2026-10-24T12:00:00Z")).unwrap();
        let second = berlin.next_after(first).unwrap();
        assert_eq!(first, time("2026-10-25T00:30:00Z"));
        assert_eq!(second, time("2026-10-26T01:30:00Z"));
    }

    #[test]
    fn of_missed_times_the_last_one_is_due() {
        let hourly = schedule("0 * * * *", "UTC");
        let due = time("2026-01-01T10:00:00Z");
        let latest = |now| hourly.latest_due(due, time(now));
        assert_eq!(latest("2026-01-01T10:00:00Z"), due);
        assert_eq!(latest("2026-01-01T10:59:00Z"), due);
        assert_eq!(latest("2026-01-01T13:20:00Z"), time("2026-01-01T13:00:00Z"));
    }

    #[test]
    fn a_tick_tells_what_is_around_it() {
        let at = time("2026-01-01T10:00:00Z");
        let tick = schedule("0 * * * *", "UTC").tick(at, None);
        assert_eq!((tick.timestamp, tick.last_timestamp), (at, None));
        assert_eq!(tick.upcoming.len(), 5);
        assert_eq!(tick.upcoming.first(), Some(&time("2026-01-01T11:00:00Z")));
    }

    #[test]
    fn an_unknown_time_zone_is_told_with_the_task() {
        let options = ScheduleOptions::cron("0 3 * * *").timezone("Europe/Berlim");
        let error = Schedule::new("sweep", &options).unwrap_err();
        assert!(error.to_string().contains("`sweep`"), "{error}");
        assert!(error.to_string().contains("`Europe/Berlim`"), "{error}");
    }
}
