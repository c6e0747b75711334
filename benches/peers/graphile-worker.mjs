// npm graphile-worker, configured like the peers in Rust: with a local queue as large as its
// concurrency.
import { Logger, makeWorkerUtils, run } from "graphile-worker";
import pg from "pg";

const NAME = "empty";
const logger = new Logger(() => (level, message) => {
  if (level === "error") console.error(message);
});

export async function start({ url, concurrency, task }) {
  if (task) {
    const runner = await run({
      preset: {
        worker: {
          connectionString: url,
          concurrentJobs: concurrency,
          maxPoolSize: Math.min(concurrency + 2, 52),
          pollInterval: 1000,
          localQueue: { size: concurrency, refetchDelay: { durationMs: 1000, threshold: 0, maxAbortThreshold: 1 } },
          completeJobBatchDelay: 5,
          failJobBatchDelay: 5,
          logger,
        },
      },
      noHandleSignals: true,
      parsedCronItems: [],
      taskList: { [NAME]: (payload) => task(payload) },
    });
    return { stop: () => runner.stop() };
  }
  const utils = await makeWorkerUtils({ connectionString: url, logger });
  await utils.migrate();
  const client = new pg.Client(url);
  await client.connect();
  const ADD = `select count(*) from graphile_worker.add_jobs((
    select array_agg(('${NAME}', payload, null, now(), null, null, null, null)::graphile_worker.job_spec)
    from json_array_elements($1::json) payload))`;
  return {
    enqueue: (payload) => utils.addJob(NAME, payload),
    enqueueAll: (payloads, staged) =>
      staged
        ? client.query(ADD, [JSON.stringify(payloads)])
        : utils.addJobs(payloads.map((payload) => ({ identifier: NAME, payload }))),
    begin: () => client.query("begin"),
    commit: () => client.query("commit"),
    stop: async () => {
      await client.end();
      await utils.release();
    },
  };
}
