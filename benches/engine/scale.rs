//! [`Scale`]: the engine in a database with a long history and a deep backlog, next to one with a
//! thousandth of it. Both are also measured while a transaction stays open, which keeps PostgreSQL
//! from removing dead rows.

use std::fmt;
use std::time::{Duration, Instant};

use sqlx::PgConnection;
use supabase_task::engine::RunFilter;
use supabase_task::{Queue, RunStatus};

use super::contender::Contender;
use super::history::{Ended, History, run};
use super::measure::{Staged, done, pick_up, started};
use super::process::Peer;
use super::protocol::Role;
use super::report::{median, percentile};
use super::server::Server;
use super::{CONCURRENCY, RUNS, WARM_UP};

/// How long an idle worker is observed: long enough for every part of its maintenance except the one that
/// runs once a minute.
const WATCHED: Duration = Duration::from_secs(30);

/// How long it settles before that.
const SETTLED: Duration = Duration::from_secs(15);

/// How long the transaction stays open.
const OPEN: Duration = Duration::from_secs(60);

const ROUNDS: usize = 3;

/// The number of runs that are too old to be kept.
const OLD: usize = 100_000;

/// The slowest statement of the engine.
const STATEMENTS: &str = "
    select max_exec_time, calls, regexp_replace(left(query, 200), '\\s+', ' ', 'g')
    from pg_stat_statements s join pg_database d on d.oid = s.dbid
    where d.datname = current_database() and query like '%supabase_task.%'
      and query not like '%/* benchmark */%'
    order by max_exec_time desc limit 1";

struct Figures {
    name: String,
    latencies: Vec<f64>,
    drains: Vec<f64>,
    /// The slowest statement of the engine: its time in milliseconds, and its beginning.
    statement: Option<(f64, String)>,
    /// The server's processor time while the workers idle, in percent of a core.
    idle: Option<f64>,
}

struct List {
    name: &'static str,
    milliseconds: Vec<f64>,
}

#[derive(Default)]
pub(crate) struct Scale {
    figures: Vec<Figures>,
    lists: Vec<List>,
    /// Runs removed per second.
    retention: Vec<f64>,
}

/// Uses a server of its own, which records the time of each statement.
pub(crate) async fn measure() -> Scale {
    let server = Server::start(&["shared_preload_libraries=pg_stat_statements"]).await;
    let mut scale = Scale::default();
    for history in [History::SMALL, History::LARGE] {
        scale.ours(&server, history).await;
    }
    scale.bare(&server).await;
    scale
}

impl Scale {
    async fn ours(&mut self, server: &Server, history: History) {
        let who = Contender::Ours;
        server.fresh(who.database()).await;
        let url = server.url(who.database());
        let mut producer = Peer::start(who, Role::Produce, &url, 1).await;
        // Killed at the end, because its runs never end.
        let _holder = history.make(server).await;
        let mut worker = Peer::start(who, Role::Work, &url, CONCURRENCY).await;
        let mut database = server.connect(who.database()).await;
        run(&mut database, "create extension pg_stat_statements").await;
        producer.ask(&format!("batches {WARM_UP}")).await;
        done(&mut database, PENDING).await;
        self.both(server, who, history.name, &mut producer, &mut worker)
            .await;
        self.list(&url).await;
        worker.stop().await;
        self.retain(&mut database).await;
        producer.stop().await;
    }

    async fn bare(&mut self, server: &Server) {
        let who = Contender::Bare;
        server.fresh(who.database()).await;
        let url = server.url(who.database());
        let mut producer = Peer::start(who, Role::Produce, &url, 1).await;
        let mut worker = Peer::start(who, Role::Work, &url, CONCURRENCY).await;
        let mut database = server.connect(who.database()).await;
        run(&mut database, "create extension pg_stat_statements").await;
        producer.ask(&format!("batches {WARM_UP}")).await;
        done(&mut database, PENDING).await;
        self.both(server, who, who.name(), &mut producer, &mut worker)
            .await;
        worker.stop().await;
        producer.stop().await;
    }

    /// First without, then with an open transaction.
    async fn both(
        &mut self,
        server: &Server,
        who: Contender,
        name: &str,
        producer: &mut Peer,
        worker: &mut Peer,
    ) {
        let mut database = server.connect(who.database()).await;
        tokio::time::sleep(SETTLED).await;
        run(&mut database, RESET).await;
        let before = server.processor_seconds();
        tokio::time::sleep(WATCHED).await;
        let idle = (server.processor_seconds() - before) / WATCHED.as_secs_f64() * 100.0;
        let latencies = pick_up(producer, worker, 17).await;
        let mut drains = Vec::new();
        for _ in 0..ROUNDS {
            drains.push(drain(server, who, producer, worker).await);
        }
        self.figures.push(Figures {
            name: name.to_owned(),
            latencies,
            drains,
            statement: longest(&mut database).await,
            idle: Some(idle),
        });

        run(&mut database, RESET).await;
        let mut open = server.connect(who.database()).await;
        run(
            &mut open,
            "begin isolation level repeatable read; select 1 from pg_class limit 1",
        )
        .await;
        let opened = Instant::now();
        let latencies = pick_up(producer, worker, 18).await;
        let mut drains = Vec::new();
        while drains.len() < ROUNDS || opened.elapsed() < OPEN {
            drains.push(drain(server, who, producer, worker).await);
        }
        run(&mut open, "commit").await;
        self.figures.push(Figures {
            name: format!(
                "{name}, a transaction open for {:.0} s",
                opened.elapsed().as_secs_f64()
            ),
            latencies,
            drains,
            statement: longest(&mut database).await,
            idle: None,
        });
    }

    async fn list(&mut self, url: &str) {
        let queue = Queue::connect(url).await.expect("a queue");
        let all = RunFilter::new;
        let filters = [
            ("the newest", all()),
            ("of a status", all().status(RunStatus::Failed)),
            (
                "of a status that none has",
                all().status(RunStatus::TimedOut),
            ),
            ("of a task", all().task("task-7")),
            (
                "of a task and a status",
                all().task("task-20").status(RunStatus::Failed),
            ),
            (
                "of a task and a status that none of it has",
                all().task("task-7").status(RunStatus::Failed),
            ),
            ("of a tag", all().tag("tag-10")),
            ("that are queued", all().status(RunStatus::Queued)),
            ("that are delayed", all().status(RunStatus::Delayed)),
        ];
        for (name, filter) in filters {
            self.time(name, || queue.runs(filter.clone())).await;
        }
        self.time("`Queue::stats`", || queue.stats()).await;
    }

    async fn time<T, E: fmt::Debug, F: Future<Output = Result<T, E>>>(
        &mut self,
        name: &'static str,
        ask: impl Fn() -> F,
    ) {
        let mut milliseconds = Vec::new();
        for _ in 0..5 {
            let start = Instant::now();
            ask().await.expect("it answers");
            milliseconds.push(start.elapsed().as_secs_f64() * 1_000.0);
        }
        let milliseconds = median(milliseconds);
        match self.lists.iter_mut().find(|list| list.name == name) {
            Some(list) => list.milliseconds.push(milliseconds),
            None => self.lists.push(List {
                name,
                milliseconds: vec![milliseconds],
            }),
        }
    }

    /// How fast the holder removes runs that are too old, next to everything else.
    async fn retain(&mut self, database: &mut PgConnection) {
        let old = Ended {
            task: "'old'",
            queues: 1,
            runs: OLD,
            oldest: 60,
        };
        old.insert(database).await;
        let left = "select /* benchmark */ count(*) from supabase_task.runs where task_id = 'old'";
        let mut count = async || -> i64 {
            let counted = sqlx::query_scalar(left).fetch_one(&mut *database).await;
            counted.expect("it answers")
        };
        while count().await == OLD as i64 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let (first, start) = (count().await, Instant::now());
        let mut last = first;
        while last > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
            last = count().await;
        }
        self.retention
            .push(first as f64 / start.elapsed().as_secs_f64());
    }
}

const RESET: &str = "select pg_stat_statements_reset()";

/// Whether a job of the drained ones is left. The view is graphile_worker's.
const PENDING: &str = "select /* benchmark */ exists (
    select from supabase_task_jobs.jobs where task_identifier = 'empty')";

async fn drain(server: &Server, who: Contender, producer: &mut Peer, worker: &mut Peer) -> f64 {
    let mut database = server.connect(who.database()).await;
    let mut staged = Staged::new(server, who, "empty").await;
    staged.store(producer).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    let all = worker.ask("latencies").await.started + RUNS;
    let start = Instant::now();
    staged.commit(producer).await;
    started(worker, all).await;
    done(&mut database, PENDING).await;
    RUNS as f64 / start.elapsed().as_secs_f64()
}

async fn longest(database: &mut PgConnection) -> Option<(f64, String)> {
    let row: Option<(f64, i64, String)> = sqlx::query_as(STATEMENTS)
        .fetch_optional(database)
        .await
        .expect("it answers");
    row.map(|(milliseconds, calls, query)| (milliseconds, format!("{query} ({calls} calls)")))
}

impl fmt::Display for Scale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let large = History::LARGE;
        writeln!(
            f,
            "\nLarge: {} finished, {} delayed, {} parked, {} queues; small: a thousandth. One worker, \
             {CONCURRENCY} at a time, drains {RUNS} runs\n\n\
             | | pick-up p50 | p95 | drain, median of the rounds | longest statement of the engine | server, workers idle |\n\
             | --- | --- | --- | --- | --- | --- |",
            large.finished, large.delayed, large.parked, large.queues
        )?;
        for one in &self.figures {
            let statement = one
                .statement
                .as_ref()
                .map(|(milliseconds, _)| *milliseconds);
            let statement = statement.map_or("-".to_owned(), |took| format!("{took:.1} ms"));
            let idle = one
                .idle
                .map_or("-".to_owned(), |idle| format!("{idle:.2} %"));
            writeln!(
                f,
                "| {} | {:.1} ms | {:.1} ms | {:.0}/s | {statement} | {idle} |",
                one.name,
                percentile(&one.latencies, 50),
                percentile(&one.latencies, 95),
                median(one.drains.iter().copied()),
            )?;
        }
        writeln!(f)?;
        for one in &self.figures {
            if let Some((_, statement)) = &one.statement {
                writeln!(f, "longest, {}: {statement}", one.name)?;
            }
        }
        writeln!(f, "\n| list | small | large |\n| --- | --- | --- |")?;
        for list in &self.lists {
            let [small, large] = list.milliseconds[..] else {
                continue;
            };
            writeln!(f, "| {} | {small:.1} ms | {large:.1} ms |", list.name)?;
        }
        if let [small, large] = self.retention[..] {
            writeln!(f, "\nold runs removed: {small:.0}/s, {large:.0}/s")?;
        }
        Ok(())
    }
}
