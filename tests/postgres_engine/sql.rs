//! Triggers from SQL.

use sqlx::{AssertSqlSafe, Connection};
use supabase_task::RunStatus;
use supabase_task::engine::Run;
use supabase_task_tests::user;
use uuid::Uuid;

use crate::stage::{Stage, id};

#[tokio::test]
async fn a_task_is_triggered_with_the_options_of_its_attribute() {
    let stage = Stage::with_tasks().await;
    let run: Uuid = stage
        .scalar("select supabase_task.trigger('note', '7')")
        .await;
    assert_eq!(run.get_version_num(), 7);
    let run = stage.run(id(run)).await;
    assert_eq!(run.status, RunStatus::Queued);
    assert_eq!((run.payload.get(), run.queue.as_str()), ("7", "note"));
    assert_eq!((run.max_attempts, run.priority), (3, 0));
    assert_eq!(run.trace_id.len(), 32);

    let worker = stage.worker().start().unwrap();
    let run = stage.finished(run.id).await;
    assert_eq!(run.output.unwrap().get(), "7");
    worker.shutdown().await.unwrap();
}

#[tokio::test]
async fn every_option_is_taken() {
    let stage = Stage::with_tasks().await;
    let run: Uuid = stage
        .scalar(
            r#"select supabase_task.trigger('note', '7', '{
                "delay": "10 minutes", "idempotency_key": "k", "idempotency_ttl": "1 hour",
                "tags": ["import", "x"], "metadata": {"a": 1}, "priority": 60, "max_attempts": 5,
                "ttl": "1 day", "concurrency_key": "c",
                "trace_id": "0af7651916cd43dd8448eb211c80319c"}')"#,
        )
        .await;
    let run: Run = stage.run(id(run)).await;
    assert_eq!(run.status, RunStatus::Delayed);
    assert_eq!((run.run_at - run.created_at).num_seconds(), 600);
    assert_eq!((run.expires_at.unwrap() - run.created_at).num_hours(), 24);
    assert_eq!(run.tags, ["import", "x"]);
    assert_eq!(run.metadata["a"], 1);
    assert_eq!((run.priority, run.max_attempts), (60, 5));
    assert_eq!(run.concurrency_key.as_deref(), Some("c"));
    assert_eq!(run.idempotency_key.as_deref(), Some("k"));
    assert_eq!(run.trace_id, "0af7651916cd43dd8448eb211c80319c");

    let again: Uuid = stage
        .scalar(r#"select supabase_task.trigger('note', '8', '{"idempotency_key": "k"}')"#)
        .await;
    assert_eq!(id(again), run.id);
    let at: Uuid = stage
        .scalar(
            r#"select supabase_task.trigger('note', '9',
                 json_build_object('run_at', now() + interval '2 hours'))"#,
        )
        .await;
    let run = stage.run(id(at)).await;
    assert_eq!((run.run_at - run.created_at).num_seconds(), 7_200);
    // Without a limit, as from Rust.
    let ever: Uuid = stage
        .scalar(r#"select supabase_task.trigger('note', '9', '{"ttl": "0"}')"#)
        .await;
    assert_eq!(stage.run(id(ever)).await.expires_at, None);
}

#[tokio::test]
async fn what_is_wrong_is_told_with_what_is_right() {
    let stage = Stage::with_tasks().await;
    let cases = [
        ("'notes'", "no worker has a task \"notes\"", "as-user, "),
        (
            r#"'note', '1', '{"tag": ["a"]}'"#,
            "unknown option \"tag\"",
            "tags",
        ),
        (r#"'note', '1', '{"priority": -1}'"#, "priority", ""),
        (
            r#"'note', '1', '{"max_attempts": 0}'"#,
            "max_attempts",
            "1 to 250",
        ),
        (
            r#"'note', '1', '{"max_attempts": 251}'"#,
            "max_attempts",
            "1 to 250",
        ),
        (r#"'note', '1', '{"delay": "soon"}'"#, "soon", ""),
        (r#"'note', '1', '["delay"]'"#, "options", "object"),
        (r#"'note', '1', '{"tags": "a"}'"#, "tags", "array"),
        (r#"'note', '1', '{"metadata": [1]}'"#, "metadata", "object"),
        (
            r#"'note', '1', '{"delay": "1 h", "run_at": "2999-01-01"}'"#,
            "delay",
            "run_at",
        ),
    ];
    for (arguments, message, hint) in cases {
        let sql = format!("select supabase_task.trigger({arguments})");
        let error = sqlx::query(AssertSqlSafe(sql))
            .execute(&stage.pool)
            .await
            .expect_err(arguments);
        let error = error.into_database_error().expect(arguments);
        let error = error.downcast::<sqlx::postgres::PgDatabaseError>();
        assert!(error.message().contains(message), "{arguments}: {error}");
        let said = error.hint().unwrap_or_default();
        assert!(said.contains(hint), "{arguments}: {said}");
    }
    let stored: i64 = stage
        .scalar("select count(*) from supabase_task.runs")
        .await;
    assert_eq!(stored, 1);
}

#[tokio::test]
async fn a_trigger_on_a_table_starts_a_task_for_who_may_not_call_it() {
    let stage = Stage::with_tasks().await;
    let setup = "
        create table public.orders (id bigint primary key, number bigint);
        create function public.order_made() returns trigger language plpgsql
          security definer set search_path = '' as $$
        begin
          perform supabase_task.trigger('note', to_json(new.number),
            json_build_object('tags', json_build_array('order'),
              'idempotency_key', 'order-' || new.id));
          return new;
        end $$;
        create trigger order_made after insert on public.orders
          for each row execute function public.order_made();
        do $$ begin create role stage_customer; exception when duplicate_object then null; end $$;
        grant insert on public.orders to stage_customer;
    ";
    sqlx::raw_sql(setup).execute(&stage.pool).await.unwrap();

    let mut customer = sqlx::PgConnection::connect(&stage.url).await.unwrap();
    sqlx::raw_sql("set role stage_customer")
        .execute(&mut customer)
        .await
        .unwrap();
    let refused = sqlx::query("select supabase_task.trigger('note', '1')")
        .execute(&mut customer)
        .await;
    assert!(refused.is_err());
    sqlx::query("insert into public.orders values (1, 17)")
        .execute(&mut customer)
        .await
        .unwrap();
    // A trigger that is rolled back never happened.
    let mut transaction = customer.begin().await.unwrap();
    sqlx::query("insert into public.orders values (2, 18)")
        .execute(&mut *transaction)
        .await
        .unwrap();
    transaction.rollback().await.unwrap();

    let worker = stage.worker().start().unwrap();
    let run: Uuid = stage
        .scalar("select id from supabase_task.runs where idempotency_key = 'order-1'")
        .await;
    let run = stage.finished(id(run)).await;
    assert_eq!(run.output.unwrap().get(), "17");
    assert_eq!(run.tags, ["order"]);
    let stored: i64 = stage
        .scalar("select count(*) from supabase_task.runs")
        .await;
    assert_eq!(stored, 2);
    worker.shutdown().await.unwrap();
}

#[tokio::test]
async fn who_a_user_task_acts_as_is_filled_in_by_the_worker() {
    let stage = Stage::with_tasks().await;
    let run: Uuid = sqlx::query_scalar(
        "select supabase_task.trigger('as-user', json_build_object('user_id', $1::uuid, 'text', 'a'))",
    )
    .bind(*user(1).as_uuid())
    .fetch_one(&stage.pool)
    .await
    .unwrap();
    let before = stage.run(id(run)).await;
    assert_eq!(before.principal, None);
    let worker = stage.worker().start().unwrap();
    let run = stage.finished(before.id).await;
    assert_eq!(run.status, RunStatus::Completed);
    let principal = run.principal.unwrap().to_string();
    assert_eq!(principal, format!("user {}", user(1)));
    worker.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_payload_that_does_not_parse_fails_the_run_at_once() {
    let stage = Stage::with_tasks().await;
    let wrong: Uuid = stage
        .scalar(r#"select supabase_task.trigger('note', '"seven"')"#)
        .await;
    let nobody: Uuid = stage
        .scalar(r#"select supabase_task.trigger('as-user', '{"user_id": "me", "text": "a"}')"#)
        .await;
    let nothing: Uuid = stage
        .scalar("select supabase_task.trigger('note', null)")
        .await;
    let unset: Uuid = stage
        .scalar(
            r#"select supabase_task.trigger('as-user',
                '{"user_id": "00000000-0000-0000-0000-000000000000", "text": "a"}')"#,
        )
        .await;
    let worker = stage.worker().start().unwrap();
    for (run, reason) in [
        (wrong, "u64"),
        (nobody, "user_id"),
        (nothing, "u64"),
        (unset, "the user id is the nil UUID"),
    ] {
        let run = stage.finished(id(run)).await;
        assert_eq!((run.status, run.attempts.len()), (RunStatus::Failed, 1));
        let message = run.error.unwrap().message;
        assert!(message.contains(reason), "{message}");
    }
    worker.shutdown().await.unwrap();
}
