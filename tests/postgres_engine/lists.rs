//! Lists of runs.

use std::time::Duration;

use supabase_task::RunStatus;
use supabase_task::engine::RunFilter;
use supabase_task::prelude::*;

use crate::stage::Stage;
use crate::tasks::note;

/// The row of a delayed run does not change when the run becomes due, and without a worker its ticket is not
/// issued.
#[tokio::test]
async fn a_run_that_became_due_while_no_worker_was_there_is_listed_as_queued() {
    let stage = Stage::new().await;
    let day = Duration::from_secs(86_400);
    let due = note::trigger(&stage.queue, 1)
        .delay(day)
        .await
        .unwrap()
        .id();
    let later = note::trigger(&stage.queue, 2)
        .delay(day)
        .await
        .unwrap()
        .id();
    sqlx::query(
        "update supabase_task.runs
         set run_at = now() - interval '1 hour', ticket_at = now() - interval '61 minutes' where id = $1",
    )
    .bind(*due.as_uuid())
    .execute(&stage.pool)
    .await
    .unwrap();

    let listed = async |filter: RunFilter| -> Vec<_> {
        let runs = stage.queue.runs(filter).await.unwrap();
        runs.iter().map(|run| (run.id, run.status)).collect()
    };
    let both = [(later, RunStatus::Delayed), (due, RunStatus::Queued)];
    assert_eq!(listed(RunFilter::new()).await, both);
    assert_eq!(listed(RunFilter::new().task("note")).await, both);
    for filter in [RunFilter::new(), RunFilter::new().task("note")] {
        let of = |status| filter.clone().status(status);
        assert_eq!(listed(of(RunStatus::Queued)).await, both[1..]);
        assert_eq!(listed(of(RunStatus::Delayed)).await, both[..1]);
    }
    assert!(listed(RunFilter::new().task("hold")).await.is_empty());
}

/// Runs of three tasks in every status, some with a tag.
const RUNS_OF_ALL_KINDS: &str = "
    insert into supabase_task.runs (id, task_id, status, payload, auth, queue, max_attempts, tags, trace_id,
      run_at, ticket_at, held_by)
    select supabase_task.new_run_id(), task, status, 'null', 'service', task, 3,
      case when number % 2 = 0 then array['even'] else '{}' end,
      replace(gen_random_uuid()::text, '-', ''),
      now() + case when number % 4 < 2 then interval '1 day' else interval '-1 day' end,
      case when status = 'DELAYED' and number % 3 = 0 then now() end,
      case when status in ('EXECUTING', 'WAITING') then 'nobody' end
    from unnest(array['note', 'hold', 'other']) as task
    cross join unnest(array['DELAYED', 'QUEUED', 'EXECUTING', 'WAITING', 'COMPLETED', 'CANCELED', 'FAILED',
      'CRASHED', 'EXPIRED', 'TIMED_OUT']) as status
    cross join generate_series(1, 12) as number";

/// Each filter returns exactly the runs that match all of its conditions, in order.
#[tokio::test]
async fn each_filter_gives_what_it_says() {
    let stage = Stage::new().await;
    stage.execute(RUNS_OF_ALL_KINDS).await;
    let all = stage
        .queue
        .runs(RunFilter::new().limit(1_000))
        .await
        .unwrap();
    assert_eq!(all.len(), 360);
    let statuses: Vec<Vec<RunStatus>> = [Vec::new()]
        .into_iter()
        .chain(RunStatus::ALL.map(|status| vec![status]))
        .chain(RunStatus::ALL.map(|status| vec![status, RunStatus::Completed]))
        .collect();
    for statuses in &statuses {
        for task in [None, Some("note"), Some("nobody's")] {
            for tag in [None, Some("even")] {
                for before in [None, Some(all[all.len() / 2].id)] {
                    let expected = all.iter().filter(|run| {
                        (statuses.is_empty() || statuses.contains(&run.status))
                            && task.is_none_or(|task| run.task_id == task)
                            && tag.is_none_or(|tag| run.tags.iter().any(|one| one == tag))
                            && before.is_none_or(|before| run.id < before)
                    });
                    let expected: Vec<_> = expected.map(|run| run.id).take(7).collect();
                    let mut filter = RunFilter::new().limit(7);
                    for status in statuses {
                        filter = filter.status(*status);
                    }
                    if let Some(task) = task {
                        filter = filter.task(task);
                    }
                    if let Some(tag) = tag {
                        filter = filter.tag(tag);
                    }
                    if let Some(before) = before {
                        filter = filter.before(before);
                    }
                    let listed = stage.queue.runs(filter.clone()).await.unwrap();
                    let listed: Vec<_> = listed.iter().map(|run| run.id).collect();
                    assert_eq!(listed, expected, "{filter:?}");
                }
            }
        }
    }
}
