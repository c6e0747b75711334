//! The schedules of a worker's tasks.

use chrono::Utc;

use super::settings::WorkerSettings;
use crate::engine::schedule::Schedule;
use crate::engine::{TaskEntry, WorkerError};
use crate::run::ScheduleOptions;

/// Returns the schedules of these tasks. An invalid schedule is an error, or is skipped if the settings
/// say so.
pub(super) fn scheduled(
    tasks: impl Iterator<Item = &'static TaskEntry>,
    settings: &WorkerSettings,
) -> Result<Vec<(&'static TaskEntry, Schedule)>, WorkerError> {
    let mut schedules = Vec::new();
    for task in tasks {
        let Some(options) = task.options().schedule_options() else {
            continue;
        };
        match working(task.id(), options) {
            Ok(schedule) if settings.schedules => schedules.push((task, schedule)),
            Ok(_) => {}
            Err(error) if settings.skip_invalid_schedules => tracing::error!(
                task.id = task.id(),
                error = %error,
                "the task's schedule is skipped: the task runs only when it is triggered"
            ),
            Err(error) => return Err(WorkerError::Setup(error)),
        }
    }
    Ok(schedules)
}

/// Returns the schedule, if it has a time in the future.
fn working(task_id: &str, options: &ScheduleOptions) -> Result<Schedule, String> {
    let schedule = Schedule::new(task_id, options)?;
    match schedule.next_after(Utc::now()) {
        Some(_) => Ok(schedule),
        None => Err(format!(
            "the schedule `{}` of task `{task_id}` never comes",
            options.line()
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::Service;
    use crate::engine::error_log::ErrorLog;
    use crate::run::{TaskOptions, TaskResult, Tick};
    use crate::task::{Task, TaskRequest};

    struct Hourly;
    struct Abroad;
    struct Never;

    macro_rules! scheduled_task {
        ($task:ty, $id:literal, $schedule:expr) => {
            impl Task for $task {
                const ID: &'static str = $id;
                const OPTIONS: TaskOptions = TaskOptions::new().schedule($schedule);
                type Auth = Service;
                type Payload = ();
                type Return = TaskResult<()>;

                fn identity(_: &()) {}

                fn scheduled(_: Tick) -> Option<()> {
                    Some(())
                }

                async fn call(_: TaskRequest<Service>, (): ()) -> TaskResult<Self::Return> {
                    Ok(Ok(()))
                }
            }
        };
    }

    const HOURLY: ScheduleOptions = ScheduleOptions::cron("0 * * * *");
    scheduled_task!(Hourly, "hourly", HOURLY);
    scheduled_task!(Abroad, "abroad", HOURLY.timezone("europe/berlin"));
    scheduled_task!(Never, "never", ScheduleOptions::cron("0 0 30 2 *"));

    static GOOD: TaskEntry = TaskEntry::of::<Hourly>(file!(), line!());
    static ABROAD: TaskEntry = TaskEntry::of::<Abroad>(file!(), line!());
    static NEVER: TaskEntry = TaskEntry::of::<Never>(file!(), line!());

    fn settings(schedules: bool, skip_invalid_schedules: bool) -> WorkerSettings {
        WorkerSettings {
            schedules,
            skip_invalid_schedules,
            ..WorkerSettings::default()
        }
    }

    #[test]
    fn a_schedule_that_cannot_work_is_refused_also_by_a_worker_that_keeps_none() {
        for schedules in [true, false] {
            let settings = settings(schedules, false);
            let refused = |bad| {
                let refused = scheduled([&GOOD, bad].into_iter(), &settings);
                refused.unwrap_err().to_string()
            };
            assert_eq!(
                refused(&ABROAD),
                "the worker cannot start: unknown time zone `europe/berlin` of task `abroad`: \
                 write `Europe/Berlin`"
            );
            assert_eq!(
                refused(&NEVER),
                "the worker cannot start: the schedule `0 0 30 2 *` of task `never` never comes"
            );
        }
    }

    #[test]
    fn a_worker_that_is_told_to_leaves_it_out_says_so_once_and_keeps_the_others() {
        let (log, _here) = ErrorLog::capture_here();
        let tasks = [&ABROAD, &GOOD, &NEVER].into_iter();
        let kept = scheduled(tasks, &settings(true, true)).unwrap();
        let kept: Vec<_> = kept.iter().map(|(task, _)| task.id()).collect();
        assert_eq!(kept, ["hourly"]);
        let errors = log.errors();
        assert_eq!(errors.len(), 2, "{errors:?}");
        assert!(errors[0].contains("task.id=\"abroad\""), "{errors:?}");
        assert!(errors[0].contains("write `Europe/Berlin`"), "{errors:?}");
        assert!(errors[1].contains("task.id=\"never\""), "{errors:?}");
    }

    #[test]
    fn a_worker_without_schedules_keeps_none() {
        let kept = scheduled([&GOOD].into_iter(), &settings(false, false)).unwrap();
        assert!(kept.is_empty());
    }
}
