//! Invalid command lines.

use crate::process::{NOWHERE, Program};

#[tokio::test]
async fn what_it_does_not_know_is_exit_code_3_with_nothing_on_the_standard_output() {
    for arguments in [
        &["run"][..],
        &["run", "flaky", "--nope"],
        &["nope"],
        &["trigger", "flaky", "--delay", "soon"],
        &["runs", "list", "--status", "done"],
    ] {
        let ended = Program::new(arguments).env(NOWHERE).run().await;
        assert_eq!(ended.exited(3), "", "{arguments:?}");
        ended.says("error: ");
    }
    // `gen types` keeps its exit codes.
    let ended = Program::new(&["gen", "types", "--nope"]).run().await;
    assert_eq!(ended.exited(2), "");
}

/// In any position, the URL is refused and no part of it is repeated.
#[tokio::test]
async fn a_databases_url_on_the_command_line_is_refused_without_repeating_it() {
    let url = "postgresql://postgres:hunter2@db.example:5432/postgres";
    let misspelled = format!("--dburl={url}");
    for arguments in [
        &["migrate", url][..],
        &["migrate", "--dburl", url],
        &["migrate", &misspelled],
        &["gen", "types", url],
        &["runs", "show", url],
        &["runs", "list", "--before", url],
        &["run", url],
        &["worker", "--tasks", url],
        &["check", url],
        &[url],
    ] {
        let ended = Program::new(arguments).env(NOWHERE).run().await;
        assert_eq!(ended.exited(3), "", "{arguments:?}");
        ended.says(
            "set SUPABASE_DB_URL instead: a URL on the command line is visible to every user",
        );
        for part in ["hunter2", "db.example"] {
            assert!(!ended.stderr.contains(part), "{ended:?}");
        }
    }
}

/// Scripts still use it from earlier versions.
#[tokio::test]
async fn the_option_for_it_warns_and_repeats_no_password() {
    let url = "postgresql://postgres:hunter2@127.0.0.1:1/postgres";
    let joined = format!("--db-url={url}");
    for arguments in [
        &["migrate", "--db-url", url][..],
        &["migrate", &joined],
        &["runs", "list", &joined],
        &["gen", "types", "--db-url", url],
    ] {
        let ended = Program::new(arguments).run().await;
        ended
            .says("warning: a URL on the command line is visible to every user of the machine")
            .says("no connection to `127.0.0.1:1`");
        assert!(!ended.stderr.contains("hunter2"), "{ended:?}");
    }
}

#[tokio::test]
async fn what_may_be_a_secret_is_not_repeated_and_what_is_not_is() {
    for (argument, part) in [
        ("https://me:hunter2@host", "hunter2"),
        ("postgres:hunter2@host:5432/postgres", "hunter2"),
        ("--key=sb_secret_hunter2", "hunter2"),
        ("eyJhbGciOiJIUzI1NiJ9.e30.hunter2", "hunter2"),
        (r#"{"url":"https://me:hunter2@host"}"#, "hunter2"),
    ] {
        for command in [&["migrate"][..], &["run", "flaky"], &["runs", "show"], &[]] {
            let arguments = [command, &[argument]].concat();
            let ended = Program::new(&arguments).run().await;
            assert_eq!(ended.exited(3), "", "{arguments:?}");
            ended.says("error: ");
            assert!(!ended.stderr.contains(part), "{ended:?}");
        }
    }
    let ended = Program::new(&["run", "flaky", r#"{"token":"hunter2"}"#])
        .run()
        .await;
    ended.says("a payload is given with '--payload'");
    assert!(!ended.stderr.contains("hunter2"), "{ended:?}");
    Program::new(&["run", "flaky", "--payloda"])
        .run()
        .await
        .says("'--payloda'")
        .says("'--payload'");
}

#[tokio::test]
async fn what_is_no_id_of_a_run_says_what_one_looks_like() {
    for arguments in [
        &["runs", "show", "123"][..],
        &["runs", "cancel", "flaky"],
        &["runs", "replay", ""],
        &["runs", "list", "--before", "1"],
    ] {
        let ended = Program::new(arguments).run().await;
        assert_eq!(ended.exited(3), "", "{arguments:?}");
        ended
            .says("a run's id is a UUID, such as `")
            .says("`runs list`");
    }
}

/// Reported before a database is required.
#[tokio::test]
async fn a_task_or_queue_that_there_is_not_is_told_with_the_one_that_was_meant() {
    for (arguments, expected) in [
        (&["run", "flacky"][..], "did you mean `flaky`?"),
        (&["run", "count-todos"], "did you mean `count_todos`?"),
        (&["trigger", "flacky"], "did you mean `flaky`?"),
        (
            &["worker", "--tasks", "flaky,gret"],
            "did you mean `greet`?",
        ),
        (
            &["worker", "--queues", "nigthly"],
            "did you mean `nightly`?",
        ),
        (&["run", "invoice"], "the tasks are abort, add_todo,"),
    ] {
        let ended = Program::new(arguments).run().await;
        assert_eq!(ended.exited(3), "", "{arguments:?}");
        ended.says(expected);
    }
}

#[tokio::test]
async fn help_and_version_name_the_program_that_was_run() {
    let ended = Program::new(&["--version"]).run().await;
    let version = ended.exited(0);
    assert!(
        version.starts_with("task-program (supabase-task "),
        "{version}"
    );
    for arguments in [
        &["--help"][..],
        &["run", "--help"],
        &["trigger", "--help"],
        &["gen", "types", "--help"],
        &["completions", "--help"],
    ] {
        let ended = Program::new(arguments).run().await;
        let help = ended.exited(0);
        assert!(help.contains("Usage: task-program"), "{help}");
        for other in ["my-tasks", " supabase-task gen"] {
            assert!(!help.contains(other), "{other}: {help}");
        }
    }
    // Where the database's URL comes from.
    for command in ["trigger", "worker", "migrate", "check"] {
        let ended = Program::new(&[command, "--help"]).run().await;
        let help = ended.exited(0);
        assert!(help.contains("variable SUPABASE_DB_URL"), "{help}");
        assert!(!help.contains("--db-url"), "{help}");
    }
}

#[tokio::test]
async fn completions_are_of_the_program_that_was_run() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let ended = Program::new(&["completions", shell]).run().await;
        let script = ended.exited(0);
        assert_eq!(ended.stderr, "");
        for part in ["task-program", "migrate", "completions", "concurrency-key"] {
            assert!(script.contains(part), "{shell}: no {part}");
        }
        assert!(!script.contains("my-tasks"), "{shell}");
    }
    let unknown = Program::new(&["completions", "csh"]).run().await;
    assert_eq!(unknown.exited(3), "");
    unknown.says("bash").says("powershell");
}

/// Bash itself loads the script and completes with it.
#[cfg(unix)]
#[tokio::test]
async fn bash_completes_with_the_script() {
    let ended = Program::new(&["completions", "bash"]).run().await;
    let script = ended.exited(0);
    let asks = "
        COMP_WORDS=(task-program runs sh); COMP_CWORD=2
        function=$(complete -p task-program); function=${function#*-F }
        ${function%% *} task-program sh runs
        echo \"${COMPREPLY[@]}\"";
    let output = tokio::process::Command::new("bash")
        .args(["--norc", "-c", &format!("{script}\n{asks}")])
        .output()
        .await
        .unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert_eq!(told.trim(), "show", "{output:?}");
}

#[tokio::test]
async fn help_is_on_the_standard_output() {
    let ended = Program::new(&["--help"]).run().await;
    let help = ended.exited(0);
    for command in [
        "tasks",
        "run",
        "trigger",
        "worker",
        "runs",
        "migrate",
        "check",
        "roles",
        "gen",
        "completions",
    ] {
        let line = help
            .lines()
            .find(|line| line.trim_start().starts_with(command));
        assert!(
            line.is_some_and(|line| line.len() > 20),
            "{command}: {help}"
        );
    }
}

#[tokio::test]
async fn a_reader_that_goes_away_is_no_error() {
    let mut child = Program::new(&["tasks"]).spawn();
    drop(child.stdout.take());
    let ended = child.wait().await.unwrap();
    assert_eq!(ended.code(), Some(0));
}

/// At a command line, the error appears at once and not after the client's retries.
#[tokio::test]
async fn a_project_that_refuses_connections_is_told_at_once_by_gen_types() {
    let keys = [("SUPABASE_SECRET_KEY", "sb_secret_nowhere")];
    let began = std::time::Instant::now();
    let program = Program::new(&["gen", "types"]).env(NOWHERE).env(keys);
    let ended = program.run().await;
    assert_eq!(ended.exited(1), "");
    ended.says("no connection to `127.0.0.1:9`");
    // The first retry alone waits for a second, all of them together for seven.
    assert!(began.elapsed().as_secs() < 5, "{:?}", began.elapsed());
}
