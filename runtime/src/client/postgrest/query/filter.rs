//! Filters of a query: which rows it applies to.

use serde::Serialize;

use super::super::collection::CollectionValue;
use super::super::fields::{Field, fields_of};
use super::super::filter::{Filter, Join};
use super::super::is::Is;
use super::super::operators::operators;
use super::super::parts::Parts;
use super::super::referenced_table::ReferencedTable;
use super::super::text_search::TextSearch;
use super::super::value::FilterValue;
use super::{Delete, Filterable, Query, Returning, Update};
use crate::client::to_json::to_json;

macro_rules! operators_of_query {
    ($(
        $(#[$doc:meta])*
        $name:ident($($argument:ident: $type:ty),+) => $build:ident($($operator:literal)?);
    )+) => {
        /// A column is given by its name or by a path in PostgREST's notation: `meta->>city`, or
        /// `items.sku` for an embedded table. Put a name that contains `.`, `->` or double quotes in
        /// double quotes, with [`identifier`](crate::client::identifier). If there are several filters, all of
        /// them must hold.
        impl<K: Filterable> Query<K> {$(
            $(#[$doc])*
            pub fn $name(self, column: &str, $($argument: $type),+) -> Self {
                let filter = Filter::$build(column, $($operator,)? $($argument),+);
                self.with(|parts| filter.add_to(parts, ""))
            }
        )+}
    };
}

operators!(operators_of_query);

impl<K: Filterable> Query<K> {
    /// Limits the query to rows for which all of `filters` hold. Each is a [`Filter`] or converts into
    /// one.
    pub fn and<F: Into<Filter>>(self, filters: impl IntoIterator<Item = F>) -> Self {
        self.with(|parts| Filter::all(filters).add_to(parts, ""))
    }

    /// Limits the query to rows for which at least one of `filters` holds. Each is a [`Filter`] or
    /// converts into one.
    ///
    /// ```
    /// # use supabase_task::client::{UserClient, column};
    /// # fn example(supabase: UserClient) {
    /// let some = supabase
    ///     .from("todos")
    ///     .select("id")
    ///     .or([column("priority").gt(3), column("title").eq("a, b")]);
    /// # drop(some);
    /// # }
    /// ```
    pub fn or<F: Into<Filter>>(self, filters: impl IntoIterator<Item = F>) -> Self {
        self.with(|parts| Filter::any(filters).add_to(parts, ""))
    }

    /// Like [`and`](Self::and), with the filters in PostgREST's own syntax:
    /// `id.gt.2,not.and(a.eq.1,b.eq.2)`.
    ///
    /// The text is sent as it is. An untrusted value in it can add filters of its own, so quote such
    /// a value or, better, use [`and`](Self::and).
    pub fn and_raw(self, filters: &str) -> Self {
        self.with(|parts| parts.add_raw_filter("", Join::And.as_str(), filters))
    }

    /// Like [`or`](Self::or), with the filters in PostgREST's own syntax: `id.gt.2,title.eq."a,b"`.
    ///
    /// The text is sent as it is. An untrusted value in it can add filters of its own, so quote such
    /// a value or, better, use [`or`](Self::or).
    pub fn or_raw(self, filters: &str) -> Self {
        self.with(|parts| parts.add_raw_filter("", Join::Or.as_str(), filters))
    }

    /// Limits the query to rows whose columns equal the fields of `object` with the same name. `null`
    /// means [`Is::Null`](crate::client::Is::Null).
    ///
    /// A field that is a list or an object is an error when the query is sent, because how to compare
    /// it depends on the column's type. So is a number that JSON cannot hold (`NaN`, infinity): compare
    /// it with [`eq`](Self::eq).
    ///
    /// ```
    /// # use serde_json::json;
    /// # use supabase_task::client::UserClient;
    /// # fn example(supabase: UserClient) {
    /// let open = supabase
    ///     .from("todos")
    ///     .select("id")
    ///     .match_(&json!({ "done": false, "archived_at": null }));
    /// # drop(open);
    /// # }
    /// ```
    pub fn match_<T: Serialize + ?Sized>(self, object: &T) -> Self {
        self.with(|parts| match to_json("the value", object) {
            Ok(json) => match fields_of(&json) {
                Some(fields) => {
                    for (column, field) in fields {
                        matches_field(column, field).add_to(parts, "");
                    }
                }
                None => parts.fail("`match_` takes an object with one field for each column"),
            },
            Err(mistake) => parts.fail_with(mistake),
        })
    }

    /// Sets filters, order and limit of an embedded table, given by its name in the select list.
    ///
    /// They decide which of its rows are embedded, not which rows of this table are returned; for that,
    /// embed it with `!inner`. They do not count as a filter of an update or delete, which needs one of
    /// its own.
    ///
    /// ```
    /// # use supabase_task::client::{Order, UserClient, column};
    /// # fn example(supabase: UserClient) {
    /// let orders = supabase
    ///     .from("orders")
    ///     .select("id, items(sku, amount)")
    ///     .referenced_table("items", |items| {
    ///         items
    ///             .or([column("amount").gt(10), column("sku").eq("gift")])
    ///             .order("amount", Order::desc())
    ///             .limit(3)
    ///     });
    /// # drop(orders);
    /// # }
    /// ```
    pub fn referenced_table(
        self,
        table: &str,
        change: impl FnOnce(ReferencedTable<K>) -> ReferencedTable<K>,
    ) -> Self {
        self.with(|parts| change(ReferencedTable::new()).add_to(parts, table))
    }
}

impl Query<Returning> {
    /// Sets filters and order of a table that is embedded in the rows written. See
    /// [`Query::referenced_table`](Query::<super::Select>::referenced_table).
    pub fn referenced_table(
        self,
        table: &str,
        change: impl FnOnce(ReferencedTable<Returning>) -> ReferencedTable<Returning>,
    ) -> Self {
        self.with(|parts| change(ReferencedTable::new()).add_to(parts, table))
    }
}

impl Query<Update> {
    /// Allows the update to change every row. Without this call, an update without a filter is not
    /// sent.
    pub fn all_rows(self) -> Self {
        self.with(Parts::set_guarded)
    }
}

impl Query<Delete> {
    /// Allows the delete to remove every row. Without this call, a delete without a filter is not
    /// sent.
    pub fn all_rows(self) -> Self {
        self.with(Parts::set_guarded)
    }
}

fn matches_field(column: String, field: Field<'_>) -> Filter {
    match field {
        Field::Null => Filter::is(column, Is::Null),
        Field::Text(text) => Filter::compare(column, "eq", text),
        Field::Number(text) => Filter::compare(column, "eq", text),
        Field::List(_) | Field::Object(_) => Filter::invalid(format!(
            "`match_` compares with single values, but `{}` is a list or an object: filter it \
             separately, with `contains` or `filter`",
            column.escape_debug()
        )),
    }
}
