//! The role that a task with `auth = "role"` runs as.

use syn::Type;

use crate::errors::Errors;
use crate::options::{Given, Options};
use crate::values::{Mode, ModeKind};

pub(super) fn check<'a>(
    options: &'a Options,
    mode: Option<Mode>,
    errors: &mut Errors,
) -> Option<&'a Type> {
    match (mode, &options.role) {
        (Some(mode), None) if mode.kind == ModeKind::Role => errors.at(
            mode.span,
            "which role? write `auth = \"role\", role = Reporter`, where `Reporter` is a unit struct \
             with `#[derive(DatabaseRole)]`",
        ),
        (Some(mode), Some(role)) if mode.kind != ModeKind::Role => {
            let word = mode.kind.word();
            errors.at(
                role.key,
                format!(
                    "`role` has no meaning with `auth = \"{word}\"`: write `auth = \"role\"` to run \
                     as the role, or leave `role` out"
                ),
            );
        }
        _ => {}
    }
    Some(&Given::value_of(&options.role)?.0)
}
