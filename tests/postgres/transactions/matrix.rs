//! The matrix of Row Level Security through the API and through SQL: the same, cell by cell.

use std::fmt::Write as _;

use sqlx::{AssertSqlSafe, PgConnection, Postgres, query, raw_sql};
use supabase_task::auth::AuthMode;
use supabase_task::prelude::*;
use supabase_task::sql::{Database, DatabaseError};
use supabase_task::{Client, LocalSupabase};
use supabase_task_tests::{TestDatabase, user};
use uuid::Uuid;

use super::Random;

const TABLES: usize = 12;
const VERBS: [&str; 4] = ["select", "insert", "update", "delete"];

/// Rows that are visible or changed, or PostgreSQL's code.
type Cell = Result<i64, String>;

/// A table with grants and policies that nobody has thought of.
fn table(number: usize, random: &mut Random) -> String {
    let name = name(number);
    let mut sql = format!(
        "create table {name} (id int primary key, owner uuid, body text);
         revoke all on {name} from anon, authenticated, service_role;"
    );
    for role in ["anon", "authenticated", "service_role"] {
        for verb in VERBS {
            if random.below(5) > 0 {
                let _ = write!(sql, "grant {verb} on {name} to {role};");
            }
        }
    }
    if random.below(6) > 0 {
        let _ = write!(sql, "alter table {name} enable row level security;");
    }
    for policy in 0..random.below(9) {
        let verb = ["all", "select", "insert", "update", "delete"][random.below(5) as usize];
        let role = ["anon", "authenticated", "public"][random.below(3) as usize];
        let kind = match random.below(6) {
            0 => "restrictive",
            _ => "permissive",
        };
        let mut condition = || {
            [
                "owner = auth.uid()",
                "owner = (select auth.uid())",
                "true",
                "true",
                "false",
                "auth.role() = 'authenticated'",
                "(auth.jwt() ->> 'role') = 'anon' or owner is null",
            ][random.below(7) as usize]
        };
        let (using, check) = (condition(), condition());
        let clauses = match verb {
            "insert" => format!("with check ({check})"),
            "select" | "delete" => format!("using ({using})"),
            _ => format!("using ({using}) with check ({check})"),
        };
        let _ = write!(
            sql,
            "create policy p{policy} on {name} as {kind} for {verb} to {role} {clauses};"
        );
    }
    sql
}

fn name(number: usize) -> String {
    format!("generated_{number}")
}

/// Puts back what was there: a row of each user and one of nobody.
async fn reset(connection: &mut PgConnection, table: &str) {
    let sql = format!(
        "delete from {table}; insert into {table} values (1, '{}', 'a'), (2, '{}', 'b'), (3, null, 'c')",
        user(1),
        user(2)
    );
    raw_sql(AssertSqlSafe(sql))
        .execute(connection)
        .await
        .unwrap();
}

/// How many rows differ from those of [`reset`].
async fn changed(connection: &mut PgConnection, table: &str) -> i64 {
    let sql = format!(
        "select count(*) filter (where length(body) > 1) + 3 - count(*) filter (where id < 9) from {table}"
    );
    sqlx::query_scalar(AssertSqlSafe(sql))
        .fetch_one(connection)
        .await
        .unwrap()
}

/// The rows of a select; `None` for what changes rows.
async fn through_api<M: AuthMode>(
    client: &Client<M>,
    table: &str,
    verb: &str,
    owner: Uuid,
) -> Result<Option<i64>, String> {
    let rows = client.from(table);
    let done = match verb {
        "select" => {
            let rows = rows.select("id").eq("owner", owner);
            let rows = rows.rows::<serde_json::Value>().await;
            rows.map(|rows| Some(rows.len() as i64))
        }
        "insert" => {
            let row = json!({ "id": 9, "owner": owner, "body": "new" });
            rows.insert(row).await.map(|_| None)
        }
        "update" => {
            let change = json!({ "body": "changed" });
            rows.update(change).eq("owner", owner).await.map(|_| None)
        }
        _ => rows.delete().eq("owner", owner).await.map(|_| None),
    };
    done.map_err(|error| error.code().unwrap_or_default().to_owned())
}

async fn through_sql<M: AuthMode>(
    database: &Database<M>,
    table: &str,
    verb: &str,
    owner: Uuid,
) -> Result<Option<i64>, String> {
    let sql = match verb {
        "select" => format!("select id from {table} where owner = $1"),
        "insert" => format!("insert into {table} values (9, $1, 'new')"),
        "update" => format!("update {table} set body = 'changed' where owner = $1"),
        _ => format!("delete from {table} where owner = $1"),
    };
    let done = async {
        let mut tx = database.begin().await?;
        let statement = query::<Postgres>(AssertSqlSafe(sql));
        let done = statement.bind(owner).execute(&mut *tx).await?;
        tx.commit().await?;
        let rows = i64::try_from(done.rows_affected()).unwrap();
        Ok::<_, DatabaseError>((verb == "select").then_some(rows))
    };
    done.await
        .map_err(|error| error.code().unwrap_or_default().to_owned())
}

async fn with_changes(
    connection: &mut PgConnection,
    table: &str,
    done: Result<Option<i64>, String>,
) -> Cell {
    match done? {
        Some(rows) => Ok(rows),
        None => Ok(changed(connection, table).await),
    }
}

/// Compares all cells of one identity, and returns how many had rows, and how many were refused.
async fn compare<M: AuthMode>(
    connection: &mut PgConnection,
    client: &Client<M>,
    database: &Database<M>,
    identity: &str,
) -> (usize, usize) {
    let (mut with_rows, mut refused) = (0, 0);
    for number in 0..TABLES {
        let table = name(number);
        for verb in VERBS {
            for owner in [user(1), user(2)] {
                let owner = *owner.as_uuid();
                reset(connection, &table).await;
                let api = through_api(client, &table, verb, owner).await;
                let api = with_changes(connection, &table, api).await;
                reset(connection, &table).await;
                let sql = through_sql(database, &table, verb, owner).await;
                let sql = with_changes(connection, &table, sql).await;
                assert_eq!(api, sql, "{identity}: {verb} of {owner} in {table}");
                with_rows += usize::from(sql.as_ref().is_ok_and(|rows| *rows > 0));
                refused += usize::from(sql.is_err());
            }
        }
    }
    (with_rows, refused)
}

#[tokio::test]
async fn row_level_security_gives_the_same_answer_through_the_api_and_through_sql() {
    let database = TestDatabase::create().await;
    let mut random = Random(0x5eed);
    let tables: String = (0..TABLES)
        .map(|number| table(number, &mut random))
        .collect();
    let stack = LocalSupabase::builder()
        .database_url(database.url().as_str())
        .sql(tables)
        .start()
        .await
        .unwrap();
    let supabase = stack.supabase();
    let mut connection = database.connect().await;
    let connection = &mut connection;
    let mut all = Vec::new();
    for n in [1, 2] {
        let client = stack.as_user(user(n)).unwrap();
        let sql = supabase.user_database(user(n)).unwrap();
        all.push(compare(connection, &client, &sql, &format!("user {n}")).await);
    }
    let (client, sql) = (stack.as_anon().unwrap(), supabase.anon_database().unwrap());
    all.push(compare(connection, &client, &sql, "anon").await);
    let (client, sql) = (
        stack.as_service().unwrap(),
        supabase.service_database().unwrap(),
    );
    all.push(compare(connection, &client, &sql, "service").await);
    // The generator must not have made tables in which nothing differs.
    for (with_rows, refused) in &all {
        assert!(*with_rows > 5 && *refused > 5, "{all:?}");
    }
}
