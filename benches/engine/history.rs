//! [`History`]: the old runs in a database of the engine, and its backlog.

use std::time::{Duration, Instant};

use sqlx::{AssertSqlSafe, PgConnection};

use super::contender::Contender;
use super::process::Peer;
use super::protocol::Role;
use super::server::Server;

/// The sizes of the history and of the backlog.
#[derive(Clone, Copy, Debug)]
pub(crate) struct History {
    pub(crate) name: &'static str,
    /// Runs that ended in the last few days.
    pub(crate) finished: usize,
    /// Runs that are due tomorrow or later.
    pub(crate) delayed: usize,
    /// Runs that wait for a slot in a queue with a limit.
    pub(crate) parked: usize,
    /// Queues of the finished runs, and limits of queues.
    pub(crate) queues: usize,
    /// Occupied slots, each of a concurrency key of its own. A worker has 1,000 slots at most.
    pub(crate) held: usize,
}

impl History {
    pub(crate) const LARGE: Self = Self {
        name: "large",
        finished: 1_200_000,
        delayed: 200_000,
        parked: 20_000,
        queues: 1_000,
        held: 900,
    };

    /// A thousandth of the large one.
    pub(crate) const SMALL: Self = Self {
        name: "small",
        finished: 1_200,
        delayed: 200,
        parked: 20,
        queues: 1,
        held: 1,
    };

    /// Creates it in a database that has the tables. Returns the worker that runs the runs with the
    /// queues' slots.
    pub(crate) async fn make(self, server: &Server) -> Peer {
        let database = Contender::Ours.database();
        let mut connection = server.connect(database).await;
        self.finish(&mut connection).await;
        self.delay(&mut connection).await;
        let concurrency = self.held + 50;
        let holder = Peer::start(
            Contender::Ours,
            Role::Hold,
            &server.url(database),
            concurrency,
        )
        .await;
        self.park(&mut connection).await;
        // The state that autovacuum leaves behind.
        for sql in ["vacuum analyze", "checkpoint"] {
            run(&mut connection, sql).await;
        }
        holder
    }

    async fn finish(self, connection: &mut PgConnection) {
        let ended = Ended {
            task: "'task-' || number % 50",
            queues: self.queues,
            runs: self.finished,
            oldest: 6,
        };
        ended.insert(connection).await;
        let limits = format!(
            "insert into supabase_task.queues (name, concurrency_limit)
             select 'queue-' || number, 10 from generate_series(0, {} - 1) as number",
            self.queues
        );
        run(connection, &limits).await;
    }

    async fn delay(self, connection: &mut PgConnection) {
        // In transactions of 1,000, as a program would trigger them.
        for _ in 0..self.delayed.div_ceil(1_000) {
            let spec = "'id', supabase_task.new_run_id(), 'task_id', 'empty',
                'payload', '{\"sent_at\":0}', 'auth', 'service', 'queue', 'empty', 'max_attempts', 3,
                'run_at', now() + interval '1 day' + number * interval '1 minute',
                'trace_id', replace(gen_random_uuid()::text, '-', '')";
            enqueue(connection, spec, self.delayed.min(1_000)).await;
        }
    }

    /// The first run of each key has the slot; the others wait for it.
    async fn park(self, connection: &mut PgConnection) {
        let spec = format!(
            "'id', supabase_task.new_run_id(), 'task_id', 'held',
             'payload', '{{\"key\":\"' || number % {held} || '\"}}', 'auth', 'service', 'queue', 'held',
             'concurrency_key', (number % {held})::text, 'max_attempts', 3,
             'trace_id', replace(gen_random_uuid()::text, '-', '')",
            held = self.held
        );
        let mut left = self.held + self.parked;
        while left > 0 {
            let batch = left.min(1_000);
            enqueue(connection, &spec, batch).await;
            left -= batch;
        }
        let started = Instant::now();
        loop {
            let sql = "select count(*) from supabase_task.runs where parked_order is not null";
            let parked = sqlx::query_scalar::<_, i64>(sql).fetch_one(&mut *connection);
            if parked.await.expect("it answers") == self.parked as i64 {
                return;
            }
            assert!(
                started.elapsed() < Duration::from_secs(300),
                "not all runs are parked"
            );
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }
}

/// Runs that have ended.
pub(crate) struct Ended {
    /// Their task, in SQL.
    pub(crate) task: &'static str,
    pub(crate) queues: usize,
    pub(crate) runs: usize,
    /// How many days ago the first of them ended; the last one ended six days later.
    pub(crate) oldest: u32,
}

impl Ended {
    /// One in 20 has failed, one in 10 has a tag and one in 20 a key.
    pub(crate) async fn insert(self, connection: &mut PgConnection) {
        let Self {
            task,
            queues,
            runs,
            oldest,
        } = self;
        let sql = format!(
            "insert into supabase_task.runs (
               id, task_id, status, payload, auth, queue, max_attempts, attempt, attempts, output, error,
               tags, idempotency_key, idempotency_slot, idempotency_expires_at, trace_id,
               created_at, run_at, started_at, finished_at)
             select
               (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0')
                 || '7' || substr(md5(number::text), 1, 3) || '8' || substr(md5(number::text), 4, 15))::uuid,
               {task}, status, '{{\"sent_at\": 0, \"of\": \"long ago\"}}', 'service',
               'queue-' || number % {queues}, 3, 1,
               jsonb_build_array(jsonb_build_object('number', 1, 'outcome', status, 'worker', 'worker-1',
                 'started_at', at, 'ended_at', at + interval '1 second')),
               'null', case when status = 'FAILED' then '{{\"message\": \"it failed\"}}'::jsonb end,
               case when number % 10 = 0 then array['tag-' || number % 1000] else '{{}}' end,
               case when number % 20 = 1 then 'key-' || number end,
               case when number % 20 = 1 then 'key-' || number end,
               case when number % 20 = 1 then at + interval '30 days' end,
               replace(gen_random_uuid()::text, '-', ''), at, at, at, at + interval '1 second'
             from (
               select number,
                 now() - interval '{oldest} days' + interval '6 days' * (number / {runs}.0) as at,
                 case when number % 20 = 0 then 'FAILED' else 'COMPLETED' end as status
               from generate_series(1, {runs}) as number
             ) as ended"
        );
        run(connection, &sql).await;
    }
}

async fn enqueue(connection: &mut PgConnection, spec: &str, runs: usize) {
    let sql = format!(
        "select count(*) from supabase_task.enqueue((
           select json_agg(json_build_object({spec})) from generate_series(1, {runs}) as number))"
    );
    run(connection, &sql).await;
}

pub(crate) async fn run(connection: &mut PgConnection, sql: &str) {
    let done = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
    done.execute(connection).await.expect("it is done");
}
