//! Migrations and seeds, from files.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use super::*;
use crate::local::LocalStepKind;

/// A folder that is removed with the test.
struct Folder(PathBuf);

impl Folder {
    fn with(files: &[(&str, &str)]) -> Self {
        let folder = std::env::temp_dir().join(format!("supabase-task-{}", uuid::Uuid::new_v4()));
        fs::create_dir(&folder).unwrap();
        for (name, sql) in files {
            fs::write(folder.join(name), sql).unwrap();
        }
        Self(folder)
    }

    fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[tokio::test]
async fn migrations_run_in_order_and_before_the_seed() {
    let folder = Folder::with(&[
        ("2_rename.sql", "alter table a rename to b;"),
        (
            "1_create.sql",
            "create table a (n int); set search_path to '';",
        ),
        ("notes.sql", "this is not a migration"),
        ("seed.txt", "insert into b values (1);"),
    ]);
    let steps = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&steps);
    let stack = LocalSupabase::builder()
        .migrations(folder.path())
        .seed(folder.path().join("seed.txt"))
        .on_step(move |step| told.lock().unwrap().push(step.clone()))
        .start()
        .await
        .unwrap();

    let rows = get(
        &stack,
        "/rest/v1/b?select=n",
        stack.secret_key(),
        stack.secret_key(),
    )
    .await;
    assert_eq!(rows, (StatusCode::OK, json!([{ "n": 1 }])));
    stack
        .execute(
            "do $$ begin
               assert (select array_agg(version || name || ': ' || array_to_string(statements, '|') order by version)
                       from supabase_migrations.schema_migrations)
                 = array['1create: create table a (n int)|set search_path to ''''',
                         '2rename: alter table a rename to b'];
             end $$",
        )
        .await
        .unwrap();

    let steps = steps.lock().unwrap();
    let kinds: Vec<_> = steps.iter().map(|step| step.kind.clone()).collect();
    let applied = |file: &str| LocalStepKind::MigrationApplied {
        file: file.to_owned(),
    };
    assert_eq!(
        kinds[1..],
        [
            LocalStepKind::RolesCreated,
            applied("1_create.sql"),
            applied("2_rename.sql"),
            LocalStepKind::Seeded {
                file: "seed.txt".to_owned()
            },
            LocalStepKind::ApiUp {
                url: stack.url().to_owned()
            },
        ]
    );
    let first = steps[0].to_string();
    assert!(first.starts_with("PostgreSQL 1"), "{first}");
    assert!(first.contains(" up, "), "{first}");
}

#[tokio::test]
async fn a_bad_migration_names_its_file_line_and_column() {
    let folder = Folder::with(&[("1_bad.sql", "create table a (n int);\ncreate tabel b ();\n")]);
    let error = LocalSupabase::builder()
        .migrations(folder.path())
        .start()
        .await
        .unwrap_err();
    let file = folder.path().join("1_bad.sql");
    assert_eq!(
        error.to_string(),
        format!(
            "{}:2:8: syntax error at or near \"tabel\" (SQLSTATE 42601); statement: create tabel b ()",
            file.display()
        )
    );
}

#[tokio::test]
async fn a_missing_folder_is_told_before_anything_starts() {
    let error = LocalSupabase::builder()
        .migrations("no/such")
        .start()
        .await
        .unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("the migrations folder no/such could not"),
        "{error}"
    );
}

#[tokio::test]
async fn a_projects_folder_is_read_as_the_cli_reads_it() {
    let folder = Folder::with(&[
        (
            "config.toml",
            "[api]\nschemas = ['api']\nmax_rows = 2\n[db.seed]\nsql_paths = ['./seed_*.sql']",
        ),
        ("roles.sql", "select 1;"),
        (
            "seed_2.sql",
            "insert into api.todos select generate_series(2, 3);",
        ),
        ("seed_1.sql", "insert into api.todos values (1);"),
        ("seed.sql", "this is not run"),
    ]);
    let migrations = folder.path().join("migrations");
    fs::create_dir(&migrations).unwrap();
    let create = "create schema api; create table api.todos (n int); grant usage on schema api to service_role;
                  grant all on api.todos to service_role;";
    fs::write(migrations.join("1_create.sql"), create).unwrap();
    let seeded = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&seeded);
    let stack = LocalSupabase::builder()
        .project(folder.path())
        .on_step(move |step| {
            if let LocalStepKind::Seeded { file } = &step.kind {
                told.lock().unwrap().push(file.clone());
            }
        })
        .start()
        .await
        .unwrap();
    assert_eq!(*seeded.lock().unwrap(), ["seed_1.sql", "seed_2.sql"]);
    let key = stack.secret_key();
    let rows = get(&stack, "/rest/v1/todos?select=n&order=n", key, key).await;
    assert_eq!(rows, (StatusCode::OK, json!([{ "n": 1 }, { "n": 2 }])));
}

#[tokio::test]
async fn a_role_that_sql_sets_ends_with_it() {
    let stack = LocalSupabase::builder()
        .sql("create table a (n int); set role authenticated")
        .sql("create table b (n int); set role anon")
        .start()
        .await
        .unwrap();
    stack
        .execute("insert into a values (1); set role anon")
        .await
        .unwrap();
    stack.execute("insert into b values (1)").await.unwrap();
}
