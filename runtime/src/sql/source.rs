//! [`Source`]: where connections come from.

#[cfg(feature = "local")]
use std::sync::Arc;
#[cfg(feature = "local")]
use std::sync::atomic::{AtomicBool, Ordering};

use sqlx::AssertSqlSafe;
use sqlx::Postgres;
use sqlx::postgres::{PgConnectOptions, PgPool};
use tokio::sync::OnceCell;

use super::error::DatabaseError;
use super::pool;
use super::role_settings::RoleSettings;

/// Where connections come from.
pub(super) enum Source {
    Server(Box<Server>),
    /// The local stack's own connections, if it runs still.
    #[cfg(feature = "local")]
    Stack(FindStack),
}

/// Returns the connections of a local stack, or `None` after its end.
#[cfg(feature = "local")]
pub(super) type FindStack = Box<dyn Fn() -> Option<StackConnections> + Send + Sync>;

/// The connections of a local stack. Each is closed after its transaction.
#[cfg(feature = "local")]
#[derive(Clone)]
pub(crate) struct StackConnections {
    pub(crate) pool: PgPool,
    /// Connections live on the stack's runtime, which outlives that of a test.
    pub(crate) runtime: tokio::runtime::Handle,
    /// Set when a transaction has begun: the only connection is the API's, too, and must be closed after it.
    pub(crate) lent: Arc<AtomicBool>,
}

/// A server that a URL names.
pub(super) struct Server {
    pub(super) options: PgConnectOptions,
    pub(super) most: u32,
    /// The URL says that there is a transaction pooler.
    pub(super) says_pooled: bool,
    pub(super) opened: OnceCell<Opened>,
}

/// What transactions begin on.
#[derive(Clone)]
pub(super) struct Opened {
    pool: PgPool,
    pub(super) is_pooled: bool,
    #[cfg(feature = "local")]
    stack: Option<StackConnections>,
}

impl Source {
    /// Opens the connections, or returns the open ones.
    pub(super) async fn open(&self) -> Result<Opened, DatabaseError> {
        match self {
            Self::Server(server) => {
                let opened = server.opened.get_or_try_init(|| server.open()).await?;
                Ok(opened.clone())
            }
            #[cfg(feature = "local")]
            Self::Stack(find) => {
                let stack = find().ok_or_else(DatabaseError::no_stack)?;
                Ok(Opened {
                    pool: stack.pool.clone(),
                    is_pooled: false,
                    stack: Some(stack),
                })
            }
        }
    }

    /// Returns the server's options, for errors.
    pub(super) fn options(&self) -> Option<&PgConnectOptions> {
        match self {
            Self::Server(server) => Some(&server.options),
            #[cfg(feature = "local")]
            Self::Stack(_) => None,
        }
    }
}

impl Server {
    async fn open(&self) -> Result<Opened, DatabaseError> {
        let is_pooled = self.says_pooled || pool::is_pooled(&self.options).await?;
        Ok(Opened {
            pool: pool::open(self.options.clone(), self.most, is_pooled),
            is_pooled,
            #[cfg(feature = "local")]
            stack: None,
        })
    }
}

impl Opened {
    pub(super) async fn settings(&self, role: String) -> sqlx::Result<RoleSettings> {
        let pool = self.pool.clone();
        self.run(async move { RoleSettings::read(&mut *pool.acquire().await?, &role).await })
            .await
    }

    pub(super) async fn begin(
        &self,
        sql: String,
    ) -> sqlx::Result<sqlx::Transaction<'static, Postgres>> {
        let pool = self.pool.clone();
        #[cfg(feature = "local")]
        let lent = self.stack.as_ref().map(|stack| Arc::clone(&stack.lent));
        self.run(async move {
            let begun = pool.begin_with(AssertSqlSafe(sql)).await?;
            #[cfg(feature = "local")]
            if let Some(lent) = lent {
                lent.store(true, Ordering::Relaxed);
            }
            Ok(begun)
        })
        .await
    }

    /// Runs what may open a connection on the runtime where connections live.
    async fn run<T: Send + 'static>(
        &self,
        work: impl Future<Output = sqlx::Result<T>> + Send + 'static,
    ) -> sqlx::Result<T> {
        #[cfg(feature = "local")]
        if let Some(stack) = &self.stack {
            // Not cancelled with its caller: a connection that began would not be known as lent.
            let done = stack.runtime.spawn(work).await;
            return done.unwrap_or(Err(sqlx::Error::WorkerCrashed));
        }
        work.await
    }
}
