//! Applies `supabase/migrations/*.sql` and the seed, as the Supabase CLI does.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use sqlx::Connection;

use super::LocalError;
use super::database::OwnerSession;
use super::script::Script;
use super::statements::statements;

/// One migration file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Migration {
    path: PathBuf,
    /// The digits its name starts with.
    version: String,
    /// The rest of the name: `create_todos` of `20260101120000_create_todos.sql`.
    name: String,
    sql: String,
}

impl Migration {
    /// Lists the migrations in `folder`, in the order of their names. As in the CLI, files that are
    /// not named `<digits>_name.sql` are skipped.
    pub(super) fn list(folder: &Path) -> Result<Vec<Self>, LocalError> {
        let unreadable = |source| LocalError::MigrationsFolder {
            path: folder.to_owned(),
            source,
        };
        let mut files = fs::read_dir(folder)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(unreadable)?;
        files.sort_by_key(fs::DirEntry::file_name);
        let migrations: Vec<Self> = files
            .into_iter()
            .filter_map(|file| Self::from_path(file.path()))
            .map(Self::read)
            .collect::<Result<_, _>>()?;
        if migrations.is_empty() {
            return Err(LocalError::NoMigrations {
                path: folder.to_owned(),
            });
        }
        Ok(migrations)
    }

    /// Whether the folder can be read and holds no migration.
    pub(super) fn has_none(folder: &Path) -> bool {
        let mut files = fs::read_dir(folder).into_iter().flatten().flatten();
        folder.is_dir() && !files.any(|file| Self::from_path(file.path()).is_some())
    }

    fn from_path(path: PathBuf) -> Option<Self> {
        let stem = path.file_name()?.to_str()?.strip_suffix(".sql")?;
        let (version, name) = stem.split_once('_')?;
        let digits = !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_digit());
        let (version, name) = (version.to_owned(), name.to_owned());
        digits.then_some(Self {
            path,
            version,
            name,
            sql: String::new(),
        })
    }

    fn read(self) -> Result<Self, LocalError> {
        let sql = read(&self.path)?;
        Ok(Self { sql, ..self })
    }

    /// Returns where its SQL comes from, and the SQL.
    pub(super) fn text(&self) -> (String, &str) {
        (self.path.display().to_string(), &self.sql)
    }

    pub(super) fn file_name(&self) -> String {
        file_name(&self.path)
    }

    /// Runs the file and records it in one transaction.
    pub(super) async fn apply(&self, owner: &mut OwnerSession) -> Result<(), LocalError> {
        let (origin, sql) = self.text();
        let script = Script {
            origin: &origin,
            sql,
        };
        let refused = |error| script.refused_at_end(error);
        owner.reset().await?;
        let mut transaction = owner.connection().begin().await.map_err(refused)?;
        script.run(&mut transaction).await?;
        let statements: Vec<&str> = statements(&self.sql).map(|one| one.text).collect();
        sqlx::query(
            "insert into supabase_migrations.schema_migrations (version, name, statements) \
             values ($1, $2, $3)",
        )
        .bind(&self.version)
        .bind(&self.name)
        .bind(statements)
        .execute(&mut *transaction)
        .await
        .map_err(refused)?;
        transaction.commit().await.map_err(refused)
    }

    /// Returns the versions that were applied to the database.
    async fn applied(owner: &mut OwnerSession) -> Result<HashSet<String>, LocalError> {
        let versions: Vec<String> =
            sqlx::query_scalar("select version from supabase_migrations.schema_migrations")
                .fetch_all(owner.connection())
                .await
                .map_err(|error| LocalError::Connection(error.into()))?;
        Ok(versions.into_iter().collect())
    }

    /// Returns the `migrations` that were not applied to the database yet.
    pub(super) async fn pending(
        migrations: Vec<Self>,
        owner: &mut OwnerSession,
    ) -> Result<Vec<Self>, LocalError> {
        let applied = Self::applied(owner).await?;
        Ok(migrations
            .into_iter()
            .filter(|one| !applied.contains(&one.version))
            .collect())
    }
}

/// Runs a seed file once per database: a path that was executed before is skipped, as in the CLI.
/// Returns whether it ran.
pub(super) async fn run_once(
    path: &Path,
    sql: &str,
    owner: &mut OwnerSession,
) -> Result<bool, LocalError> {
    let origin = path.display().to_string();
    let script = Script {
        origin: &origin,
        sql,
    };
    let refused = |error| script.refused_at_end(error);
    owner.reset().await?;
    let mut transaction = owner.connection().begin().await.map_err(refused)?;
    let recorded = sqlx::query(
        "insert into supabase_migrations.seed_files (path, hash) \
         values ($1, encode(sha256(convert_to($2, 'UTF8')), 'hex')) on conflict do nothing",
    )
    .bind(&origin)
    .bind(sql)
    .execute(&mut *transaction)
    .await
    .map_err(refused)?;
    if recorded.rows_affected() == 0 {
        return Ok(false);
    }
    script.run(&mut transaction).await?;
    transaction.commit().await.map_err(refused)?;
    Ok(true)
}

pub(super) fn file_name(path: &Path) -> String {
    path.file_name()
        .unwrap_or(path.as_os_str())
        .to_string_lossy()
        .into_owned()
}

pub(super) fn read(path: &Path) -> Result<String, LocalError> {
    fs::read_to_string(path).map_err(|source| LocalError::SqlFile {
        path: path.to_owned(),
        source,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_named_as_the_cli_names_them_are_migrations() {
        let of = |name: &str| Migration::from_path(PathBuf::from(name));
        let migration = of("folder/20260101120000_create_todos.sql").unwrap();
        assert_eq!(migration.version, "20260101120000");
        assert_eq!(migration.name, "create_todos");
        assert_eq!(of("1_.sql").unwrap().name, "");
        for other in [
            "README.md",
            "create.sql",
            "1.sql",
            "_x.sql",
            "v1_x.sql",
            "1_x.sql.bak",
        ] {
            assert_eq!(of(other), None, "{other}");
        }
    }

    #[test]
    fn a_missing_and_an_empty_folder_say_so() {
        let error = Migration::list(Path::new("no/such/folder")).unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("the migrations folder no/such/folder could not")
        );
        let error = Migration::list(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap_err();
        assert!(error.to_string().contains("holds no migration"), "{error}");
    }
}
