//! What postrust answers one request with.

use std::sync::Arc;

use postrust_auth::{JwtCache, JwtConfig};
use postrust_core::{AppConfig, SchemaCache};
use tokio::sync::RwLockReadGuard;

use super::api::Api;
use super::database::Database;

/// The API as one request sees it.
pub(super) struct State {
    pub(super) api: Arc<Api>,
    /// Whether the request writes rows, which has no limit of rows.
    pub(super) writes: bool,
}

impl postrust_engine::State for State {
    type Db = Database;
    type SchemaCache<'a> = RwLockReadGuard<'a, SchemaCache>;

    fn db(&self) -> &Database {
        self.api.database()
    }

    async fn schema_cache(&self) -> RwLockReadGuard<'_, SchemaCache> {
        self.api.schema().await
    }

    fn config(&self) -> &AppConfig {
        self.api.config(self.writes)
    }

    fn jwt_config(&self) -> &JwtConfig {
        self.api.jwt()
    }

    fn jwt_cache(&self) -> Option<&JwtCache> {
        None
    }
}
