//! Tasks that act as two users and as the service role, against real Row Level Security.
//!
//! ```text
//! cargo run --example quickstart
//! ```
//!
//! Without any environment variable it starts a Supabase project inside this process. With
//! `SUPABASE_URL` and keys, in the environment or in `.env`, it runs on that project.

mod project;
mod report;
mod tasks;

use std::time::Instant;

use anyhow::ensure;
use supabase_task::UserId;
use supabase_task::prelude::*;

use report::Report;
use tasks::{
    AddTodo, AddTodoFor, Among, Of, Todo, add_todo, add_todo_for, count_todos, delete_todos,
    list_todos, list_todos_with_only_sub,
};

const ALICE: &str = "a11ce000-0000-4000-8000-000000000001";
const BOB: &str = "b0b00000-0000-4000-8000-000000000002";

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let start = Instant::now();
    let opened = project::open().await?;
    println!(
        "\nReady after {:.1} s. Running tasks:\n",
        start.elapsed().as_secs_f64()
    );
    let report = run(&opened.supabase).await?;
    report.print();
    if let Some(local) = opened.local {
        local.shutdown().await?;
    }
    println!(
        "\nDone in {:.1} s. The tasks are in examples/quickstart/tasks.rs.",
        start.elapsed().as_secs_f64()
    );
    Ok(())
}

async fn run(supabase: &Supabase) -> anyhow::Result<Report> {
    let (alice, bob): (UserId, UserId) = (ALICE.parse()?, BOB.parse()?);
    let both = || Among {
        users: vec![alice, bob],
    };
    let mut report = Report::default();

    delete_todos::run(supabase, both()).await?;
    for (name, user_id, title) in [
        ("alice", alice, "water the plants"),
        ("alice", alice, "call the bank"),
        ("bob", bob, "fix the bike"),
    ] {
        let payload = AddTodo {
            user_id,
            title: title.to_owned(),
        };
        let run = add_todo::run(supabase, payload);
        report
            .run("add_todo", name, run, |added| {
                outcome(added, |todo| format!("added \"{}\"", todo.title))
            })
            .await?;
    }

    let alices = report
        .run(
            "list_todos",
            "alice",
            list_todos::run(supabase, Of { user_id: alice }),
            listed,
        )
        .await?;
    let bobs = report
        .run(
            "list_todos",
            "bob",
            list_todos::run(supabase, Of { user_id: bob }),
            listed,
        )
        .await?;
    let all = report
        .run(
            "count_todos",
            "service role",
            count_todos::run(supabase, both()),
            |count| outcome(count, |count| format!("{count} rows of all users")),
        )
        .await?;

    let for_bob = AddTodoFor {
        user_id: alice,
        owner_id: bob,
        title: "not hers".to_owned(),
    };
    let refused = report
        .run(
            "add_todo_for",
            "alice",
            add_todo_for::run(supabase, for_bob),
            |refused| match refused {
                Ok(()) => "added, although it must not be".to_owned(),
                Err(_) => "refused by Row Level Security".to_owned(),
            },
        )
        .await;

    let only_sub = list_todos_with_only_sub::run(supabase, Of { user_id: alice });
    let without_role = report
        .run(
            "list_todos_with_only_sub",
            "alice?",
            only_sub,
            |rows| match rows {
                Ok(Some(rows)) => {
                    format!("{} rows, and no error: the token has no role", rows.len())
                }
                Ok(None) => {
                    "skipped: needs SUPABASE_JWT_SECRET and SUPABASE_PUBLISHABLE_KEY".to_owned()
                }
                Err(error) => error.to_string(),
            },
        )
        .await?;
    delete_todos::run(supabase, both()).await?;

    ensure!(
        alices.len() == 2 && bobs.len() == 1 && all == 3,
        "a list does not match what was added"
    );
    ensure!(
        without_role.is_none_or(|rows| rows.is_empty()),
        "a token without a role read rows"
    );
    let Err(refusal) = refused else {
        anyhow::bail!("alice added a todo for bob")
    };
    println!("\nThe refusal, as a developer sees it:\n\n  {refusal}");
    Ok(report)
}

fn listed(todos: &TaskResult<Vec<Todo>>) -> String {
    outcome(todos, |todos| match todos.len() {
        1 => "1 row, their own".to_owned(),
        count => format!("{count} rows, their own"),
    })
}

/// Describes a result; an error becomes its text.
fn outcome<T>(result: &TaskResult<T>, in_words: impl FnOnce(&T) -> String) -> String {
    match result {
        Ok(value) => in_words(value),
        Err(error) => error.to_string(),
    }
}
