-- Runs and what the engine keeps beside them. graphile_worker's tables are in the schema
-- graphile_worker; a job there is a ticket for one attempt of a run here.

create table supabase_task.runs (
  id uuid primary key,
  task_id text not null,
  status text not null default 'QUEUED' check (status in (
    'DELAYED', 'QUEUED', 'EXECUTING', 'WAITING',
    'COMPLETED', 'CANCELED', 'FAILED', 'CRASHED', 'EXPIRED', 'TIMED_OUT')),
  -- `json` keeps what was triggered to the letter.
  payload json not null,
  auth text check (auth in ('user', 'service', 'anon')),
  user_id uuid,
  queue text not null,
  concurrency_key text,
  priority integer not null default 0,
  max_attempts integer not null check (max_attempts between 1 and 250),
  attempts jsonb not null default '[]',
  output json,
  error jsonb,
  tags text[] not null default '{}',
  metadata jsonb not null default '{}',
  idempotency_key text,
  trace_id text not null,
  parent_run_id uuid,
  created_at timestamptz not null default now(),
  run_at timestamptz not null default now(),
  expires_at timestamptz,
  started_at timestamptz,
  finished_at timestamptz,

  -- The engine's own. How many attempts counted so far.
  attempt integer not null default 0,
  -- The number of the only ticket that is good for this run: what a worker that was taken for dead
  -- still does with an older one changes nothing.
  ticket integer not null default 1,
  -- The idempotency key while it is in force.
  idempotency_slot text,
  idempotency_expires_at timestamptz,
  -- Somebody listens for the end.
  awaited boolean not null default false,
  -- It has one of the places of its queue.
  holding boolean not null default false,
  -- It waits for one.
  parked_at timestamptz,
  -- Since when the present attempt goes on, for attempts that take long enough to be seen.
  executing_since timestamptz
) with (fillfactor = 30);

-- A run is changed once or more, and becomes twice as long when it ends. None of the columns that
-- change in an ordinary run is in an index, so these changes stay on the page (HOT) and cost no index
-- entries, as long as the page has room for them.
create unique index runs_idempotency on supabase_task.runs (task_id, idempotency_slot)
  where idempotency_slot is not null;
create index runs_task on supabase_task.runs (task_id, id);
create index runs_expiring on supabase_task.runs (expires_at) where expires_at is not null;
create index runs_holding on supabase_task.runs (queue, concurrency_key) where holding;
create index runs_parked on supabase_task.runs (queue, concurrency_key, run_at, id)
  where parked_at is not null;
create index runs_user on supabase_task.runs (user_id, id) where user_id is not null;

-- What a trigger from SQL has to know of a task. Workers write it when they start.
create table supabase_task.tasks (
  id text primary key,
  auth text not null check (auth in ('user', 'service', 'anon')),
  queue text not null,
  priority integer not null,
  max_attempts integer not null,
  ttl_ms bigint,
  updated_at timestamptz not null default now()
);

create table supabase_task.queues (
  name text primary key,
  concurrency_limit integer not null check (concurrency_limit > 0),
  updated_at timestamptz not null default now()
);

-- What a worker has in hand: the runs it has begun, with the ticket of each. These tickets are in no
-- other place, so a row must not be deleted by hand: `supabase_task.sweep` takes over the runs of a
-- worker that is not heard of any more.
create table supabase_task.workers (
  id text primary key,
  runs uuid[] not null default '{}',
  tickets integer[] not null default '{}',
  -- It is written only by who has written the version before.
  version bigint not null default 0,
  started_at timestamptz not null default now(),
  seen_at timestamptz not null default now()
) with (fillfactor = 20, toast_tuple_target = 8160);

-- Ids are random: to compress them, at every change, would take long and come to nothing.
alter table supabase_task.workers
  alter column runs set storage external, alter column tickets set storage external;

create table supabase_task.schedules (
  task_id text primary key,
  cron text not null,
  timezone text not null,
  next_at timestamptz not null,
  last_at timestamptz
);

alter table supabase_task.runs enable row level security;
alter table supabase_task.tasks enable row level security;
alter table supabase_task.queues enable row level security;
alter table supabase_task.workers enable row level security;
alter table supabase_task.schedules enable row level security;
