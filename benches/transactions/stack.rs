//! [`Stack`]: the project that all peers use, and what they find in it.

use sqlx::{Connection, PgConnection};
use supabase_task::{LocalPostgres, LocalSupabase};
use url::Url;

use super::{CONCURRENCY, USER};

/// The login of the peers: it may only become `authenticated`.
const LOGIN: &str =
    "create role tasks login noinherit password 'tasks'; grant authenticated to tasks;";

const TABLES: &str = "
create table public.todos (
  id bigint primary key,
  user_id uuid not null,
  title text not null,
  done boolean not null default false
);
create table public.visits (
  id bigint generated always as identity primary key,
  user_id uuid not null default auth.uid(),
  todo bigint not null references public.todos
);
alter table public.todos enable row level security;
alter table public.visits enable row level security;
create policy own on public.todos to authenticated using (user_id = (select auth.uid()));
create policy own on public.visits to authenticated using (user_id = (select auth.uid()));
";

pub(crate) struct Stack {
    pub(crate) local: LocalSupabase,
    superuser: PgConnection,
}

impl Stack {
    pub(crate) async fn start() -> Self {
        let last = CONCURRENCY.iter().max().expect("there is one");
        let todos = format!(
            "insert into public.todos (id, user_id, title)
             select id, '{USER}', 'water the plants' from generate_series(0, {last}) id;"
        );
        let local = LocalSupabase::builder()
            .postgres(LocalPostgres::Installed)
            .sql(LOGIN)
            .sql(TABLES)
            .sql(todos)
            .start()
            .await
            .expect("an installed PostgreSQL");
        let url = local.database_url().expect("it is installed");
        let superuser = PgConnection::connect(url).await.expect("a connection");
        Self { local, superuser }
    }

    /// The URL of the database, for the login of the peers.
    pub(crate) fn database_url(&self) -> Url {
        let url = self.local.database_url().expect("it is installed");
        let mut url = Url::parse(url).expect("a URL");
        url.set_username("tasks").expect("it has a host");
        url.set_password(Some("tasks")).expect("it has a host");
        url
    }

    pub(crate) async fn describe(&mut self) -> String {
        let sql = "select format('PostgreSQL %s, fsync %s, synchronous_commit %s',
            current_setting('server_version'), current_setting('fsync'),
            current_setting('synchronous_commit'))";
        let described = sqlx::query_scalar(sql).fetch_one(&mut self.superuser).await;
        described.expect("it answers")
    }

    /// Makes the tables as they were.
    pub(crate) async fn clear(&mut self) {
        for sql in ["truncate public.visits", "vacuum analyze public.todos"] {
            let done = sqlx::raw_sql(sql).execute(&mut self.superuser).await;
            done.expect("it is done");
        }
    }

    /// # Panics
    ///
    /// If a peer has not done its work.
    pub(crate) async fn assert_done(&mut self, visits: usize) {
        let sql = "select count(*) from public.visits";
        let count: i64 = sqlx::query_scalar(sql)
            .fetch_one(&mut self.superuser)
            .await
            .expect("a count");
        assert_eq!(count, visits as i64);
    }
}
