//! A real PostgreSQL for tests: the one at `DATABASE_URL`, or an installed one, which is started
//! once for the whole test process.

mod installed;
mod server;

use std::thread;
use std::{env, fmt};

use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tokio::runtime;
use tokio::sync::OnceCell;
use url::Url;

use installed::Installed;
pub use server::TestServer;

/// A new, empty database for one test. Dropped with this value, even while clients are connected.
///
/// Roles belong to the whole server, so tests share them.
pub struct TestDatabase {
    server: Url,
    name: String,
}

impl TestDatabase {
    /// Creates the database.
    ///
    /// # Panics
    ///
    /// If there is no PostgreSQL. The message says how to get one.
    pub async fn create() -> Self {
        let server = server().await;
        let name = format!("supabase_task_{}", uuid::Uuid::new_v4().simple());
        // `template0` is empty on every server, and no one can be connected to it.
        let create = format!("create database {name} template template0");
        execute(&server, create)
            .await
            .unwrap_or_else(|error| panic!("no database on the PostgreSQL of the tests: {error}"));
        Self { server, name }
    }

    /// The URL of the database, for a superuser of its server.
    pub fn url(&self) -> Url {
        let mut url = self.server.clone();
        url.set_path(&self.name);
        url
    }

    /// Like [`url`](Self::url), for a new role that may only log in.
    pub async fn url_of_plain_role(&self, password: &str) -> Url {
        let create = format!("create role {} login password '{password}'", self.name);
        execute(&self.server, create)
            .await
            .unwrap_or_else(|error| panic!("no role {}: {error}", self.name));
        let mut url = self.url();
        let _ = url.set_username(&self.name);
        let _ = url.set_password(Some(password));
        url
    }

    /// Opens a connection as the superuser.
    pub async fn connect(&self) -> PgConnection {
        PgConnection::connect(self.url().as_str())
            .await
            .unwrap_or_else(|error| panic!("no connection to {}: {error}", self.name))
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let drop_database = format!("drop database if exists {} with (force)", self.name);
        let drop_role = format!("drop role if exists {}", self.name);
        let server = self.server.clone();
        // On a separate thread, because a test's own runtime cannot be blocked on from within.
        let dropped = thread::spawn(move || {
            let runtime = runtime::Builder::new_current_thread().enable_all().build();
            runtime?.block_on(async {
                execute(&server, drop_database).await?;
                execute(&server, drop_role).await
            })
        });
        match dropped.join() {
            Ok(Ok(())) => {}
            failed => eprintln!("the database {} stays behind: {failed:?}", self.name),
        }
    }
}

// Written by hand, because the URL contains a password.
impl fmt::Debug for TestDatabase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestDatabase")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

async fn execute(server: &Url, sql: String) -> sqlx::Result<()> {
    let mut connection = PgConnection::connect(server.as_str()).await?;
    sqlx::raw_sql(AssertSqlSafe(sql))
        .execute(&mut connection)
        .await?;
    connection.close().await
}

async fn server() -> Url {
    static INSTALLED: OnceCell<Result<Installed, String>> = OnceCell::const_new();

    if let Ok(given) = env::var("DATABASE_URL") {
        return Url::parse(&given)
            .unwrap_or_else(|error| panic!("DATABASE_URL is not a URL: {error}"));
    }
    match INSTALLED.get_or_init(Installed::start).await {
        Ok(installed) => installed.url().clone(),
        Err(reason) => panic!("{reason}"),
    }
}
