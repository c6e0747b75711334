//! Typed rows: a struct is the select list, its fields are the columns, and the compiler checks
//! filters and values against them. Everything here becomes a [`Query`](super::Query) and is sent
//! as one.

mod access;
mod column;
mod comparable;
mod embedded;
mod filter;
mod kinds;
mod order;
mod query;
mod row;
mod table;
mod write;

pub use self::access::{CanDelete, CanInsert, CanSelect, CanUpdate};
pub use self::column::Column;
pub use self::comparable::{Comparable, ValueOf};
pub use self::embedded::{Embedded, EmbeddedQuery};
pub use self::filter::{FilterOf, RowFilter};
pub use self::kinds::{ArrayColumn, BoolColumn, JsonColumn, NullableColumn, TextColumn};
pub use self::order::{OrderOf, RowOrder};
pub use self::query::{QueryFuture, TypedQuery, TypedRows};
#[doc(hidden)]
pub use self::row::Embeds;
pub use self::row::{Embed, Row, ToOne};
pub use self::table::TypedTable;
pub use self::write::{InsertInto, InsertRow, UpdateOf, UpdateRow};
