//! Access to the queue's tables: by default no role sees anything. Once enabled, users see their
//! own runs.

use sqlx::{AssertSqlSafe, PgConnection};
use supabase_task::prelude::*;
use supabase_task_tests::user;

use crate::stage::Stage;
use crate::tasks::{As, as_user, note};

const ROLES: &str = "
do $$ begin create role anon nologin; exception when duplicate_object then null; end $$;
do $$ begin create role authenticated nologin; exception when duplicate_object then null; end $$;
";

/// The columns that users may see of their runs; the others are internal.
const GRANTED: &str = "id, task_id, status, payload, user_id, output, error, attempts, tags, \
    metadata, parent_run_id, created_at, run_at, expires_at, started_at, finished_at";

async fn stage() -> Stage {
    let stage = Stage::new().await;
    // Roles belong to the server, and two tests may create them at once.
    let _ = sqlx::raw_sql(ROLES).execute(&stage.pool).await;
    sqlx::raw_sql(ROLES).execute(&stage.pool).await.unwrap();
    let worker = stage.worker().start().unwrap();
    for (n, text) in [(1, "one"), (1, "more"), (2, "two")] {
        let payload = As {
            user_id: user(n),
            text: text.to_owned(),
        };
        let run = as_user::trigger(&stage.queue, payload).await.unwrap();
        run.wait().await.unwrap();
    }
    note::trigger(&stage.queue, 1)
        .await
        .unwrap()
        .wait()
        .await
        .unwrap();
    worker.shutdown().await.unwrap();
    stage
}

/// The result of a statement for a role, as the project's API would run it.
async fn ask(stage: &Stage, role: &str, who: u32, sql: &str) -> Result<Vec<String>, String> {
    let mut connection = stage.pool.acquire().await.unwrap();
    let claims = json!({ "sub": user(who).to_string(), "role": role }).to_string();
    let asked = ask_on(&mut connection, role, &claims, sql).await;
    sqlx::raw_sql("rollback")
        .execute(&mut *connection)
        .await
        .unwrap();
    asked.map_err(|error| error.to_string())
}

async fn ask_on(
    connection: &mut PgConnection,
    role: &str,
    claims: &str,
    sql: &str,
) -> sqlx::Result<Vec<String>> {
    sqlx::raw_sql("begin").execute(&mut *connection).await?;
    sqlx::query("select set_config('request.jwt.claims', $1, true), set_config('role', $2, true)")
        .bind(claims)
        .bind(role)
        .execute(&mut *connection)
        .await?;
    sqlx::query_scalar(AssertSqlSafe(sql.to_owned()))
        .fetch_all(connection)
        .await
}

#[tokio::test]
async fn nobody_sees_anything_unless_it_was_asked_for() {
    let stage = stage().await;
    let tables: Vec<(String, bool)> = sqlx::query_as(
        "select oid::regclass::text, relrowsecurity from pg_class
         where relnamespace = 'supabase_task'::regnamespace and relkind in ('r', 'p', 'v', 'm')",
    )
    .fetch_all(&stage.pool)
    .await
    .unwrap();
    assert!(tables.len() >= 6, "{tables:?}");
    for role in ["anon", "authenticated"] {
        for (table, is_protected) in &tables {
            assert!(is_protected, "{table} has no Row Level Security");
            let select = format!("select count(*)::text from {table}");
            let error = ask(&stage, role, 1, &select).await.unwrap_err();
            assert!(error.contains("permission denied"), "{table}: {error}");
        }
    }
    nothing_can_be_called(&stage).await;
}

/// Neither by default, nor for a role with access to the schema.
async fn nothing_can_be_called(stage: &Stage) {
    let callable: Vec<String> = sqlx::query_scalar(
        "select r.rolname || ' ' || p.oid::regprocedure from pg_proc p, pg_roles r
         where p.pronamespace = 'supabase_task'::regnamespace
           and r.rolname in ('anon', 'authenticated')
           and has_function_privilege(r.oid, p.oid, 'execute')",
    )
    .fetch_all(&stage.pool)
    .await
    .unwrap();
    assert_eq!(callable, [""; 0]);
    let roles: i64 = stage
        .scalar("select count(*) from pg_roles where rolname in ('anon', 'authenticated')")
        .await;
    assert_eq!(roles, 2);
}

#[tokio::test]
async fn users_see_their_own_runs_once_it_was_asked_for() {
    let stage = stage().await;
    let own = "select payload ->> 'text' from supabase_task.runs order by id";
    // A second call changes nothing.
    for _ in 0..2 {
        stage
            .execute("select supabase_task.let_users_see_their_runs()")
            .await;
    }
    let see = |who| ask(&stage, "authenticated", who, own);
    assert_eq!(see(1).await.unwrap(), ["one", "more"]);
    assert_eq!(see(2).await.unwrap(), ["two"]);
    assert_eq!(see(3).await.unwrap(), [""; 0]);
    assert!(ask(&stage, "anon", 1, own).await.is_err());

    let granted = format!("select row({GRANTED})::text from supabase_task.runs");
    assert_eq!(
        ask(&stage, "authenticated", 2, &granted)
            .await
            .unwrap()
            .len(),
        1
    );
    let others: Vec<String> = sqlx::query_scalar(
        "select column_name::text from information_schema.columns
         where table_schema = 'supabase_task' and table_name = 'runs'
           and column_name <> all (string_to_array($1, ', '))",
    )
    .bind(GRANTED)
    .fetch_all(&stage.pool)
    .await
    .unwrap();
    assert!(others.len() > 10, "{others:?}");
    for column in others {
        let select = format!("select {column}::text from supabase_task.runs");
        let error = ask(&stage, "authenticated", 1, &select).await.unwrap_err();
        assert!(error.contains("permission denied"), "{column}: {error}");
    }
    for write in [
        "update supabase_task.runs set status = 'COMPLETED' returning 'a'",
        "delete from supabase_task.runs returning 'a'",
        "insert into supabase_task.runs (id) values (gen_random_uuid()) returning 'a'",
        "select name from supabase_task.queues",
        "select id from supabase_task.workers",
    ] {
        let error = ask(&stage, "authenticated", 1, write).await.unwrap_err();
        assert!(error.contains("permission denied"), "{write}: {error}");
    }
    nothing_can_be_called(&stage).await;
    // A request without claims, or with odd ones, sees nothing.
    let mut connection = stage.pool.acquire().await.unwrap();
    for claims in ["", "{}"] {
        let seen = ask_on(&mut connection, "authenticated", claims, own).await;
        assert_eq!(seen.unwrap(), [""; 0]);
        sqlx::raw_sql("rollback")
            .execute(&mut *connection)
            .await
            .unwrap();
    }
    drop(connection);

    stage
        .execute("select supabase_task.hide_runs_from_users()")
        .await;
    let error = see(1).await.unwrap_err();
    assert!(error.contains("permission denied"), "{error}");
}

/// The migration to roles, on a queue whose users already see their runs.
#[tokio::test]
async fn a_migration_narrows_what_users_see_and_grants_nothing() {
    const ROLES: &str = include_str!("../../runtime/src/engine/postgres/migrations/0008_roles.sql");
    let stage = stage().await;
    // As an owner may have left it: a policy of their own, and fewer columns.
    let run = async |sql: &str| {
        let sql = AssertSqlSafe(sql.to_owned());
        sqlx::raw_sql(sql).execute(&stage.pool).await.unwrap();
    };
    run("select supabase_task.let_users_see_their_runs();
             revoke all on supabase_task.runs from authenticated;
             grant select (id, payload) on supabase_task.runs to authenticated;
             alter policy own on supabase_task.runs using (
               user_id = (current_setting('request.jwt.claims')::jsonb ->> 'sub')::uuid
               and payload ->> 'text' <> 'more')")
    .await;
    run(ROLES).await;
    run(&format!(
        "update supabase_task.runs set user_id = '{}', auth = 'role:x' where auth = 'service'",
        user(1)
    ))
    .await;
    let own = "select payload ->> 'text' from supabase_task.runs order by id";
    let seen = ask(&stage, "authenticated", 1, own).await.unwrap();
    assert_eq!(seen, ["one"]);
    let refused = "select output::text from supabase_task.runs";
    let error = ask(&stage, "authenticated", 1, refused).await.unwrap_err();
    assert!(error.contains("permission denied"), "{error}");

    // Without a policy there is nothing to narrow.
    run("select supabase_task.hide_runs_from_users()").await;
    run(ROLES).await;
    let policies: i64 = stage
        .scalar("select count(*) from pg_policies where schemaname = 'supabase_task'")
        .await;
    assert_eq!(policies, 0);
}
