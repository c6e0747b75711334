//! [`Connections`]: the connections that all identities share.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use sqlx::AssertSqlSafe;
use sqlx::postgres::{PgConnectOptions, PgPool};
use tokio::sync::OnceCell;
use tokio::time::{Instant, timeout};

use super::acting::Acting;
use super::begin::{Access, begin};
use super::error::DatabaseError;
use super::pool;
use super::role_settings::RoleSettings;
use super::transaction::Transaction;
use crate::debug::debug_fields;
use crate::lock::lock;
use crate::reach;

/// How long beginning a transaction may take, with the wait for a connection.
const LONGEST: Duration = Duration::from_secs(20);

/// How long the settings of a role are used before they are read again.
const SETTINGS: Duration = Duration::from_secs(60);

/// The connections of one project, shared by all identities. Opens nothing before the first transaction.
pub(crate) struct Connections {
    source: Source,
    opened: OnceCell<Opened>,
    settings: Mutex<HashMap<String, (Instant, RoleSettings)>>,
}

/// Where connections come from.
enum Source {
    Server {
        options: PgConnectOptions,
        most: u32,
        /// The URL says that there is a transaction pooler.
        says_pooled: bool,
    },
    /// A pool that is the API's, too.
    #[cfg(feature = "local")]
    Shared(PgPool),
}

struct Opened {
    pool: PgPool,
    is_pooled: bool,
}

impl Connections {
    pub(crate) fn new(options: PgConnectOptions, most: u32, says_pooled: bool) -> Self {
        Self::of(Source::Server {
            options,
            most,
            says_pooled,
        })
    }

    #[cfg(feature = "local")]
    pub(crate) fn shared(pool: PgPool) -> Self {
        Self::of(Source::Shared(pool))
    }

    fn of(source: Source) -> Self {
        Self {
            source,
            opened: OnceCell::new(),
            settings: Mutex::default(),
        }
    }

    /// Begins a transaction that acts as `acting`.
    pub(super) async fn begin(
        &self,
        acting: &Acting,
        access: Access,
    ) -> Result<Transaction, DatabaseError> {
        let opened = self.opened.get_or_try_init(|| self.open()).await?;
        let begun = async {
            let settings = self.settings(&opened.pool, &acting.role).await?;
            let sql = begin(acting, &settings, access, opened.is_pooled);
            opened.pool.begin_with(AssertSqlSafe(sql)).await
        };
        match timeout(LONGEST, begun).await {
            Ok(Ok(inner)) => Ok(Transaction::new(inner, opened.is_pooled)),
            Ok(Err(error)) => Err(self.not_begun(error, &acting.role)),
            Err(_) => Err(self.silence()),
        }
    }

    async fn open(&self) -> Result<Opened, DatabaseError> {
        match &self.source {
            Source::Server {
                options,
                most,
                says_pooled,
            } => {
                let is_pooled = *says_pooled || pool::is_pooled(options).await?;
                Ok(Opened {
                    pool: pool::open(options.clone(), *most, is_pooled),
                    is_pooled,
                })
            }
            #[cfg(feature = "local")]
            Source::Shared(pool) => Ok(Opened {
                pool: pool.clone(),
                is_pooled: false,
            }),
        }
    }

    /// Returns the settings of a role, which are rarely read from the server.
    async fn settings(&self, pool: &PgPool, role: &str) -> sqlx::Result<RoleSettings> {
        let known = lock(&self.settings).get(role).cloned();
        if let Some((read, settings)) = known
            && read.elapsed() < SETTINGS
        {
            return Ok(settings);
        }
        let settings = RoleSettings::read(&mut *pool.acquire().await?, role).await?;
        let read = (Instant::now(), settings.clone());
        lock(&self.settings).insert(role.to_owned(), read);
        Ok(settings)
    }

    fn not_begun(&self, error: sqlx::Error, role: &str) -> DatabaseError {
        match (&self.source, &error) {
            (_, sqlx::Error::Database(refused)) if !is_of_login(refused.code().as_deref()) => {
                DatabaseError::not_begun(error, role)
            }
            (Source::Server { options, .. }, _) => DatabaseError::no_connection(error, options),
            #[cfg(feature = "local")]
            (Source::Shared(_), _) => error.into(),
        }
    }

    fn silence(&self) -> DatabaseError {
        match &self.source {
            Source::Server { options, .. } => DatabaseError::silence(options, LONGEST),
            #[cfg(feature = "local")]
            Source::Shared(_) => sqlx::Error::PoolTimedOut.into(),
        }
    }
}

/// Returns whether the server refused the connection, and not the transaction.
fn is_of_login(code: Option<&str>) -> bool {
    code.is_some_and(|code| {
        ["28", "3D", "53", "57"]
            .iter()
            .any(|class| code.starts_with(class))
    })
}

debug_fields!(Connections: |this| {
    server: match &this.source {
        Source::Server { options, .. } => reach::place(options),
        #[cfg(feature = "local")]
        Source::Shared(_) => "the local stack's".to_owned(),
    },
});
