//! Schemas other than `public`.

use supabase_task::LocalSupabase;
use supabase_task::prelude::*;

const SQL: &str = "
create schema private;
create table private.notes (id int);
insert into private.notes values (7);
grant usage on schema private to service_role;
grant all on private.notes to service_role;
";

#[derive(Debug, PartialEq, serde::Deserialize)]
struct Note {
    id: i32,
}

async fn notes(stack: &LocalSupabase) -> Result<Vec<Note>, supabase_task::ClientError> {
    let service: ServiceClient = stack.supabase().service_client().unwrap();
    service
        .schema("private")
        .from("notes")
        .select("id")
        .rows::<Note>()
        .await
}

#[tokio::test]
async fn a_schema_is_reached_only_if_it_is_exposed() {
    let closed = LocalSupabase::builder().sql(SQL).start().await.unwrap();
    let error = notes(&closed).await.unwrap_err();
    assert_eq!(error.code(), Some("PGRST106"), "{error}");
    closed.shutdown().await.unwrap();

    let open = LocalSupabase::builder()
        .sql(SQL)
        .expose_schema("private")
        .expose_schema("public")
        .expose_schema("not there")
        .start()
        .await
        .unwrap();
    assert_eq!(notes(&open).await.unwrap(), [Note { id: 7 }]);
    open.shutdown().await.unwrap();
}
