// One run of supabase-js: signs a token, builds a client, selects and decodes, the given number of
// times. Prints one line of JSON.
import { createClient } from "@supabase/supabase-js";
import jwt from "jsonwebtoken";

const { SUPABASE_URL: url, PUBLISHABLE_KEY: key, JWT_SECRET, USER_ID } = process.env;
const [rows, tasks, concurrency] = ["ROWS", "TASKS", "CONCURRENCY"].map((name) => Number(process.env[name]));

async function task() {
  const token = jwt.sign(
    { sub: USER_ID, role: "authenticated", aud: "authenticated", iss: `${url}/auth/v1` },
    JWT_SECRET,
    { expiresIn: "1h" },
  );
  const client = createClient(url, key, {
    auth: { persistSession: false, autoRefreshToken: false },
    accessToken: async () => token,
    // Node.js 20 has no WebSocket, and supabase-js needs one although nothing here uses it.
    realtime: { transport: class {} },
  });
  const { data, error } = await client.from("todos").select("id,title,done").eq("done", false).limit(rows);
  if (error) throw new Error(error.message);
  if (data.length !== rows || data.some((row) => row.title !== "water the plants")) throw new Error("wrong rows");
}

async function run(count) {
  const worker = async () => {
    for (let done = 0; done < count / concurrency; done++) await task();
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
}

// Opens the connections and warms up the compiler.
await run(concurrency * 4);
const start = process.hrtime.bigint();
const before = process.cpuUsage();
await run(tasks);
const wall = Number(process.hrtime.bigint() - start) / 1e9;
const { user, system } = process.cpuUsage(before);
console.log(
  JSON.stringify({
    wall_seconds: wall,
    processor_seconds: (user + system) / 1e6,
    peak_memory_bytes: process.resourceUsage().maxRSS * 1024,
  }),
);
process.exit(0);
