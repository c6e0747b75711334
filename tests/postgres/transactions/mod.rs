//! Transactions as the task's identity, on a login that by itself may do nothing: many at once, through
//! PgBouncer, under attack, and cut off in the middle.

mod attacks;
mod crowd;
mod cut_off;
mod interleavings;
mod matrix;
mod pgbouncer;

use supabase_task::{LocalSupabase, Supabase};
use supabase_task_tests::TestDatabase;
use url::Url;

use self::pgbouncer::PgBouncer;

/// Rows that only their owner sees, and what nobody but the service role sees.
const SQL: &str = "
create table public.notes (
  id bigint generated always as identity primary key,
  owner uuid not null default auth.uid(),
  body text not null
);
alter table public.notes enable row level security;
create policy own on public.notes to authenticated
  using (owner = auth.uid()) with check (owner = auth.uid());
create table public.secrets (id int primary key, body text);
revoke all on public.secrets from anon, authenticated;
insert into public.secrets values (1, 'hunter2');
";

/// Repeatable numbers (xorshift): a failure names its seed.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}

/// A project, a login for its tasks, and the stack that serves its API.
struct Stage {
    stack: LocalSupabase,
    supabase: Supabase,
    login: String,
    database: TestDatabase,
}

fn project(stack: &LocalSupabase, database: &Url, connections: u32) -> Supabase {
    Supabase::builder()
        .url(stack.url())
        .publishable_key(stack.publishable_key())
        .secret_key(stack.secret_key())
        .jwt_secret(stack.jwt_secret())
        .database_url(database.as_str())
        .database_connections(connections)
        .build()
        .unwrap()
}

impl Stage {
    /// Up to `connections` connections, without a pooler.
    async fn new(connections: u32) -> Self {
        Self::with(connections, |url| url).await
    }

    /// Through PgBouncer in transaction mode, with fewer connections to the server than there are clients.
    async fn pooled(connections: u32) -> (Self, PgBouncer) {
        let mut pgbouncer = None;
        let stage = Self::with(connections, |url| {
            let started = PgBouncer::start(&url, 3);
            let url = started.url(&url);
            pgbouncer = Some(started);
            url
        })
        .await;
        (stage, pgbouncer.unwrap())
    }

    async fn with(connections: u32, through: impl FnOnce(Url) -> Url) -> Self {
        let database = TestDatabase::create().await;
        let stack = LocalSupabase::builder().database_url(database.url().as_str());
        let stack = stack.sql(SQL).start().await.unwrap();
        let url = database.url_of_plain_role("a-password").await;
        let login = url.username().to_owned();
        stack
            .execute(format!(
                "alter role {login} noinherit; grant authenticated to {login}"
            ))
            .await
            .unwrap();
        let supabase = project(&stack, &through(url), connections);
        Self {
            stack,
            supabase,
            login,
            database,
        }
    }

    /// The same project through another URL of its database.
    fn through(&self, url: &Url, connections: u32) -> Supabase {
        project(&self.stack, url, connections)
    }

    /// What the sessions of the login do: their states, without those that are idle.
    async fn busy(&self) -> Vec<String> {
        let mut connection = self.database.connect().await;
        sqlx::query_scalar(
            "select coalesce(state, '') || ' ' || query from pg_stat_activity \
             where usename = $1 and state <> 'idle'",
        )
        .bind(&self.login)
        .fetch_all(&mut connection)
        .await
        .unwrap()
    }

    /// Waits until no session of the login does anything.
    async fn quiet(&self) {
        let waited = async {
            while !self.busy().await.is_empty() {
                tokio::task::yield_now().await;
            }
        };
        let waited = tokio::time::timeout(std::time::Duration::from_secs(20), waited).await;
        if waited.is_err() {
            panic!("still busy: {:?}", self.busy().await);
        }
    }
}
