//! [`Connections`]: the connections that all identities share.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use tokio::sync::OnceCell;
use tokio::time::{Instant, timeout};

use super::acting::Acting;
use super::begin::{Access, begin};
use super::error::DatabaseError;
use super::role_settings::RoleSettings;
#[cfg(feature = "local")]
use super::source::StackConnections;
use super::source::{Opened, Server, Source};
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
    settings: Mutex<HashMap<String, (Instant, RoleSettings)>>,
}

impl Connections {
    pub(crate) fn new(options: PgConnectOptions, most: u32, says_pooled: bool) -> Self {
        Self::of(Source::Server(Box::new(Server {
            options,
            most,
            says_pooled,
            opened: OnceCell::new(),
        })))
    }

    /// The connections of a local stack, which `find` returns as long as it runs.
    #[cfg(feature = "local")]
    pub(crate) fn of_stack(
        find: impl Fn() -> Option<StackConnections> + Send + Sync + 'static,
    ) -> Self {
        Self::of(Source::Stack(Box::new(find)))
    }

    fn of(source: Source) -> Self {
        Self {
            source,
            settings: Mutex::default(),
        }
    }

    /// Begins a transaction that acts as `acting`.
    pub(super) async fn begin(
        &self,
        acting: &Acting,
        access: Access,
    ) -> Result<Transaction, DatabaseError> {
        let begun = async {
            let opened = self.source.open().await?;
            let settings = self.settings(&opened, &acting.role).await;
            let settings = settings.map_err(|error| self.not_begun(error, &acting.role))?;
            let sql = begin(acting, &settings, access, opened.is_pooled);
            let inner = opened.begin(sql).await;
            let inner = inner.map_err(|error| self.not_begun(error, &acting.role))?;
            Ok(Transaction::new(inner, opened.is_pooled))
        };
        let silence = || DatabaseError::silence(self.source.options(), LONGEST);
        timeout(LONGEST, begun)
            .await
            .unwrap_or_else(|_| Err(silence()))
    }

    /// Returns the settings of a role, which are rarely read from the server.
    async fn settings(&self, opened: &Opened, role: &str) -> sqlx::Result<RoleSettings> {
        let known = lock(&self.settings).get(role).cloned();
        if let Some((read, settings)) = known
            && read.elapsed() < SETTINGS
        {
            return Ok(settings);
        }
        let settings = opened.settings(role.to_owned()).await?;
        let read = (Instant::now(), settings.clone());
        lock(&self.settings).insert(role.to_owned(), read);
        Ok(settings)
    }

    fn not_begun(&self, error: sqlx::Error, role: &str) -> DatabaseError {
        let is_of_transaction = match &error {
            sqlx::Error::Database(refused) => !is_of_login(refused.code().as_deref()),
            _ => false,
        };
        match self.source.options() {
            Some(options) if !is_of_transaction => DatabaseError::no_connection(error, options),
            _ => DatabaseError::not_begun(error, role),
        }
    }
}

/// Returns whether the server refused the connection, and not the transaction.
fn is_of_login(code: Option<&str>) -> bool {
    let classes = ["28", "3D", "53", "57P"];
    code.is_some_and(|code| classes.iter().any(|class| code.starts_with(class)))
}

debug_fields!(Connections: |this| {
    server: this.source.options().map_or("the local stack's".to_owned(), reach::place),
});
