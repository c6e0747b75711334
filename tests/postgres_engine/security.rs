//! Objects and settings of a caller's session do not affect the library's functions.

use sqlx::{AssertSqlSafe, Connection, PgConnection};
use uuid::Uuid;

use crate::stage::{Stage, id};

#[tokio::test]
async fn every_function_says_where_it_looks_for_names() {
    let stage = Stage::new().await;
    let others: Vec<String> = sqlx::query_scalar(
        "select p.oid::regprocedure::text from pg_proc p
         join pg_namespace n on n.oid = p.pronamespace
         where n.nspname = 'supabase_task'
           and not coalesce('search_path=pg_catalog, pg_temp' = any (p.proconfig), false)",
    )
    .fetch_all(&stage.pool)
    .await
    .unwrap();
    assert!(others.is_empty(), "{others:?}");
    // And no function runs with another role's privileges.
    let definers: i64 = stage
        .scalar(
            "select count(*) from pg_proc p join pg_namespace n on n.oid = p.pronamespace
             where n.nspname = 'supabase_task' and p.prosecdef",
        )
        .await;
    assert_eq!(definers, 0);
}

/// Functions, operators, types and tables with the names that the library uses.
const HOSTILE: &str = "
create schema hostile;
create table hostile.caught (what text);
create function hostile.caught(what text) returns void language plpgsql as $$
begin insert into hostile.caught values (what); end $$;
do $do$
declare
  f record;
begin
  for f in select p.proname, pg_catalog.pg_get_function_identity_arguments(p.oid) as arguments,
      pg_catalog.format_type(p.prorettype, null) as result
    from pg_catalog.pg_proc p
    where p.pronamespace = 'pg_catalog'::regnamespace and p.prokind = 'f'
      and p.proretset = false and p.provariadic = 0
      and p.proname in ('now', 'length', 'octet_length', 'pg_notify', 'gen_random_uuid', 'replace',
        'cardinality', 'json_typeof', 'jsonb_typeof', 'json_array_length', 'hashtextextended',
        'pg_advisory_xact_lock', 'clock_timestamp', 'make_interval', 'isfinite', 'translate',
        'encode', 'set_byte', 'uuid_send', 'left', 'array_ndims')
      and p.prorettype <> 'void'::regtype
  loop
    execute format(
      'create function hostile.%I(%s) returns %s language plpgsql as
       $$ begin perform hostile.caught(%L); return null; end $$',
      f.proname, f.arguments, f.result, f.proname);
  end loop;
  for f in select o.oprname, o.oprleft::regtype as l, o.oprright::regtype as r
    from pg_catalog.pg_operator o
    where o.oprname in ('=', '<>', '||', '->>', '->', '<', '>', '-', '+')
      and o.oprleft in ('text'::regtype, 'uuid'::regtype, 'integer'::regtype, 'json'::regtype,
        'jsonb'::regtype, 'timestamptz'::regtype)
      and o.oprright = o.oprleft
  loop
    execute format(
      'create function hostile.%I(%s, %s) returns boolean language plpgsql as
       $$ begin perform hostile.caught(%L); return null; end $$',
      'operator ' || f.oprname, f.l, f.r, 'operator ' || f.oprname);
    execute format('create operator hostile.%s (leftarg = %s, rightarg = %s, function = hostile.%I)',
      f.oprname, f.l, f.r, 'operator ' || f.oprname);
  end loop;
end
$do$;
";

const TEMPORARY: &str = "
create temporary table runs (id uuid);
create temporary table tasks (id text);
create temporary table jobs (id bigint);
create temporary table pg_class (oid oid);
create temporary table generate_series (n integer);
set search_path = hostile, pg_temp, pg_catalog, supabase_task, graphile_worker;
";

#[tokio::test]
async fn a_search_path_of_the_callers_is_not_looked_at() {
    let stage = Stage::with_tasks().await;
    sqlx::raw_sql(HOSTILE).execute(&stage.pool).await.unwrap();

    let mut session = PgConnection::connect(&stage.url).await.unwrap();
    sqlx::raw_sql(TEMPORARY)
        .execute(&mut session)
        .await
        .unwrap();
    // A call from this session itself is caught, so the trap works.
    sqlx::raw_sql("select length('a'::text)")
        .execute(&mut session)
        .await
        .unwrap();
    let caught: i64 = stage.scalar("select count(*) from hostile.caught").await;
    assert_eq!(caught, 1);

    let triggered: Uuid = sqlx::query_scalar(
        r#"select supabase_task.trigger('note', '7', '{"tags": ["a"], "metadata": {"a": {"b": 1}},
             "delay": "2 minutes", "idempotency_key": "k", "priority": 1}')"#,
    )
    .fetch_one(&mut session)
    .await
    .unwrap();
    let calls = [
        format!("supabase_task.reschedule('{triggered}', pg_catalog.now())"),
        format!("supabase_task.redeem('{triggered}', 2, 'w', true, 'key')"),
        format!(
            "supabase_task.settle('{triggered}', 2, 1, 'RETRY', '{{\"number\": 1}}', null, null, 1, null)"
        ),
        format!("supabase_task.cancel('{triggered}')"),
        "supabase_task.heartbeat('w', '{note}')".to_owned(),
        "supabase_task.rotate('w', 'q', '', '{note}', 0, 0, 1, '{}', '{}', '{}', '{}')".to_owned(),
        "supabase_task.invite_all('', '')".to_owned(),
        "supabase_task.issue_due()".to_owned(),
        "supabase_task.expire()".to_owned(),
        "supabase_task.bury_one('0')".to_owned(),
        "supabase_task.retain('0')".to_owned(),
    ];
    for call in calls {
        let sql = format!("select {call}");
        let done = sqlx::raw_sql(AssertSqlSafe(sql))
            .execute(&mut session)
            .await;
        done.unwrap_or_else(|error| panic!("{call}: {error}"));
    }
    // Also in the tables' constraints and triggers.
    sqlx::raw_sql(
        "insert into supabase_task.tasks values ('x', 'user', 'q', 1, 1, 1, pg_catalog.now())",
    )
    .execute(&mut session)
    .await
    .unwrap();
    let caught: Vec<String> = sqlx::query_scalar("select what from hostile.caught offset 1")
        .fetch_all(&stage.pool)
        .await
        .unwrap();
    assert!(caught.is_empty(), "{caught:?}");
    assert!(
        stage.queue.retrieve(id(triggered)).await.is_err(),
        "it was removed"
    );
}
