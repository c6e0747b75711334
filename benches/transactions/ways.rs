//! The peers that are written in Rust.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use sqlx::postgres::{PgPool, PgPoolOptions};
use supabase_task::prelude::*;

use super::USER;
use super::claims::Claims;
use super::run::variable;

pub(crate) const OURS: &str = "supabase-task";
pub(crate) const BY_HAND: &str = "sqlx 0.9 by hand";
pub(crate) const REQUESTS: &str = "three requests of our client";
pub(crate) const POSTGRES_JS: &str = "postgres.js 3.4.9";
pub(crate) const SERVER_JS: &str = "@supabase/server 1.8.1, three transactions";

/// All peers. The others are compared with the first.
pub(crate) const NAMES: [&str; 5] = [OURS, BY_HAND, REQUESTS, POSTGRES_JS, SERVER_JS];

/// One of the peers. Cheap to clone: everything that is set up once per process is shared.
pub(crate) trait Way: Clone + Send + 'static {
    /// Reads a todo of the user's, updates it, and records a visit.
    fn visit(&self, todo: i64) -> impl Future<Output = ()> + Send;
}

/// The three statements of ours and by hand.
async fn statements(connection: &mut PgConnection, todo: i64) -> sqlx::Result<()> {
    let title: String = sqlx::query_scalar("select title from todos where id = $1")
        .bind(todo)
        .fetch_one(&mut *connection)
        .await?;
    assert_eq!(title, "water the plants");
    sqlx::query("update todos set done = $2 where id = $1")
        .bind(todo)
        .bind(true)
        .execute(&mut *connection)
        .await?;
    sqlx::query("insert into visits (todo) values ($1)")
        .bind(todo)
        .execute(connection)
        .await?;
    Ok(())
}

#[derive(Clone, Copy, Serialize, Deserialize)]
struct Visit {
    user_id: UserId,
    todo: i64,
}

#[supabase_task(auth = "user")]
async fn visit(payload: Visit, database: UserDatabase) -> TaskResult<()> {
    let mut tx = database.begin().await?;
    statements(&mut tx, payload.todo).await?;
    tx.commit().await?;
    Ok(())
}

#[derive(Deserialize)]
struct Title {
    title: String,
}

#[supabase_task(auth = "user")]
async fn visit_with_requests(payload: Visit, supabase: UserClient) -> TaskResult<()> {
    let todos = || supabase.from("todos");
    let todo = todos().select("title").eq("id", payload.todo);
    let todo = todo.single::<Title>().await?;
    assert_eq!(todo.title, "water the plants");
    let done = json!({ "done": true });
    todos().update(done).eq("id", payload.todo).await?;
    let visit = json!({ "todo": payload.todo });
    supabase.from("visits").insert(visit).await?;
    Ok(())
}

fn payload(todo: i64) -> Visit {
    let user_id = USER.parse().expect("a user id");
    Visit { user_id, todo }
}

fn supabase(connections: usize) -> Supabase {
    let supabase = Supabase::builder()
        .url(variable("SUPABASE_URL"))
        .publishable_key(variable("PUBLISHABLE_KEY"))
        .jwt_secret(variable("JWT_SECRET"))
        .database_url(variable("DATABASE_URL"))
        .database_connections(u32::try_from(connections).expect("few"))
        .build();
    supabase.expect("the configuration is complete")
}

/// This library's transactions.
#[derive(Clone)]
pub(crate) struct Ours(Supabase);

impl Ours {
    pub(crate) fn new(connections: usize) -> Self {
        Self(supabase(connections))
    }
}

impl Way for Ours {
    async fn visit(&self, todo: i64) {
        let visited = visit::run(&self.0, payload(todo)).await;
        visited.expect("a visit");
    }
}

/// This library's requests, each of which is a transaction.
#[derive(Clone)]
pub(crate) struct Requests(Supabase);

impl Requests {
    pub(crate) fn new(connections: usize) -> Self {
        Self(supabase(connections))
    }
}

impl Way for Requests {
    async fn visit(&self, todo: i64) {
        let visited = visit_with_requests::run(&self.0, payload(todo)).await;
        visited.expect("a visit");
    }
}

/// sqlx with its usual pool, and the settings in a statement of its own.
#[derive(Clone)]
pub(crate) struct ByHand {
    pool: PgPool,
    issuer: Arc<str>,
}

/// What ours sets, too.
const SETTINGS: &str = "select set_config('request.jwt.claims', $1, true), set_config('search_path', 'public, extensions', true),
    set_config('role', 'authenticated', true)";

impl ByHand {
    pub(crate) fn new(connections: usize) -> Self {
        let pool = PgPoolOptions::new()
            .max_connections(u32::try_from(connections).expect("few"))
            .connect_lazy(&variable("DATABASE_URL"));
        Self {
            pool: pool.expect("a URL"),
            issuer: format!("{}/auth/v1", variable("SUPABASE_URL")).into(),
        }
    }

    async fn transaction(&self, todo: i64) -> sqlx::Result<()> {
        let claims = Claims::new(&self.issuer, USER, "visit");
        let claims = serde_json::to_string(&claims).expect("claims are JSON");
        let mut tx = self.pool.begin().await?;
        let set = sqlx::query(SETTINGS).bind(claims);
        set.execute(&mut *tx).await?;
        statements(&mut tx, todo).await?;
        tx.commit().await
    }
}

impl Way for ByHand {
    async fn visit(&self, todo: i64) {
        self.transaction(todo).await.expect("a visit");
    }
}
