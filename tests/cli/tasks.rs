//! `tasks`.

use serde_json::{Value, json};

use crate::process::Program;

#[tokio::test]
async fn the_table_has_each_task_and_what_its_identity_needs() {
    // Works without any variable set.
    let ended = Program::new(&["tasks"]).run().await;
    let table = ended.exited(0);
    let lines: Vec<_> = table.lines().collect();
    assert!(lines[0].starts_with("TASK  "), "{table}");
    let ids = lines[1..].iter().take_while(|line| !line.is_empty());
    let ids: Vec<_> = ids.map(|line| line.split(' ').next().unwrap()).collect();
    let expected = [
        "abort",
        "add_todo",
        "count_todos",
        "endless",
        "flaky",
        "greet",
        "idle",
        "read_todos",
        "report",
        "wordy",
    ];
    assert_eq!(ids, expected);
    let nightly = lines.iter().find(|line| line.starts_with("count_todos"));
    let nightly: Vec<_> = nightly
        .unwrap()
        .split("  ")
        .filter(|cell| !cell.is_empty())
        .collect();
    assert_eq!(
        nightly[..6]
            .iter()
            .map(|cell| cell.trim())
            .collect::<Vec<_>>(),
        [
            "count_todos",
            "service",
            "nightly (1 at once)",
            "30 2 * * * Europe/Berlin",
            "1",
            "1m30s"
        ]
    );
    assert!(table.contains("  role cli reporter  "), "{table}");
    assert!(table.contains("user tasks need SUPABASE_URL"), "{table}");
    assert!(table.contains("role tasks need SUPABASE_URL"), "{table}");
    assert!(table.contains("SUPABASE_SECRET_KEY"), "{table}");
    assert_eq!(ended.stderr, "");
}

#[tokio::test]
async fn json_is_for_machines() {
    let ended = Program::new(&["tasks", "--json"]).run().await;
    let tasks: Vec<Value> = serde_json::from_str(ended.exited(0)).unwrap();
    let task = |id: &str| tasks.iter().find(|task| task["id"] == id).unwrap();
    let names = |id: &str| {
        let variables = task(id)["variables"].as_array().unwrap();
        let names = variables.iter().map(|variable| variable["name"].as_str());
        names.map(Option::unwrap).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(
        names("add_todo"),
        "SUPABASE_URL SUPABASE_PUBLISHABLE_KEY SUPABASE_JWT_SIGNING_KEY"
    );
    assert_eq!(names("count_todos"), "SUPABASE_URL SUPABASE_SECRET_KEY");
    assert_eq!(names("flaky"), "SUPABASE_URL SUPABASE_PUBLISHABLE_KEY");

    let nightly = task("count_todos");
    for (name, value) in [
        ("auth", json!("service")),
        ("queue", json!("nightly")),
        ("concurrency_limit", json!(1)),
        (
            "schedule",
            json!({ "cron": "30 2 * * *", "timezone": "Europe/Berlin" }),
        ),
        ("max_attempts", json!(1)),
        ("max_duration_ms", json!(90_000)),
        ("ttl_ms", json!(3_600_000)),
        ("priority", json!(10)),
    ] {
        assert_eq!(nightly[name], value, "{name}");
    }

    let report = task("report");
    assert_eq!(
        (&report["auth"], &report["role"]),
        (&json!("role"), &json!("cli reporter"))
    );
    assert_eq!(names("report"), names("add_todo"));

    let flaky = task("flaky");
    assert_eq!(flaky["auth"], "anon");
    assert_eq!(flaky["queue"], "flaky");
    assert_eq!(flaky["max_attempts"], 3);
    assert_eq!(flaky["schedule"], Value::Null);
    let place = flaky["declared_at"].as_str().unwrap();
    assert!(place.contains("program/main.rs:"), "{place}");
}
