//! A large database. This takes some seconds; with quadratic work it would not end.

use std::fs;

use sqlx::Executor as _;
use supabase_task_tests::TestDatabase;

use crate::regenerated::generate;

const TABLES: usize = 2_000;

/// Tables, and views and functions over some of them.
const SCHEMA: &str = "
do $$ begin
  for i in 1..2000 loop
    execute format('create table t%s (id bigint primary key, title text not null, price numeric,
      tags text[], owner uuid, created_at timestamptz not null default now())', i);
    if i % 4 = 0 then
      execute format('create view v%s as select id, title from t%s', i, i);
      execute format('create function f%s(a integer, b text default null) returns setof t%s
        language sql as $f$ select * from t%s $f$', i, i, i);
    end if;
    -- A transaction keeps its locks to the end, and there are not enough for all.
    if i % 200 = 0 then commit; end if;
  end loop;
end $$";

#[tokio::test]
async fn two_thousand_tables_are_written() {
    let database = TestDatabase::create().await;
    let mut connection = database.connect().await;
    connection.execute(SCHEMA).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("database.rs");

    let written = generate(&database, &["--output", output.to_str().unwrap()]).await;

    assert_eq!(written, 0);
    let text = fs::read_to_string(&output).unwrap();
    let rows = text.matches("supabase_task::Row)]").count();
    assert_eq!(rows, TABLES + TABLES / 4);
}
