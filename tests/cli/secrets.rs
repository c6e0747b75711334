//! No command prints a key, secret or password.

use crate::process::Program;

/// Well-formed, so that they are accepted, but of no project.
const SECRETS: [(&str, &str); 4] = [
    ("SUPABASE_PUBLISHABLE_KEY", "sb_publishable_marker1"),
    ("SUPABASE_SECRET_KEY", "sb_secret_marker2"),
    (
        "SUPABASE_JWT_SECRET",
        "marker3-of-a-secret-with-at-least-32-characters",
    ),
    (
        "SUPABASE_DB_URL",
        "postgresql://postgres:marker4@127.0.0.1:9/postgres",
    ),
];

const COMMANDS: [&[&str]; 15] = [
    &["tasks"],
    &["tasks", "--json"],
    &["run", "count_todos"],
    &["run", "abort"],
    &["run", "flaky"],
    &["trigger", "abort"],
    &["trigger", "nothing"],
    &["worker"],
    &["runs", "list"],
    &["runs", "show", "019271f0-0000-7000-8000-000000000000"],
    &["runs", "cancel", "019271f0-0000-7000-8000-000000000000"],
    &["migrate"],
    &["check"],
    &["gen", "types"],
    &["completions", "bash"],
];

#[tokio::test]
async fn no_output_holds_a_secret() {
    for arguments in COMMANDS {
        let ended = Program::new(arguments)
            .env([
                ("SUPABASE_URL", "http://127.0.0.1:9"),
                ("RUST_LOG", "trace"),
            ])
            .env(SECRETS)
            .run()
            .await;
        assert!(
            !format!("{}{}", ended.stdout, ended.stderr).contains("marker"),
            "{arguments:?}: {ended:#?}"
        );
        assert!(!(ended.stdout + &ended.stderr).is_empty(), "{arguments:?}");
    }
}

/// A value in the wrong variable is still a secret.
#[tokio::test]
async fn a_secret_in_the_wrong_variable_is_not_told_either() {
    let (_, secret) = SECRETS[2];
    for variable in [
        "SUPABASE_URL",
        "SUPABASE_PUBLISHABLE_KEY",
        "SUPABASE_SECRET_KEY",
        "SUPABASE_JWT_SIGNING_KEY",
        "SUPABASE_DB_URL",
    ] {
        for arguments in COMMANDS {
            let ended = Program::new(arguments)
                .env([("SUPABASE_URL", "http://127.0.0.1:9")])
                .env(SECRETS)
                .env([(variable, secret)])
                .run()
                .await;
            assert!(
                !format!("{}{}", ended.stdout, ended.stderr).contains("marker"),
                "{variable} {arguments:?}: {ended:#?}"
            );
        }
    }
}
