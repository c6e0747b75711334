//! Lists of runs, each found by an index: by status, by task and status, by tag, newest first.

use sqlx::AssertSqlSafe;

use super::connections::Connections;
use super::rows::{self, COLUMNS};
use crate::engine::{QueueError, Run, RunFilter, RunStatus};

/// The runs that a filter asks for, newest first.
pub(super) async fn list(
    connections: &Connections,
    filter: &RunFilter,
) -> Result<Vec<Run>, QueueError> {
    let query = sqlx::query(AssertSqlSafe(sql(filter)))
        .bind(filter.task_id.as_deref())
        .bind(filter.tag.as_deref())
        .bind(filter.before.map(|before| *before.as_uuid()))
        .bind(i64::from(filter.limit_or_default()));
    connections
        .rows(query)
        .await?
        .iter()
        .map(rows::run)
        .collect()
}

/// One ordered list for each condition, because an index has no order over several; then the first of all.
fn sql(filter: &RunFilter) -> String {
    let lists: Vec<_> = conditions(filter)
        .iter()
        .map(|condition| one(filter, condition))
        .collect();
    format!(
        "select * from ({}) as runs order by id desc limit $4",
        lists.join(" union all ")
    )
}

/// What the runs of a list are, without overlaps.
fn conditions(filter: &RunFilter) -> Vec<String> {
    let is_status = |status: RunStatus| format!("r.status = '{}'", status.as_str());
    if filter.statuses.is_empty() {
        return match (&filter.task_id, &filter.tag) {
            // The index of a task's runs has them by status.
            (Some(_), None) => RunStatus::ALL.into_iter().map(is_status).collect(),
            _ => vec!["true".to_owned()],
        };
    }
    let mut statuses = filter.statuses.clone();
    statuses.sort_unstable_by_key(|status| status.as_str());
    statuses.dedup();
    let mut conditions = Vec::new();
    for status in statuses {
        match status {
            RunStatus::Delayed => {
                conditions.push("r.status = 'DELAYED' and r.run_at > now()".to_owned());
            }
            // Nothing changes the row of a delayed run when its time comes. Its ticket may not be issued
            // yet: no worker was there.
            RunStatus::Queued => {
                conditions.push(is_status(status));
                for ticket in ["r.ticket_at is null", "r.ticket_at <= now()"] {
                    conditions.push(format!(
                        "r.status = 'DELAYED' and r.run_at <= now() and {ticket}"
                    ));
                }
            }
            status => conditions.push(is_status(status)),
        }
    }
    conditions
}

fn one(filter: &RunFilter, condition: &str) -> String {
    let (from, id) = match filter.tag {
        Some(_) => (
            "supabase_task.run_tags t join supabase_task.runs r on r.id = t.run_id and t.tag = $2::text",
            "t.run_id",
        ),
        None => ("supabase_task.runs r", "r.id"),
    };
    let task = match filter.task_id {
        Some(_) => "and r.task_id = $1::text",
        None => "",
    };
    let before = match filter.before {
        Some(_) => format!("and {id} < $3::uuid"),
        None => String::new(),
    };
    format!(
        "(select {COLUMNS} from {from} where {condition} {task} {before}
          and ($1::text is null or true) and ($2::text is null or true) and ($3::uuid is null or true)
          order by {id} desc limit $4)"
    )
}
