//! The PostgREST-compatible API under `/rest/v1`, by postrust.
//!
//! Differences between postrust and PostgREST are fixed here if the fix is cheap: a token may be
//! [`CLOCK_SKEW`] past its expiry, and a signed-in role that Row Level Security refuses gets 403, not
//! 401.
//!
//! Known differences that remain:
//!
//! - The embedded PostgreSQL has no timers, so it enforces no `statement_timeout`.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::HeaderValue;
use postrust_auth::{AuthResult, ClaimFault, JwtConfig, JwtError};
use postrust_core::AppConfig;
use postrust_core::config::RoleSettings;
use secrecy::ExposeSecret;
use serde_json::{Map, Value};
use tokio::sync::{RwLock, RwLockReadGuard};

use super::LocalError;
use super::catalog::Catalog;
use super::database::Database;
use super::keys::Keys;
use super::project::ApiSettings;
use super::script::Script;

/// How far a token may be past its `exp`, as in PostgREST.
const CLOCK_SKEW: Duration = Duration::from_secs(30);

/// The role of a request without a token, or whose token names no role.
pub(super) const ANON_ROLE: &str = "anon";

/// The statement timeouts of a Supabase project, in milliseconds.
const STATEMENT_TIMEOUTS: [(&str, u64); 2] = [(ANON_ROLE, 3_000), ("authenticated", 8_000)];

/// The API over one database.
pub(super) struct Api {
    database: Database,
    keys: Arc<Keys>,
    /// The settings, but for those that the database has.
    config: AppConfig,
    jwt: JwtConfig,
    catalog: RwLock<Catalog>,
}

impl Api {
    /// Exposes the schemas of `settings`, as far as they exist.
    pub(super) async fn new(
        database: Database,
        keys: Arc<Keys>,
        settings: &ApiSettings,
    ) -> Result<Self, LocalError> {
        let mut config = AppConfig::default();
        config.compat_mode = true;
        config.db_anon_role = Some(ANON_ROLE.to_owned());
        config.db_max_rows = Some(settings.max_rows);
        config.db_extra_search_path = settings.extra_search_path.clone();
        config.db_schemas = sqlx::query_scalar(
            "select schema from unnest($1::text[]) with ordinality as exposed (schema, position) \
             join pg_namespace on nspname = schema group by schema order by min(position)",
        )
        .bind(&settings.schemas)
        .fetch_all(database.pool())
        .await
        .map_err(|error| LocalError::Connection(error.into()))?;
        for (role, milliseconds) in STATEMENT_TIMEOUTS {
            let mut settings = RoleSettings::default();
            settings.statement_timeout = Some(milliseconds);
            config.role_settings.insert(role.to_owned(), settings);
        }
        let jwt = postrust_engine::jwt_config_with_keys(&config, keys.verifier()?);
        let catalog = Catalog::load(&database, &config).await?;
        Ok(Self {
            database,
            keys,
            config,
            jwt,
            catalog: RwLock::new(catalog),
        })
    }

    pub(super) fn database(&self) -> &Database {
        &self.database
    }

    pub(super) fn keys(&self) -> &Keys {
        &self.keys
    }

    pub(super) fn config(&self) -> &AppConfig {
        &self.config
    }

    pub(super) fn jwt(&self) -> &JwtConfig {
        &self.jwt
    }

    pub(super) async fn catalog(&self) -> RwLockReadGuard<'_, Catalog> {
        self.catalog.read().await
    }

    /// Runs `sql` as the database's owner, and reads the schema again if that changed it.
    pub(super) async fn execute(&self, sql: &str) -> Result<(), LocalError> {
        let mut owner = self.database.owner().await?;
        let script = Script {
            origin: "execute",
            sql,
        };
        let result = match script.execute(owner.connection()).await {
            Ok(()) => owner.schema_changed().await,
            Err(error) => Err(error),
        };
        owner.close().await;
        // Reading the schema takes a quarter of a second on the embedded PostgreSQL.
        let changed = result?;
        if changed {
            self.database.schema_has_changed();
        }
        // No event trigger fires for the settings of a role.
        let may_set = sql.to_ascii_lowercase();
        if changed || may_set.contains("pgrst.") || may_set.contains("authenticator") {
            *self.catalog.write().await = Catalog::load(&self.database, &self.config).await?;
        }
        Ok(())
    }

    /// Identifies the caller by the `Authorization` header.
    pub(super) fn authenticate(&self, header: &HeaderValue) -> Result<Caller, JwtError> {
        let header = header.to_str().map_err(|_| JwtError::InvalidHeaderFormat)?;
        match postrust_auth::authenticate(Some(header), &self.jwt) {
            Ok(AuthResult { role, claims }) => Ok(Caller {
                role,
                subject: subject(claims.get("sub")),
                renewed: None,
            }),
            // The signature was verified before the claims were looked at.
            Err(expired @ JwtError::Claim(ClaimFault::Expired)) => {
                self.within_clock_skew(header).ok_or(expired)
            }
            Err(error) => Err(error),
        }
    }

    /// postrust has no clock skew: a token just past its expiry is signed again with a later one.
    fn within_clock_skew(&self, header: &str) -> Option<Caller> {
        let payload = header.split('.').nth(1)?;
        let payload = URL_SAFE_NO_PAD.decode(payload).ok()?;
        let mut claims: Map<String, Value> = serde_json::from_slice(&payload).ok()?;
        let expiry = Duration::try_from_secs_f64(claims.get("exp")?.as_f64()?).ok()?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
        if now > expiry + CLOCK_SKEW {
            return None;
        }
        claims.insert("exp".to_owned(), (now + CLOCK_SKEW).as_secs().into());
        let token = self.keys.sign(&claims).ok()?;
        let renewed = bearer(token.expose_secret())?;
        let role = claims
            .get("role")
            .and_then(Value::as_str)
            .unwrap_or(ANON_ROLE)
            .to_owned();
        Some(Caller {
            role,
            subject: subject(claims.get("sub")),
            renewed: Some(renewed),
        })
    }
}

impl fmt::Debug for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Api").finish_non_exhaustive()
    }
}

/// The caller of a request.
pub(super) struct Caller {
    pub(super) role: String,
    /// The user's id, if it is a user's token.
    pub(super) subject: Option<String>,
    pub(super) renewed: Option<HeaderValue>,
}

fn subject(claim: Option<&Value>) -> Option<String> {
    claim?.as_str().map(str::to_owned)
}

/// Returns `Bearer TOKEN`, marked sensitive.
pub(super) fn bearer(token: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::try_from(format!("Bearer {token}")).ok()?;
    value.set_sensitive(true);
    Some(value)
}
