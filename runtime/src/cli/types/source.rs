//! Where a catalog is read from.

use std::sync::Arc;

use secrecy::SecretString;

use super::catalog::Catalog;
use super::{GenerateError, introspect, openapi};
use crate::auth::{Anon, AuthKind, Service};
use crate::cli::Variables;
use crate::client::{Client, DEFAULT_MAX_RESPONSE_BYTES, Http, Project, Timeouts};
use crate::config::{Config, ConfigError, ConfigProblem, Needs, Settings};

/// Variables that hold a database's URL; an earlier one wins.
const DATABASE_URLS: [&str; 2] = ["SUPABASE_DB_URL", "DATABASE_URL"];
const PROJECT_URLS: [&str; 2] = ["SUPABASE_URL", "SUPABASE_PROJECT_URL"];

/// A database, or the API before it.
pub(super) enum Source {
    Database(SecretString),
    Project(Box<Config>),
}

impl Source {
    /// What was given, or else what the variables name: a database before a project, because it
    /// tells more.
    pub(super) fn find(
        database_url: Option<String>,
        project_url: Option<String>,
        variables: Variables<'_>,
    ) -> Result<Self, GenerateError> {
        let first_of = |names: &[&str]| {
            let mut values = names.iter().filter_map(|name| variables(name));
            values.find(|value| !value.trim().is_empty())
        };
        if let Some(url) = database_url {
            return Ok(Self::Database(url.into()));
        }
        if project_url.is_none() {
            if let Some(url) = first_of(&DATABASE_URLS) {
                return Ok(Self::Database(url.into()));
            }
            if first_of(&PROJECT_URLS).is_none() {
                return Err(GenerateError::NoSource);
            }
        }
        let config = project(project_url, variables)?;
        Ok(Self::Project(Box::new(config)))
    }

    pub(super) async fn catalog(self, schemas: &[String]) -> Result<Catalog, GenerateError> {
        match self {
            Self::Database(url) => introspect::catalog(&url, schemas).await,
            Self::Project(config) => {
                let key = config.secret_key.clone();
                let project = Arc::new(connect(*config)?);
                match key {
                    Some(key) => {
                        let client = Client::<Service>::connect(&project, Some(&key), (), None)?;
                        openapi::catalog(&client, schemas).await
                    }
                    None => {
                        let client = Client::<Anon>::connect(&project, None, (), None)?;
                        openapi::catalog(&client, schemas).await
                    }
                }
            }
        }
    }
}

/// The project with its secret key, or, where none is set, with the publishable one.
fn project(url: Option<String>, variables: Variables<'_>) -> Result<Config, ConfigError> {
    let with = |mode: AuthKind| {
        let needs: Needs = [(mode, None)].into_iter().collect();
        let mut settings = Settings::default();
        if let Some(url) = &url {
            settings.url(url.clone());
        }
        settings.read(variables, &needs);
        // Nothing is signed for this, whatever the mode needs otherwise.
        settings.check(&needs)
    };
    with(AuthKind::Service).or_else(|error| {
        let is_secret_key_alone = matches!(
            error.problems(),
            [problem] if problem.is_missing() && problem.variable() == Some("SUPABASE_SECRET_KEY")
        );
        if !is_secret_key_alone {
            return Err(error);
        }
        // Of the two errors, the one about the secret key says what to do.
        with(AuthKind::Anon).map_err(|_| error)
    })
}

fn connect(config: Config) -> Result<Project, ConfigError> {
    let http = Http::new(
        config.url.as_url(),
        Timeouts::default(),
        DEFAULT_MAX_RESPONSE_BYTES,
    )
    .map_err(|error| ConfigProblem::http_client(&error))?;
    let url = config.url.as_url().clone();
    Ok(Project::new(http, url, config.publishable_key, None))
}
