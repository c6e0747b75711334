// npm pg-boss: with notifications, batches as large as the peers' concurrency that one handler gets
// together, and no pause while batches are full.
import pg from "pg";
import { PgBoss } from "pg-boss";

const NAME = "empty";

export async function start({ url, concurrency, task }) {
  const boss = new PgBoss({ connectionString: url, useListenNotify: true, max: 10 });
  boss.on("error", console.error);
  await boss.start();
  if (task) {
    const options = {
      batchSize: concurrency,
      burstWhenBatchFull: true,
      pollingIntervalSeconds: 1,
      notifyPollingIntervalSeconds: 1,
    };
    await boss.work(NAME, options, async (jobs) => {
      for (const job of jobs) task(job.data);
    });
    return { stop: () => boss.stop({ graceful: true }) };
  }
  await boss.createQueue(NAME, { notify: true });
  const client = new pg.Client(url);
  await client.connect();
  const db = { executeSql: (text, values) => client.query(text, values) };
  return {
    enqueue: (data) => boss.send(NAME, data),
    enqueueAll: (payloads, staged) =>
      boss.insert(NAME, payloads.map((data) => ({ data })), staged ? { db } : undefined),
    begin: () => client.query("begin"),
    commit: () => client.query("commit"),
    stop: async () => {
      await client.end();
      await boss.stop({ graceful: true });
    },
  };
}
