//! What the embedded PostgreSQL can do, and how it ends.

use std::time::{Duration, Instant};

use super::*;
use crate::LocalPostgres;
use crate::local::LocalError;

async fn embedded(sql: &str) -> LocalSupabase {
    let builder = LocalSupabase::builder().postgres(LocalPostgres::Embedded);
    builder.sql(sql).start().await.unwrap()
}

#[tokio::test]
async fn probe() {
    let began = Instant::now();
    let stack = LocalSupabase::builder().postgres(LocalPostgres::Embedded).on_step(|s| eprintln!("{s}")).sql("
       create extension if not exists citext with schema extensions; create extension pg_trgm; create extension hstore; create extension unaccent; create extension ltree; create extension btree_gist;create extension btree_gin; create extension fuzzystrmatch; create extension intarray; create extension tablefunc; create extension cube; create extension earthdistance;
       create function rec(n int) returns int language plpgsql as $$ begin if n = 0 then return 0; end if; return rec(n-1)+1; end $$;
       create function endless(n int) returns int language plpgsql as $$ begin return endless(n+1)+1; end $$;
       create table big (id int, t text);
    ").start().await.unwrap();
    eprintln!("start {:?}", began.elapsed());
    let began = Instant::now();
    let two = embedded("select 1").await;
    eprintln!("second start {:?}", began.elapsed());
    let began = Instant::now();
    drop(two);
    eprintln!("drop {:?}", began.elapsed());
    for sql in [
        "do $$ begin perform 1/0; exception when others then null; end $$",
        "select to_tsvector('english', 'cats') @@ to_tsquery('english','cat')",
        "select extensions.digest('a', 'sha256')",
        "select extensions.uuid_generate_v4()",
        "insert into big select n, repeat('x', 1000) from generate_series(1, 3000) n",
        "listen x; notify x, 'hi'",
        "set session authorization authenticator; reset session authorization; select 1/(case when session_user='postgres' then 1 else 0 end)",
        "set local statement_timeout='200ms'; select pg_sleep(1)",
        "select 'é'::text; selekt",
        "select count(*) from pg_sleep(0.1)",
        "select rec(30)",
        "select rec(100)",
        "select rec(200)",
        "copy big from stdin",
        "select 1",
        "select rec(300)",
        "select rec(1000)",
        "select endless(1)",
        "select 1",
    ] {
        let began = Instant::now();
        let r = stack.execute(sql).await;
        eprintln!("{:?} {sql} -> {}", began.elapsed(), r.map_or_else(|e| format!("{e}"), |()| "ok".into()));
        if sql.starts_with("insert") {
            let began = Instant::now();
            let (s, v) = get(&stack, "/rest/v1/big", stack.secret_key(), stack.secret_key()).await;
            eprintln!("{s} {} {:?}", v.to_string().len(), began.elapsed());
            let rows: Vec<_> = (0..1000).map(|n| json!({"id": n, "t": "row"})).collect();
            let began = Instant::now();
            let (s, v) = post(&stack, "/rest/v1/big", stack.secret_key(), &json!(rows)).await;
            eprintln!("{s} {v} {:?}", began.elapsed());
        }
    }
    let began = Instant::now();
    let a = get(&stack, "/rest/v1/big?limit=1", stack.secret_key(), stack.secret_key()).await;
    eprintln!("{a:?} {:?}", began.elapsed());
    let began = Instant::now();
    eprintln!("{:?} {:?}", stack.shutdown().await, began.elapsed());
    let _ = (Duration::ZERO, std::mem::size_of::<LocalError>());
}
