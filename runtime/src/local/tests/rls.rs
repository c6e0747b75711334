//! The matrix of Row Level Security.

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;

use super::*;
use crate::UserId;
use crate::local::{LocalError, RlsMatrix};

fn alice_and_bob() -> [(&'static str, UserId); 2] {
    [("alice", ALICE), ("bob", BOB)].map(|(name, id)| (name, id.parse().unwrap()))
}

async fn matrix(stack: &LocalSupabase, tables: &[&str]) -> RlsMatrix {
    let matrix = stack.rls_matrix().users(alice_and_bob());
    matrix.tables(tables.iter().copied()).run().await.unwrap()
}

/// The matrix of these tables, on a stack with this SQL besides `todos`.
async fn matrix_of(sql: &str, tables: &[&str]) -> RlsMatrix {
    let stack = LocalSupabase::builder().sql(TODOS).sql(sql).start();
    let stack = stack.await.unwrap();
    let matrix = matrix(&stack, tables).await;
    stack.shutdown().await.unwrap();
    matrix
}

#[tokio::test]
async fn who_may_do_what_is_a_table() {
    let stack = todos().await;
    let expected = "\
table  identity  select  insert  update  delete
todos  anon      0 of 2  0 of 2  0 of 2  0 of 2
todos  alice     1 of 2  1 of 2  1 of 2  1 of 2
todos  bob       1 of 2  1 of 2  1 of 2  1 of 2
todos  service   2 of 2  2 of 2  2 of 2  2 of 2";
    assert_eq!(matrix(&stack, &["todos"]).await.to_string(), expected);
    // Nothing has changed: not the rows, nor the next id.
    assert_eq!(matrix(&stack, &["public.todos"]).await.to_string().len(), {
        expected.len() + 5 * "public.".len()
    });
    let row = json!({ "user_id": ALICE, "title": "third" });
    let alice = stack.as_user(alice_and_bob()[0].1).unwrap();
    alice.from("todos").insert(&row).await.unwrap();
    let service = stack.as_service().unwrap();
    let last = service.from("todos").select("*").eq("id", 3).head();
    assert_eq!(last.await.unwrap(), 1);
    stack.shutdown().await.unwrap();
}

/// A table of its own for each thing that a matrix can meet.
const ODD: &str = r#"
create schema "se.cret";
create table "se.cret"."no""te; drop table todos" (id int primary key, owner uuid);
insert into "se.cret"."no""te; drop table todos" values (1, '11111111-1111-4111-8111-111111111111');

create table "My Table" ("Größe ""x""" text default 'a', "select" int);
insert into "My Table" values ('it''s \ "quoted"', null), (null, 2);

create table "a.b" (id int);
create table empty (id int);
alter table empty enable row level security;

create table untouchable (id int);
insert into untouchable values (1);
revoke all on untouchable from anon, authenticated;
"#;

#[tokio::test]
async fn names_may_be_odd_and_tables_open_or_empty() {
    let tables = [
        r#""se.cret"."no""te; drop table todos""#,
        "My Table",
        "a.b",
        "empty",
        "untouchable",
    ];
    let matrix = matrix_of(ODD, &tables).await;
    matrix.assert_is(
        r#"
        table identity select insert update delete
        "se.cret"."no""te; drop table todos" (no RLS)  anon     denied  denied  denied  denied
        "se.cret"."no""te; drop table todos" (no RLS)  alice    denied  denied  denied  denied
        "se.cret"."no""te; drop table todos" (no RLS)  bob      denied  denied  denied  denied
        "se.cret"."no""te; drop table todos" (no RLS)  service  denied  denied  denied  denied
        My Table (no RLS)     anon     2 of 2   2 of 2   2 of 2   2 of 2
        My Table (no RLS)     alice    2 of 2   2 of 2   2 of 2   2 of 2
        My Table (no RLS)     bob      2 of 2   2 of 2   2 of 2   2 of 2
        My Table (no RLS)     service  2 of 2   2 of 2   2 of 2   2 of 2
        a.b (no RLS)          anon     no rows  no rows  no rows  no rows
        a.b (no RLS)          alice    no rows  no rows  no rows  no rows
        a.b (no RLS)          bob      no rows  no rows  no rows  no rows
        a.b (no RLS)          service  no rows  no rows  no rows  no rows
        empty                 anon     no rows  no rows  no rows  no rows
        empty                 alice    no rows  no rows  no rows  no rows
        empty                 bob      no rows  no rows  no rows  no rows
        empty                 service  no rows  no rows  no rows  no rows
        untouchable (no RLS)  anon     denied   denied   denied   denied
        untouchable (no RLS)  alice    denied   denied   denied   denied
        untouchable (no RLS)  bob      denied   denied   denied   denied
        untouchable (no RLS)  service  1 of 1   1 of 1   1 of 1   1 of 1
        "#,
    );
}

#[tokio::test]
async fn a_hole_that_only_a_request_without_filter_reaches_is_seen() {
    let sql = "
        create table notes (id int primary key, owner uuid, text text, len int generated always as (length(text)) stored);
        alter table notes enable row level security;
        create policy see on notes for select using (owner = auth.uid());
        create policy change on notes for update using (true);
        create policy remove on notes for delete using (true);
        create policy add on notes for insert to authenticated with check (owner = auth.uid());
        insert into notes values (1, '11111111-1111-4111-8111-111111111111', 'a'), (2, '22222222-2222-4222-8222-222222222222', 'b');
        create table drop_box (id int primary key, text text);
        revoke select on drop_box from anon, authenticated;
        revoke insert, update on drop_box from anon;
        grant insert (text), update (id) on drop_box to anon;
        insert into drop_box values (1, 'c');";
    let matrix = matrix_of(sql, &["notes", "drop_box"]).await;
    matrix.assert_is(
        "table identity select insert update delete
        notes              anon     0 of 2  0 of 2  2 of 2  2 of 2
        notes              alice    1 of 2  1 of 2  2 of 2  2 of 2
        notes              bob      1 of 2  1 of 2  2 of 2  2 of 2
        notes              service  2 of 2  2 of 2  2 of 2  2 of 2
        drop_box (no RLS)  anon     denied  error 23502  1 of 1  1 of 1
        drop_box (no RLS)  alice    denied  1 of 1  1 of 1  1 of 1
        drop_box (no RLS)  bob      denied  1 of 1  1 of 1  1 of 1
        drop_box (no RLS)  service  1 of 1  1 of 1  1 of 1  1 of 1

        insert drop_box (no RLS): 23502: null value in column \"id\" of relation \"drop_box\" violates not-null constraint",
    );
}

#[tokio::test]
async fn what_fails_for_another_reason_is_not_called_denied() {
    let sql = "
        create table secrets (id int);
        revoke all on secrets from anon, authenticated;
        create table log (id int);
        alter table log enable row level security;
        -- Its policy reads a table that users must not read.
        create table peeks (id int);
        alter table peeks enable row level security;
        create policy peek on peeks using (exists (select from secrets));
        insert into peeks values (1);
        -- A policy that reads its own table.
        create table loops (id int);
        alter table loops enable row level security;
        create policy loop on loops using (exists (select from loops));
        insert into loops values (1);
        -- Its trigger writes where a policy refuses it; another one refuses one of two rows.
        create table logged (id int, text text);
        create function log() returns trigger language plpgsql as
          $$ begin insert into log values (new.id); return new; end $$;
        create trigger log after update on logged for each row execute function log();
        create function keep() returns trigger language plpgsql as
          $$ begin if old.id = 1 then raise exception E'kept\nfor ever'; end if; return old; end $$;
        create trigger keep before delete on logged for each row execute function keep();
        insert into logged values (1), (2);
        -- Referenced, checked at the end.
        create table parents (id int primary key);
        create table children (id int references parents deferrable initially deferred);
        insert into parents values (1), (2);
        insert into children values (1);";
    let stack = LocalSupabase::builder().sql(sql).start().await.unwrap();
    let matrix = stack.rls_matrix();
    let matrix = matrix.tables(["peeks", "loops", "logged", "parents"]);
    matrix.run().await.unwrap().assert_is(
        "table identity select insert update delete
        peeks            anon     error 42501  error 42501  error 42501  error 42501
        peeks            service  1 of 1  1 of 1  1 of 1  1 of 1
        loops            anon     error 42P17  error 42P17  error 42P17  error 42P17
        loops            service  1 of 1  1 of 1  1 of 1  1 of 1
        logged (no RLS)  anon     2 of 2  2 of 2  error 42501  1 of 2, error P0001
        logged (no RLS)  service  2 of 2  2 of 2  2 of 2  1 of 2, error P0001
        parents (no RLS) anon     2 of 2  2 of 2  2 of 2  1 of 2, error 23503
        parents (no RLS) service  2 of 2  2 of 2  2 of 2  1 of 2, error 23503

        select peeks: 42501: permission denied for table secrets
        insert peeks: 42501: permission denied for table secrets
        update peeks: 42501: permission denied for table secrets
        delete peeks: 42501: permission denied for table secrets
        select loops: 42P17: infinite recursion detected in policy for relation \"loops\"
        insert loops: 42P17: infinite recursion detected in policy for relation \"loops\"
        update loops: 42P17: infinite recursion detected in policy for relation \"loops\"
        delete loops: 42P17: infinite recursion detected in policy for relation \"loops\"
        update logged (no RLS): 42501: new row violates row-level security policy for table \"log\"
        delete logged (no RLS): P0001: kept\\nfor ever
        delete parents (no RLS): 23503: update or delete on table \"parents\" violates foreign key constraint \"children_id_fkey\" on table \"children\"",
    );
    stack.shutdown().await.unwrap();
}

#[tokio::test]
async fn views_are_tried_as_a_whole() {
    let sql = "
        create view broken as select title from todos where 1 / (id - id) = 1;
        create view my_todos as select * from todos where user_id = auth.uid();
        create view all_todos as select * from todos;
        create view own_todos with (security_invoker) as select * from todos;
        create view counts as select count(*) from todos;
        create materialized view copies as select * from todos;";
    let stack = LocalSupabase::builder().sql(TODOS).sql(sql).start();
    let stack = stack.await.unwrap();
    // Without names: everything in `public`.
    let matrix = stack.rls_matrix().users([("alice", alice_and_bob()[0].1)]);
    matrix.run().await.unwrap().assert_is(
        "table identity select insert update delete
        all_todos (view, no RLS)  anon     2 rows  -  2 rows  2 rows
        all_todos (view, no RLS)  alice    2 rows  -  2 rows  2 rows
        all_todos (view, no RLS)  service  2 rows  -  2 rows  2 rows
        broken (view, no RLS)  anon     error 22012  -  error 22012  error 22012
        broken (view, no RLS)  alice    error 22012  -  error 22012  error 22012
        broken (view, no RLS)  service  error 22012  -  error 22012  error 22012
        copies (materialized view, no RLS)  anon     2 rows  -  -  -
        copies (materialized view, no RLS)  alice    2 rows  -  -  -
        copies (materialized view, no RLS)  service  2 rows  -  -  -
        counts (view, no RLS)  anon     1 row  -  -  -
        counts (view, no RLS)  alice    1 row  -  -  -
        counts (view, no RLS)  service  1 row  -  -  -
        my_todos (view, no RLS)  anon     0 rows  -  0 rows  0 rows
        my_todos (view, no RLS)  alice    1 row  -  1 row  1 row
        my_todos (view, no RLS)  service  0 rows  -  0 rows  0 rows
        own_todos (view)  anon     0 rows  -  0 rows  0 rows
        own_todos (view)  alice    1 row  -  1 row  1 row
        own_todos (view)  service  2 rows  -  2 rows  2 rows
        todos  anon     0 of 2  0 of 2  0 of 2  0 of 2
        todos  alice    1 of 2  1 of 2  1 of 2  1 of 2
        todos  service  2 of 2  2 of 2  2 of 2  2 of 2
        select broken (view, no RLS): 22012: division by zero
        update broken (view, no RLS): 22012: division by zero
        delete broken (view, no RLS): 22012: division by zero",
    );
    stack.shutdown().await.unwrap();
}

#[tokio::test]
async fn users_have_the_claims_of_their_rows() {
    let sql = "
        create table reports (id int);
        alter table reports enable row level security;
        create policy staff on reports
          using (auth.jwt() -> 'app_metadata' ->> 'team' = E'it''s \\\\ \"x\"' or auth.email() = 'bob@example.com');
        insert into reports values (1);
        update auth.users set raw_app_meta_data = jsonb_build_object('team', E'it''s \\\\ \"x\"')
          where email = 'alice@example.com';";
    let stack = LocalSupabase::builder().sql(TODOS).sql(sql).start();
    let stack = stack.await.unwrap();
    let nobody: UserId = "33333333-3333-4333-8333-333333333333".parse().unwrap();
    let matrix = stack.rls_matrix().users(alice_and_bob());
    let matrix = matrix.users([("no\nbody", nobody)]).tables(["reports"]);
    matrix.run().await.unwrap().assert_is(
        "table identity select insert update delete
        reports anon      0 of 1  0 of 1  0 of 1  0 of 1
        reports alice     1 of 1  1 of 1  1 of 1  1 of 1
        reports bob       1 of 1  1 of 1  1 of 1  1 of 1
        reports no\\nbody  0 of 1  0 of 1  0 of 1  0 of 1
        reports service   1 of 1  1 of 1  1 of 1  1 of 1",
    );
    stack.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_table_that_is_not_there_is_an_error() {
    let stack = todos().await;
    for (name, code) in [
        ("tasks", "42P01"),
        ("a b c", "42602"),
        ("", "42602"),
        ("\0", "22021"),
    ] {
        let error = stack.rls_matrix().tables([name]).run().await.unwrap_err();
        let LocalError::Sql(error) = error else {
            panic!("{error}");
        };
        assert_eq!(
            (&*error.code, &*error.origin),
            (code, "rls_matrix"),
            "{error}"
        );
    }
    // The stack still works.
    assert_eq!(
        get_as(&stack, "/rest/v1/todos", ALICE).await.0,
        StatusCode::OK
    );
    stack.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_matrix_that_differs_says_where() {
    let matrix = matrix_of("", &["todos"]).await;
    let expected = "
        table identity select insert update delete
        todos anon     1 of 2 0 of 2 0 of 2 0 of 2
        todos alice    1 of 2 1 of 2 1 of 2 1 of 2";
    let panicked = std::panic::catch_unwind(|| matrix.assert_is(expected)).unwrap_err();
    let message = panicked.downcast::<String>().unwrap();
    let (_, diff) = message.split_once(":\n").unwrap();
    assert_eq!(
        diff,
        "  table  identity  select  insert  update  delete
- todos anon     1 of 2 0 of 2 0 of 2 0 of 2
+ todos  anon      0 of 2  0 of 2  0 of 2  0 of 2
  todos  alice     1 of 2  1 of 2  1 of 2  1 of 2
+ todos  bob       1 of 2  1 of 2  1 of 2  1 of 2
+ todos  service   2 of 2  2 of 2  2 of 2  2 of 2
"
    );
}

#[tokio::test]
async fn rows_are_tried_one_by_one_and_come_back() {
    let sql = "
        -- A key without a default, a row that references itself, and a policy that reads the table's own rows.
        create table members (team int, user_id uuid, boss uuid, primary key (team, user_id),
          foreign key (team, boss) references members (team, user_id) on delete cascade);
        create function is_member(int) returns boolean language sql security definer as
          $$ select exists (select from members where team = $1 and user_id = auth.uid()) $$;
        alter table members enable row level security;
        create policy see on members for select using (is_member(team));
        create policy change on members for update using (is_member(team)) with check (user_id = auth.uid());
        create policy leave on members for delete using (user_id = auth.uid());
        create policy invite on members for insert with check (is_member(team));
        insert into members values
          (1, '11111111-1111-4111-8111-111111111111', '11111111-1111-4111-8111-111111111111'),
          (1, '22222222-2222-4222-8222-222222222222', '11111111-1111-4111-8111-111111111111'),
          (2, '22222222-2222-4222-8222-222222222222', null);
        create table events (at date not null, user_id uuid default auth.uid()) partition by range (at);
        create table events_1 partition of events for values from ('2026-01-01') to ('2027-01-01');
        create table events_2 partition of events for values from ('2027-01-01') to ('2028-01-01');
        alter table events enable row level security;
        create policy own on events using (user_id = auth.uid());
        insert into events values ('2026-05-05', '11111111-1111-4111-8111-111111111111'),
          ('2027-05-05', '22222222-2222-4222-8222-222222222222');
        -- Silent triggers.
        create table mine (id int, user_id uuid);
        alter table mine enable row level security;
        create policy own on mine using (true) with check (user_id = auth.uid());
        insert into mine values (1, '11111111-1111-4111-8111-111111111111');
        create function mine() returns trigger language plpgsql as
          $$ begin new.user_id = auth.uid(); return new; end $$;
        create trigger mine before insert on mine for each row execute function mine();
        create function never() returns trigger language plpgsql as $$ begin return null; end $$;
        create trigger never before delete on mine for each row execute function never();";
    let stack = LocalSupabase::builder().sql(TODOS).sql(sql).start();
    let stack = stack.await.unwrap();
    let before = everything(&stack).await;
    matrix(&stack, &["members", "events", "events_2", "mine"])
        .await
        .assert_is(
            "table identity select insert update delete
            members  anon     0 of 3  0 of 3  0 of 3  0 of 3
            members  alice    2 of 3  1 of 3  1 of 3  1 of 3
            members  bob      3 of 3  1 of 3  2 of 3  2 of 3
            members  service  3 of 3  3 of 3  3 of 3  3 of 3
            events   anon     0 of 2  0 of 2  0 of 2  0 of 2
            events   alice    1 of 2  1 of 2  1 of 2  1 of 2
            events   bob      1 of 2  1 of 2  1 of 2  1 of 2
            events   service  2 of 2  2 of 2  2 of 2  2 of 2
            events_2 (no RLS) anon     1 of 1  1 of 1  1 of 1  1 of 1
            events_2 (no RLS) alice    1 of 1  1 of 1  1 of 1  1 of 1
            events_2 (no RLS) bob      1 of 1  1 of 1  1 of 1  1 of 1
            events_2 (no RLS) service  1 of 1  1 of 1  1 of 1  1 of 1
            mine     anon     1 of 1  0 of 1  0 of 1  0 of 1
            mine     alice    1 of 1  1 of 1  1 of 1  0 of 1
            mine     bob      1 of 1  1 of 1  0 of 1  0 of 1
            mine     service  1 of 1  1 of 1  1 of 1  0 of 1",
        );
    assert_eq!(everything(&stack).await, before);
    stack.shutdown().await.unwrap();
}

/// All rows, with where they are stored.
async fn everything(stack: &LocalSupabase) -> Value {
    let sql =
        "create or replace function everything() returns jsonb language sql security definer as $$
        select jsonb_agg(to_jsonb(r) order by r.ctid) from (
          select ctid, to_jsonb(m) from members m union all select ctid, to_jsonb(e) from events e
          union all select ctid, to_jsonb(m) from mine m) r $$";
    stack.execute(sql).await.unwrap();
    let service = stack.as_service().unwrap();
    service.rpc("everything", json!({})).single().await.unwrap()
}

#[tokio::test]
async fn no_name_and_no_value_is_read_as_sql() {
    let text = proptest::string::string_regex("[^\\x00]{1,12}|[a-z'\"\\\\$;. -]{1,40}").unwrap();
    let mut runner = TestRunner::deterministic();
    let mut sample = || {
        let tree = (&text, &text, &text).new_tree(&mut runner);
        tree.unwrap().current()
    };
    let quoted = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
    let (mut tables, mut sql) = (Vec::new(), String::new());
    for number in 0..100 {
        let (table, column, value) = sample();
        let table = format!("{table}{number}");
        let (name, column, value) = (quoted(&table), quoted(&column), value.replace('\'', "''"));
        sql += &format!(
            "create table {name} ({column} text check ({column} = '{value}'));
             insert into {name} values ('{value}');\n"
        );
        tables.push(table);
    }
    let stack = LocalSupabase::builder().sql(sql).start().await.unwrap();
    let matrix = stack.rls_matrix().tables(&tables).run().await.unwrap();
    let shown = matrix.to_string();
    let lines: Vec<_> = shown.lines().collect();
    assert_eq!(lines.len(), 1 + 2 * tables.len(), "{shown}");
    for line in &lines[1..] {
        assert!(line.ends_with("1 of 1  1 of 1  1 of 1  1 of 1"), "{line}");
    }
    stack.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_row_of_every_type_can_be_written_back() {
    let sql = r#"
        create type mood as enum ('it''s', '\');
        create type pair as (a text, "b c" int[]);
        create domain short as varchar(3) check (value <> '');
        create table types (
          a bool, b bytea, c json, d jsonb, e text[], f int4range, g mood, h pair, i short, j float8, k numeric(30, 10),
          l timestamptz, m interval, n char(5), o "char", p bit varying, q point, r regclass, s inet, t money, u date,
          v tsvector, x uuid, y oidvector, z float4[], id int generated always as identity,
          twice text generated always as (n || n) stored);
        insert into types values (true, '\x00ff5c27', '{"a":  "it''s \\ \""}', '[1e400]', '{"a,b","\"",NULL}', '[1,5)', '\',
          row('x"y', '{1,2}'), 'ab', 'NaN', 0.1, 'infinity', '1 mon -3 days 04:05:06.789', 'ab', 'x', B'0101', '(1,2)',
          'todos', '::1/64', 12.5, '0044-03-15 BC', 'a:1 ''b c'':2', gen_random_uuid(), '1 2', '{Infinity}');
        insert into types default values;
        alter table types enable row level security;
        create table numbers (id int generated always as identity primary key);
        insert into numbers default values;"#;
    let matrix = matrix_of(sql, &["types", "numbers"]).await;
    matrix.assert_is(
        "table identity select insert update delete
        types             anon     0 of 2  0 of 2  0 of 2  0 of 2
        types             alice    0 of 2  0 of 2  0 of 2  0 of 2
        types             bob      0 of 2  0 of 2  0 of 2  0 of 2
        types             service  2 of 2  2 of 2  2 of 2  2 of 2
        numbers (no RLS)  anon     1 of 1  1 of 1  -       1 of 1
        numbers (no RLS)  alice    1 of 1  1 of 1  -       1 of 1
        numbers (no RLS)  bob      1 of 1  1 of 1  -       1 of 1
        numbers (no RLS)  service  1 of 1  1 of 1  -       1 of 1",
    );
}

#[tokio::test]
async fn a_dropped_matrix_leaves_nothing_behind() {
    let many = "insert into todos (user_id, title) select user_id, title from todos, generate_series(1, 20)";
    let stack = LocalSupabase::builder().sql(TODOS).sql(many).start();
    let stack = stack.await.unwrap();
    let matrix = stack.rls_matrix().users(alice_and_bob()).run();
    // Polled once: it has begun, and goes on without its future.
    tokio::select! {
        biased;
        _ = matrix => unreachable!(),
        () = std::future::ready(()) => {}
    }
    for _ in 0..20 {
        let (status, rows) = get_as(&stack, "/rest/v1/todos", ALICE).await;
        assert_eq!(
            (status, rows.as_array().unwrap().len()),
            (StatusCode::OK, 21)
        );
    }
    let visitor = stack.as_anon().unwrap();
    assert_eq!(visitor.from("todos").select("*").head().await.unwrap(), 0);
    stack.shutdown().await.unwrap();
}
