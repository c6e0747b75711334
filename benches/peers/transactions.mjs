// One run of `postgres` or `@supabase/server` (the first argument): three statements as a user, the given number of
// times. Prints one line of JSON.
import { randomUUID } from "node:crypto";

const { DATABASE_URL, SUPABASE_URL, USER_ID } = process.env;
const [transactions, warmUp, concurrency] = ["TRANSACTIONS", "WARM_UP", "CONCURRENCY"].map((name) =>
  Number(process.env[name]),
);

function claims() {
  const now = Math.floor(Date.now() / 1000);
  return {
    sub: USER_ID,
    iss: `${SUPABASE_URL}/auth/v1`,
    aud: "authenticated",
    role: "authenticated",
    email: "",
    phone: "",
    app_metadata: {},
    user_metadata: {},
    aal: "aal1",
    is_anonymous: false,
    iat: now - 10,
    exp: now + 3600,
    supabase_task: { id: "visit", run_id: randomUUID() },
  };
}

function check(rows) {
  if (rows.length !== 1 || rows[0].title !== "water the plants") throw new Error("wrong rows");
}

// One transaction.
async function postgresJs() {
  const { default: postgres } = await import("postgres");
  const url = new URL(DATABASE_URL);
  const sql = postgres({
    // The folder of a Unix socket is a parameter.
    host: url.searchParams.get("host") ?? url.hostname,
    port: Number(url.port || 5432),
    database: url.pathname.slice(1),
    username: url.username,
    password: url.password,
    max: concurrency,
  });
  return (todo) =>
    sql.begin(async (sql) => {
      await sql`select set_config('request.jwt.claims', ${JSON.stringify(claims())}, true),
        set_config('search_path', 'public, extensions', true), set_config('role', 'authenticated', true)`;
      check(await sql`select title from todos where id = ${todo}`);
      await sql`update todos set done = ${true} where id = ${todo}`;
      await sql`insert into visits (todo) values (${todo})`;
    });
}

// A transaction for each statement: it has no others.
async function supabaseServer() {
  const { defineMiddleware, pipeline } = await import("@supabase/middleware");
  const { withPostgresClient } = await import("@supabase/server/middleware/postgres");
  const withClaims = defineMiddleware({ key: "jwtClaims", run: () => async () => ({ jwtClaims: claims() }) });
  const database = withPostgresClient({ connectionString: DATABASE_URL, pool: { max: concurrency } });
  const handler = pipeline([withClaims(), database], async (request, { postgres }) => {
    const todo = request.headers.get("todo");
    check(await postgres.query`select title from todos where id = ${todo}`);
    await postgres.query`update todos set done = ${true} where id = ${todo}`;
    await postgres.query`insert into visits (todo) values (${todo})`;
    return new Response();
  });
  return async (todo) => {
    const response = await handler(new Request(SUPABASE_URL, { headers: { todo: String(todo) } }));
    if (!response.ok) throw new Error(await response.text());
  };
}

const visit = await { postgres: postgresJs, "@supabase/server": supabaseServer }[process.argv[2]]();

async function run(each) {
  const worker = async (todo) => {
    for (let done = 0; done < each; done++) await visit(todo);
  };
  await Promise.all(Array.from({ length: concurrency }, (_, todo) => worker(todo)));
}

// Opens the connections and warms up the compiler.
await run(warmUp);
const start = process.hrtime.bigint();
const before = process.cpuUsage();
await run(transactions / concurrency);
const wall = Number(process.hrtime.bigint() - start) / 1e9;
const { user, system } = process.cpuUsage(before);
console.log(JSON.stringify({ wall_seconds: wall, processor_seconds: (user + system) / 1e6 }));
process.exit(0);
