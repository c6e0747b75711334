//! `roles sql`: the declared roles as a migration.

use std::fmt::Write as _;

use clap::Args;

use super::declared::{DeclaredRole, declared_roles};
use super::statement::{
    create_if_missing, create_login_if_missing, grant, grant_membership_only_to_set,
    grant_sequences, grant_to_authenticator, grant_usage,
};
use crate::auth::Privilege;
use crate::cli::error::CommandError;
use crate::cli::exit::Exit;
use crate::cli::output::print;
use crate::cli::program::ProgramName;

/// Print the migration that creates this program's roles and grants what they declare.
///
/// Put it into a file in `supabase/migrations`. It can be run repeatedly. It grants what is missing and
/// takes nothing away: `roles check` finds what is too much. It reads no keys and no database.
#[derive(Args, Debug)]
pub(crate) struct PrintRoles {
    /// The role that tasks log in as for SQL: it is created, without a password, and may become each role.
    #[arg(long, value_name = "ROLE")]
    login: Option<String>,
}

impl PrintRoles {
    pub(super) fn run(self, program: &ProgramName) -> Result<Exit, CommandError> {
        let roles = declared_roles()?;
        print(migration(&roles, self.login.as_deref(), program.as_str()))?;
        Ok(Exit::Done)
    }
}

fn migration(roles: &[DeclaredRole], login: Option<&str>, program: &str) -> String {
    let mut sql = format!(
        "-- The roles that tasks run as, printed by `{program} roles sql`. It can be run repeatedly.\n"
    );
    if let Some(login) = login {
        let line = crate::cli::output::one_line(login);
        let _ = write!(
            sql,
            "\n-- {line}, which tasks log in as for SQL. Set its password where no file keeps it: `\\password` in \
             psql.\n{}\n",
            create_login_if_missing(login)
        );
    }
    for role in roles {
        sql.push('\n');
        for line in statements(role, login) {
            sql.push_str(&line);
            sql.push('\n');
        }
    }
    sql.truncate(sql.trim_end().len());
    sql
}

fn statements(role: &DeclaredRole, login: Option<&str>) -> Vec<String> {
    let name = role.name;
    let mut lines = vec![
        format!("-- {}", one_line(role)),
        create_if_missing(name),
        grant_to_authenticator(name),
    ];
    lines.extend(login.map(|login| grant_membership_only_to_set(name, login)));
    lines.extend(
        role.schemas()
            .into_iter()
            .map(|schema| grant_usage(schema, name)),
    );
    for (table, rights) in &role.tables {
        for (privilege, columns) in rights {
            lines.push(grant(*privilege, columns, table, name));
        }
        if rights.contains_key(&Privilege::Insert) {
            lines.push(grant_sequences(table, name));
        }
    }
    lines
}

/// The role and where it is declared, for a comment.
fn one_line(role: &DeclaredRole) -> String {
    let text = format!("{}, declared at {}", role.name, role.places.join(" and "));
    crate::cli::output::one_line(&text)
}
