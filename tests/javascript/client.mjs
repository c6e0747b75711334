// Reports what supabase-js sees of the given project: one line of JSON that the test compares.
import { createClient } from "@supabase/supabase-js";

const { SUPABASE_URL: url, PUBLISHABLE_KEY, SECRET_KEY, USER_ID, USER_TOKEN } = process.env;

const unwrap = ({ data, error, status }) => {
  if (error) throw Object.assign(new Error(error.message), { code: error.code, status });
  return data;
};
const refusal = ({ error, status }) => ({ code: error?.code ?? null, status });

// Node.js 20 has no WebSocket, and supabase-js needs one although nothing here uses it.
const options = { auth: { persistSession: false }, realtime: { transport: class {} } };
const user = createClient(url, PUBLISHABLE_KEY, { ...options, accessToken: async () => USER_TOKEN });
const service = createClient(url, SECRET_KEY, options);
const anon = createClient(url, PUBLISHABLE_KEY, options);

const added = unwrap(
  await user.from("todos").insert({ user_id: USER_ID, title: "from javascript" }).select("title").single(),
);
const stolen = refusal(
  await user.from("todos").insert({ user_id: "00000000-0000-4000-8000-00000000000f", title: "x" }),
);
const own = unwrap(await user.from("todos").select("title").order("id"));
const all = await service.from("todos").select("*", { count: "exact", head: true });
const none = unwrap(await anon.from("todos").select("title"));
unwrap(await user.from("todos").update({ done: true }).eq("title", "from javascript"));
const done = unwrap(await user.from("todos").select("title").eq("done", true));
const whoami = unwrap(await user.rpc("whoami"));

console.log(JSON.stringify({ added, stolen, own, count: all.count, none, done, whoami }));
