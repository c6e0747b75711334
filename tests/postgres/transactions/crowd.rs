//! Many users at once on few connections.

use sqlx::Row;
use supabase_task::sql::DatabaseError;
use supabase_task::{Supabase, UserId};
use supabase_task_tests::user;
use tokio::task::JoinSet;
use uuid::Uuid;

use super::Stage;

const USERS: u32 = 50;
const TASKS: u32 = 200;

/// Writes a row, and returns whose rows are visible, asked in two ways.
async fn write_and_look(
    supabase: Supabase,
    user: UserId,
) -> Result<(Uuid, Vec<Uuid>), DatabaseError> {
    let database = supabase.user_database(user).unwrap();
    let mut tx = database.begin().await?;
    sqlx::query("insert into notes (body) values ($1)")
        .bind(user.to_string())
        .execute(&mut *tx)
        .await?;
    // Other transactions begin meanwhile.
    sqlx::query("select pg_sleep(0.005)")
        .execute(&mut *tx)
        .await?;
    let uid = sqlx::query_scalar("select auth.uid()")
        .fetch_one(&mut *tx)
        .await?;
    let rows = sqlx::query("select owner, body from notes")
        .fetch_all(&mut *tx)
        .await?;
    for row in &rows {
        assert_eq!(
            row.get::<String, _>("body"),
            row.get::<Uuid, _>("owner").to_string()
        );
    }
    tx.commit().await?;
    Ok((uid, rows.iter().map(|row| row.get("owner")).collect()))
}

async fn crowd(stage: &Stage) {
    let mut tasks = JoinSet::new();
    for number in 0..TASKS {
        let (supabase, user) = (stage.supabase.clone(), user(number % USERS));
        tasks.spawn(async move { (user, write_and_look(supabase, user).await) });
    }
    while let Some(done) = tasks.join_next().await {
        let (user, seen) = done.unwrap();
        let (uid, owners) = seen.unwrap();
        assert_eq!(uid, *user.as_uuid());
        assert!(!owners.is_empty() && owners.iter().all(|owner| owner == user.as_uuid()));
    }
    let mut connection = stage.database.connect().await;
    let (rows, users): (i64, i64) = sqlx::query_as(
        "select count(*), count(distinct owner) from notes where owner::text = body",
    )
    .fetch_one(&mut connection)
    .await
    .unwrap();
    assert_eq!((rows, users), (i64::from(TASKS), i64::from(USERS)));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_user_of_fifty_on_five_connections_sees_anothers_row() {
    crowd(&Stage::new(5).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn neither_through_a_transaction_pooler() {
    // More clients than connections to the server, and twice: their statements have the same names.
    let (stage, _pgbouncer) = Stage::pooled(16).await;
    crowd(&stage).await;
}
