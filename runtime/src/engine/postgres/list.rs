//! Lists of runs, newest first.
//!
//! Every list is read from an index, so its cost does not depend on the number of runs: by status, by task
//! and status, or by tag. The index of statuses omits completed runs, which are read task by task instead.

use sqlx::AssertSqlSafe;

use super::connections::Connections;
use super::rows::{self, COLUMNS};
use crate::engine::{QueueError, Run, RunFilter, RunStatus};

/// Returns the runs that match a filter, newest first.
pub(super) async fn list(
    connections: &Connections,
    filter: &RunFilter,
) -> Result<Vec<Run>, QueueError> {
    let query = sqlx::query(AssertSqlSafe(sql(filter)))
        .bind(filter.task_id.as_deref())
        .bind(filter.tag.as_deref())
        .bind(filter.before.map(|before| *before.as_uuid()))
        .bind(i64::from(filter.limit_or_default()));
    let rows = connections.rows(query).await?;
    rows.iter().map(rows::run).collect()
}

/// Builds one ordered list for each condition, because an index has no order across several conditions, and
/// takes the first runs of all lists together.
fn sql(filter: &RunFilter) -> String {
    let lists: Vec<_> = conditions(filter)
        .iter()
        .map(|condition| one(filter, condition))
        .collect();
    format!(
        // The statement uses all parameters, whatever the filter is.
        "select * from ({}) as runs
         where ($1::text is null or true) and ($2::text is null or true) and ($3::uuid is null or true)
         order by id desc limit $4",
        lists.join(" union all ")
    )
}

fn is_status(status: RunStatus) -> String {
    format!("r.status = '{}'", status.as_str())
}

/// Returns conditions that together select the runs of the filter, without overlap.
fn conditions(filter: &RunFilter) -> Vec<String> {
    if filter.statuses.is_empty() {
        return match (&filter.task_id, &filter.tag) {
            // The index of a task's runs is ordered by status.
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
            // yet, if there was no worker.
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
    // The index of tags has the runs of each tag in order.
    let id = if filter.tag.is_some() {
        "t.run_id"
    } else {
        "r.id"
    };
    let before = match filter.before {
        Some(_) => format!("and {id} < $3::uuid"),
        None => String::new(),
    };
    let task = match filter.task_id {
        Some(_) => "and r.task_id = $1::text",
        None => "",
    };
    let is = format!("{condition} {task} {before}");
    let from = match (&filter.tag, &filter.task_id) {
        (Some(_), _) => format!(
            "supabase_task.run_tags t join supabase_task.runs r on r.id = t.run_id
             where t.tag = $2::text and {is}"
        ),
        // The index of statuses has all other runs.
        (None, None) if condition == is_status(RunStatus::Completed) => format!(
            "supabase_task.task_ids() as task cross join lateral (
               select * from supabase_task.runs r where r.task_id = task and {is}
               order by r.id desc limit $4) as r"
        ),
        (None, _) => format!("supabase_task.runs r where {is}"),
    };
    format!("(select {COLUMNS} from {from} order by {id} desc limit $4)")
}
