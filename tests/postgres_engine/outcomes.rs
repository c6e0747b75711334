//! Outcomes of attempts that the database refuses to store or whose run another session has locked.

use sqlx::{AssertSqlSafe, Connection, PgConnection};
use supabase_task::engine::AttemptOutcome::Completed;
use supabase_task::prelude::*;
use supabase_task::{RunHandle, RunStatus};

use crate::stage::{Stage, outcomes, until};
use crate::tasks::{Work, keyed, note, repeat, single};

/// The one run out of twenty that has a problem.
const ODD: u64 = 13;

/// Makes the database refuse [`ODD`] when `condition` holds for the changed row.
async fn refuse(stage: &Stage, condition: &str, code: &str) {
    let sql = format!(
        "create function stage.refuse() returns trigger language plpgsql as $$
         begin raise exception 'not this one' using errcode = '{code}'; end $$;
         create trigger refuse before update on supabase_task.runs
           for each row when (old.payload::text = '{ODD}' and {condition})
           execute function stage.refuse();"
    );
    sqlx::raw_sql(AssertSqlSafe(sql))
        .execute(&stage.pool)
        .await
        .unwrap();
}

async fn twenty(stage: &Stage) -> (RunHandle<note>, Vec<RunHandle<note>>) {
    let mut runs = note::trigger_batch(&stage.queue, 0..20).await.unwrap();
    let odd = runs.remove(usize::try_from(ODD).unwrap());
    (odd, runs)
}

async fn complete(stage: &Stage, runs: &[RunHandle<note>]) {
    for run in runs {
        assert_eq!(outcomes(&stage.finished(run.id()).await), [(1, Completed)]);
    }
}

#[tokio::test]
async fn an_outcome_that_is_refused_fails_its_run_and_no_other_of_the_batch() {
    // The second code claims to be temporary, but never passes.
    for code in ["P0001", "40001"] {
        let stage = Stage::new().await;
        refuse(&stage, "new.status = 'COMPLETED'", code).await;
        let (odd, others) = twenty(&stage).await;
        let worker = stage.worker().concurrency(20).start().unwrap();
        complete(&stage, &others).await;
        let run = stage.finished(odd.id()).await;
        assert_eq!(run.status, RunStatus::Failed);
        let message = run.error.unwrap().message;
        assert!(message.contains("not this one"), "{message}");
        worker.shutdown().await.unwrap();
    }
}

#[tokio::test]
async fn a_run_that_takes_no_outcome_at_all_is_alone_with_it() {
    let stage = Stage::new().await;
    refuse(&stage, "true", "P0001").await;
    let (odd, others) = twenty(&stage).await;
    let worker = stage.worker().concurrency(20).start().unwrap();
    complete(&stage, &others).await;
    until("its ticket has failed", || async {
        let failed: i64 = stage
            .scalar("select count(*) from supabase_task_jobs.jobs where last_error is not null")
            .await;
        (failed == 1).then_some(())
    })
    .await;
    assert_eq!(odd.status().await.unwrap(), RunStatus::Queued);
    let more = note::trigger_batch(&stage.queue, 20..40).await.unwrap();
    complete(&stage, &more).await;
    // Without the trigger it works: the ticket is still there.
    stage
        .execute("drop trigger refuse on supabase_task.runs")
        .await;
    let run = stage.finished(odd.id()).await;
    assert_eq!(run.status, RunStatus::Completed);
    worker.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_row_that_somebody_has_locked_delays_its_run_alone() {
    let stage = Stage::new().await;
    let (odd, others) = twenty(&stage).await;
    let mut somebody = PgConnection::connect(&stage.url).await.unwrap();
    let mut lock = somebody.begin().await.unwrap();
    sqlx::query("select from supabase_task.runs where id = $1 for update")
        .bind(*odd.id().as_uuid())
        .execute(&mut *lock)
        .await
        .unwrap();
    let worker = stage.worker().concurrency(20).start().unwrap();
    // A caller that waits for the locked run and for others gets the results of the others.
    let waiting = tokio::spawn({
        let odd = odd.clone();
        async move { odd.wait().await }
    });
    complete(&stage, &others).await;
    for number in 20..30 {
        let run = note::trigger(&stage.queue, number).await.unwrap();
        assert_eq!(run.wait().await.unwrap(), number);
    }
    assert!(!waiting.is_finished());
    lock.rollback().await.unwrap();
    assert_eq!(waiting.await.unwrap().unwrap(), ODD);
    assert_eq!(outcomes(&stage.run(odd.id()).await), [(1, Completed)]);
    worker.shutdown().await.unwrap();
}

#[tokio::test]
async fn an_output_above_the_limit_fails_its_run() {
    let stage = Stage::new().await;
    let worker = stage.worker().start().unwrap();
    // Including the quotes of a JSON string.
    let most = 10 * 1024 * 1024 - 2;
    let fits = repeat::trigger(&stage.queue, most).await.unwrap();
    let too_large = repeat::trigger(&stage.queue, most + 1).await.unwrap();
    assert_eq!(stage.finished(fits.id()).await.status, RunStatus::Completed);
    let run = stage.finished(too_large.id()).await;
    assert_eq!(run.status, RunStatus::Failed);
    let message = run.error.unwrap().message;
    assert!(message.contains("10485760"), "{message}");
    worker.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_queue_that_somebody_has_locked_delays_itself_alone() {
    let stage = Stage::new().await;
    let worker = stage.worker().concurrency(20).start().unwrap();
    let mut somebody = PgConnection::connect(&stage.url).await.unwrap();
    let mut lock = somebody.begin().await.unwrap();
    // More of them than a worker requests at once.
    let locked: Vec<_> = (0..6).map(|number| format!("locked-{number}")).collect();
    for key in &locked {
        sqlx::query("select supabase_task.lock_queue('keyed', ':' || $1)")
            .bind(key)
            .execute(&mut *lock)
            .await
            .unwrap();
    }
    let work = |key: String| Work {
        key,
        milliseconds: 1,
    };
    let delayed = keyed::trigger_batch(&stage.queue, locked.into_iter().map(work))
        .await
        .unwrap();
    for number in 0..20 {
        let run = keyed::trigger(&stage.queue, work(format!("free-{number}")))
            .await
            .unwrap();
        run.wait().await.unwrap();
    }
    for run in &delayed {
        assert!(stage.run(run.id()).await.finished_at.is_none());
    }
    lock.rollback().await.unwrap();
    for run in &delayed {
        assert_eq!(outcomes(&stage.finished(run.id()).await), [(1, Completed)]);
    }
    worker.shutdown().await.unwrap();
}

/// If it were parked, it would block those behind it.
#[tokio::test]
async fn a_parked_run_that_cannot_begin_is_not_in_the_way_of_others() {
    let stage = Stage::new().await;
    let worker = stage.ready_worker().await;
    sqlx::raw_sql(
        "create function stage.refuse() returns trigger language plpgsql as $$
         begin raise exception 'not this one'; end $$;
         create trigger refuse before update on supabase_task.runs
           for each row when ('rock' = any (old.tags)) execute function stage.refuse();
         insert into supabase_task.runs (id, task_id, payload, auth, queue, concurrency_key,
             max_attempts, trace_id, tags, ticket, parked_at, parked_order)
           select gen_random_uuid(), 'keyed', '{\"key\": \"k\", \"milliseconds\": 1}', 'service',
             'keyed', 'k', 1, repeat('0', 32), case n when 1 then '{rock}' else '{}' end::text[],
             2147483647, now(), n
           from generate_series(1, 3) as n;
         select supabase_task.invite_all('', '');",
    )
    .execute(&stage.pool)
    .await
    .unwrap();
    let run = keyed::trigger(
        &stage.queue,
        Work {
            key: "k".to_owned(),
            milliseconds: 1,
        },
    )
    .await
    .unwrap();
    run.wait().await.unwrap();
    until("those behind it have run", || async {
        let completed: i64 = stage
            .scalar("select count(*) from supabase_task.runs where status = 'COMPLETED'")
            .await;
        (completed == 4).then_some(())
    })
    .await;
    worker.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_row_that_somebody_has_locked_passes_its_place_on() {
    let stage = Stage::new().await;
    let worker = stage.worker().start().unwrap();
    let first = single::trigger(&stage.queue, "gate".to_owned())
        .await
        .unwrap();
    stage.marked(first.id(), "begun", 1).await;
    let mut somebody = PgConnection::connect(&stage.url).await.unwrap();
    let mut lock = somebody.begin().await.unwrap();
    sqlx::query("select from supabase_task.runs where id = $1 for update")
        .bind(*first.id().as_uuid())
        .execute(&mut *lock)
        .await
        .unwrap();
    let more = single::trigger_batch(&stage.queue, (0..3).map(|_| "gate".to_owned()))
        .await
        .unwrap();
    stage.open("gate").await;
    for run in &more {
        assert_eq!(outcomes(&stage.finished(run.id()).await), [(1, Completed)]);
    }
    assert!(stage.run(first.id()).await.finished_at.is_none());
    lock.rollback().await.unwrap();
    assert_eq!(
        outcomes(&stage.finished(first.id()).await),
        [(1, Completed)]
    );
    worker.shutdown().await.unwrap();
}
