//! `roles check`: compares a database with the declared roles.

use clap::Args;

use super::catalog;
use super::compare::{Finding, compare};
use super::declared::declared_roles;
use crate::cli::database::DatabaseOption;
use crate::cli::database_error::DatabaseError;
use crate::cli::error::CommandError;
use crate::cli::exit::Exit;
use crate::cli::program::Program;
use crate::cli::report::Report;

/// Compare the project's database with this program's roles: what is missing, and what is too much.
///
/// Each difference (✗) ends with the statement that mends it. A line with `!` is no difference, but a role
/// may not see what you expect. Nothing is changed.
///
/// Exit codes: 0 the roles are as declared; 1 something differs, or the database could not be reached; 3
/// its URL is missing or wrong.
#[derive(Args, Debug)]
pub(crate) struct CheckRoles {
    /// The role that tasks log in as for SQL, which must be a member of each role.
    #[arg(long, value_name = "ROLE")]
    login: Option<String>,

    #[command(flatten)]
    database: DatabaseOption,
}

impl CheckRoles {
    pub(crate) async fn run(self, program: Program<'_>) -> Result<Exit, CommandError> {
        let roles = declared_roles()?;
        let url = self.database.required(program.variables)?;
        #[cfg(feature = "postgres")]
        if let crate::reach::Encryption::Weak(problem) = url.encryption()? {
            crate::cli::output::tell(format_args!("warning: {problem}"));
        }
        let mut connection = url.connect("supabase-task roles check").await?;
        let read = catalog::read(&mut connection, &roles).await;
        let catalog = read.map_err(DatabaseError::Query)?;
        let mut report = Report {
            exit: Exit::Done,
            program: program.name,
        };
        for (role, live) in roles.iter().zip(&catalog.roles) {
            let findings = compare(role, live, &catalog, self.login.as_deref());
            let differs = |finding: &Finding| !matches!(finding, Finding::Warning(_));
            if !findings.iter().any(differs) {
                report.good(role.name, "is as declared")?;
            }
            for finding in findings {
                match finding {
                    Finding::Missing(text, mend) => {
                        report.bad(role.name, format_args!("missing: {text}: {mend}"))?;
                    }
                    Finding::TooMuch(text, mend) => {
                        report.bad(role.name, format_args!("too much: {text}: {mend}"))?;
                    }
                    Finding::Wrong(text) => report.bad(role.name, text)?,
                    Finding::Warning(text) => report.warning(role.name, text)?,
                }
            }
        }
        Ok(report.exit)
    }
}
