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

/// One ordered list for each status, because an index has no order over several; then the first of all.
fn sql(filter: &RunFilter) -> String {
    let mut statuses = match filter.task_id {
        // The index of a task's runs has them by status.
        Some(_) if filter.statuses.is_empty() && filter.tag.is_none() => RunStatus::ALL.to_vec(),
        _ => filter.statuses.clone(),
    };
    statuses.sort_unstable_by_key(|status| status.as_str());
    statuses.dedup();
    let mut lists: Vec<_> = statuses
        .iter()
        .map(|status| one(filter, &condition(*status)))
        .collect();
    if statuses.contains(&RunStatus::Queued) {
        // Nothing changes the row of a delayed run when its time comes.
        let due = "r.status = 'DELAYED' and r.ticket_at is null and r.run_at <= now()";
        lists.push(one(filter, due));
    }
    if lists.is_empty() {
        lists.push(one(filter, "true"));
    }
    format!(
        "select * from ({}) as runs order by id desc limit $4",
        lists.join(" union all ")
    )
}

fn condition(status: RunStatus) -> String {
    match status {
        RunStatus::Delayed => "r.status = 'DELAYED' and r.run_at > now()".to_owned(),
        status => format!("r.status = '{}'", status.as_str()),
    }
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
