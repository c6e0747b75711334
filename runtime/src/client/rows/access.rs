//! [`CanSelect`], [`CanInsert`], [`CanUpdate`] and [`CanDelete`]: what a role may do with a table.

use crate::auth::AnyTable;

/// A role that may read the table of the row `R`: `#[role(select(R))]`.
#[diagnostic::on_unimplemented(
    message = "the role `{Self}` may not read `{R}`: add `select({R})` to its `#[role(…)]`",
    label = "`{Self}` does not declare `select({R})`",
    note = "the database needs the grant too: `roles sql` of your program prints it"
)]
pub trait CanSelect<R> {}

/// A role that may insert into the table of the row `R`: `#[role(insert(R))]`.
#[diagnostic::on_unimplemented(
    message = "the role `{Self}` may not insert into the table of `{R}`: add `insert({R})` to its `#[role(…)]`",
    label = "`{Self}` does not declare `insert({R})`",
    note = "the database needs the grant too: `roles sql` of your program prints it"
)]
pub trait CanInsert<R> {}

/// A role that may update the table of the row `R`: `#[role(update(R))]`.
#[diagnostic::on_unimplemented(
    message = "the role `{Self}` may not update the table of `{R}`: add `update({R})` to its `#[role(…)]`",
    label = "`{Self}` does not declare `update({R})`",
    note = "the database needs the grant too: `roles sql` of your program prints it"
)]
pub trait CanUpdate<R> {}

/// A role that may delete from the table of the row `R`: `#[role(delete(R))]`.
#[diagnostic::on_unimplemented(
    message = "the role `{Self}` may not delete from the table of `{R}`: add `delete({R})` to its `#[role(…)]`",
    label = "`{Self}` does not declare `delete({R})`",
    note = "the database needs the grant too: `roles sql` of your program prints it"
)]
pub trait CanDelete<R> {}

#[diagnostic::do_not_recommend]
impl<R> CanSelect<R> for AnyTable {}

#[diagnostic::do_not_recommend]
impl<R> CanInsert<R> for AnyTable {}

#[diagnostic::do_not_recommend]
impl<R> CanUpdate<R> for AnyTable {}

#[diagnostic::do_not_recommend]
impl<R> CanDelete<R> for AnyTable {}
