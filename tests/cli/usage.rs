//! What is asked of it that makes no sense.

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
    // The codes of `gen types` are as they were.
    let ended = Program::new(&["gen", "types", "--nope"]).run().await;
    assert_eq!(ended.exited(2), "");
}

#[tokio::test]
async fn help_is_on_the_standard_output() {
    let ended = Program::new(&["--help"]).run().await;
    let help = ended.exited(0);
    for command in [
        "tasks", "run", "trigger", "worker", "runs", "migrate", "check", "gen",
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
