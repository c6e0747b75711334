//! [`Query`]: a request that is still being built, and what each kind of query can do.

mod filter;
mod run;
pub(super) mod transform;

use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll};

pub use self::run::Counted;
use self::sealed::Sealed;
pub use self::transform::{Count, Order};
use super::parts::Parts;
use crate::client::error::ClientError;
use crate::client::sent::Sent;
use crate::debug::debug_fields;

/// A request to a table or a function that is still being built.
///
/// `K` is the kind of query ([`Select`], [`Insert`], [`Upsert`], [`Update`], [`Delete`], [`Rpc`], or
/// [`Returning`] after a write's [`select`](Query::select)). It decides which methods the query has.
#[must_use = "a query does nothing until its last call is awaited"]
pub struct Query<K: QueryKind> {
    pub(super) parts: Parts,
    /// Set once the query is awaited. The mutex is never locked; it only makes the query `Sync`.
    sending: Option<Mutex<Sent<()>>>,
    kind: PhantomData<fn() -> K>,
}

/// Runs the query and ignores what it returns.
// `Future` instead of `IntoFuture`: only then does a compile error say which call is missing.
impl<K: Runnable> Future for Query<K> {
    type Output = Result<(), ClientError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { parts, sending, .. } = &mut *self;
        let sending = sending.get_or_insert_with(|| {
            let answer = parts.take().send();
            Mutex::new(Box::pin(async move { answer.await?.done() }))
        });
        let sending = sending.get_mut().unwrap_or_else(PoisonError::into_inner);
        sending.as_mut().poll(context)
    }
}

impl<K: QueryKind> Query<K> {
    pub(super) fn new(parts: Parts) -> Self {
        Self {
            parts,
            sending: None,
            kind: PhantomData,
        }
    }

    pub(super) fn with(mut self, change: impl FnOnce(&mut Parts)) -> Self {
        change(&mut self.parts);
        self
    }
}

// Values and bodies are the user's data.
debug_fields!([K: QueryKind] Query<K>: |this| {
    operation: format_args!("{}", this.parts.operation()),
});

/// Reads rows of a table.
#[derive(Debug)]
pub enum Select {}
/// Inserts rows.
#[derive(Debug)]
pub enum Insert {}
/// Inserts rows, or replaces those that already exist.
#[derive(Debug)]
pub enum Upsert {}
/// Updates rows.
#[derive(Debug)]
pub enum Update {}
/// Deletes rows.
#[derive(Debug)]
pub enum Delete {}
/// Writes, and returns the rows written.
#[derive(Debug)]
pub enum Returning {}
/// Calls a function.
#[derive(Debug)]
pub enum Rpc {}

/// The kind of a [`Query`]. Sealed.
pub trait QueryKind: Sealed {}
/// A [`Query`] that takes filters such as [`eq`](Query::eq). Sealed.
pub trait Filterable: QueryKind {}
/// A [`Query`] that can return its rows in order. Sealed.
#[diagnostic::on_unimplemented(
    message = "a write returns no rows, and nothing to sort, unless it is told which columns",
    label = "add `.select(\"…\")` before this"
)]
pub trait Sortable: QueryKind {}
/// A [`Query`] that can return a part of its rows. A write cannot: PostgREST applies it to all rows that
/// match the filters, whatever the limit. Sealed.
#[diagnostic::on_unimplemented(
    message = "`limit` and `range` do not limit a write: every row that its filters leave is written",
    label = "not after a write",
    note = "to refuse a write to more rows than are meant, call `.max_affected(n)`; to write to some rows, select their ids first and filter the write by these"
)]
pub trait Pageable: QueryKind {}
/// A [`Query`] whose response is data. Sealed.
#[diagnostic::on_unimplemented(
    message = "a write returns no rows unless it is told which columns",
    label = "add `.select(\"…\")` before this"
)]
pub trait ReturnsRows: QueryKind {}
/// A [`Query`] that changes rows. Sealed.
pub trait Write: QueryKind {}
/// A [`Query`] that inserts rows. Sealed.
pub trait WritesRows: QueryKind {}
/// A [`Query`] that can write to more rows than intended, which
/// [`max_affected`](Query::max_affected) prevents. Sealed.
pub trait LimitsWrites: QueryKind {}
/// A [`Query`] that can be awaited for its effect alone. Sealed.
#[diagnostic::on_unimplemented(
    message = "this query returns rows: say of which type before awaiting it",
    label = "write `.rows::<T>()`, `.single::<T>()`, `.maybe_single::<T>()` or `.execute::<T>()` before `.await`",
    note = "`T` is a struct with `#[derive(Deserialize)]` and a field for each column, or `serde_json::Value`"
)]
pub trait Runnable: QueryKind + 'static {}

/// Implements `$capability` for kinds.
macro_rules! can {
    ($($capability:ident: $($kind:ident),+;)+) => {$($(
        impl $capability for $kind {}
    )+)+};
}

can! {
    Sealed: Select, Insert, Upsert, Update, Delete, Returning, Rpc;
    QueryKind: Select, Insert, Upsert, Update, Delete, Returning, Rpc;
    Filterable: Select, Update, Delete, Rpc;
    Sortable: Select, Returning, Rpc;
    ReturnsRows: Select, Returning, Rpc;
    Write: Insert, Upsert, Update, Delete;
    WritesRows: Insert, Upsert;
    LimitsWrites: Update, Delete, Returning, Rpc;
    Runnable: Insert, Upsert, Update, Delete, Rpc;
}

// Without the macro, which compile errors about these impls would show.
impl Pageable for Select {}
impl Pageable for Rpc {}

mod sealed {
    pub trait Sealed {}
}
