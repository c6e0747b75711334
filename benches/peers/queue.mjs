// One process of a queue in JavaScript: `queue.mjs PEER work|produce`. Reads one command per line
// and answers each with a line of JSON, like `engine/protocol.rs`.
import { createInterface } from "node:readline";

const [peer, role] = process.argv.slice(2);
const { start } = await import(`./${peer}.mjs`);

const RUNS_A_BATCH = 1000;
const tell = (answer) => process.stdout.write(`${JSON.stringify(answer)}\n`);
const now = () => Number(process.hrtime.bigint());
const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

let latencies = [];
// The work of the empty task: if it is a sample, it records when it started.
const task = ({ sent_at }) => {
  if (sent_at) latencies.push((now() - sent_at) / 1e6);
};

const queue = await start({
  url: process.env.DATABASE_URL,
  concurrency: Number(process.env.CONCURRENCY),
  task: role === "work" ? task : undefined,
});

async function timed(work) {
  const start = now();
  await work();
  return { seconds: (now() - start) / 1e9 };
}

const commands = {
  singles: (runs) =>
    timed(async () => {
      for (let run = 0; run < runs; run++) await queue.enqueue({ sent_at: 0 });
    }),
  batches: (runs) =>
    timed(async () => {
      const batch = Array.from({ length: RUNS_A_BATCH }, () => ({ sent_at: 0 }));
      for (let run = 0; run < runs; run += RUNS_A_BATCH) await queue.enqueueAll(batch);
    }),
  stage: async (runs) => {
    const batch = Array.from({ length: RUNS_A_BATCH }, () => ({ sent_at: 0 }));
    await queue.begin();
    for (let run = 0; run < runs; run += RUNS_A_BATCH) await queue.enqueueAll(batch, true);
    return {};
  },
  commit: async () => {
    await queue.commit();
    return {};
  },
  samples: async (...gaps) => {
    for (const gap of gaps) {
      await sleep(gap);
      await queue.enqueue({ sent_at: now() });
    }
    return {};
  },
  latencies: async () => {
    const milliseconds = latencies;
    latencies = [];
    return { milliseconds };
  },
};

tell({});
for await (const line of createInterface({ input: process.stdin })) {
  const [name, ...numbers] = line.split(" ");
  tell(await commands[name](...numbers.map(Number)));
}
await queue.stop();
process.exit(0);
