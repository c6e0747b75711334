//! All runs of a queue, page by page.

use crate::engine::{Queue, QueueError, Run, RunFilter, RunStatus};

/// The most runs of one page.
const PAGE: u32 = 1_000;

/// Returns the runs that match the filter, oldest first.
pub(super) async fn all(queue: &Queue, filter: RunFilter) -> Result<Vec<Run>, QueueError> {
    let filter = filter.limit(PAGE);
    let mut runs = queue.runs(filter.clone()).await?;
    let mut last = runs.last().map(|run| run.id);
    while let Some(before) = last {
        let page = queue.runs(filter.clone().before(before)).await?;
        last = page.last().map(|run| run.id);
        runs.extend(page);
    }
    runs.reverse();
    Ok(runs)
}

/// Selects the runs that have not ended.
pub(super) fn open() -> RunFilter {
    let open = RunStatus::ALL.into_iter().filter(|it| !it.is_final());
    open.fold(RunFilter::new(), RunFilter::status)
}
