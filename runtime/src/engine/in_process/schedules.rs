//! [`Schedules`]: the ticks of a queue's schedules. Its workers share them, so each is triggered once.

use std::collections::HashMap;

use chrono::{DateTime, SecondsFormat, Utc};

use crate::engine::new_run::NewRun;
use crate::engine::schedule::Schedule;
use crate::engine::{QueueError, TaskEntry, TriggerOptions};
use crate::run::Tick;

/// The next and the last tick of each task.
#[derive(Debug, Default)]
pub(super) struct Schedules {
    due: HashMap<&'static str, Due>,
}

#[derive(Debug)]
struct Due {
    next: Option<DateTime<Utc>>,
    last: Option<DateTime<Utc>>,
}

impl Schedules {
    /// Registers a worker's schedule. If an earlier worker had it, its ticks continue: a tick that was due
    /// while there was no worker is made up for.
    pub(super) fn begin(&mut self, task_id: &'static str, schedule: &Schedule, now: DateTime<Utc>) {
        self.due.entry(task_id).or_insert_with(|| Due {
            next: schedule.next_after(now),
            last: None,
        });
    }

    /// Takes the tick that is due, if any, and only once. Of several missed ticks, it is the last one.
    pub(super) fn take(
        &mut self,
        task_id: &'static str,
        schedule: &Schedule,
        now: DateTime<Utc>,
    ) -> Option<Tick> {
        let due = self.due.get_mut(task_id)?;
        let next = due.next.filter(|next| *next <= now)?;
        let at = schedule.latest_due(next, now);
        let tick = schedule.tick(at, due.last);
        due.last = Some(at);
        due.next = schedule.next_after(at);
        Some(tick)
    }

    /// Returns when the next tick of a task is due.
    pub(super) fn next(&self, task_id: &'static str) -> Option<DateTime<Utc>> {
        self.due.get(task_id)?.next
    }
}

/// Makes the run for a tick; `None` if the task has no schedule. Its idempotency key names the tick.
pub(super) fn run_of(task: &'static TaskEntry, tick: Tick) -> Option<Result<NewRun, QueueError>> {
    let time = tick.timestamp.to_rfc3339_opts(SecondsFormat::Secs, true);
    let options = TriggerOptions::new().idempotency_key(format!("schedule/{time}"));
    let payload = task.scheduled(tick)?.map_err(QueueError::Payload);
    Some(payload.and_then(|payload| options.run_of_entry(task, payload)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::ScheduleOptions;

    fn hourly() -> Schedule {
        Schedule::new("sweep", &ScheduleOptions::cron("0 * * * *")).unwrap()
    }

    fn time(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn a_tick_is_given_once_and_knows_the_one_before() {
        let (mut schedules, hourly) = (Schedules::default(), hourly());
        schedules.begin("sweep", &hourly, time("2026-01-01T09:30:00Z"));
        let mut take = |now| schedules.take("sweep", &hourly, time(now));
        assert_eq!(take("2026-01-01T09:59:59Z"), None);
        let first = take("2026-01-01T10:00:00Z").unwrap();
        assert_eq!(first.timestamp, time("2026-01-01T10:00:00Z"));
        assert_eq!(first.last_timestamp, None);
        assert_eq!(take("2026-01-01T10:00:00Z"), None);
        let second = take("2026-01-01T11:00:01Z").unwrap();
        assert_eq!(second.last_timestamp, Some(first.timestamp));
    }

    #[test]
    fn of_several_missed_ticks_the_last_one_is_made_up_for() {
        let (mut schedules, hourly) = (Schedules::default(), hourly());
        schedules.begin("sweep", &hourly, time("2026-01-01T09:30:00Z"));
        let now = time("2026-01-01T13:20:00Z");
        let tick = schedules.take("sweep", &hourly, now).unwrap();
        assert_eq!(tick.timestamp, time("2026-01-01T13:00:00Z"));
        assert_eq!(schedules.take("sweep", &hourly, now), None);
        assert_eq!(schedules.next("sweep"), Some(time("2026-01-01T14:00:00Z")));
    }

    #[test]
    fn a_second_worker_begins_no_schedule_again() {
        let (mut schedules, hourly) = (Schedules::default(), hourly());
        schedules.begin("sweep", &hourly, time("2026-01-01T09:30:00Z"));
        schedules.begin("sweep", &hourly, time("2026-01-01T10:30:00Z"));
        assert_eq!(schedules.next("sweep"), Some(time("2026-01-01T10:00:00Z")));
    }
}
