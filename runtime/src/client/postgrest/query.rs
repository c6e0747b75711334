//! [`Query`]: a chain that is still being written, and what each kind of it can do.

use std::fmt;
use std::marker::PhantomData;

use super::parts::Parts;

/// A request to a table or a function that is still being written.
///
/// `K` is what it does ([`Select`], [`Insert`], [`Upsert`], [`Update`], [`Delete`], [`Rpc`], or
/// [`Returning`] after a write's [`select`](Query::select)) and decides which methods it has.
#[must_use = "a query does nothing until its last call is awaited"]
pub struct Query<K: QueryKind> {
    pub(super) parts: Parts,
    kind: PhantomData<fn() -> K>,
}

impl<K: QueryKind> Query<K> {
    pub(super) fn new(parts: Parts) -> Self {
        Self {
            parts,
            kind: PhantomData,
        }
    }

    pub(super) fn with(mut self, change: impl FnOnce(&mut Parts)) -> Self {
        change(&mut self.parts);
        self
    }
}

// Values and bodies are the user's data.
impl<K: QueryKind> fmt::Debug for Query<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Query")
            .field("operation", &format_args!("{}", self.parts.operation()))
            .finish_non_exhaustive()
    }
}

/// Reads rows of a table.
#[derive(Debug)]
pub enum Select {}
/// Adds rows.
#[derive(Debug)]
pub enum Insert {}
/// Adds rows or replaces those that are there.
#[derive(Debug)]
pub enum Upsert {}
/// Changes rows.
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

/// What a [`Query`] does. Sealed.
pub trait QueryKind: sealed::Sealed {}
/// A [`Query`] that takes filters such as [`eq`](Query::eq). Sealed.
pub trait Filterable: QueryKind {}
/// A [`Query`] that can return its rows in order. Sealed.
#[diagnostic::on_unimplemented(
    message = "a write returns no rows, and nothing to sort, unless it is told which columns",
    label = "add `.select(\"…\")` before this"
)]
pub trait Sortable: QueryKind {}
/// A [`Query`] that can return a part of its rows: not a write, which PostgREST does to all rows that the
/// filters leave, whatever the limit. Sealed.
#[diagnostic::on_unimplemented(
    message = "`limit` and `range` do not limit a write: every row that its filters leave is written",
    label = "not after a write",
    note = "to refuse a write to more rows than are meant, call `.max_affected(n)`; to write to some rows, select their ids first and filter the write by these"
)]
pub trait Pageable: QueryKind {}
/// A [`Query`] whose answer is data. Sealed.
#[diagnostic::on_unimplemented(
    message = "a write returns no rows unless it is told which columns",
    label = "add `.select(\"…\")` before this"
)]
pub trait ReturnsRows: QueryKind {}
/// A [`Query`] that changes rows. Sealed.
pub trait Write: QueryKind {}
/// A [`Query`] that adds rows. Sealed.
pub trait WritesRows: QueryKind {}
/// A [`Query`] that can write to more rows than are meant. Sealed.
pub trait LimitsWrites: QueryKind {}
/// A [`Query`] that can be awaited for its effect alone. Sealed.
#[diagnostic::on_unimplemented(
    message = "this query returns rows: say of which type before awaiting it",
    label = "end it with `.rows::<T>()`, `.single::<T>()`, `.maybe_single::<T>()` or `.execute::<T>()`"
)]
pub trait Runnable: QueryKind {}

/// Implements `$capability` for kinds.
macro_rules! can {
    ($($capability:ident: $($kind:ident),+;)+) => {$($(
        impl $capability for $kind {}
    )+)+};
}

can! {
    QueryKind: Select, Insert, Upsert, Update, Delete, Returning, Rpc;
    Filterable: Select, Update, Delete, Rpc;
    Sortable: Select, Returning, Rpc;
    ReturnsRows: Select, Returning, Rpc;
    Write: Insert, Upsert, Update, Delete;
    WritesRows: Insert, Upsert;
    LimitsWrites: Update, Delete, Returning, Rpc;
    Runnable: Insert, Upsert, Update, Delete, Rpc;
}

// Without the macro, which an error about them would show.
impl Pageable for Select {}
impl Pageable for Rpc {}

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::Select {}
    impl Sealed for super::Insert {}
    impl Sealed for super::Upsert {}
    impl Sealed for super::Update {}
    impl Sealed for super::Delete {}
    impl Sealed for super::Returning {}
    impl Sealed for super::Rpc {}
}
