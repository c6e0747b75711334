//! The table that is printed at the end.

use std::fmt::Display;
use std::time::{Duration, Instant};

/// What each task did, in order.
#[derive(Default)]
pub struct Report {
    rows: Vec<Row>,
}

struct Row {
    task: String,
    identity: String,
    result: String,
    time: Duration,
}

impl Report {
    /// Runs a task, measures the time, and records the result as text.
    pub async fn run<T>(
        &mut self,
        task: &str,
        identity: &str,
        run: impl Future<Output = T>,
        in_words: impl FnOnce(&T) -> String,
    ) -> T {
        let start = Instant::now();
        let result = run.await;
        let row = Row {
            task: task.to_owned(),
            identity: identity.to_owned(),
            result: in_words(&result),
            time: start.elapsed(),
        };
        println!("  {:24} as {:12} {}", row.task, row.identity, row.result);
        self.rows.push(row);
        result
    }

    pub fn print(&self) {
        let width = |of: fn(&Row) -> &str| {
            self.rows
                .iter()
                .map(|row| of(row).chars().count())
                .max()
                .unwrap_or_default()
        };
        let (task, identity, result) = (
            width(|row| &row.task),
            width(|row| &row.identity),
            width(|row| &row.result),
        );
        let line = |a: &dyn Display, b: &dyn Display, c: &dyn Display, d: &dyn Display| {
            println!("{a:task$}  {b:identity$}  {c:result$}  {d:>8}");
        };
        println!();
        line(&"task", &"identity", &"result", &"time");
        line(
            &"-".repeat(task),
            &"-".repeat(identity),
            &"-".repeat(result),
            &"-".repeat(8),
        );
        for row in &self.rows {
            let time = format!("{:.1} ms", row.time.as_secs_f64() * 1e3);
            line(&row.task, &row.identity, &row.result, &time);
        }
    }
}
