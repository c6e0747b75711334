//! A table or view of a matrix.

use sqlx::postgres::types::Oid;
use sqlx::{AssertSqlSafe, Row};

use super::ORIGIN;
use crate::local::LocalError;
use crate::local::database::OwnerSession;

/// The rows of the table that is tried, one at a time: a cursor, so that a statement reaches a row with
/// `where current of` and needs no right to read it.
const ROWS: &str = "supabase_task_rows";
pub(super) const CURRENT: &str = "where current of supabase_task_rows";
pub(super) const CLOSE_ROWS: &str = "close supabase_task_rows";

const ALL: &str = "select oid, relname::text from pg_class \
    where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm', 'f') order by relname";

const IN_PUBLIC: &str =
    "select oid from pg_class where relnamespace = 'public'::regnamespace and relname = $1";

const AS_IN_SQL: &str = "select $1::regclass::oid";

const DESCRIBE: &str = "select format('%I.%I', nspname, relname), relkind::text, relrowsecurity, \
      coalesce((select option_value::boolean from pg_options_to_table(reloptions) \
        where option_name = 'security_invoker'), false), \
      pg_relation_is_updatable(c.oid, true) \
    from pg_class c join pg_namespace n on n.oid = relnamespace where c.oid = $1";

/// The columns with a value of their own. Those of the primary key are the last choice of an update.
const COLUMNS: &str = "select quote_ident(attname), attnum, \
      attidentity <> 'a' and pg_column_is_updatable(attrelid, attnum, true), \
      exists (select from pg_index where indrelid = attrelid and indisprimary and attnum = any (indkey)) \
    from pg_attribute where attrelid = $1 and attnum > 0 and not attisdropped and attgenerated = '' \
    order by 4, 2";

/// What the role `$2` may do with the table `$1`, and with its columns `$3`.
const GRANTS: &str = "select has_schema_privilege($2, relnamespace, 'usage'), \
      has_any_column_privilege($2, oid, 'select'), has_table_privilege($2, oid, 'delete'), \
      has_any_column_privilege($2, oid, 'insert'), has_any_column_privilege($2, oid, 'update'), \
      array(select has_column_privilege($2, oid, number, 'insert') \
        from unnest($3::int2[]) with ordinality as c (number, place) order by place), \
      array(select has_column_privilege($2, oid, number, 'update') \
        from unnest($3::int2[]) with ordinality as c (number, place) order by place) \
    from pg_class where oid = $1";

/// A table or view.
pub(super) struct Relation {
    oid: Oid,
    /// Its schema and name, quoted.
    pub(super) name: String,
    /// As the matrix shows it.
    pub(super) label: String,
    /// Whether rows can be tried one by one.
    pub(super) is_table: bool,
    /// Whether any statement updates or deletes its rows.
    can_update: bool,
    can_delete: bool,
    columns: Vec<Column>,
}

struct Column {
    /// Quoted.
    name: String,
    number: i16,
    can_update: bool,
}

/// What a role may do with a table.
pub(super) struct Grants {
    pub(super) select: bool,
    /// The columns to insert.
    pub(super) insert: Grant<Vec<usize>>,
    /// The columns that can be updated, the best first.
    pub(super) update: Grant<Vec<usize>>,
    pub(super) delete: Grant<()>,
}

pub(super) enum Grant<T> {
    Denied,
    NothingToTry,
    Try(T),
}

impl<T> Grant<T> {
    fn new(is_granted: bool, what: Option<T>) -> Self {
        match (is_granted, what) {
            (false, _) => Self::Denied,
            (true, None) => Self::NothingToTry,
            (true, Some(what)) => Self::Try(what),
        }
    }
}

impl Relation {
    /// All tables and views in `public`, by name.
    pub(super) async fn all(owner: &mut OwnerSession) -> Result<Vec<Self>, LocalError> {
        let found: Vec<(Oid, String)> = sqlx::query_as(ALL)
            .fetch_all(owner.connection())
            .await
            .map_err(|error| LocalError::from_sql(error, ORIGIN, ALL))?;
        let mut relations = Vec::new();
        for (oid, name) in found {
            relations.push(Self::describe(owner, oid, &name).await?);
        }
        Ok(relations)
    }

    /// Those that a test names.
    pub(super) async fn named(
        owner: &mut OwnerSession,
        names: Vec<String>,
    ) -> Result<Vec<Self>, LocalError> {
        let mut relations = Vec::new();
        for name in names {
            let found: Option<Oid> = sqlx::query_scalar(IN_PUBLIC)
                .bind(&name)
                .fetch_optional(owner.connection())
                .await
                .map_err(|error| LocalError::from_sql(error, ORIGIN, IN_PUBLIC))?;
            let oid = match found {
                Some(oid) => oid,
                None => sqlx::query_scalar(AS_IN_SQL)
                    .bind(&name)
                    .fetch_one(owner.connection())
                    .await
                    .map_err(|error| LocalError::from_sql(error, ORIGIN, AS_IN_SQL))?,
            };
            relations.push(Self::describe(owner, oid, &name).await?);
        }
        Ok(relations)
    }

    async fn describe(owner: &mut OwnerSession, oid: Oid, given: &str) -> Result<Self, LocalError> {
        let (name, kind, has_rls, is_invoker, updatable): (String, String, bool, bool, i32) =
            sqlx::query_as(DESCRIBE)
                .bind(oid)
                .fetch_one(owner.connection())
                .await
                .map_err(|error| LocalError::from_sql(error, ORIGIN, DESCRIBE))?;
        let columns: Vec<(String, i16, bool, bool)> = sqlx::query_as(COLUMNS)
            .bind(oid)
            .fetch_all(owner.connection())
            .await
            .map_err(|error| LocalError::from_sql(error, ORIGIN, COLUMNS))?;
        let columns = columns.into_iter();
        let columns = columns.map(|(name, number, can_update, _)| Column {
            name,
            number,
            can_update,
        });
        let remark = match (kind.as_str(), has_rls, is_invoker) {
            ("r" | "p", true, _) => "",
            ("v", _, true) => " (view)",
            ("v", _, false) => " (view, no RLS)",
            ("m", ..) => " (materialized view, no RLS)",
            _ => " (no RLS)",
        };
        Ok(Self {
            oid,
            name,
            label: format!("{}{remark}", on_one_line(given)),
            is_table: matches!(kind.as_str(), "r" | "p"),
            // PostgreSQL numbers its commands: 2 is an update, 4 a delete.
            can_update: updatable & (1 << 2) != 0,
            can_delete: updatable & (1 << 4) != 0,
            columns: columns.collect(),
        })
    }

    /// How many rows a table has. Of a view, nobody knows: it may have other rows for each identity.
    pub(super) async fn total(&self, owner: &mut OwnerSession) -> Result<Option<u64>, LocalError> {
        if !self.is_table {
            return Ok(None);
        }
        let count = format!("select count(*) from {}", self.name);
        let total: i64 = sqlx::query_scalar(AssertSqlSafe(count.as_str()))
            .fetch_one(owner.connection())
            .await
            .map_err(|error| LocalError::from_sql(error, ORIGIN, &count))?;
        Ok(Some(total.unsigned_abs()))
    }

    /// What the role may do. No statement tells: it may fail for lack of a privilege on another table.
    pub(super) async fn grants(
        &self,
        role: &str,
        owner: &mut OwnerSession,
    ) -> Result<Grants, LocalError> {
        type Granted = (bool, bool, bool, bool, bool, Vec<bool>, Vec<bool>);
        let numbers: Vec<i16> = self.columns.iter().map(|column| column.number).collect();
        let (usage, select, delete, insert, update, inserts, updates): Granted =
            sqlx::query_as(GRANTS)
                .bind(self.oid)
                .bind(role)
                .bind(numbers)
                .fetch_one(owner.connection())
                .await
                .map_err(|error| LocalError::from_sql(error, ORIGIN, GRANTS))?;
        let granted = |(place, is_granted): (usize, bool)| is_granted.then_some(place);
        let columns = inserts
            .into_iter()
            .enumerate()
            .filter_map(granted)
            .collect();
        let can_update = |place: &usize| {
            let column = self.columns.get(*place);
            self.can_update && column.is_some_and(|column| column.can_update)
        };
        let updates = updates.into_iter().enumerate().filter_map(granted);
        let updates: Vec<_> = updates.filter(can_update).collect();
        Ok(Grants {
            select: usage && select,
            insert: Grant::new(usage && insert, self.is_table.then_some(columns)),
            update: Grant::new(usage && update, (!updates.is_empty()).then_some(updates)),
            delete: Grant::new(usage && delete, self.can_delete.then_some(())),
        })
    }

    /// The name of a column, quoted.
    pub(super) fn column(&self, place: usize) -> &str {
        let column = self.columns.get(place);
        column
            .map(|column| column.name.as_str())
            .unwrap_or_default()
    }

    /// The statement that opens the rows.
    pub(super) fn declare_rows(&self) -> String {
        let columns = self.columns.iter();
        let values = columns.map(|column| format!(", quote_nullable({}::text)", column.name));
        let values: String = values.collect();
        let name = &self.name;
        format!("declare {ROWS} cursor for select ''{values} from {name} for update")
    }

    /// Goes to the next row, and returns the SQL of its values.
    pub(super) async fn next_row(
        &self,
        owner: &mut OwnerSession,
    ) -> Result<Option<Vec<String>>, LocalError> {
        let fetch = format!("fetch next from {ROWS}");
        let failed = |error| LocalError::from_sql(error, ORIGIN, &fetch);
        let row = sqlx::raw_sql(AssertSqlSafe(fetch.as_str()))
            .fetch_optional(owner.connection())
            .await
            .map_err(failed)?;
        let values = row.map(|row| {
            let places = 1..=self.columns.len();
            places.map(|place| row.try_get(place)).collect()
        });
        values.transpose().map_err(failed)
    }
}

/// A name may contain anything; a line of the matrix must stay a line.
pub(super) fn on_one_line(text: &str) -> String {
    let mut line = String::new();
    for c in text.chars() {
        match c.is_control() {
            true => line.extend(c.escape_default()),
            false => line.push(c),
        }
    }
    line
}
