//! What a run costs besides the task's own work: the client, the injected arguments, the span, and
//! for an erased run the JSON in and out. Each is measured next to the same function called by
//! hand.
//!
//! Nothing is sent: the tasks do nothing with their client.

// First, because a subscriber leaves its level set in the process.
mod no_subscriber {
    use super::*;

    #[divan::bench(types = [idle_service_task, idle_user_task])]
    fn task_run<T: Task<Payload = Job>>(bencher: Bencher<'_, '_>) {
        run_typed::<T>(bencher);
    }

    #[divan::bench(types = [idle_service_task, idle_user_task])]
    fn task_run_erased<T: Task<Payload = Job>>(bencher: Bencher<'_, '_>) {
        run_erased::<T>(bencher);
    }

    #[divan::bench]
    fn plain_fn(bencher: Bencher<'_, '_>) {
        call_plain(bencher);
    }

    #[divan::bench]
    fn plain_fn_boxed(bencher: Bencher<'_, '_>) {
        call_boxed(bencher);
    }

    #[divan::bench]
    fn plain_fn_boxed_json(bencher: Bencher<'_, '_>) {
        call_boxed_with_json(bencher);
    }

    #[divan::bench]
    fn plain_fn_instrumented(bencher: Bencher<'_, '_>) {
        call_instrumented(bencher);
    }
}

/// The default of `tracing_subscriber::fmt`: it records the span for the lines of events.
mod span_recorded {
    use super::*;

    #[divan::bench(types = [idle_service_task, idle_user_task])]
    fn task_run<T: Task<Payload = Job>>(bencher: Bencher<'_, '_>) {
        let _subscriber = subscribe(FmtSpan::NONE);
        run_typed::<T>(bencher);
    }

    #[divan::bench(types = [idle_service_task, idle_user_task])]
    fn task_run_erased<T: Task<Payload = Job>>(bencher: Bencher<'_, '_>) {
        let _subscriber = subscribe(FmtSpan::NONE);
        run_erased::<T>(bencher);
    }

    #[divan::bench]
    fn plain_fn_instrumented(bencher: Bencher<'_, '_>) {
        let _subscriber = subscribe(FmtSpan::NONE);
        call_instrumented(bencher);
    }
}

/// Writes a line for each run.
mod span_written {
    use super::*;

    #[divan::bench(types = [idle_service_task, idle_user_task])]
    fn task_run<T: Task<Payload = Job>>(bencher: Bencher<'_, '_>) {
        let _subscriber = subscribe(FmtSpan::CLOSE);
        run_typed::<T>(bencher);
    }

    #[divan::bench(types = [idle_service_task, idle_user_task])]
    fn task_run_erased<T: Task<Payload = Job>>(bencher: Bencher<'_, '_>) {
        let _subscriber = subscribe(FmtSpan::CLOSE);
        run_erased::<T>(bencher);
    }

    #[divan::bench]
    fn plain_fn_instrumented(bencher: Bencher<'_, '_>) {
        let _subscriber = subscribe(FmtSpan::CLOSE);
        call_instrumented(bencher);
    }
}

use std::io;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};

use divan::{Bencher, black_box};
use serde::{Deserialize, Serialize};
use supabase_task::prelude::*;
use supabase_task::task::linked_tasks;
use tokio::runtime::Runtime;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::format::FmtSpan;

fn main() {
    divan::Divan::default()
        .sample_count(500)
        .sample_size(100)
        .config_with_args()
        .main();
}

#[derive(Clone, Serialize, Deserialize)]
struct Job {
    user_id: UserId,
    number: u64,
}

/// The state that an application passes to its tasks: usually a pool behind an `Arc`.
#[derive(Debug)]
struct Settings {
    factor: u64,
}

#[supabase_task(auth = "service")]
async fn idle_service_task(
    job: Job,
    supabase: ServiceClient,
    ctx: TaskContext,
    State(settings): State<Arc<Settings>>,
) -> TaskResult<u64> {
    black_box((&supabase, &ctx));
    Ok(job.number * settings.factor)
}

#[supabase_task(auth = "user")]
async fn idle_user_task(
    job: Job,
    supabase: UserClient,
    ctx: TaskContext,
    State(settings): State<Arc<Settings>>,
) -> TaskResult<u64> {
    black_box((&supabase, &ctx));
    Ok(job.number * settings.factor)
}

#[tracing::instrument(
    name = "task",
    skip_all,
    fields(
        task.id = ctx.task_id(),
        task.run_id = %ctx.run_id(),
        task.attempt = ctx.attempt(),
        task.auth = "user",
    )
)]
async fn instrumented(
    job: Job,
    supabase: UserClient,
    ctx: TaskContext,
    state: State<Arc<Settings>>,
) -> TaskResult<u64> {
    idle_user_task(job, supabase, ctx, state).await
}

fn run_typed<T: Task<Payload = Job>>(bencher: Bencher<'_, '_>) {
    let Process { runtime, supabase } = Process::new();
    let run = |job| runtime.block_on(T::run(&supabase, job));
    assert!(run(job()).is_ok());
    bencher.with_inputs(job).bench_local_values(run);
}

fn run_erased<T: Task<Payload = Job>>(bencher: Bencher<'_, '_>) {
    let Process { runtime, supabase } = Process::new();
    let run = |job| {
        let task = linked_tasks().find(|task| task.id() == T::ID);
        let task = task.expect("the task is linked");
        runtime.block_on(task.run(&supabase, job))
    };
    assert!(run(job_as_json()).is_ok());
    bencher.with_inputs(job_as_json).bench_local_values(run);
}

fn call_plain(bencher: Bencher<'_, '_>) {
    let runtime = runtime();
    bencher
        .with_inputs(|| (job(), injected()))
        .bench_local_values(|(job, (client, ctx, settings))| {
            runtime.block_on(idle_user_task(job, client, ctx, settings))
        });
}

fn call_boxed(bencher: Bencher<'_, '_>) {
    let runtime = runtime();
    bencher
        .with_inputs(|| (job(), injected()))
        .bench_local_values(|(job, (client, ctx, settings))| {
            let future: Pin<Box<dyn Future<Output = TaskResult<u64>> + Send>> =
                Box::pin(idle_user_task(job, client, ctx, settings));
            runtime.block_on(future)
        });
}

fn call_boxed_with_json(bencher: Bencher<'_, '_>) {
    let runtime = runtime();
    bencher
        .with_inputs(|| (job_as_json(), injected()))
        .bench_local_values(|(job, (client, ctx, settings))| {
            let future: Pin<Box<dyn Future<Output = TaskResult<serde_json::Value>> + Send>> =
                Box::pin(async {
                    let job = serde_json::from_value(job)?;
                    let number = idle_user_task(job, client, ctx, settings).await?;
                    Ok(serde_json::to_value(number)?)
                });
            runtime.block_on(future)
        });
}

fn call_instrumented(bencher: Bencher<'_, '_>) {
    let runtime = runtime();
    bencher
        .with_inputs(|| (job(), injected()))
        .bench_local_values(|(job, (client, ctx, settings))| {
            runtime.block_on(instrumented(job, client, ctx, settings))
        });
}

struct Process {
    runtime: Runtime,
    supabase: Supabase,
}

impl Process {
    fn new() -> Self {
        let supabase = Supabase::builder()
            .url("http://127.0.0.1:54321")
            .publishable_key("sb_publishable_ACJWlzQHlZjBrEguHvfOxg_3BJgxAaH")
            .secret_key("sb_secret_N7UND0UgjKTVK-Uodkm0Hg_xSvEMPvz")
            .jwt_secret("super-secret-jwt-token-with-at-least-32-characters-long")
            .state(Arc::new(Settings { factor: 3 }))
            .build()
            .expect("the configuration is complete");
        Self {
            runtime: runtime(),
            supabase,
        }
    }
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("tokio starts")
}

fn job() -> Job {
    Job {
        user_id: "5f0c8f0e-9a3c-4a52-8d8e-0a1b2c3d4e5f"
            .parse()
            .expect("a user id"),
        number: 14,
    }
}

fn job_as_json() -> serde_json::Value {
    serde_json::to_value(job()).expect("a job is JSON")
}

type Injected = (UserClient, TaskContext, State<Arc<Settings>>);

/// The injected values, for the functions that are called by hand.
fn injected() -> Injected {
    static INJECTED: OnceLock<Injected> = OnceLock::new();
    INJECTED
        .get_or_init(|| {
            let Process { runtime, supabase } = Process::new();
            let slot = Slot::default();
            let supabase = supabase.with_state(slot.clone());
            runtime
                .block_on(keep_injected::run(&supabase, job()))
                .expect("the task runs");
            slot.get().expect("the task ran").clone()
        })
        .clone()
}

type Slot = Arc<OnceLock<Injected>>;

#[supabase_task(auth = "user")]
async fn keep_injected(
    _job: Job,
    supabase: UserClient,
    ctx: TaskContext,
    settings: State<Arc<Settings>>,
    State(slot): State<Slot>,
) -> TaskResult<()> {
    slot.get_or_init(|| (supabase, ctx, settings));
    Ok(())
}

/// Sets a subscriber at INFO that discards its output, for as long as the guard lives.
fn subscribe(lines: FmtSpan) -> tracing::subscriber::DefaultGuard {
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(LevelFilter::INFO)
        .with_span_events(lines)
        .with_ansi(false)
        .with_writer(io::sink)
        .finish();
    tracing::subscriber::set_default(subscriber)
}
