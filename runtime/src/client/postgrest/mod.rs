//! The database, through PostgREST: tables, views and functions.
//!
//! Names and semantics follow supabase-js. A chain starts at [`Client::from`](super::Client::from) or
//! [`Client::rpc`](super::Client::rpc), collects the request without sending anything, and ends in a
//! call that is awaited. That call reports a mistake in the chain, and sends nothing then.

mod body;
mod collection;
mod column;
mod explain;
mod fields;
mod filter;
mod header;
mod is;
mod literal;
mod media;
mod name;
mod operator;
mod operators;
mod outside;
mod parts;
mod query;
mod raw_filter;
mod referenced_table;
mod schema;
mod text_search;
mod value;
#[cfg(test)]
mod wire_tests;

pub use self::collection::{ArrayElement, CollectionValue};
pub use self::column::{UntypedColumn, column, identifier};
pub use self::explain::Explain;
pub use self::filter::Filter;
pub use self::is::Is;
pub use self::query::{
    Count, Counted, Delete, Filterable, Insert, LimitsWrites, Order, Pageable, Query, QueryKind,
    Returning, ReturnsRows, Rpc, Runnable, Select, Sortable, Update, Upsert, Write, WritesRows,
};
pub use self::referenced_table::ReferencedTable;
pub use self::schema::{Schema, Table};
pub use self::text_search::TextSearch;
pub use self::value::FilterValue;
