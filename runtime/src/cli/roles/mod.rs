//! `roles`: the roles that this program declares, as a migration, and compared with a database.

mod catalog;
mod check;
mod compare;
mod declared;
mod migration;
mod statement;

use clap::Subcommand;

use self::check::CheckRoles;
use self::migration::PrintRoles;
use super::error::CommandError;
use super::exit::Exit;
use super::program::Program;

/// The roles that this program declares with `#[derive(DatabaseRole)]`.
#[derive(Debug, Subcommand)]
pub(super) enum Roles {
    Sql(PrintRoles),
    Check(CheckRoles),
}

impl Roles {
    pub(super) async fn run(self, program: Program<'_>) -> Result<Exit, CommandError> {
        match self {
            Self::Sql(print) => print.run(&program.name),
            Self::Check(check) => check.run(program).await,
        }
    }
}
