//! `run`.

use serde_json::json;
use supabase_task_tests::user;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};

use crate::process::{NOWHERE, Program};

fn run(task: &str, payload: &str) -> Program {
    Program::new(&["run", task, "--payload", payload]).env(NOWHERE)
}

#[tokio::test]
async fn the_output_alone_is_on_the_standard_output_and_the_rest_on_the_other() {
    let ended = run("flaky", r#"{"failures":2}"#).run().await;
    assert_eq!(ended.exited(0), "3\n");
    ended
        .says("of task `flaky`")
        .says("attempt 1 of 3 failed after ")
        .says("attempt 1 is too early")
        .says("the next attempt is in ")
        .says("attempt 3 of 3 completed")
        .says("COMPLETED after ");
}

#[tokio::test]
async fn a_run_whose_attempts_are_used_up_is_1() {
    let ended = run("flaky", r#"{"failures":9}"#).run().await;
    assert_eq!(ended.exited(1), "");
    ended.says("FAILED after ").says("attempt 3 is too early");
}

#[tokio::test]
async fn a_run_that_aborts_is_2() {
    let ended = Program::new(&["run", "abort"]).env(NOWHERE).run().await;
    assert_eq!(ended.exited(2), "");
    ended
        .says("attempt 1 of 3 failed")
        .says("there is nothing to be done");
    assert!(!ended.stderr.contains("next attempt"), "{ended:?}");
}

#[tokio::test]
async fn what_cannot_be_begun_is_3() {
    for (program, expected) in [
        (run("flaky", "{}"), "missing field `failures`"),
        (
            run("flaky", r#"{"failures":"many"}"#),
            "invalid type: string",
        ),
        (run("flaky", "{failures:1}"), "the payload is not JSON"),
        (
            run("flaky", "@/no/such/file"),
            "`/no/such/file` cannot be read",
        ),
        (
            run("flacky", "{}"),
            "did you mean `flaky`? The tasks are abort, add_todo,",
        ),
        (
            run("https://u:hunter2@host", "{}"),
            "no task `(not shown: it may hold a secret)`",
        ),
        (
            run("flaky", r#"{"failures":0}"#).without("SUPABASE_URL"),
            "`SUPABASE_URL` is not set",
        ),
        (
            run("count_todos", "null"),
            "`SUPABASE_SECRET_KEY` is not set",
        ),
        (
            Program::new(&["run", "flaky"]).env(NOWHERE),
            "give one with `--payload`",
        ),
    ] {
        let ended = program.run().await;
        assert_eq!(ended.exited(3), "");
        ended.says(expected);
    }
}

#[tokio::test]
async fn a_payload_is_read_from_the_standard_input_or_a_file() {
    let ended = run("flaky", "-").input(r#"{"failures":0}"#).run().await;
    assert_eq!(ended.exited(0), "1\n");

    let path = std::env::temp_dir().join(format!("payload-{}.json", uuid::Uuid::new_v4()));
    std::fs::write(&path, r#"{"failures":1}"#).unwrap();
    // Without a payload, `()` is sent as its JSON, and the output is the same.
    let ended = Program::new(&["run", "idle"]).env(NOWHERE).run().await;
    assert_eq!(ended.exited(0), "null\n");

    let ended = run("flaky", &format!("@{}", path.display())).run().await;
    std::fs::remove_file(&path).unwrap();
    assert_eq!(ended.exited(0), "2\n");
}

#[tokio::test]
async fn a_task_runs_as_its_user_and_with_what_main_gives() {
    let stack = supabase_task_tests::start().await;
    let payload = json!({ "user_id": user(1), "title": "call the bank" }).to_string();
    let ended = Program::new(&["run", "add_todo", "--payload", &payload])
        .project(&stack)
        // A user task does not need it.
        .without("SUPABASE_SECRET_KEY")
        .run()
        .await;
    assert_eq!(ended.exited(0), "\"call the bank\"\n");

    let ended = Program::new(&["run", "count_todos"])
        .project(&stack)
        .without("SUPABASE_JWT_SECRET")
        .run()
        .await;
    assert_eq!(ended.exited(0), "1\n");

    let ended = run("greet", r#"{"failures":1}"#).run().await;
    assert_eq!(ended.exited(0), "\"hello after 2\"\n");
    stack.shutdown().await.unwrap();
}

/// As `#[tokio::main]` expands an `async fn main`, also on a runtime of one thread.
#[tokio::test]
async fn a_program_may_call_it_from_an_async_main() {
    for flavor in ["multi_thread", "current_thread"] {
        let program = run("greet", r#"{"failures":1}"#).env([("TEST_RUNTIME", flavor)]);
        let ended = program.run().await;
        assert_eq!(ended.exited(0), "\"hello after 2\"\n", "{flavor}");
    }
}

/// Retried requests are reported. Otherwise nothing would be printed for seconds.
#[tokio::test]
async fn a_project_that_refuses_connections_is_told_while_it_is_tried_again() {
    let keys = [("SUPABASE_SECRET_KEY", "sb_secret_nowhere")];
    let program = Program::new(&["run", "read_todos"]).env(NOWHERE).env(keys);
    let mut child = program.spawn();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let told = loop {
        let line = lines
            .next_line()
            .await
            .unwrap()
            .expect("nothing is told of it");
        assert!(!line.contains("attempt 1 of"), "{line}");
        if line.contains("retrying after a wait") {
            break line;
        }
    };
    assert!(told.contains("127.0.0.1:9"), "{told}");
    child.kill().await.unwrap();
}

#[cfg(unix)]
#[tokio::test]
async fn ctrl_c_cancels_the_run() {
    let mut child = Program::new(&["run", "endless"]).env(NOWHERE).spawn();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut told = Vec::new();
    while let Some(line) = lines.next_line().await.unwrap() {
        if line == "endless has begun" {
            let id = child.id().unwrap().to_string();
            let mut signal = std::process::Command::new("kill");
            assert!(signal.args(["-INT", &id]).status().unwrap().success());
        }
        told.push(line);
    }
    let mut stdout = String::new();
    let mut pipe = child.stdout.take().unwrap();
    pipe.read_to_string(&mut stdout).await.unwrap();
    assert_eq!(child.wait().await.unwrap().code(), Some(2), "{told:#?}");
    assert_eq!(stdout, "");
    assert!(
        told.iter().any(|line| line == "endless was told"),
        "{told:#?}"
    );
    assert!(
        told.iter().any(|line| line.starts_with("CANCELED after")),
        "{told:#?}"
    );
}
