//! A project's folder, `supabase`, read as the Supabase CLI reads it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::LocalError;
use super::migrations::Migration;

/// The files of a project that its database is made of, and the settings of its API.
#[derive(Debug, Default)]
pub(super) struct Project {
    /// Run before the migrations.
    pub(super) roles: Option<PathBuf>,
    pub(super) migrations: Option<PathBuf>,
    /// Run after them, in this order.
    pub(super) seeds: Vec<PathBuf>,
    pub(super) api: ApiSettings,
}

/// The section `[api]` of `config.toml`, with the CLI's defaults.
#[derive(Clone, Debug, Deserialize)]
#[serde(default)]
pub(super) struct ApiSettings {
    /// The exposed schemas. The first is that of a request that names none.
    pub(super) schemas: Vec<String>,
    pub(super) extra_search_path: Vec<String>,
    /// The most rows one response holds.
    pub(super) max_rows: i64,
}

impl Default for ApiSettings {
    fn default() -> Self {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Self {
            // Of a new project, and that of its queues. A database may lack some of them.
            schemas: owned(&["public", "graphql_public", "pgmq_public"]),
            extra_search_path: owned(&["public", "extensions"]),
            max_rows: 1000,
        }
    }
}

/// What of `config.toml` matters here.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Config {
    api: ApiSettings,
    db: DatabaseConfig,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct DatabaseConfig {
    migrations: MigrationsConfig,
    seed: SeedConfig,
}

#[derive(Debug, Deserialize)]
#[serde(default)]
struct MigrationsConfig {
    enabled: bool,
}

impl Default for MigrationsConfig {
    fn default() -> Self {
        Self { enabled: true }
    }
}

#[derive(Debug, Deserialize)]
#[serde(default)]
struct SeedConfig {
    enabled: bool,
    /// Patterns of files, relative to the project's folder.
    sql_paths: Vec<String>,
}

impl Default for SeedConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            sql_paths: vec!["./seed.sql".to_owned()],
        }
    }
}

impl Project {
    /// Reads the folder. Each of its files may be missing.
    pub(super) fn read(folder: &Path) -> Result<Self, LocalError> {
        fs::read_dir(folder).map_err(|source| LocalError::ProjectFolder {
            path: folder.to_owned(),
            source,
        })?;
        let config = Config::read(&folder.join("config.toml"))?;
        let file = |name: &str| Some(folder.join(name)).filter(|path| path.exists());
        let seeds = match config.db.seed.enabled {
            true => config.db.seed.files(folder)?,
            false => Vec::new(),
        };
        Ok(Self {
            roles: file("roles.sql"),
            migrations: file("migrations")
                .filter(|path| config.db.migrations.enabled && !Migration::has_none(path)),
            seeds,
            api: config.api,
        })
    }
}

impl Config {
    fn read(path: &Path) -> Result<Self, LocalError> {
        let refused = |reason: String| LocalError::ProjectConfig {
            path: path.to_owned(),
            reason,
        };
        match fs::read_to_string(path) {
            Ok(text) => toml::from_str(&text).map_err(|error: toml::de::Error| {
                let before = error.span().and_then(|span| text.get(..span.start));
                let line = before.map(|before| 1 + before.matches('\n').count());
                let message = error.message().replace('\n', ", ");
                refused(match line {
                    Some(line) => format!("line {line}: {message}"),
                    None => message,
                })
            }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(refused(error.to_string())),
        }
    }
}

impl SeedConfig {
    /// Returns the files that match, pattern by pattern, each in the order of their names. A pattern may match none.
    fn files(&self, folder: &Path) -> Result<Vec<PathBuf>, LocalError> {
        let mut files = Vec::new();
        for pattern in &self.sql_paths {
            let refused = |reason: String| LocalError::ProjectConfig {
                path: folder.join("config.toml"),
                reason: format!("db.seed.sql_paths: `{pattern}`: {reason}"),
            };
            let relative = pattern.trim_start_matches("./");
            let absolute = match Path::new(relative).is_absolute() {
                true => relative.to_owned(),
                // The folder's own name is no pattern.
                false => format!(
                    "{}/{relative}",
                    glob::Pattern::escape(&folder.to_string_lossy())
                ),
            };
            let matches = glob::glob(&absolute).map_err(|error| refused(error.msg.to_owned()))?;
            let mut found = 0;
            for file in matches {
                let file = file.map_err(|error| refused(error.to_string()))?;
                found += 1;
                if !files.contains(&file) {
                    files.push(file);
                }
            }
            if found == 0 && relative != "seed.sql" {
                tracing::warn!(pattern, "no file matches this pattern of db.seed.sql_paths");
            }
        }
        Ok(files)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn project(files: &[(&str, &str)]) -> (tempfile::TempDir, Result<Project, LocalError>) {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let project = Project::read(folder.path());
        (folder, project)
    }

    fn names(folder: &tempfile::TempDir, files: &[PathBuf]) -> Vec<String> {
        let name = |file: &PathBuf| {
            file.strip_prefix(folder.path())
                .unwrap()
                .display()
                .to_string()
        };
        files.iter().map(name).collect()
    }

    #[test]
    fn without_a_config_the_files_have_the_names_of_the_cli() {
        let (folder, project) = project(&[
            ("seed.sql", ""),
            ("migrations/1_a.sql", ""),
            ("roles.sql", ""),
        ]);
        let project = project.unwrap();
        assert_eq!(names(&folder, &project.seeds), ["seed.sql"]);
        assert!(project.roles.is_some() && project.migrations.is_some());
        assert_eq!(project.api.max_rows, 1000);
    }

    #[test]
    fn seeds_are_those_of_the_patterns_in_their_order() {
        let config = "project_id = 'x'\n[db]\nport = 54322\n[db.seed]\nsql_paths = ['./seeds/*.sql', 'b.sql', 'seeds/2.sql', \
                      'none/*.sql']\n[api]\nschemas = ['api']\nmax_rows = 5\n[auth]\nsite_url = 'env(SITE)'\n";
        let (folder, project) = project(&[
            ("config.toml", config),
            ("seeds/2.sql", ""),
            ("seeds/1.sql", ""),
            ("b.sql", ""),
            ("seed.sql", ""),
        ]);
        let project = project.unwrap();
        assert_eq!(
            names(&folder, &project.seeds),
            ["seeds/1.sql", "seeds/2.sql", "b.sql"]
        );
        assert_eq!(
            (project.api.schemas, project.api.max_rows),
            (vec!["api".to_owned()], 5)
        );
        assert_eq!(project.api.extra_search_path, ["public", "extensions"]);
    }

    #[test]
    fn a_seed_may_be_outside_of_the_folder() {
        let elsewhere = tempfile::tempdir().unwrap();
        let seed = elsewhere.path().join("seed.sql");
        fs::write(&seed, "").unwrap();
        let config = format!("[db.seed]\nsql_paths = ['{}']", seed.display());
        let (_folder, project) = project(&[("config.toml", &config)]);
        assert_eq!(project.unwrap().seeds, [seed]);
    }

    #[test]
    fn what_is_switched_off_is_not_run() {
        let config = "[db.migrations]\nenabled = false\n[db.seed]\nenabled = false\n";
        let (_folder, project) = project(&[
            ("config.toml", config),
            ("seed.sql", ""),
            ("migrations/1_a.sql", ""),
        ]);
        let project = project.unwrap();
        assert!(project.migrations.is_none() && project.seeds.is_empty());
    }

    #[test]
    fn a_config_that_is_wrong_says_where() {
        for (config, expected) in [
            ("[api]\nmax_rows = 'many'", "line 2: invalid type"),
            ("[api]\n\n[api]", "line 3: duplicate key"),
            (
                "[db.seed]\nsql_paths = ['a[.sql']",
                "db.seed.sql_paths: `a[.sql`",
            ),
        ] {
            let (_folder, project) = project(&[("config.toml", config)]);
            let error = project.unwrap_err().to_string();
            assert!(
                error.contains("config.toml") && error.contains(expected),
                "{error}"
            );
        }
        let error = Project::read(Path::new("no/such")).unwrap_err().to_string();
        assert!(
            error.starts_with("the project's folder no/such could not be read"),
            "{error}"
        );
    }
}
