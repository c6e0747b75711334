//! The source that a catalog is read from.

use std::path::PathBuf;
use std::sync::Arc;

use super::catalog::Catalog;
use super::{GenerateError, introspect, openapi};
use crate::auth::{Anon, AuthKind, Service};
use crate::cli::database::{DatabaseUrl, UrlOption};
use crate::cli::variables::{Variables, first_of};
use crate::client::{Client, Connections, DEFAULT_MAX_RESPONSE_BYTES, Http, Project, Timeouts};
use crate::config::{Config, ConfigError, ConfigProblem, Needs, Settings};

const PROJECT_URLS: [&str; 2] = ["SUPABASE_URL", "SUPABASE_PROJECT_URL"];

/// A database, or the API in front of it.
pub(super) enum Source {
    Database(DatabaseUrl),
    Project(Box<Config>),
    /// The files of a project, in this folder.
    Local(PathBuf),
}

impl Source {
    /// Returns the given source, or else that of the variables. A database wins over a project, because
    /// it describes more.
    pub(super) fn find(
        database_url: UrlOption,
        project_url: Option<String>,
        variables: Variables<'_>,
    ) -> Result<Self, GenerateError> {
        if project_url.is_none() {
            if let Some(url) = database_url.find(variables) {
                return Ok(Self::Database(url));
            }
            if first_of(&PROJECT_URLS, variables).is_none() {
                return Err(GenerateError::NoSource);
            }
        }
        let config = project(project_url, variables)?;
        Ok(Self::Project(Box::new(config)))
    }

    pub(super) async fn catalog(self, schemas: &[String]) -> Result<Catalog, GenerateError> {
        match self {
            Self::Database(url) => introspect::catalog(&url, schemas).await,
            Self::Local(folder) => local(folder, schemas).await,
            Self::Project(config) => {
                let key = config.secret_key.clone();
                let project = Arc::new(connect(*config)?);
                match key {
                    Some(key) => {
                        let client = Client::<Service>::connect(&project, Some(&key), (), None)?;
                        openapi::catalog(&client.with_retries(false), schemas).await
                    }
                    None => {
                        let client = Client::<Anon>::connect(&project, None, (), None)?;
                        openapi::catalog(&client.with_retries(false), schemas).await
                    }
                }
            }
        }
    }
}

/// Runs the project's migrations in a temporary database, and reads that.
#[cfg(feature = "local")]
async fn local(folder: PathBuf, schemas: &[String]) -> Result<Catalog, GenerateError> {
    use crate::local::LocalSupabase;

    let stack = LocalSupabase::builder().project(folder).start().await?;
    let schemas = schemas.to_owned();
    let catalog = stack
        .with_owner(|connection| {
            Box::pin(async move { introspect::read(connection, &schemas).await })
        })
        .await?;
    stack.shutdown().await?;
    catalog
}

#[cfg(not(feature = "local"))]
async fn local(_: PathBuf, _: &[String]) -> Result<Catalog, GenerateError> {
    Err(GenerateError::WithoutLocal)
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
        Connections::Reused,
    )
    .map_err(|error| ConfigProblem::http_client(&error))?;
    let url = config.url.as_url().clone();
    Ok(Project::new(http, url, config.publishable_key, None, true))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(
        database_url: Option<&str>,
        project_url: Option<&str>,
        variables: &[(&str, &str)],
    ) -> Result<Source, GenerateError> {
        let variable = |name: &str| {
            let found = variables.iter().find(|(of, _)| *of == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        Source::find(
            UrlOption::of(database_url),
            project_url.map(str::to_owned),
            &variable,
        )
    }

    #[test]
    fn an_option_wins_over_variables_and_a_database_over_a_project() {
        let all = [
            ("DATABASE_URL", "postgres://variable"),
            ("SUPABASE_URL", "http://127.0.0.1:54321"),
            ("SUPABASE_SECRET_KEY", "sb_secret_a"),
        ];
        let url = Some("http://127.0.0.1:54321");
        for (found, is_database) in [
            (find(Some("postgres://option"), None, &all), true),
            (find(None, None, &all), true),
            (find(None, url, &all), false),
            (find(None, None, &all[1..]), false),
        ] {
            assert_eq!(matches!(found, Ok(Source::Database(_))), is_database);
        }
    }

    #[test]
    fn what_is_missing_is_a_problem_of_the_configuration() {
        let no_source = find(None, None, &[("DATABASE_URL", " ")]).err().unwrap();
        assert!(no_source.is_configuration());
        assert!(no_source.to_string().contains("SUPABASE_DB_URL"));

        let no_key = find(None, Some("https://a.supabase.co"), &[])
            .err()
            .unwrap();
        assert!(no_key.is_configuration());
        let text = no_key.to_string();
        assert!(text.contains("SUPABASE_SECRET_KEY"), "{text}");
    }

    #[cfg(feature = "local")]
    #[tokio::test]
    async fn the_migrations_of_a_project_are_enough() {
        let folder = tempfile::tempdir().unwrap();
        let migrations = folder.path().join("migrations");
        std::fs::create_dir(&migrations).unwrap();
        let write = |sql: &str| std::fs::write(migrations.join("1_a.sql"), sql).unwrap();
        let read = async || {
            let source = Source::Local(folder.path().to_owned());
            source.catalog(&["public".to_owned()]).await
        };
        write("create table todos (id bigint primary key, title text not null);");
        let text = super::super::render::module(&read().await.unwrap(), &[].into_iter().collect());
        assert!(text.contains("pub struct Todos"), "{text}");

        write("create tabel todos ();");
        let error = read().await.unwrap_err().to_string();
        assert!(error.contains("1_a.sql:1:8: syntax error"), "{error}");
    }

    #[tokio::test]
    async fn no_error_holds_the_password() {
        for url in [
            "postgres://user:hunter2@127.0.0.1:notaport/db",
            "postgres://user:hunter2@",
            "https://user:hunter2@abc.supabase.co",
            "hunter2",
            // No server listens there.
            "postgres://user:hunter2@127.0.0.1:1/db",
        ] {
            let source = find(Some(url), None, &[]).unwrap();
            let error = source.catalog(&["public".to_owned()]).await.unwrap_err();
            for text in [error.to_string(), format!("{error:?}")] {
                assert!(!text.contains("hunter2"), "{text}");
            }
        }
    }
}
