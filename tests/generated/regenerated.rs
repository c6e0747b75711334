//! Compares the generator's output for the schema with the committed files.
//!
//! After a change of the generator or the schema, update the files with `UPDATE_SNAPSHOTS=1 cargo
//! test -p supabase-task-tests --features external --test generated` and review the difference.

use std::path::{Path, PathBuf};
use std::{env, fs};

use sqlx::Executor as _;
use supabase_task_tests::TestDatabase;
use tokio::process::Command;

/// Runs `gen types` with further arguments. Returns its exit code.
pub(crate) async fn generate(database: &TestDatabase, arguments: &[&str]) -> i32 {
    let mut command = Command::new(env!("CARGO_BIN_EXE_task-program"));
    command.args(["gen", "types"]).args(arguments);
    command
        .env_clear()
        .env("DATABASE_URL", database.url().as_str());
    command.status().await.unwrap().code().unwrap()
}

async fn database() -> TestDatabase {
    let database = TestDatabase::create().await;
    let mut connection = database.connect().await;
    connection
        .execute(include_str!("schema.sql"))
        .await
        .unwrap();
    database
}

fn committed(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("generated")
        .join(name)
}

#[tokio::test]
async fn the_same_schema_gives_the_bytes_that_are_committed() {
    let folder = tempfile::tempdir().unwrap();
    for (name, schemas) in [
        ("database.rs", [].as_slice()),
        (
            "schemas.rs",
            &["--schema", "public", "--schema", "reporting"],
        ),
    ] {
        let committed = committed(name);
        if env::var_os("UPDATE_SNAPSHOTS").is_some() {
            let output = ["--output", committed.to_str().unwrap()];
            let written = generate(&database().await, &[schemas, &output].concat()).await;
            assert_eq!(written, 0);
        }
        // Two databases, because their internal numbers differ.
        for attempt in ["first", "second"] {
            let output = folder.path().join(format!("{attempt}_{name}"));
            let arguments = [schemas, &["--output", output.to_str().unwrap()]].concat();
            let written = generate(&database().await, &arguments).await;
            assert_eq!(written, 0);
            assert!(
                fs::read(&output).unwrap() == fs::read(&committed).unwrap(),
                "{name}: not what is committed; see this module's docs"
            );
        }
    }
}

#[tokio::test]
async fn check_tells_whether_the_file_is_still_right() {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("database.rs");
    let output = output.to_str().unwrap();
    let database = database().await;
    let check = ["--output", output, "--check"];

    assert_eq!(generate(&database, &check).await, 1);
    assert!(!Path::new(output).exists());
    let written = generate(&database, &["--output", output]).await;
    assert_eq!(written, 0);
    assert_eq!(generate(&database, &check).await, 0);

    let time = fs::metadata(output).unwrap().modified().unwrap();
    let again = generate(&database, &["--output", output]).await;
    assert_eq!(again, 0);
    assert_eq!(fs::metadata(output).unwrap().modified().unwrap(), time);

    let mut connection = database.connect().await;
    let change = "alter table samples add later text";
    connection.execute(change).await.unwrap();
    assert_eq!(generate(&database, &check).await, 1);
}

#[tokio::test]
async fn types_of_ones_own_and_missing_schemas() {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("database.rs");
    let output = output.to_str().unwrap();
    let database = database().await;
    let own = [
        "--output",
        output,
        "--type",
        "numeric=f64",
        "--type",
        "timestamp with time zone=chrono::DateTime<chrono::Utc>",
        "--type",
        "email=crate::Email",
        "--type",
        "numeric[]::text=crate::Prices",
    ];

    assert_eq!(generate(&database, &own).await, 0);

    let text = fs::read_to_string(output).unwrap();
    for line in [
        "    pub price: f64,\n",
        "    #[row(cast = \"text\")]\n    pub prices: Option<crate::Prices>,\n",
        "    pub created_at: chrono::DateTime<chrono::Utc>,\n",
        "    pub contact: Option<crate::Email>,\n",
        "    type Returns = f64;\n",
    ] {
        assert!(text.contains(line), "{line}");
    }
    let missing = ["--schema", "nope", "--output", output];
    assert_eq!(generate(&database, &missing).await, 1);
}
