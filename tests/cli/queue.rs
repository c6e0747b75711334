//! `trigger`, `worker` and `runs`, on a real database.

use std::time::Duration;

use serde_json::Value;
use supabase_task_tests::TestDatabase;
use tokio::io::AsyncReadExt;
use tokio::process::Child;
use url::Url;

use crate::process::{Ended, NOWHERE, Program};

/// A database, and workers that run during the test.
struct Queue {
    database: TestDatabase,
    url: Url,
}

impl Queue {
    async fn create() -> Self {
        let database = TestDatabase::create().await;
        let url = database.url();
        Self { database, url }
    }

    /// Runs a command with the database's URL and without keys.
    async fn run(&self, arguments: &[&str]) -> Ended {
        let program = Program::new(arguments);
        program
            .env([("SUPABASE_DB_URL", self.url.as_str())])
            .run()
            .await
    }

    /// The output of a command, without the newline at its end.
    async fn text(&self, arguments: &[&str]) -> String {
        self.run(arguments).await.exited(0).trim_end().to_owned()
    }

    async fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.text(arguments).await).unwrap()
    }

    fn worker(&self, arguments: &[&str], keys: &[(&str, &str)]) -> Child {
        let arguments = [&["worker", "--drain", "5s"], arguments].concat();
        Program::new(&arguments)
            .env(NOWHERE)
            .env([("SUPABASE_DB_URL", self.url.as_str())])
            .env(keys.iter().copied())
            .spawn()
    }
}

/// The keys that tasks of the other identities need.
const KEYS: [(&str, &str); 2] = [
    ("SUPABASE_SECRET_KEY", "sb_secret_nowhere"),
    (
        "SUPABASE_JWT_SECRET",
        "a-secret-with-at-least-32-characters-too",
    ),
];

/// Sends SIGTERM, and waits until the worker has ended.
async fn stop(mut worker: Child) -> (Option<i32>, String) {
    let id = worker.id().unwrap().to_string();
    let mut signal = std::process::Command::new("kill");
    assert!(signal.args(["-TERM", &id]).status().unwrap().success());
    let mut log = String::new();
    let mut stderr = worker.stderr.take().unwrap();
    let read = stderr.read_to_string(&mut log);
    tokio::time::timeout(Duration::from_secs(30), read)
        .await
        .unwrap()
        .unwrap();
    (worker.wait().await.unwrap().code(), log)
}

#[tokio::test]
async fn what_is_triggered_is_run_by_a_worker_and_can_be_looked_at() {
    let queue = Queue::create().await;
    let payload = r#"{"failures":1}"#;
    let trigger = ["trigger", "flaky", "--payload", payload];
    let id = queue
        .text(
            &[
                &trigger[..],
                &["--tag", "import", "--metadata", r#"{"a":1}"#],
            ]
            .concat(),
        )
        .await;
    let run = queue.json(&["runs", "show", &id, "--json"]).await;
    assert_eq!(run["status"], "QUEUED");
    assert_eq!(run["auth"], "anon");
    assert_eq!(run["payload"]["failures"], 1);
    assert_eq!(run["metadata"]["a"], 1);

    let worker = queue.worker(&[], &KEYS);
    let waited = queue.run(&[&trigger[..], &["--wait"]].concat()).await;
    assert_eq!(waited.exited(0), "2\n");
    waited.says("attempt 1 of 3 failed").says("COMPLETED after");
    let idle = queue.run(&["trigger", "idle", "--wait"]).await;
    assert_eq!(idle.exited(0), "null\n");
    let aborted = queue.run(&["trigger", "abort", "--wait"]).await;
    assert_eq!(aborted.exited(2), "");
    aborted.says("there is nothing to be done");

    let again = queue.text(&["runs", "replay", &id]).await;
    assert_ne!(again, id);
    let run = loop {
        let run = queue.json(&["runs", "show", &again, "--json"]).await;
        if run["status"] == "COMPLETED" {
            break run;
        }
    };
    assert_eq!(run["attempts"].as_array().unwrap().len(), 2);
    assert_eq!(run["attempts"][0]["outcome"], "FAILED");
    assert_eq!(run["output"], 2);
    assert_eq!(run["tags"][0], "import");

    let shown = queue.text(&["runs", "show", &again]).await;
    for expected in [
        "status          COMPLETED",
        "attempt 1 is too early",
        "output          2",
    ] {
        assert!(shown.contains(expected), "{shown}");
    }
    let failed = [
        "runs", "list", "--json", "--status", "failed", "--task", "abort",
    ];
    assert_eq!(queue.json(&failed).await.as_array().unwrap().len(), 1);
    let tagged = queue
        .json(&["runs", "list", "--json", "--tag", "import"])
        .await;
    assert_eq!(tagged.as_array().unwrap().len(), 2);
    assert_eq!(tagged[0]["id"].as_str(), Some(again.as_str()));
    assert_eq!(tagged[0].get("payload"), None);
    let table = queue.text(&["runs", "list", "--limit", "2"]).await;
    assert_eq!(table.lines().count(), 3, "{table}");

    let (code, log) = stop(worker).await;
    assert_eq!(code, Some(0), "{log}");
    assert!(log.contains("the worker has stopped"), "{log}");
    assert!(!log.contains("failures"), "a payload is in the log: {log}");
    drop(queue.database);
}

#[tokio::test]
async fn what_is_long_is_cut_for_people_and_whole_for_programs() {
    let queue = Queue::create().await;
    let payload = format!(r#"{{"characters":300000,"note":"{}"}}"#, "n".repeat(5_000));
    let worker = queue.worker(&["--tasks", "wordy"], &[]);
    let trigger = ["trigger", "wordy", "--payload", &payload, "--wait"];
    let waited = queue.run(&trigger).await;
    // Output to a pipe is not truncated.
    assert_eq!(waited.exited(0).len(), 300_003);
    let runs = queue.json(&["runs", "list", "--json"]).await;
    let id = runs[0]["id"].as_str().unwrap();

    let shown = queue.text(&["runs", "show", id]).await;
    assert!(shown.len() < 6_000, "{}", shown.len());
    assert!(
        shown.contains("… (300002 bytes in all: `--json` shows all of them)"),
        "{shown}"
    );
    let run = queue.json(&["runs", "show", id, "--json"]).await;
    assert_eq!(run["output"].as_str().unwrap().len(), 300_000);
    assert_eq!(run["payload"]["note"].as_str().unwrap().len(), 5_000);
    assert_eq!(stop(worker).await.0, Some(0));
}

#[tokio::test]
async fn a_delayed_run_can_be_cancelled_once() {
    let queue = Queue::create().await;
    let trigger = [
        "trigger",
        "endless",
        "--delay",
        "1h",
        "--idempotency-key",
        "k",
    ];
    let id = queue.text(&trigger).await;
    assert_eq!(queue.text(&trigger).await, id);
    let listed = queue
        .json(&["runs", "list", "--json", "--status", "DELAYED"])
        .await;
    assert_eq!(listed[0]["idempotency_key"], "k");

    assert_eq!(queue.text(&["runs", "cancel", &id]).await, "CANCELED");
    assert_eq!(queue.text(&["runs", "cancel", &id]).await, "CANCELED");

    // A worker whose tasks have one identity needs no keys of the others.
    let worker = queue.worker(&["--tasks", "flaky", "--concurrency", "1"], &[]);
    let flaky = ["trigger", "flaky", "-p", r#"{"failures":0}"#];
    let done = queue.text(&flaky).await;
    while queue.json(&["runs", "show", &done, "--json"]).await["status"] != "COMPLETED" {}
    let late = queue.run(&["runs", "cancel", &done]).await;
    assert_eq!(late.exited(1), "COMPLETED\n");
    late.says("was already over");
    assert_eq!(stop(worker).await.0, Some(0));
}

#[tokio::test]
async fn what_is_not_there_or_not_allowed_is_told() {
    let queue = Queue::create().await;
    let unknown = "019271f0-0000-7000-8000-000000000000";
    // Listing runs does not create the tables.
    let early = queue.run(&["runs", "list"]).await;
    assert_eq!(early.exited(1), "");
    early.says("run `task-program migrate`");

    queue.run(&["migrate"]).await.exited(0);
    let missing = queue.run(&["runs", "show", unknown]).await;
    assert_eq!(missing.exited(1), "");
    missing.says(unknown).says("`task-program runs list`");
    let empty = queue.run(&["runs", "list"]).await;
    assert_eq!(empty.exited(0), "");
    empty.says("no such runs");
    let misspelled = queue.run(&["runs", "list", "--task", "flacky"]).await;
    assert_eq!(misspelled.exited(0), "");
    misspelled.says("did you mean `flaky`?");

    for (arguments, expected) in [
        (&["trigger", "flaky"][..], "give one with `--payload`"),
        (
            &["trigger", "flaky", "-p", "{}"],
            "missing field `failures`",
        ),
        (&["trigger", "nothing"], "no task `nothing`"),
        (&["trigger", "flacky"], "did you mean `flaky`?"),
        (
            &["trigger", "abort", "--max-attempts", "0"],
            "max_attempts is 0",
        ),
        (&["worker", "--tasks", "flaky"], "`SUPABASE_URL` is not set"),
    ] {
        let ended = queue.run(arguments).await;
        assert_eq!(ended.exited(3), "");
        ended.says(expected);
    }
}
