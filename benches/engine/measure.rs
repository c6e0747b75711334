//! [`Bench`]: the measurements.

use std::time::{Duration, Instant};

use sqlx::{AssertSqlSafe, PgConnection};

use super::contender::Contender;
use super::history::run;
use super::process::Peer;
use super::protocol::{RUNS_A_BATCH, Role};
use super::report::{Drained, Enqueued, Idle, Report};
use super::server::Server;
use super::{CONCURRENCY, RUNS, SAMPLES, SINGLES, WARM_UP};

const ENQUEUE_ROUNDS: usize = 3;

/// How long idle workers are observed.
const WATCHED: Duration = Duration::from_secs(10);

/// How long idle workers settle before that. A connection that has become idle reports its last transactions
/// to PostgreSQL ten seconds later.
const SETTLED: Duration = Duration::from_secs(13);

/// How often the database is asked whether everything is done.
const LOOK: Duration = Duration::from_millis(10);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Drain {
    pub(crate) workers: usize,
    pub(crate) concurrency: usize,
    pub(crate) rounds: usize,
}

pub(crate) struct Bench {
    server: Server,
}

/// The contenders, in an order in which each is first equally often.
fn turns(round: usize) -> impl Iterator<Item = Contender> {
    let all = Contender::named();
    (0..all.len()).map(move |turn| all[(round + turn) % all.len()])
}

impl Bench {
    pub(crate) async fn start() -> Self {
        Self {
            server: Server::start(&[]).await,
        }
    }

    pub(crate) async fn describe(&self) -> String {
        let mut connection = self.server.maintenance().await;
        let sql =
            "select format('PostgreSQL %s, fsync %s, synchronous_commit %s, shared_buffers %s',
            current_setting('server_version'), current_setting('fsync'),
            current_setting('synchronous_commit'), current_setting('shared_buffers'))";
        let described = sqlx::query_scalar(sql).fetch_one(&mut connection).await;
        described.expect("it answers")
    }

    /// A producer with a new database: it creates the tables on startup.
    async fn producer(&self, who: Contender) -> Peer {
        self.server.fresh(who.database()).await;
        self.peer(who, Role::Produce, 1).await
    }

    async fn peer(&self, who: Contender, role: Role, concurrency: usize) -> Peer {
        let url = self.server.url(who.database());
        Peer::start(who, role, &url, concurrency).await
    }

    /// Enqueues without a worker: one after the other, then in batches.
    pub(crate) async fn enqueue(&self, report: &mut Report) {
        for round in 0..ENQUEUE_ROUNDS {
            for who in turns(round) {
                let mut producer = self.producer(who).await;
                producer.ask("singles 100").await;
                producer.ask(&format!("batches {WARM_UP}")).await;
                let singles = producer.ask(&format!("singles {SINGLES}")).await;
                let batches = producer.ask(&format!("batches {RUNS}")).await;
                producer.stop().await;
                report.enqueued(
                    who,
                    Enqueued {
                        singles: SINGLES as f64 / singles.seconds,
                        batches: RUNS as f64 / batches.seconds,
                    },
                );
            }
        }
    }

    pub(crate) async fn drain(&self, drain: Drain, report: &mut Report) {
        for round in 0..drain.rounds {
            for who in turns(round) {
                report.drained(drain, who, self.drain_once(who, drain, "empty").await);
            }
        }
    }

    /// The workers are running and idle. All runs become available at once, when the transaction that
    /// enqueued them commits. Measures from then until none is left.
    pub(crate) async fn drain_once(&self, who: Contender, drain: Drain, task: &str) -> Drained {
        let mut producer = self.producer(who).await;
        let mut workers = Vec::new();
        for _ in 0..drain.workers {
            workers.push(self.peer(who, Role::Work, drain.concurrency).await);
        }
        let mut database = self.server.connect(who.database()).await;
        producer.ask(&format!("batches {WARM_UP}")).await;
        done(&mut database, who.pending()).await;

        let mut staged = Staged::new(&self.server, who, task).await;
        staged.store(&mut producer).await;
        tokio::time::sleep(Duration::from_millis(200)).await;
        let processor = |workers: &[Peer]| workers.iter().map(Peer::processor_seconds).sum::<f64>();
        let (before, server_before) = (processor(&workers), self.server.processor_seconds());
        let start = Instant::now();
        staged.commit(&mut producer).await;
        done(&mut database, who.pending()).await;
        let seconds = start.elapsed().as_secs_f64();
        let drained = Drained {
            runs_a_second: RUNS as f64 / seconds,
            worker_seconds: (processor(&workers) - before) / RUNS as f64 * 10_000.0,
            server_seconds: (self.server.processor_seconds() - server_before) / RUNS as f64
                * 10_000.0,
            memory: workers[0].memory_mebibytes(),
        };
        for worker in workers {
            worker.stop().await;
        }
        producer.stop().await;
        drained
    }

    /// The same for a queue with a limit whose runs are all parked first, because another worker had the
    /// slots. Returns the runs per second.
    pub(crate) async fn drain_parked(&self, concurrency: usize, task: &str, limit: usize) -> f64 {
        let who = Contender::Ours;
        let mut producer = self.producer(who).await;
        let mut worker = self.peer(who, Role::Work, concurrency).await;
        let mut database = self.server.connect(who.database()).await;
        producer.ask(&format!("batches {WARM_UP}")).await;
        done(&mut database, who.pending()).await;

        let taken = format!(
            "insert into supabase_task.workers (id, seen_at) values ('other', now() + interval '1 hour');
             insert into supabase_task.slots values ('{task}', '', 'other', {limit})"
        );
        run(&mut database, &taken).await;
        let mut staged = Staged::new(&self.server, who, task).await;
        staged.store(&mut producer).await;
        staged.commit(&mut producer).await;
        let parked = "select exists (select from supabase_task_jobs.jobs)";
        done(&mut database, parked).await;
        let all = worker.ask("latencies").await.started + RUNS;
        let start = Instant::now();
        let free =
            format!("delete from supabase_task.slots; select supabase_task.invite('{task}', '')");
        run(&mut database, &free).await;
        started(&mut worker, all).await;
        done(&mut database, who.pending()).await;
        let seconds = start.elapsed().as_secs_f64();
        worker.stop().await;
        producer.stop().await;
        RUNS as f64 / seconds
    }

    /// An idle worker, and then a run every now and then.
    pub(crate) async fn idle(&self, report: &mut Report) {
        let mut all = Vec::new();
        for who in Contender::ALL {
            let producer = self.producer(who).await;
            let worker = self.peer(who, Role::Work, CONCURRENCY).await;
            all.push((who, producer, worker));
        }
        tokio::time::sleep(SETTLED).await;
        // All at once, because they are idle.
        let mut connection = self.server.maintenance().await;
        let mut before = Vec::new();
        for (who, _, worker) in &all {
            let transactions = transactions(&mut connection, *who).await;
            before.push((transactions, worker.processor_seconds()));
        }
        tokio::time::sleep(WATCHED).await;
        let mut watched = Vec::new();
        for ((who, _, worker), (transactions_before, processor)) in all.iter().zip(before) {
            let transactions = transactions(&mut connection, *who).await - transactions_before;
            let processor = worker.processor_seconds() - processor;
            watched.push((
                worker.memory_mebibytes(),
                transactions as f64 / WATCHED.as_secs_f64(),
                processor / WATCHED.as_secs_f64() * 100.0,
            ));
        }
        // Two of the same language at a time: they are hardly ever awake at the same moment.
        let mut all = all.into_iter().zip(watched);
        while let (Some((first, watched)), Some((second, also_watched))) = (all.next(), all.next())
        {
            let (one, other) = tokio::join!(last_pick_up(first, 17), last_pick_up(second, 18));
            for ((who, latencies), watched) in [(one, watched), (other, also_watched)] {
                let (memory, transactions, processor) = watched;
                report.idle(
                    who,
                    Idle {
                        memory,
                        transactions,
                        processor,
                        latencies,
                    },
                );
            }
        }
    }
}

/// The time to pick a run up, before the two processes end.
async fn last_pick_up(
    (who, mut producer, mut worker): (Contender, Peer, Peer),
    seed: u64,
) -> (Contender, Vec<f64>) {
    let latencies = pick_up(&mut producer, &mut worker, seed).await;
    worker.stop().await;
    producer.stop().await;
    (who, latencies)
}

/// Triggers a run every now and then. Returns how long each took to start, in milliseconds.
pub(crate) async fn pick_up(producer: &mut Peer, worker: &mut Peer, mut seed: u64) -> Vec<f64> {
    producer.ask("samples 100 100 100").await;
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    worker.ask("latencies").await;
    let gaps = (0..SAMPLES).map(|_| {
        // 50 to 300 ms.
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        format!(" {}", 50 + (seed >> 33) % 251)
    });
    let command = format!("samples{}", gaps.collect::<String>());
    producer.ask(&command).await;
    let mut latencies = Vec::new();
    let started = Instant::now();
    while latencies.len() < SAMPLES {
        assert!(
            started.elapsed() < Duration::from_secs(30),
            "a sample is lost"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
        latencies.extend(worker.ask("latencies").await.milliseconds);
    }
    latencies
}

async fn transactions(connection: &mut PgConnection, who: Contender) -> i64 {
    let sql = "select xact_commit + xact_rollback from pg_stat_database where datname = $1";
    let counted = sqlx::query_scalar(sql).bind(who.database());
    counted.fetch_one(connection).await.expect("it is counted")
}

/// Waits until a worker in Rust has started the given number of runs. Where dead rows cannot be removed,
/// polling the database would cost more than the runs.
pub(crate) async fn started(worker: &mut Peer, runs: usize) {
    let start = Instant::now();
    while worker.ask("latencies").await.started < runs {
        assert!(
            start.elapsed() < Duration::from_secs(120),
            "not all runs are started"
        );
        tokio::time::sleep(LOOK).await;
    }
}

/// Waits until the query returns that nothing is left.
pub(crate) async fn done(database: &mut PgConnection, pending: &'static str) {
    let started = Instant::now();
    loop {
        let pending: bool = sqlx::query_scalar(pending)
            .fetch_one(&mut *database)
            .await
            .expect("it answers");
        if !pending {
            return;
        }
        assert!(
            started.elapsed() < Duration::from_secs(120),
            "this is so for too long: {pending}"
        );
        tokio::time::sleep(LOOK).await;
    }
}

/// Runs in a transaction that is not committed yet.
pub(crate) enum Staged {
    Here(PgConnection, String),
    /// Enqueued by pg-boss itself, because only it knows what its runs look like.
    ByProducer,
}

impl Staged {
    pub(crate) async fn new(server: &Server, who: Contender, task: &str) -> Self {
        let sql = match who {
            Contender::Ours => format!(
                "select /* benchmark */ count(*) from supabase_task.enqueue((
                   select json_agg(json_build_object(
                     'id', supabase_task.new_run_id(), 'task_id', '{task}',
                     'payload', json_build_object('sent_at', 0), 'auth', 'service',
                     'queue', '{task}', 'priority', 0, 'max_attempts', 3,
                     'trace_id', replace(gen_random_uuid()::text, '-', '')))
                   from generate_series(1, $1)))"
            ),
            Contender::Bare | Contender::Graphile => format!(
                "select count(*) from graphile_worker.add_jobs((
                   select array_agg(('{task}', json_build_object('sent_at', 0), null, now(), null,
                     null, null, null)::graphile_worker.job_spec)
                   from generate_series(1, $1)))"
            ),
            Contender::PgBoss => return Self::ByProducer,
        };
        Self::Here(server.connect(who.database()).await, sql)
    }

    pub(crate) async fn store(&mut self, producer: &mut Peer) {
        match self {
            Self::Here(connection, sql) => {
                run(connection, "begin").await;
                for _ in 0..RUNS / RUNS_A_BATCH {
                    let stored: i64 = sqlx::query_scalar(AssertSqlSafe(sql.clone()))
                        .bind(RUNS_A_BATCH as i32)
                        .fetch_one(&mut *connection)
                        .await
                        .expect("they are stored");
                    assert_eq!(stored, RUNS_A_BATCH as i64);
                }
            }
            Self::ByProducer => {
                producer.ask(&format!("stage {RUNS}")).await;
            }
        }
    }

    pub(crate) async fn commit(&mut self, producer: &mut Peer) {
        match self {
            Self::Here(connection, _) => run(connection, "commit").await,
            Self::ByProducer => {
                producer.ask("commit").await;
            }
        }
    }
}
