//! What the embedded PostgreSQL can do.

use super::*;
use crate::LocalPostgres;
use crate::local::LocalError;

async fn embedded(sql: &str) -> LocalSupabase {
    let builder = LocalSupabase::builder().postgres(LocalPostgres::Embedded);
    builder.sql(sql).start().await.unwrap()
}

/// Fails unless the condition is true.
async fn assert_true(stack: &LocalSupabase, condition: &str) {
    let sql = format!("do $$ begin assert ({condition}); end $$");
    if let Err(error) = stack.execute(sql).await {
        panic!("{condition}: {error}");
    }
}

#[tokio::test]
async fn handlers_and_text_search_work() {
    let stack = embedded(
        "create function caught() returns text language plpgsql as $$
         begin perform 1 / 0; return 'no';
         exception when division_by_zero then return 'caught'; end $$",
    )
    .await;
    assert_true(&stack, "caught() = 'caught'").await;
    assert_true(
        &stack,
        "to_tsvector('english', 'two cats') @@ to_tsquery('english', 'cat')",
    )
    .await;
}

#[tokio::test]
async fn bundled_extensions_are_created_in_the_schema_that_is_named() {
    let stack = embedded(
        "create extension citext with schema extensions; create extension pg_trgm;
         create extension hstore; create extension unaccent; create extension ltree;
         create extension btree_gin; create extension btree_gist; create extension fuzzystrmatch;
         create extension intarray; create extension tablefunc; create extension cube;
         create extension earthdistance; create extension if not exists \"uuid-ossp\";",
    )
    .await;
    assert_true(&stack, "'A'::extensions.citext = 'a'").await;
    assert_true(
        &stack,
        "(select extnamespace::regnamespace::text = 'extensions' from pg_extension where extname = 'citext')",
    )
    .await;
    assert_true(&stack, "length(extensions.digest('a', 'sha256')) = 32").await;
    assert_true(&stack, "extensions.uuid_generate_v4() is not null").await;
    assert_true(&stack, "unaccent('é') = 'e' and similarity('ab', 'ab') = 1").await;
}

#[tokio::test]
async fn a_copy_without_data_is_an_error_and_deep_recursion_ends_the_server() {
    let stack = embedded(
        "create table t (id int); create function deep(n int) returns int language plpgsql as
         $$ begin if n = 0 then return 0; end if; return deep(n - 1) + 1; end $$",
    )
    .await;
    let code = async |sql: &str| match stack.execute(sql).await {
        Err(LocalError::Sql(error)) => error.code,
        other => panic!("{sql}: {other:?}"),
    };
    assert_eq!(code("copy t from stdin").await, "0A000");
    assert_true(&stack, "deep(50) = 50").await;
    let ended = stack
        .execute("select deep(1000)")
        .await
        .unwrap_err()
        .to_string();
    assert!(
        ended.contains("the embedded PostgreSQL has ended"),
        "{ended}"
    );
    let later = stack.execute("select 1").await.unwrap_err().to_string();
    assert!(
        later.contains("the embedded PostgreSQL has ended"),
        "{later}"
    );
}
