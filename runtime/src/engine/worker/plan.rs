//! [`WorkPlan`]: a worker's tasks, limits and schedules, checked before it starts.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde_json::value::RawValue;
use tokio_util::sync::CancellationToken;

use super::scheduled::scheduled;
use super::settings::WorkerSettings;
use crate::Supabase;
use crate::auth::StoredIdentity;
use crate::engine::backend::Slots;
use crate::engine::registry::{duplicate_ids, linked_tasks};
use crate::engine::schedule::Schedule;
use crate::engine::{
    AttemptRequest, EngineLink, Queue, TaskEntry, Verdict, WorkerError, queue_of_tasks, task,
};
use crate::run::RunInfo;
use crate::run::limits::MAX_TASK_ID_CHARS;

/// A worker's tasks, limits and schedules, checked.
pub(crate) struct WorkPlan {
    pub(crate) supabase: Supabase,
    pub(crate) queue: Queue,
    pub(crate) settings: WorkerSettings,
    /// By task id.
    pub(crate) tasks: HashMap<&'static str, &'static TaskEntry>,
    /// The limit of each queue that has one, among all tasks of the program.
    pub(crate) limits: BTreeMap<&'static str, u32>,
    pub(crate) schedules: Vec<(&'static TaskEntry, Schedule)>,
}

impl WorkPlan {
    pub(super) fn new(
        supabase: Supabase,
        queue: Queue,
        settings: WorkerSettings,
    ) -> Result<Self, WorkerError> {
        no_duplicates()?;
        no_long_ids()?;
        let limits = limits()?;
        let tasks = chosen(&settings)?;
        for task in tasks.values() {
            check_secrets(&supabase, task)?;
        }
        let schedules = scheduled(tasks.values().copied(), &settings)?;
        Ok(Self {
            supabase,
            queue,
            settings,
            tasks,
            limits,
            schedules,
        })
    }

    /// Returns the future of one attempt, and the token that ends it early.
    pub(crate) fn attempt(
        &self,
        task: &'static TaskEntry,
        attempt: Attempt,
        slots: Arc<dyn Slots>,
    ) -> (
        CancellationToken,
        impl Future<Output = Verdict> + Send + 'static,
    ) {
        let stop = CancellationToken::new();
        let request = AttemptRequest {
            run: attempt.run,
            number: attempt.number,
            engine: Some(EngineLink {
                queue: self.queue.clone(),
                slots,
            }),
            stop: stop.clone(),
            payload: attempt.payload,
            stored: attempt.stored,
            grace: self.settings.grace,
        };
        let supabase = self.supabase.clone();
        let future = async move { task.attempt(&supabase, request).await };
        (stop, future)
    }
}

/// What an engine knows about an attempt that it is about to run.
#[derive(Debug)]
pub(crate) struct Attempt {
    pub(crate) run: RunInfo,
    pub(crate) number: u32,
    pub(crate) payload: Box<RawValue>,
    pub(crate) stored: StoredIdentity,
}

fn no_duplicates() -> Result<(), WorkerError> {
    match duplicate_ids().first() {
        None => Ok(()),
        Some((id, places)) => Err(WorkerError::Setup(format!(
            "the task id `{id}` is used more than once: {}",
            places.join(" and ")
        ))),
    }
}

/// Refuses ids that no engine could store.
fn no_long_ids() -> Result<(), WorkerError> {
    let is_long = |task: &&TaskEntry| task.id().chars().count() > MAX_TASK_ID_CHARS;
    match linked_tasks().find(is_long) {
        None => Ok(()),
        Some(task) => Err(WorkerError::Setup(format!(
            "the id of the task at {} has more than {MAX_TASK_ID_CHARS} characters: give it a \
             shorter one with `id = \"…\"`",
            task.location()
        ))),
    }
}

/// Returns the limits of all tasks' queues: even a worker with few tasks needs the limits of shared queues.
fn limits() -> Result<BTreeMap<&'static str, u32>, WorkerError> {
    let mut limits: BTreeMap<&str, (u32, &TaskEntry)> = BTreeMap::new();
    for task in linked_tasks() {
        let Some(queue) = task.options().queue_options() else {
            continue;
        };
        let Some(limit) = queue.limit() else { continue };
        let (first, other) = *limits.entry(queue.name()).or_insert((limit, task));
        if first != limit {
            return Err(WorkerError::Setup(format!(
                "the queue `{}` has the concurrency_limit {first} at task `{}` ({}) and {limit} at \
                 task `{}` ({}): set it once, or to the same value",
                queue.name(),
                other.id(),
                other.location(),
                task.id(),
                task.location(),
            )));
        }
    }
    let limits = limits.into_iter();
    Ok(limits.map(|(name, (limit, _))| (name, limit)).collect())
}

fn chosen(
    settings: &WorkerSettings,
) -> Result<HashMap<&'static str, &'static TaskEntry>, WorkerError> {
    for id in settings.tasks.iter().flatten() {
        task(id).map_err(|unknown| WorkerError::Setup(unknown.to_string()))?;
    }
    for name in settings.queues.iter().flatten() {
        queue_of_tasks(name).map_err(|unknown| WorkerError::Setup(unknown.to_string()))?;
    }
    let has = |names: &Option<Vec<String>>, name: &str| {
        let names = names.as_ref();
        names.is_none_or(|names| names.iter().any(|n| n == name))
    };
    Ok(linked_tasks()
        .filter(|task| has(&settings.tasks, task.id()) && has(&settings.queues, task.queue()))
        .map(|task| (task.id(), task))
        .collect())
}

/// Reports a missing key when the worker starts, rather than in the first run.
fn check_secrets(supabase: &Supabase, task: &TaskEntry) -> Result<(), WorkerError> {
    Ok(task.check_keys(supabase)?)
}
