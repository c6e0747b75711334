//! `check`.

use supabase_task::LocalSupabase;
use supabase_task_tests::{MIGRATION, signing_key};

use crate::process::{Ended, NOWHERE, Program};

/// The mark and the text of the line about `name`.
#[track_caller]
pub(crate) fn line<'a>(ended: &'a Ended, name: &str) -> (char, &'a str) {
    let mut lines = ended.stdout.lines().map(|line| {
        let (mark, rest) = line.split_once(' ').unwrap();
        (mark.chars().next().unwrap(), rest)
    });
    let (mark, rest) = lines
        .find(|(_, rest)| rest.starts_with(name))
        .unwrap_or_else(|| panic!("no line `{name}`: {ended:#?}"));
    (mark, rest[name.len()..].trim())
}

fn marks(ended: &Ended, names: &[&str]) -> String {
    names.iter().map(|name| line(ended, name).0).collect()
}

const PROJECT: [&str; 4] = ["project", "publishable key", "secret key", "user token"];

/// What the role of the program reads.
const ORDERS: &str = "
    create table public.order (status text, \"shipped at\" timestamptz);
    alter table public.order enable row level security;";

/// The role that a task of the program runs as.
const ROLE: &str = "
    create role \"cli reporter\" nologin noinherit;
    grant \"cli reporter\" to authenticator;
    grant select on public.order to \"cli reporter\";";

#[tokio::test]
async fn a_role_that_is_not_there_is_told() {
    let stack = LocalSupabase::builder().sql(MIGRATION).sql(ORDERS);
    let stack = stack.start().await.unwrap();
    let ended = Program::new(&["check"]).project(&stack).run().await;
    ended.exited(1);
    assert_eq!(marks(&ended, &PROJECT), "✓✓✓✓");
    let (mark, text) = line(&ended, "role token");
    assert_eq!(mark, '✗');
    assert!(text.contains("cli reporter"), "{text}");
    stack.shutdown().await.unwrap();
}

#[tokio::test]
async fn all_is_well_or_was_not_looked_at() {
    let stack = LocalSupabase::builder()
        .sql(MIGRATION)
        .sql(ORDERS)
        .sql(ROLE);
    let stack = stack.start().await.unwrap();
    let ended = Program::new(&["check"]).project(&stack).run().await;
    ended.exited(0);
    assert_eq!(ended.stderr, "");
    let (mark, variables) = line(&ended, "configuration");
    assert_eq!(mark, '✓');
    assert_eq!(
        variables,
        "read from SUPABASE_URL, SUPABASE_PUBLISHABLE_KEY, SUPABASE_SECRET_KEY, SUPABASE_JWT_SECRET"
    );
    assert_eq!(marks(&ended, &PROJECT), "✓✓✓✓");
    assert!(line(&ended, "user token").1.contains("`authenticated`"));
    let (mark, text) = line(&ended, "role token");
    assert_eq!(mark, '✓');
    assert!(text.ends_with("as `cli reporter`"), "{text}");
    let (mark, reason) = line(&ended, "row level security");
    assert_eq!(mark, '–');
    assert!(reason.contains("SUPABASE_DB_URL"), "{reason}");

    // Legacy keys work too.
    let legacy = [
        ("SUPABASE_URL", stack.url()),
        ("SUPABASE_ANON_KEY", stack.anon_key()),
        ("SUPABASE_SERVICE_ROLE_KEY", stack.service_role_key()),
        ("SUPABASE_JWT_SECRET", stack.jwt_secret()),
    ];
    let ended = Program::new(&["check"]).env(legacy).run().await;
    ended.exited(0);
    assert!(line(&ended, "publishable key").1.contains("legacy `anon`"));
    stack.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_signing_key_or_secret_of_another_project_is_told() {
    let stack = supabase_task_tests::start().await;
    let (jwk, _) = signing_key("unknown");
    for (variable, value) in [
        (
            "SUPABASE_JWT_SECRET",
            "another-secret-with-at-least-32-characters",
        ),
        ("SUPABASE_JWT_SIGNING_KEY", jwk.as_str()),
    ] {
        let program = Program::new(&["check"]).project(&stack);
        let ended = program.env([(variable, value)]).run().await;
        ended.exited(1);
        assert_eq!(marks(&ended, &PROJECT), "✓✓✓✗");
        let (_, reason) = line(&ended, "user token");
        let expected = format!("refuses tokens signed with {variable}");
        assert!(reason.contains(&expected), "{reason}");
        assert!(!ended.stdout.contains(value), "{ended:?}");
    }
    stack.shutdown().await.unwrap();
}

#[tokio::test]
async fn keys_of_another_project_are_told() {
    let stack = supabase_task_tests::start().await;
    let with = |variable, value| {
        Program::new(&["check"])
            .project(&stack)
            .env([(variable, value)])
    };
    let ended = with("SUPABASE_SECRET_KEY", "sb_secret_other").run().await;
    ended.exited(1);
    assert_eq!(marks(&ended, &PROJECT), "✓✓✗✓");

    let ended = with("SUPABASE_PUBLISHABLE_KEY", "sb_publishable_other");
    let ended = ended.run().await;
    ended.exited(1);
    assert_eq!(marks(&ended, &PROJECT), "✓✗✓–");
    stack.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_key_in_the_place_of_another_is_a_wrong_configuration() {
    let stack = supabase_task_tests::start().await;
    let swapped = [("SUPABASE_PUBLISHABLE_KEY", stack.secret_key())];
    let ended = Program::new(&["check"])
        .project(&stack)
        .env(swapped)
        .run()
        .await;
    ended.exited(3);
    let (mark, reason) = line(&ended, "configuration");
    assert_eq!(mark, '✗');
    assert!(reason.contains("holds a secret key"), "{reason}");
    assert!(!ended.stdout.contains(stack.secret_key()), "{ended:?}");
    stack.shutdown().await.unwrap();
}

#[tokio::test]
async fn what_is_missing_is_told_at_once() {
    let ended = Program::new(&["check"]).run().await;
    ended.exited(3);
    for variable in [
        "SUPABASE_URL",
        "SUPABASE_PUBLISHABLE_KEY",
        "SUPABASE_SECRET_KEY",
        "SUPABASE_JWT_SIGNING_KEY",
    ] {
        let expected = format!("`{variable}` is not set");
        assert!(ended.stdout.contains(&expected), "{ended:#?}");
    }
    assert_eq!(line(&ended, "project").0, '–');
}

#[tokio::test]
async fn a_project_that_does_not_answer_is_told_once() {
    let keys = [
        ("SUPABASE_SECRET_KEY", "sb_secret_nowhere"),
        (
            "SUPABASE_JWT_SECRET",
            "a-secret-with-at-least-32-characters-too",
        ),
    ];
    let ended = Program::new(&["check"]).env(NOWHERE).env(keys).run().await;
    ended.exited(1);
    assert_eq!(marks(&ended, &PROJECT), "✗–––");
    assert!(line(&ended, "project").1.contains("127.0.0.1:9"));
}
