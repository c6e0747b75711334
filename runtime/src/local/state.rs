//! What postrust answers one request with.

use std::sync::Arc;

use postrust_auth::{JwtCache, JwtConfig};
use postrust_core::{AppConfig, SchemaCache};
use tokio::sync::RwLockReadGuard;

use super::api::Api;
use super::returned::Returned;
use super::transaction::{How, Transactions};

/// The API as one request sees it.
pub(super) struct State {
    api: Arc<Api>,
    transactions: Transactions,
    config: Arc<AppConfig>,
}

impl State {
    pub(super) fn new(api: &Arc<Api>, config: &Arc<AppConfig>, how: How) -> Self {
        let transactions = Transactions {
            api: Arc::clone(api),
            returned: Arc::default(),
            how: Arc::new(how),
        };
        Self {
            api: Arc::clone(api),
            transactions,
            config: Arc::clone(config),
        }
    }

    pub(super) fn returned(&self) -> &Returned {
        &self.transactions.returned
    }
}

impl postrust_engine::State for State {
    type Db = Transactions;
    type SchemaCache<'a> = RwLockReadGuard<'a, SchemaCache>;

    fn db(&self) -> &Transactions {
        &self.transactions
    }

    async fn schema_cache(&self) -> RwLockReadGuard<'_, SchemaCache> {
        RwLockReadGuard::map(self.api.catalog().await, |catalog| &**catalog)
    }

    fn config(&self) -> &AppConfig {
        &self.config
    }

    fn jwt_config(&self) -> &JwtConfig {
        self.api.jwt()
    }

    fn jwt_cache(&self) -> Option<&JwtCache> {
        None
    }
}
