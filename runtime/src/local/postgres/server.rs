//! [`StackDatabase`]: a database of one stack, on a server that several stacks share.

use std::io;
use std::time::Duration;

use secrecy::SecretString;
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection};
use tokio::sync::OnceCell;
use tokio::time::timeout;
use url::Url;

use super::cluster::Cluster;
use super::programs::Programs;
use crate::debug::debug_fields;
use crate::local::database::give_password;
use crate::local::error::Source;
use crate::local::{LocalError, schemas};

/// A database with what a Supabase project has before its first migration. The others are copies of it.
const TEMPLATE: &str = "supabase_template";

/// How long creating or dropping a database may take.
const EXECUTE: Duration = Duration::from_secs(30);

/// The installed server of this process, or why there is none. It ends with the process.
static INSTALLED: OnceCell<Result<Cluster, String>> = OnceCell::const_new();

/// A database of one stack, on a server that others use too.
pub(super) struct StackDatabase {
    /// Connects to the server as a superuser, to another database.
    server: PgConnectOptions,
    name: String,
    pub(super) options: PgConnectOptions,
    pub(super) url: SecretString,
    pub(super) is_prepared: bool,
}

impl StackDatabase {
    /// Creates a database on the installed server, which is started for the first stack.
    pub(super) async fn on_installed(programs: &Programs) -> Result<Self, Source> {
        let cluster = INSTALLED
            .get_or_init(|| async {
                let cluster = Cluster::start(programs).await;
                let cluster = cluster.map_err(|error| error.to_string())?;
                let made = make_template(&cluster).await;
                made.map_err(|error| error.to_string())?;
                Ok(cluster)
            })
            .await;
        let cluster = cluster.as_ref().map_err(Clone::clone)?;
        let (server, name) = (cluster.options("postgres"), new_name());
        let create = format!("create database {name} template {TEMPLATE}");
        // Without it, all pages go through the log, which takes several times as long.
        match execute(&server, &format!("{create} strategy file_copy")).await {
            Err(error) if is_syntax_error(&error) => execute(&server, &create).await?,
            created => created?,
        }
        Ok(Self {
            options: cluster.options(&name),
            url: cluster.url(&name).into(),
            is_prepared: true,
            server,
            name,
        })
    }

    /// Creates a database on the server of this URL.
    pub(super) async fn on_server(server: PgConnectOptions, url: &str) -> Result<Self, LocalError> {
        let name = new_name();
        // `template0` is empty on every server, and no one can be connected to it.
        execute(
            &server,
            &format!("create database {name} template template0"),
        )
        .await
        .map_err(|error| LocalError::connect(error, &server))?;
        let mut url: Url = url
            .parse()
            .map_err(|error: url::ParseError| LocalError::DatabaseUrl(error.into()))?;
        url.set_path(&name);
        // It would take precedence over the path.
        let query: Vec<_> = url.query_pairs().into_owned().collect();
        url.set_query(None);
        for (key, value) in query.iter().filter(|(key, _)| key != "dbname") {
            url.query_pairs_mut().append_pair(key, value);
        }
        Ok(Self {
            options: server.clone().database(&name),
            url: String::from(url).into(),
            is_prepared: false,
            server,
            name,
        })
    }

    /// Drops the database, whoever is connected to it.
    pub(super) async fn remove(self) -> sqlx::Result<()> {
        let drop = format!("drop database if exists {} with (force)", self.name);
        execute(&self.server, &drop).await
    }
}

// Connections have passwords.
debug_fields!(StackDatabase: |this| { name: this.name });

fn new_name() -> String {
    format!("supabase_{}", uuid::Uuid::new_v4().simple())
}

/// PostgreSQL 14 has no strategies: it always copies files.
fn is_syntax_error(error: &sqlx::Error) -> bool {
    let error = error.as_database_error();
    error.is_some_and(|error| error.code().as_deref() == Some("42601"))
}

async fn make_template(cluster: &Cluster) -> sqlx::Result<()> {
    let server = cluster.options("postgres");
    let create = format!("create database {TEMPLATE} template template0");
    execute(&server, &create).await?;
    let made = async {
        let mut connection = cluster.options(TEMPLATE).connect().await?;
        schemas::create(&mut connection).await?;
        give_password(&mut connection, cluster.password()).await?;
        connection.close().await
    };
    in_time(made).await?;
    let close = format!("alter database {TEMPLATE} with allow_connections false");
    execute(&server, &close).await
}

async fn execute(options: &PgConnectOptions, sql: &str) -> sqlx::Result<()> {
    let executed = async {
        let mut connection = options.connect().await?;
        sqlx::raw_sql(AssertSqlSafe(sql))
            .execute(&mut connection)
            .await?;
        connection.close().await
    };
    in_time(executed).await
}

async fn in_time(work: impl Future<Output = sqlx::Result<()>>) -> sqlx::Result<()> {
    let timed_out = |_| Err(io::Error::from(io::ErrorKind::TimedOut).into());
    timeout(EXECUTE, work).await.unwrap_or_else(timed_out)
}
