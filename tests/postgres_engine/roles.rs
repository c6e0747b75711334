//! Runs of roles of the database, from SQL and from rows that nobody wrote this way.

use serde::{Deserialize, Serialize};
use supabase_task::RunStatus;
use supabase_task::prelude::*;
use supabase_task_tests::user;
use uuid::Uuid;

use crate::stage::{Stage, id};

#[derive(DatabaseRole)]
#[role(name = "sql reporter")]
struct Reporter;

#[supabase_task(auth = "role", role = Reporter, id = "as-role")]
async fn as_role(_payload: (), supabase: RoleClient<Reporter>) -> TaskResult<String> {
    Ok(format!("{supabase:?}"))
}

#[derive(Serialize, Deserialize)]
struct Ask {
    asked_by: UserId,
}

#[supabase_task(auth = "role", role = Reporter, user = payload.asked_by, id = "as-role-for")]
async fn as_role_for(payload: Ask, supabase: RoleClient<Reporter>) -> TaskResult<String> {
    let _ = payload;
    Ok(format!("{supabase:?}"))
}

#[tokio::test]
async fn a_run_from_sql_is_one_of_its_role() {
    let stage = Stage::with_tasks().await;
    let run: Uuid = stage
        .scalar("select supabase_task.trigger('as-role')")
        .await;
    let stored: String = stage
        .scalar("select auth::text from supabase_task.runs where task_id = 'as-role'")
        .await;
    assert_eq!(stored, "role:sql reporter");
    let worker = stage.worker().start().unwrap();
    let run = stage.finished(id(run)).await;
    assert_eq!(run.status, RunStatus::Completed, "{run:?}");
    assert_eq!(run.principal.unwrap().to_string(), "the role sql reporter");
    worker.shutdown().await.unwrap();
}

#[tokio::test]
async fn the_user_of_a_run_from_sql_is_filled_in_by_the_worker() {
    let stage = Stage::with_tasks().await;
    let run: Uuid = sqlx::query_scalar(
        "select supabase_task.trigger('as-role-for', json_build_object('asked_by', $1::uuid))",
    )
    .bind(*user(1).as_uuid())
    .fetch_one(&stage.pool)
    .await
    .unwrap();
    let worker = stage.worker().start().unwrap();
    let run = stage.finished(id(run)).await;
    assert_eq!(run.status, RunStatus::Completed, "{run:?}");
    let expected = format!("the role sql reporter for user {}", user(1));
    assert!(run.output.unwrap().get().contains(&expected));
    assert_eq!(run.principal.unwrap().to_string(), expected);
    worker.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_row_of_another_role_fails_its_own_run_and_no_other() {
    let stage = Stage::with_tasks().await;
    // The last is what `supabase_task.trigger` stores for a task of users.
    for auth in ["role:writer", "role:sql reporter", "service", "user"] {
        sqlx::query(
            "select supabase_task.enqueue(json_build_array(json_build_object(
               'id', supabase_task.new_run_id(), 'task_id', 'as-role', 'payload', 'null', 'auth', $1::text,
               'queue', 'as-role', 'priority', 0, 'max_attempts', 3,
               'trace_id', replace(gen_random_uuid()::text, '-', ''))))",
        )
        .bind(auth)
        .execute(&stage.pool)
        .await
        .unwrap();
    }
    let worker = stage.worker().start().unwrap();
    let runs: Vec<Uuid> = sqlx::query_scalar(
        "select id from supabase_task.runs where task_id = 'as-role' order by created_at, id",
    )
    .fetch_all(&stage.pool)
    .await
    .unwrap();
    let mut ended = Vec::new();
    for run in runs {
        let run = stage.finished(id(run)).await;
        ended.push((
            run.status,
            run.error.map(|error| error.message).unwrap_or_default(),
        ));
    }
    assert_eq!(ended[1], (RunStatus::Completed, String::new()));
    for (at, who) in [
        (0, "the role writer"),
        (2, "the service role"),
        (3, "a user"),
    ] {
        let (status, message) = &ended[at];
        assert_eq!(*status, RunStatus::Failed, "{message}");
        let expected =
            format!("was triggered for {who}, but its payload names the role sql reporter");
        assert!(message.contains(&expected), "{message}");
    }
    worker.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_row_takes_no_role_that_postgresql_cannot_have() {
    let stage = Stage::with_tasks().await;
    for auth in [
        "role:".to_owned(),
        format!("role:{}", "x".repeat(64)),
        "admin".to_owned(),
    ] {
        let change = sqlx::query("update supabase_task.runs set auth = $1").bind(auth);
        assert!(change.execute(&stage.pool).await.is_err());
    }
}

#[tokio::test]
async fn a_run_of_a_role_is_not_shown_to_its_user() {
    let stage = Stage::new().await;
    sqlx::raw_sql(
        "do $$ begin
           if not exists (select from pg_roles where rolname = 'authenticated') then
             create role authenticated nologin;
           end if;
         end $$;
         select supabase_task.let_users_see_their_runs();",
    )
    .execute(&stage.pool)
    .await
    .unwrap();
    as_role_for::trigger(&stage.queue, Ask { asked_by: user(1) })
        .await
        .unwrap();
    let mut transaction = stage.pool.begin().await.unwrap();
    let claims = json!({ "sub": user(1) }).to_string();
    sqlx::query("select set_config('request.jwt.claims', $1, true)")
        .bind(claims)
        .execute(&mut *transaction)
        .await
        .unwrap();
    sqlx::query("set local role authenticated")
        .execute(&mut *transaction)
        .await
        .unwrap();
    let seen: i64 = sqlx::query_scalar("select count(*) from supabase_task.runs")
        .fetch_one(&mut *transaction)
        .await
        .unwrap();
    assert_eq!(seen, 0);
}

#[tokio::test]
async fn a_row_of_a_role_or_of_nobody_known_fails_in_a_service_task() {
    let stage = Stage::with_tasks().await;
    for auth in [Some("user"), Some("role:writer"), None] {
        sqlx::query(
            "select supabase_task.enqueue(json_build_array(json_build_object(
               'id', supabase_task.new_run_id(), 'task_id', 'note', 'payload', '1', 'auth', $1::text,
               'queue', 'note', 'priority', 0, 'max_attempts', 3,
               'trace_id', replace(gen_random_uuid()::text, '-', ''))))",
        )
        .bind(auth)
        .execute(&stage.pool)
        .await
        .unwrap();
    }
    let worker = stage.worker().start().unwrap();
    let runs: Vec<Uuid> =
        sqlx::query_scalar("select id from supabase_task.runs where payload::text = '1'")
            .fetch_all(&stage.pool)
            .await
            .unwrap();
    assert_eq!(runs.len(), 3);
    for run in runs {
        let run = stage.finished(id(run)).await;
        assert_eq!(run.status, RunStatus::Failed, "{run:?}");
        let message = run.error.unwrap().message;
        assert!(
            message.contains("but its payload names the service role"),
            "{message}"
        );
    }
    worker.shutdown().await.unwrap();
}
