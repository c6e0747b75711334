//! One problem of a configuration.

use std::error::Error;
use std::fmt;

use super::Needs;
use super::api_key::InvalidApiKey;
use super::project_url::InvalidProjectUrl;
use super::setting::{Setting, Source};
use crate::auth::AuthKind;
use crate::token::{InvalidSigningKey, InvalidTokenOption};

/// One problem of the configuration. A [`ConfigError`](super::ConfigError) holds one or more.
///
/// Its text is one line: the variable (or the builder's method) at fault, what is wrong with it,
/// what it is for, which tasks need it, and where the dashboard shows it. It never contains the
/// value itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigProblem {
    kind: ProblemKind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum ProblemKind {
    Setting {
        setting: Setting,
        source: Option<Source>,
        fault: Fault,
        needed_by: String,
    },
    TokenOption(InvalidTokenOption),
    DuplicateTaskId {
        id: String,
        places: Vec<String>,
    },
    HttpClient {
        cause: String,
    },
    ModeNotConfigured(AuthKind),
    #[cfg(feature = "sql")]
    NoDatabase,
}

/// The fault of a setting's value: the middle of its sentence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Fault {
    #[error("is not set")]
    Missing,
    #[error("is empty")]
    Empty,
    #[error("is not a JSON object of keys by name, such as `{{\"default\": \"sb_…\"}}`")]
    NotAKeySet,
    #[error("holds an API key")]
    ApiKey,
    #[error(transparent)]
    Url(#[from] InvalidProjectUrl),
    #[error(transparent)]
    Key(#[from] InvalidApiKey),
    #[error(transparent)]
    Signing(#[from] InvalidSigningKey),
    /// A whole sentence.
    #[cfg(feature = "sql")]
    #[error("{0}")]
    Database(String),
}

impl ConfigProblem {
    /// Returns the environment variable at fault, or `None` if the value came from the builder or
    /// the problem is not about a value.
    ///
    /// For a missing setting it is the variable to set, such as `SUPABASE_SECRET_KEY`.
    pub fn variable(&self) -> Option<&'static str> {
        match self.kind {
            ProblemKind::Setting {
                source: Some(Source::Variable(name)),
                ..
            } => Some(name),
            ProblemKind::Setting {
                setting,
                source: None,
                ..
            } => Some(setting.usual_variable()),
            _ => None,
        }
    }

    /// Returns whether a needed value was not given, or is empty.
    pub fn is_missing(&self) -> bool {
        matches!(
            self.kind,
            ProblemKind::Setting {
                fault: Fault::Missing | Fault::Empty,
                ..
            }
        )
    }

    /// Two or more tasks have the same id; `places` says where they are (`src/a.rs:10`).
    pub(crate) fn duplicate_task_id(
        id: impl Into<String>,
        places: impl IntoIterator<Item = String>,
    ) -> Self {
        let places = places.into_iter().collect();
        ProblemKind::DuplicateTaskId {
            id: id.into(),
            places,
        }
        .into()
    }

    /// The HTTP client could not be built.
    pub(crate) fn http_client(error: &(dyn Error + 'static)) -> Self {
        let causes: Vec<String> = anyhow::Chain::new(error).map(ToString::to_string).collect();
        let cause = causes.join(": ");
        ProblemKind::HttpClient { cause }.into()
    }

    /// A client was requested for a mode whose keys were not read, because nothing needed them.
    pub(crate) fn mode_not_configured(mode: AuthKind) -> Self {
        ProblemKind::ModeNotConfigured(mode).into()
    }

    /// A database was requested, and `SUPABASE_DB_URL` was not read, because nothing needed it.
    #[cfg(feature = "sql")]
    pub(crate) fn no_database() -> Self {
        ProblemKind::NoDatabase.into()
    }

    pub(super) fn setting(
        setting: Setting,
        source: Option<Source>,
        fault: Fault,
        needs: &Needs,
    ) -> Self {
        let needed_by = needs.of(setting);
        ProblemKind::Setting {
            setting,
            source,
            fault,
            needed_by,
        }
        .into()
    }
}

impl From<InvalidTokenOption> for ConfigProblem {
    fn from(problem: InvalidTokenOption) -> Self {
        ProblemKind::TokenOption(problem).into()
    }
}

impl From<ProblemKind> for ConfigProblem {
    fn from(kind: ProblemKind) -> Self {
        Self { kind }
    }
}

impl Error for ConfigProblem {}

impl fmt::Display for ConfigProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            ProblemKind::Setting {
                setting,
                source,
                fault,
                needed_by,
            } => {
                match source {
                    Some(source) => write!(f, "{source} {fault}")?,
                    None => write_missing(f, *setting, fault)?,
                }
                let (meaning, place) = (setting.meaning(), setting.place());
                write!(f, "; it must be {meaning}, needed by {needed_by}; {place}")
            }
            ProblemKind::TokenOption(problem) => problem.fmt(f),
            ProblemKind::DuplicateTaskId { id, places } => {
                let times = match places.len() {
                    2 => "twice".to_owned(),
                    count => format!("{count} times"),
                };
                let places = places.join(" and ");
                write!(
                    f,
                    "task id `{id}` is registered {times}: at {places}; give all but one of them \
                     another `id = \"…\"`"
                )
            }
            ProblemKind::HttpClient { cause } => write!(
                f,
                "the HTTP client could not be built: {cause}; check this machine's TLS \
                 certificates and proxy variables"
            ),
            ProblemKind::ModeNotConfigured(mode) => write_not_configured(f, *mode),
            #[cfg(feature = "sql")]
            ProblemKind::NoDatabase => f.write_str(
                "there is no database in this process: its URL was not given, and `SUPABASE_DB_URL` is not \
                 read unless a linked task takes a database as an argument; give it to \
                 `SupabaseBuilder::database_url`, ask for it with \
                 `Supabase::builder().read_env().needs_database()`, or set `TAKES_DATABASE` in the type \
                 of yours that takes the database for its task",
            ),
        }
    }
}

fn write_missing(f: &mut fmt::Formatter<'_>, setting: Setting, fault: &Fault) -> fmt::Result {
    let usual = setting.usual_variable();
    write!(f, "`{usual}` {fault}")?;
    let mut separator = " (nor is ";
    for other in setting.variables().iter().filter(|name| **name != usual) {
        write!(f, "{separator}`{other}`")?;
        separator = ", nor ";
    }
    f.write_str(")")
}

fn write_not_configured(f: &mut fmt::Formatter<'_>, mode: AuthKind) -> fmt::Result {
    let (article, variant, key) = match mode {
        AuthKind::User => ("a", "User", "publishable key or its signing key"),
        AuthKind::Service => ("a", "Service", "secret key"),
        AuthKind::Anon => ("an", "Anon", "publishable key"),
        AuthKind::Role => ("a", "Role", "publishable key or its signing key"),
    };
    write!(
        f,
        "there is no {mode} client in this process: its {key} was not given, and none is read from \
         the environment unless {article} {mode} task is linked; give it to the builder, or ask for \
         it with `Supabase::builder().read_env().needs(AuthKind::{variant})`"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duplicate_task_names_all_places() {
        let places = ["src/a.rs:10", "src/b.rs:20"].map(str::to_owned);
        let problem = ConfigProblem::duplicate_task_id("add_todo", places);
        assert_eq!(
            problem.to_string(),
            "task id `add_todo` is registered twice: at src/a.rs:10 and src/b.rs:20; give all but \
             one of them another `id = \"…\"`"
        );
        assert_eq!(problem.variable(), None);
        assert!(!problem.is_missing());
    }

    #[test]
    fn a_mode_that_was_not_read_says_why_and_what_to_do() {
        let problem = ConfigProblem::mode_not_configured(AuthKind::Service);
        assert_eq!(
            problem.to_string(),
            "there is no service client in this process: its secret key was not given, and none is \
             read from the environment unless a service task is linked; give it to the builder, or \
             ask for it with `Supabase::builder().read_env().needs(AuthKind::Service)`"
        );
    }

    #[test]
    fn an_http_client_that_cannot_be_built_says_what_caused_it() {
        #[derive(Debug, thiserror::Error)]
        #[error("builder error")]
        struct Outer(#[source] std::num::ParseIntError);

        let cause = "x".parse::<u8>().unwrap_err();
        let problem = ConfigProblem::http_client(&Outer(cause)).to_string();
        assert!(
            problem.contains("built: builder error: invalid digit"),
            "{problem}"
        );
    }
}
