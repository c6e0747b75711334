//! What the API knows of the database: its schema, and PostgREST's settings.

use std::ops::Deref;
use std::sync::Arc;

use postrust_core::db::{Db, DbError, SqlxTx, Tx};
use postrust_core::schema_cache::{Cardinality, Relationship};
use postrust_core::{AppConfig, QualifiedIdentifier, SchemaCache};
use sqlx::PgPool;

use super::database::Database;
use super::{LocalError, table_functions};

/// What the API knows of the database.
pub(super) struct Catalog {
    schema: SchemaCache,
    reading: Arc<AppConfig>,
    writing: Arc<AppConfig>,
}

impl Catalog {
    /// Reads the schema and the settings. `config` has those that the database does not set.
    pub(super) async fn load(database: &Database, config: &AppConfig) -> Result<Self, LocalError> {
        let mut config = config.clone();
        let settings = sqlx::query_as::<_, (String, String)>(SETTINGS)
            .fetch_all(database.pool())
            .await
            .map_err(|error| LocalError::Connection(error.into()))?;
        for (name, value) in settings {
            apply(&mut config, &name, value);
        }
        let (schemas, search_path) = (&config.db_schemas, &config.db_extra_search_path);
        let (pool, become_owner) = database.for_owner();
        let owner = AsOwner { pool, become_owner };
        let mut schema = SchemaCache::load_with_search_path_from(&owner, schemas, search_path)
            .await
            .map_err(|error| LocalError::SchemaCache(error.into()))?;
        hide_relations(&mut schema, schemas);
        read_domains(&mut schema, database, schemas).await?;
        table_functions::give_tables(&mut schema);
        let mut writing = config.clone();
        writing.db_max_rows = None;
        Ok(Self {
            schema,
            reading: Arc::new(config),
            writing: Arc::new(writing),
        })
    }

    /// A write has no limit of rows.
    pub(super) fn config(&self, writes: bool) -> &Arc<AppConfig> {
        match writes {
            true => &self.writing,
            false => &self.reading,
        }
    }
}

impl Deref for Catalog {
    type Target = SchemaCache;

    fn deref(&self) -> &SchemaCache {
        &self.schema
    }
}

/// PostgREST's settings in the database. Those of one database come last, as they count.
const SETTINGS: &str = "
    select split_part(setting, '=', 1), substr(setting, strpos(setting, '=') + 1)
    from pg_db_role_setting, unnest(setconfig) as setting
    where setrole = to_regrole('authenticator') and setting like 'pgrst.%'
      and setdatabase in (0, (select oid from pg_database where datname = current_database()))
    order by setdatabase";

/// Takes over a setting, such as `pgrst.db_pre_request`. The others are the stack's, or have no meaning here.
fn apply(config: &mut AppConfig, name: &str, value: String) {
    match name {
        "pgrst.db_pre_request" => config.db_pre_request = Some(value).filter(|it| !it.is_empty()),
        "pgrst.db_aggregates_enabled" => {
            config.db_aggregates_enabled = matches!(value.as_str(), "true" | "t" | "on" | "1");
        }
        "pgrst.db_max_rows" => {
            config.db_max_rows = value
                .parse()
                .ok()
                .filter(|rows| *rows >= 0)
                .or(config.db_max_rows);
        }
        _ => {}
    }
}

/// PostgREST hides what no request can reach: junctions in schemas that are not exposed, and partitions.
fn hide_relations(schema: &mut SchemaCache, exposed: &[String]) {
    let SchemaCache {
        tables,
        relationships,
        ..
    } = schema;
    for relations in relationships.values_mut() {
        relations.retain(|relation| {
            let through = match relation {
                Relationship::ForeignKey {
                    cardinality: Cardinality::M2M(junction),
                    ..
                } => exposed.contains(&junction.table.schema),
                _ => true,
            };
            through && tables.contains_key(relation.foreign_table())
        });
        // postrust puts a view in place of a hidden junction, and finds the view by itself as well.
        let mut seen: Vec<(QualifiedIdentifier, Cardinality)> = Vec::new();
        relations.retain(|relation| {
            let Relationship::ForeignKey { cardinality, .. } = relation else {
                return true;
            };
            let own = (relation.foreign_table().clone(), cardinality.clone());
            let is_new = !seen.contains(&own);
            seen.push(own);
            is_new
        });
    }
}

/// Adds what the columns have of their domains: that they are a `tsvector`, which no text search must convert,
/// and the default.
async fn read_domains(
    schema: &mut SchemaCache,
    database: &Database,
    exposed: &[String],
) -> Result<(), LocalError> {
    let columns = sqlx::query_as::<_, (String, String, String, bool, Option<String>)>(DOMAINS)
        .bind(exposed)
        .fetch_all(database.pool())
        .await
        .map_err(|error| LocalError::Connection(error.into()))?;
    for (schema_name, table, column, is_vector, default) in columns {
        let table = schema
            .tables
            .get_mut(&QualifiedIdentifier::new(schema_name, table));
        let Some(column) = table.and_then(|table| table.columns.get_mut(&column)) else {
            continue;
        };
        if is_vector {
            "tsvector".clone_into(&mut column.data_type);
        }
        column.default = column.default.take().or(default);
    }
    Ok(())
}

const DOMAINS: &str = "
    with recursive domains as (
      select oid as domain, typbasetype as base, pg_get_expr(typdefaultbin, 0) as own_default
      from pg_type where typtype = 'd'
      union all
      select domain, typbasetype, coalesce(own_default, pg_get_expr(typdefaultbin, 0))
      from domains join pg_type on pg_type.oid = base and typtype = 'd'
    )
    select nspname::text, relname::text, attname::text, base = 'tsvector'::regtype, own_default
    from domains join pg_type on pg_type.oid = base and typtype <> 'd'
    join pg_attribute on atttypid = domain and attnum > 0 and not attisdropped
    join pg_class on pg_class.oid = attrelid
    join pg_namespace on pg_namespace.oid = relnamespace
    where nspname = any($1)";

/// The database as its owner sees it. A table that no role of the API may use is in PostgREST's schema too:
/// a request for it is refused, and not answered as if there were none.
struct AsOwner {
    pool: PgPool,
    become_owner: String,
}

impl Db for AsOwner {
    type Tx<'a> = SqlxTx;

    async fn begin(&self) -> Result<SqlxTx, DbError> {
        let mut transaction = Db::begin(&self.pool).await?;
        transaction.execute(&self.become_owner, &[]).await?;
        Ok(transaction)
    }
}
