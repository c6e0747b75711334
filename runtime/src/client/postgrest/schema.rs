//! [`Schema`] and [`Table`]: where a query starts.

use serde::Serialize;
use std::borrow::Cow;

use super::body;
use super::parts::{Parts, Verb};
use super::query::{Delete, Insert, Query, Rpc, Select, Update, Upsert};
use crate::client::to_json::to_json;
use crate::client::transport::Transport;
use crate::debug::debug_fields;

/// One schema of the database, as one identity sees it, returned by
/// [`Client::schema`](crate::client::Client::schema).
#[derive(Clone)]
#[must_use = "a schema does nothing by itself; call `from` or `rpc`"]
pub struct Schema {
    transport: Transport,
    name: Cow<'static, str>,
}

impl Schema {
    pub(crate) fn new(transport: Transport, name: impl Into<Cow<'static, str>>) -> Self {
        Self {
            transport,
            name: name.into(),
        }
    }

    #[cfg(test)]
    pub(super) fn named(mut self, name: &'static str) -> Self {
        self.name = name.into();
        self
    }

    #[cfg(test)]
    pub(in crate::client) fn map_transport(
        mut self,
        change: impl FnOnce(Transport) -> Transport,
    ) -> Self {
        self.transport = change(self.transport);
        self
    }

    /// Returns a table or view of this schema. See [`Client::from`](crate::client::Client::from).
    pub fn from(&self, table: &str) -> Table {
        Table {
            schema: self.clone(),
            name: table.to_owned(),
        }
    }

    /// Calls a function of this schema. See [`Client::rpc`](crate::client::Client::rpc).
    pub fn rpc<A: Serialize>(&self, function: &str, arguments: A) -> Query<Rpc> {
        let mut parts = self.parts(Verb::Call, function.to_owned());
        parts.set_body(body::arguments(&arguments));
        Query::new(parts)
    }

    fn parts(&self, verb: Verb, name: String) -> Parts {
        Parts::new(self.transport.clone(), self.name.clone(), verb, name)
    }
}

debug_fields!(Schema: |this| {
    name: this.name,
    identity: this.transport.identity(),
});

/// A table or view to read from or write to, returned by [`Client::from`](crate::client::Client::from).
#[derive(Clone, Debug)]
#[must_use = "a table does nothing by itself; call `select`, `insert`, `upsert`, `update` or `delete`"]
pub struct Table {
    schema: Schema,
    name: String,
}

impl Table {
    /// Reads rows. `columns` is a PostgREST select list; `*` stands for all columns.
    ///
    /// Renames (`name:column`), casts (`amount::text`), JSON paths (`meta->>city`) and embedded
    /// tables (`items(sku,amount)`) are written as in supabase-js. White space outside of double
    /// quotes is ignored.
    ///
    /// ```
    /// # use supabase_task::client::{ClientError, Order, UserClient};
    /// # #[derive(serde::Deserialize)]
    /// # struct Todo { id: i64, title: String }
    /// # async fn example(supabase: UserClient) -> Result<(), ClientError> {
    /// let todos = supabase
    ///     .from("todos")
    ///     .select("id, title")
    ///     .eq("done", false)
    ///     .order("id", Order::desc())
    ///     .limit(10)
    ///     .rows::<Todo>()
    ///     .await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn select(self, columns: &str) -> Query<Select> {
        let mut parts = self.parts(Verb::Select);
        parts.set_select(columns);
        Query::new(parts)
    }

    /// Inserts `rows`: one value that serializes to a JSON object, or an array or slice of such values, by
    /// reference or by value.
    ///
    /// Every row of an array gets the columns that any of the rows has, with `null` for a column that it
    /// lacks, as in supabase-js.
    ///
    /// ```
    /// # use serde_json::json;
    /// # use supabase_task::client::{ClientError, UserClient};
    /// # async fn example(supabase: UserClient) -> Result<(), ClientError> {
    /// supabase.from("todos").insert(json!({ "title": "water the plants" })).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn insert<B: Serialize>(self, rows: B) -> Query<Insert> {
        let mut parts = self.parts(Verb::Insert);
        parts.set_rows(to_json("the value", &rows));
        Query::new(parts)
    }

    /// Inserts `rows` as [`insert`](Self::insert) does, and replaces rows that already exist. Rows are
    /// matched by primary key, or by the columns of [`on_conflict`](Query::on_conflict).
    pub fn upsert<B: Serialize>(self, rows: B) -> Query<Upsert> {
        let mut parts = self.parts(Verb::Upsert);
        parts.prefer("resolution=", "resolution=merge-duplicates");
        parts.set_rows(to_json("the value", &rows));
        Query::new(parts)
    }

    /// Sets the columns of `values`, an object, in every row that matches the filters.
    ///
    /// Needs at least one filter, or [`all_rows`](Query::<Update>::all_rows).
    ///
    /// ```
    /// # use serde_json::json;
    /// # use supabase_task::client::{ClientError, UserClient};
    /// # async fn example(supabase: UserClient) -> Result<(), ClientError> {
    /// supabase.from("todos").update(json!({ "done": true })).eq("id", 7).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn update<B: Serialize>(self, values: B) -> Query<Update> {
        let mut parts = self.parts(Verb::Update);
        parts.set_body(to_json("the value", &values));
        Query::new(parts)
    }

    /// Deletes every row that matches the filters.
    ///
    /// Needs at least one filter, or [`all_rows`](Query::<Delete>::all_rows).
    ///
    /// ```
    /// # use supabase_task::client::{ClientError, ServiceClient};
    /// # async fn example(supabase: ServiceClient) -> Result<u64, ClientError> {
    /// let deleted = supabase.from("todos").delete().eq("done", true).affected_rows().await?;
    /// # Ok(deleted)
    /// # }
    /// ```
    pub fn delete(self) -> Query<Delete> {
        Query::new(self.parts(Verb::Delete))
    }

    fn parts(self, verb: Verb) -> Parts {
        self.schema.parts(verb, self.name)
    }
}
