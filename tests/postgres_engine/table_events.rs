//! Tasks that are triggered when a row changes, whoever changes it.

use std::collections::BTreeSet;

use serde_json::Value;
use sqlx::postgres::PgDatabaseError;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use supabase_task::auth::Principal;
use supabase_task::engine::Run;
use supabase_task::prelude::*;
use supabase_task_tests::user;

use crate::stage::{Stage, id, until};

/// A role like that of a user of the project's API: it may write to the tables and has no access to the
/// queue's schema.
const TABLES: &str = "
do $$ begin create role stage_customer nologin; exception when duplicate_object then null; end $$;
create table public.orders (id bigint primary key, user_id uuid, status text);
create schema customers;
create table customers.\"odd \"\"table\" (id bigint primary key, \"odd \"\"column\" text);
grant usage on schema customers to stage_customer;
grant all on all tables in schema public, customers to stage_customer;
";

async fn stage() -> Stage {
    let stage = Stage::with_tasks().await;
    // Roles belong to the server, and two tests may create one at once.
    let _ = sqlx::raw_sql("create role stage_customer nologin")
        .execute(&stage.pool)
        .await;
    sqlx::raw_sql(TABLES).execute(&stage.pool).await.unwrap();
    sqlx::query("delete from supabase_task.runs")
        .execute(&stage.pool)
        .await
        .unwrap();
    stage
}

async fn customer(stage: &Stage) -> PgConnection {
    let mut customer = PgConnection::connect(&stage.url).await.unwrap();
    run(&mut customer, "set role stage_customer").await.unwrap();
    customer
}

async fn run(connection: &mut PgConnection, sql: &str) -> sqlx::Result<()> {
    let sql = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
    sql.execute(connection).await.map(drop)
}

async fn owner(stage: &Stage, sql: &str) -> sqlx::Result<()> {
    run(&mut stage.pool.acquire().await.unwrap(), sql).await
}

async fn payloads(stage: &Stage) -> Vec<Value> {
    let sql = "select payload from supabase_task.runs order by created_at, id";
    sqlx::query_scalar(sql)
        .fetch_all(&stage.pool)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_row_of_an_api_user_starts_a_task_in_its_transaction() {
    let stage = stage().await;
    let on = "select supabase_task.trigger_on('public.orders', 'insert', 'as-user',
        $$ json_build_object('user_id', new.user_id, 'text', 'order ' || new.id) $$,
        '{\"tags\": [\"order\"]}')";
    owner(&stage, on).await.unwrap();

    let mut customer = customer(&stage).await;
    let refused = run(&mut customer, "select supabase_task.trigger('note', '1')").await;
    assert!(
        refused
            .unwrap_err()
            .to_string()
            .contains("permission denied")
    );
    let insert = format!("insert into public.orders values (1, '{}', 'new')", user(1));
    run(&mut customer, &insert).await.unwrap();
    // A change that is rolled back triggers nothing.
    let insert = format!("insert into public.orders values (2, '{}', 'new')", user(1));
    let mut transaction = customer.begin().await.unwrap();
    run(&mut transaction, &insert).await.unwrap();
    transaction.rollback().await.unwrap();

    let ids: Vec<uuid::Uuid> = sqlx::query_scalar("select id from supabase_task.runs")
        .fetch_all(&stage.pool)
        .await
        .unwrap();
    assert_eq!(ids.len(), 1);
    let worker = stage.worker().start().unwrap();
    let finished: Run = stage.finished(id(ids[0])).await;
    assert_eq!(finished.principal, Some(Principal::User(user(1))));
    assert_eq!(finished.tags, ["order"]);
    assert_eq!(
        serde_json::from_str::<Value>(finished.payload.get()).unwrap(),
        json!({ "user_id": user(1), "text": "order 1" }),
    );
    worker.shutdown().await.unwrap();
}

#[tokio::test]
async fn updates_and_deletes_have_the_row_before_and_may_start_nothing() {
    let stage = stage().await;
    for on in [
        "select supabase_task.trigger_on('public.orders', 'UPDATE', 'note',
           'case when new.status = ''paid'' and old.status <> ''paid'' then new.id end')",
        "select supabase_task.trigger_on('orders'::regclass, ' delete ', 'note', '-old.id')",
    ] {
        owner(&stage, on).await.unwrap();
    }
    let mut customer = customer(&stage).await;
    for change in [
        "insert into public.orders select n, null, 'new' from generate_series(1, 3) n",
        "update public.orders set status = 'packed' where id = 1",
        "update public.orders set status = 'paid' where id <= 2",
        "update public.orders set status = 'paid' where id = 1",
        "delete from public.orders where id = 3",
    ] {
        run(&mut customer, change).await.unwrap();
    }
    let found: BTreeSet<_> = payloads(&stage)
        .await
        .iter()
        .map(Value::to_string)
        .collect();
    assert_eq!(found, BTreeSet::from(["1", "2", "-3"].map(str::to_owned)));
}

#[tokio::test]
async fn odd_names_and_values_arrive_as_they_are() {
    let stage = stage().await;
    let table = r#"customers."odd ""table""#;
    let payload = r#"to_json(new) -- the whole row"#;
    let on = "select supabase_task.trigger_on($1::text::regclass, 'insert', 'note', $2)";
    sqlx::query(on)
        .bind(table)
        .bind(payload)
        .execute(&stage.pool)
        .await
        .unwrap();
    let mut customer = customer(&stage).await;
    let texts = [
        "it's",
        "$body$",
        "\\",
        "{\"a\": 1}",
        "🦀",
        "%s %I",
        "null",
        "",
    ];
    for (id, text) in (0_i64..).zip(texts) {
        let insert = format!("insert into {table} values ($1, $2)");
        sqlx::query(AssertSqlSafe(insert))
            .bind(id)
            .bind(text)
            .execute(&mut customer)
            .await
            .unwrap();
    }
    let expected: Vec<_> = (0_i64..)
        .zip(texts)
        .map(|(id, text)| json!({ "id": id, "odd \"column": text }))
        .collect();
    assert_eq!(payloads(&stage).await, expected);
}

#[tokio::test]
async fn once_more_replaces_and_off_ends_it() {
    let stage = stage().await;
    let on = |table: &str, payload: &str| {
        format!("select supabase_task.trigger_on('{table}', 'insert', 'note', '{payload}')")
    };
    owner(&stage, &on("public.orders", "1")).await.unwrap();
    owner(&stage, &on("public.orders", "2")).await.unwrap();
    owner(&stage, &on("customers.\"odd \"\"table\"", "3"))
        .await
        .unwrap();
    let mut customer = customer(&stage).await;
    let order = |id: i64| format!("insert into public.orders values ({id})");
    run(&mut customer, &order(1)).await.unwrap();
    run(
        &mut customer,
        "insert into customers.\"odd \"\"table\" values (1)",
    )
    .await
    .unwrap();
    assert_eq!(payloads(&stage).await, [json!(2), json!(3)]);

    // Also after the table is renamed.
    owner(&stage, "alter table public.orders rename to purchases")
        .await
        .unwrap();
    let off = "select supabase_task.trigger_off('public.purchases', 'insert', 'note')";
    assert!(stage.scalar::<bool>(off).await);
    assert!(!stage.scalar::<bool>(off).await);
    run(&mut customer, "insert into public.purchases values (2)")
        .await
        .unwrap();
    assert_eq!(payloads(&stage).await.len(), 2);
    let left: i64 = stage
        .scalar("select count(*) from pg_proc where proname like 'on\\_insert\\_%'")
        .await;
    assert_eq!(left, 1);
}

#[tokio::test]
async fn mistakes_are_found_when_it_is_made() {
    let stage = stage().await;
    owner(
        &stage,
        "create view public.paid as select * from public.orders",
    )
    .await
    .unwrap();
    for (arguments, message, hint) in [
        (
            "'public.orders', 'truncate', 'note', '1'",
            "the event is 'truncate'",
            "insert, update or delete",
        ),
        (
            "'public.orders', null, 'note', '1'",
            "the event is NULL",
            "insert",
        ),
        (
            "'public.paid', 'insert', 'note', '1'",
            "public.paid is no table",
            "table",
        ),
        (
            "'public.orders', 'insert', 'note', null",
            "payload is NULL",
            "trigger_on",
        ),
        (
            "'public.orders', 'insert', 'note', 'new.custmer'",
            "column new.custmer does not exist",
            "over new,",
        ),
        (
            "'public.orders', 'insert', 'note', 'old.id'",
            "\"old\"",
            "over new,",
        ),
        (
            "'public.orders', 'delete', 'note', 'new.id'",
            "\"new\"",
            "json_build_object('id', old.id)",
        ),
        (
            "'public.orders', 'update', 'note', 'json_build_object('",
            "syntax error",
            "new and old",
        ),
        (
            "'public.orders', 'insert', 'note', 'nobody()'",
            "nobody()",
            "schemas of functions",
        ),
        (
            "'public.orders', 'insert', 'note', 'json_build_object(''id'', id)'",
            "column reference \"id\" is ambiguous",
            "json_build_object('id', new.id)",
        ),
        (
            "'public.orders', 'delete', 'note', 'id'",
            "ambiguous",
            "over old,",
        ),
        (
            "'supabase_task.runs', 'insert', 'note', '1'",
            "each run would start another",
            "a table of yours",
        ),
        (
            "'supabase_task_jobs._private_jobs', 'insert', 'note', '1'",
            "is a table of the queue",
            "a table of yours",
        ),
        (
            "'public.orders', 'insert', 'note', 'unnest(''{1,2}''::int[])'",
            "set-returning functions are not allowed in CASE",
            "over new,",
        ),
        (
            "'public.orders', 'insert', 'note', '1', '{\"delay\": \"soon\"}'",
            "delay is soon",
            "number of seconds",
        ),
        (
            "'public.orders', 'insert', 'note', '1', '{\"priority\": -1}'",
            "priority is -1",
            "whole number",
        ),
        (
            "'public.orders', 'insert', 'note', '1', '{\"idempotency_key\": \"k\"}'",
            "idempotency_key would be the same",
            "Leave it out",
        ),
        (
            "'public.orders', 'insert', 'note', '1', '{\"tag\": 1}'",
            "unknown option \"tag\"",
            "tags",
        ),
    ] {
        let error = owner(
            &stage,
            &format!("select supabase_task.trigger_on({arguments})"),
        )
        .await
        .expect_err(arguments);
        let error = error.into_database_error().unwrap();
        let error = error.downcast::<PgDatabaseError>();
        assert!(error.message().contains(message), "{arguments}: {error}");
        let said = error.hint().unwrap_or_default();
        assert!(said.contains(hint), "{arguments}: {said}");
    }
    run(
        &mut customer(&stage).await,
        "insert into public.orders values (1)",
    )
    .await
    .unwrap();
    assert_eq!(payloads(&stage).await, Vec::<Value>::new());
}

#[tokio::test]
async fn nobody_else_can_use_what_it_made() {
    let stage = stage().await;
    let on = "select supabase_task.trigger_on('public.orders', 'insert', 'note',
        'json_build_object(''id'', new.id)')";
    owner(&stage, on).await.unwrap();
    owner(
        &stage,
        "create schema hostile; grant all on schema hostile to stage_customer",
    )
    .await
    .unwrap();
    let function: String = stage
        .scalar("select tgfoid::regproc::text from pg_trigger where tgname = 'supabase_task_insert_note'")
        .await;
    let mut customer = customer(&stage).await;
    for sql in [
        format!(
            "create table hostile.t (id int); create trigger t after insert on hostile.t
                 for each row execute function {function}()"
        ),
        "select supabase_task.trigger_on('hostile.u', 'insert', 'note', '1')".to_owned(),
        "select supabase_task.trigger_off('public.orders', 'insert', 'note')".to_owned(),
    ] {
        run(
            &mut customer,
            "create table if not exists hostile.u (id int)",
        )
        .await
        .unwrap();
        let refused = run(&mut customer, &sql).await.unwrap_err().to_string();
        assert!(refused.contains("permission denied"), "{sql}: {refused}");
    }
    // Objects of the caller's with the same names are not used.
    run(
        &mut customer,
        "create function hostile.to_json(json) returns json language sql as $$ select '666'::json $$;
         create function hostile.json_build_object(text, bigint) returns json language sql
           as $$ select '666'::json $$;
         set search_path = hostile, pg_temp, pg_catalog;
         insert into public.orders values (1)",
    )
    .await
    .unwrap();
    assert_eq!(payloads(&stage).await, [json!({ "id": 1 })]);
}

#[tokio::test]
async fn before_a_worker_has_the_task_the_row_is_refused_and_says_why() {
    let stage = stage().await;
    let long = "x".repeat(200);
    let on = format!("select supabase_task.trigger_on('public.orders', 'insert', '{long}', '1')");
    let name: String = sqlx::query_scalar(AssertSqlSafe(on))
        .fetch_one(&stage.pool)
        .await
        .unwrap();
    assert!(name.len() <= 63, "{name}");
    let refused = run(
        &mut customer(&stage).await,
        "insert into public.orders values (1)",
    )
    .await;
    let refused = refused.unwrap_err().to_string();
    assert!(refused.contains("no worker has a task"), "{refused}");
}

#[tokio::test]
async fn many_rows_at_once_start_as_many_runs() {
    let stage = stage().await;
    let on = "select supabase_task.trigger_on('public.orders', 'insert', 'note', 'new.id')";
    owner(&stage, on).await.unwrap();
    let insert = "insert into public.orders select n from generate_series(1, 2000) n";
    run(&mut customer(&stage).await, insert).await.unwrap();
    let worker = stage.worker().start().unwrap();
    until("2,000 completed runs", || async {
        (stage.completed().await == 2_000).then_some(())
    })
    .await;
    worker.shutdown().await.unwrap();
}

const ROLES: &str = "
do $$ begin create role anon nologin; exception when duplicate_object then null; end $$;
do $$ begin create role authenticated nologin; exception when duplicate_object then null; end $$;
";

/// A table that is created again, or that takes the name of another.
#[tokio::test]
async fn tables_of_the_same_name_do_not_share_a_function() {
    let stage = stage().await;
    let on = |payload: &str| {
        format!("select supabase_task.trigger_on('public.orders', 'insert', 'note', '{payload}')")
    };
    let table = "create table public.orders (id bigint primary key)";
    owner(&stage, &on("1")).await.unwrap();
    owner(&stage, "drop table public.orders").await.unwrap();
    owner(&stage, table).await.unwrap();
    owner(&stage, &on("2")).await.unwrap();
    owner(&stage, "alter table public.orders rename to old_orders")
        .await
        .unwrap();
    owner(&stage, table).await.unwrap();
    owner(&stage, &on("3")).await.unwrap();
    owner(&stage, "insert into public.old_orders values (1)")
        .await
        .unwrap();
    owner(&stage, "insert into public.orders values (1)")
        .await
        .unwrap();
    assert_eq!(payloads(&stage).await, [json!(2), json!(3)]);
    let functions: i64 = stage
        .scalar("select count(*) from pg_proc where proname like 'on\\_insert\\_%'")
        .await;
    assert_eq!(functions, 2);
}

/// Dropping a trigger requires ownership of the table, and meanwhile no one can write to it.
#[tokio::test]
async fn what_is_replaced_keeps_its_trigger() {
    let stage = stage().await;
    let on = "select supabase_task.trigger_on('public.orders', 'insert', 'note', 'new.id')";
    let trigger = "select oid::bigint from pg_trigger where tgname = 'supabase_task_insert_note'";
    owner(&stage, on).await.unwrap();
    let before: i64 = stage.scalar(trigger).await;
    owner(&stage, on).await.unwrap();
    let after: i64 = stage.scalar(trigger).await;
    assert_eq!(before, after);
}

/// PostgreSQL copies the trigger of a partitioned table to its partitions.
#[tokio::test]
async fn a_partition_has_no_trigger_of_its_own() {
    let stage = stage().await;
    let tables = "
        create table public.events (id bigint) partition by range (id);
        create table public.events_1 partition of public.events for values from (0) to (10);
        select supabase_task.trigger_on('public.events', 'insert', 'note', '1');
    ";
    owner(&stage, tables).await.unwrap();
    let again = "select supabase_task.trigger_on('public.events_1', 'insert', 'note', '2')";
    let refused = owner(&stage, again).await.unwrap_err().to_string();
    assert!(refused.contains("already exists"), "{refused}");
    let off = "select supabase_task.trigger_off('public.events_1', 'insert', 'note')";
    assert!(!stage.scalar::<bool>(off).await);
    owner(&stage, "insert into public.events values (1)")
        .await
        .unwrap();
    assert_eq!(payloads(&stage).await, [json!(1)]);
}

/// Also after a table was dropped and both clean up its function.
#[tokio::test]
async fn several_may_make_triggers_at_once() {
    let stage = stage().await;
    let on = "select supabase_task.trigger_on('public.orders', 'insert', 'note', 'new.id')";
    owner(&stage, "create table public.gone (id bigint)")
        .await
        .unwrap();
    owner(&stage, &on.replace("orders", "gone")).await.unwrap();
    owner(&stage, "drop table public.gone").await.unwrap();
    let made = (0..8).map(|_| {
        let url = stage.url.clone();
        tokio::spawn(async move {
            let mut connection = PgConnection::connect(&url).await.unwrap();
            run(&mut connection, on).await
        })
    });
    for made in made.collect::<Vec<_>>() {
        made.await.unwrap().unwrap();
    }
    // Others remove it at the same time; either may be first.
    let off = "select supabase_task.trigger_off('public.orders', 'insert', 'note')";
    let mixed = (0..16).map(|number| {
        let url = stage.url.clone();
        tokio::spawn(async move {
            let mut connection = PgConnection::connect(&url).await.unwrap();
            run(&mut connection, if number % 2 == 0 { on } else { off }).await
        })
    });
    for done in mixed.collect::<Vec<_>>() {
        done.await.unwrap().unwrap();
    }
    owner(&stage, on).await.unwrap();
    let functions: i64 = stage
        .scalar("select count(*) from pg_proc where proname like 'on\\_insert\\_%'")
        .await;
    assert_eq!(functions, 1);
}

/// A name in the payload's expression may also be a variable of PL/pgSQL.
#[tokio::test]
async fn a_column_may_be_called_as_a_variable_is() {
    let stage = stage().await;
    let on = "select supabase_task.trigger_on('public.orders', 'insert', 'note',
        '(select found from (select new.id as found) r)')";
    owner(&stage, on).await.unwrap();
    owner(&stage, "insert into public.orders values (5)")
        .await
        .unwrap();
    assert_eq!(payloads(&stage).await, [json!(5)]);
}

/// Objects that Supabase has and the test server lacks.
const SUPABASE: &str = "
create schema auth;
create function auth.uid() returns uuid language sql stable as
  $$ select nullif(current_setting('request.jwt.claim.sub', true), '')::uuid $$;
grant usage on schema auth to authenticated;
create schema cron;
create table cron.job (name text, schedule text, command text);
create function cron.schedule(text, text, text) returns void language sql as
  $$ insert into cron.job values ($1, $2, $3) $$;
grant all on public.orders to authenticated;
insert into supabase_task.tasks select id, 'service', id, 0, 3, null, now()
  from unnest('{import,send-receipt,ship-order,export}'::text[]) id;
";

/// The guide's SQL, verbatim.
#[tokio::test]
async fn the_guide_does_what_it_says() {
    let stage = stage().await;
    // Roles belong to the server, and two tests may create one at once.
    let _ = owner(&stage, ROLES).await;
    owner(&stage, ROLES).await.unwrap();
    owner(&stage, SUPABASE).await.unwrap();
    let guide = include_str!("../../docs/guide/starting-tasks.md");
    let blocks: Vec<_> = guide
        .split("```sql\n")
        .skip(1)
        .map(|rest| rest.split_once("```").unwrap().0)
        .collect();
    assert_eq!(blocks.len(), 7);
    for block in blocks {
        owner(&stage, block)
            .await
            .unwrap_or_else(|error| panic!("{block}: {error}"));
    }
    let command: String = stage.scalar("select command from cron.job").await;
    owner(&stage, &command).await.unwrap();

    let me = user(1);
    let mut app = PgConnection::connect(&stage.url).await.unwrap();
    let sign_in = format!("set role authenticated; set request.jwt.claim.sub = '{me}'");
    run(&mut app, &sign_in).await.unwrap();
    run(&mut app, "select public.request_export('csv')")
        .await
        .unwrap();
    let order = |user| format!("insert into public.orders values (7, '{user}', 'new')");
    let refused = run(&mut app, &order(user(2)))
        .await
        .unwrap_err()
        .to_string();
    assert!(refused.contains("row-level security"), "{refused}");
    run(&mut app, &order(me)).await.unwrap();
    owner(&stage, "update public.orders set status = 'paid'")
        .await
        .unwrap();
    run(&mut app, "set role anon").await.unwrap();
    run(&mut app, "select public.request_export('csv')")
        .await
        .unwrap_err();

    let sql =
        "select task_id || ' ' || payload::jsonb from supabase_task.runs order by created_at, id";
    let runs: Vec<String> = sqlx::query_scalar(sql)
        .fetch_all(&stage.pool)
        .await
        .unwrap();
    let expected = [
        r#"import {"url": "https://example.com/a.csv"}"#.to_owned(),
        r#"import {"url": "https://example.com/b.csv"}"#.to_owned(),
        r#"import {"url": "https://example.com/prices.csv"}"#.to_owned(),
        format!(r#"export {{"format": "csv", "user_id": "{me}"}}"#),
        format!(r#"send-receipt {{"user_id": "{me}", "order_id": 7}}"#),
        r#"ship-order {"order_id": 7}"#.to_owned(),
    ];
    assert_eq!(runs, expected);
}
