//! What `check` says about the login of the tasks' database.

use supabase_task::LocalSupabase;
use supabase_task_tests::{MIGRATION, TestDatabase};

use crate::process::{Ended, Program};

const PASSWORD: &str = "pass-word-7";

/// The lines about the login: each mark and text.
fn lines(ended: &Ended) -> Vec<(char, &str)> {
    let lines = ended.stdout.lines().filter_map(|line| {
        let (mark, rest) = line.split_once(' ')?;
        let text = rest.strip_prefix("tasks' login")?;
        Some((mark.chars().next()?, text.trim()))
    });
    lines.collect()
}

#[tokio::test]
async fn a_login_may_do_what_the_tasks_need_and_no_more() {
    let database = TestDatabase::create().await;
    let stack = LocalSupabase::builder()
        .database_url(database.url().as_str())
        .sql(MIGRATION)
        .start()
        .await
        .unwrap();
    let url = database.url_of_plain_role(PASSWORD).await;
    let login = url.username();
    let check = async |url: &str| {
        let program = Program::with_database(&["check"]).project(&stack);
        let ended = program.env([("SUPABASE_DB_URL", url)]).run().await;
        assert!(!ended.stdout.contains(PASSWORD), "{ended:?}");
        ended
    };
    let execute = async |sql: String| stack.execute(sql).await.unwrap();

    let superuser = check(database.url().as_str()).await;
    superuser.exited(1);
    let [('✗', text)] = lines(&superuser)[..] else {
        panic!("{superuser:#?}");
    };
    assert!(text.contains("is a superuser"), "{text}");
    assert!(text.contains("grant authenticated to tasks"), "{text}");

    let plain = check(url.as_str()).await;
    plain.exited(1);
    let [('✗', text)] = lines(&plain)[..] else {
        panic!("{plain:#?}");
    };
    assert!(text.contains("may not become `authenticated`"), "{text}");

    // What it says is carried out until nothing is left to say.
    execute(format!(
        "alter role {login} bypassrls createrole replication;
         grant authenticated, anon to {login};
         create role {login}_more; grant {login}_more to authenticated;
         create table public.owned (id int); alter table public.owned owner to {login};
         create view public.\"table\" as select 1 as one; alter view public.\"table\" owner to {login};
         create table public.granted (id int, secret int); grant select (secret) on public.granted to {login};"
    ))
    .await;
    let ended = check(url.as_str()).await;
    ended.exited(1);
    let found = lines(&ended);
    for (part, (mark, text)) in [
        "bypassrls",
        "createrole",
        "replication",
        "may become `anon`",
        "_more` through `authenticated`",
        "has the rights of `authenticated`",
        "owns public.\"table\", public.owned,",
        "has rights of its own on public.granted:",
    ]
    .into_iter()
    .zip(&found)
    {
        assert_eq!(*mark, '✗');
        assert!(text.contains(part), "{part}: {text}");
        let statement = text.split_once(": run `");
        let (_, statement) = statement.unwrap_or_else(|| panic!("no statement: {text}"));
        execute(statement.trim_end_matches('`').to_owned()).await;
    }
    assert_eq!(found.len(), 8, "{found:#?}");
    execute(format!(
        "alter role {login} noinherit; drop role {login}_more"
    ))
    .await;

    let ended = check(url.as_str()).await;
    let [('✓', text)] = lines(&ended)[..] else {
        panic!("{ended:#?}");
    };
    assert_eq!(
        text,
        format!("`{login}` may become `authenticated`, as the tasks need, and has no other rights")
    );
    stack.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_url_that_is_missing_or_leads_nowhere_is_told() {
    let stack = supabase_task_tests::start().await;
    let check = async |url: Option<&str>| {
        let program = Program::with_database(&["check"]).project(&stack);
        let url = url.map(|url| ("SUPABASE_DB_URL", url));
        program.env(url).run().await
    };
    let ended = check(None).await;
    let stdout = ended.exited(3);
    assert!(stdout.contains("✗ configuration"), "{stdout}");
    assert!(stdout.contains("`SUPABASE_DB_URL` is not set"), "{stdout}");
    assert!(lines(&ended).is_empty());

    let ended = check(Some("postgres://tasks:hunter2@127.0.0.1:9/db")).await;
    ended.exited(1);
    let [('✗', text)] = lines(&ended)[..] else {
        panic!("{ended:#?}");
    };
    assert!(text.contains("`127.0.0.1:9`"), "{text}");
    assert!(!ended.stdout.contains("hunter2"), "{ended:?}");
    stack.shutdown().await.unwrap();
}
