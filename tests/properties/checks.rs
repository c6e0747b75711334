//! [`Check`]: a query, and the rows that it must return.

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, Mutex};

use serde::Deserialize;
use supabase_task::client::{Query, Select, ServiceClient};
use tokio::task::JoinSet;

use crate::samples::Sample;

#[derive(Debug, Deserialize)]
pub(crate) struct Id {
    pub(crate) id: i64,
}

pub(crate) struct Check {
    /// Shown on failure.
    what: String,
    query: Query<Select>,
    expected: BTreeSet<i64>,
    /// The number of values that it passes through an operator.
    values: usize,
}

impl Check {
    pub(crate) fn new(
        what: String,
        values: usize,
        samples: &[Sample],
        query: Query<Select>,
        holds: impl Fn(&Sample) -> bool,
    ) -> Self {
        let expected = samples.iter().filter(|sample| holds(sample));
        Self {
            what,
            query,
            expected: expected.map(|sample| sample.id).collect(),
            values,
        }
    }

    async fn run(self) -> Result<usize, String> {
        let rows = match self.query.rows::<Id>().await {
            Ok(rows) => rows,
            Err(error) => return Err(format!("{}: {error}", self.what)),
        };
        let found: BTreeSet<i64> = rows.iter().map(|row| row.id).collect();
        if found != self.expected || found.len() != rows.len() {
            let expected = self.expected;
            return Err(format!(
                "{}: rows {found:?} instead of {expected:?}",
                self.what
            ));
        }
        Ok(self.values)
    }
}

pub(crate) fn samples(supabase: &ServiceClient) -> Query<Select> {
    supabase.from("samples").select("id")
}

/// Runs all of `checks`, a few at a time, and counts the values.
///
/// # Panics
///
/// Lists the checks that failed.
pub(crate) async fn run(checks: Vec<Check>, concurrency: usize) -> usize {
    let queue = Arc::new(Mutex::new(VecDeque::from(checks)));
    let mut workers = JoinSet::new();
    for _ in 0..concurrency {
        let queue = Arc::clone(&queue);
        workers.spawn(async move {
            let mut values = 0;
            let mut failures = Vec::new();
            loop {
                let next = queue.lock().unwrap().pop_front();
                let Some(check) = next else {
                    return (values, failures);
                };
                match check.run().await {
                    Ok(checked) => values += checked,
                    Err(failure) => failures.push(failure),
                }
            }
        });
    }
    let mut values = 0;
    let mut failures = Vec::new();
    for (checked, failed) in workers.join_all().await {
        values += checked;
        failures.extend(failed);
    }
    let shown = failures.iter().take(10).cloned().collect::<Vec<_>>();
    assert!(
        failures.is_empty(),
        "{} checks failed, such as\n{}",
        failures.len(),
        shown.join("\n")
    );
    values
}
