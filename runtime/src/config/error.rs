//! All problems of a configuration.

use std::fmt;

use super::ConfigProblem;

/// The configuration cannot be used: one or more [`ConfigProblem`]s, all reported at once.
///
/// Its text has one line for each problem, after a heading if there are several:
///
/// ```text
/// `SUPABASE_SECRET_KEY` is not set (nor is `SUPABASE_SECRET_KEYS`, nor
/// `SUPABASE_SERVICE_ROLE_KEY`); it must be a secret key (`sb_secret_…`, or the legacy
/// `service_role` key), which bypasses Row Level Security, needed by the service task
/// `sweep_todos`; the dashboard shows it under Settings > API Keys
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct ConfigError {
    /// Never empty.
    problems: Vec<ConfigProblem>,
}

impl ConfigError {
    /// Returns the problems; there is at least one.
    pub fn problems(&self) -> &[ConfigProblem] {
        &self.problems
    }

    /// `problems` must not be empty.
    pub(crate) fn new(problems: Vec<ConfigProblem>) -> Self {
        Self { problems }
    }

    /// The problems, to be reported together with others.
    pub(crate) fn into_problems(self) -> Vec<ConfigProblem> {
        self.problems
    }
}

impl From<ConfigProblem> for ConfigError {
    fn from(problem: ConfigProblem) -> Self {
        Self {
            problems: vec![problem],
        }
    }
}

impl std::error::Error for ConfigError {}

/// The same text as `Display`, because a `main` that returns this error prints its `Debug`.
impl fmt::Debug for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.problems.as_slice() {
            [problem] => problem.fmt(f),
            problems => {
                write!(f, "{} problems with the configuration:", problems.len())?;
                problems
                    .iter()
                    .try_for_each(|problem| write!(f, "\n- {problem}"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{AuthKind, Supabase};

    #[test]
    fn a_main_that_returns_it_prints_the_sentences() {
        let error = Supabase::builder()
            .needs(AuthKind::Anon)
            .build()
            .unwrap_err();
        assert_eq!(format!("{error:?}"), error.to_string());
        assert!(format!("{error:?}").contains("needed by"), "{error:?}");
    }
}
