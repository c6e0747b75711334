-- The tables. A run is a row of `runs`, with its history; the other tables are what the engine keeps beside
-- it. graphile_worker stores the tickets in a schema of its own: a job there means that an attempt of a run
-- here is due.
--
-- The constraints limit what a row can contain, so that a program can read every row, whatever SQL wrote
-- here.

-- The schema of the jobs. The functions contain its name as well, from when they were created.
create function supabase_task.jobs_schema() returns text
language sql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
  select 'supabase_task_jobs'
$$;

create function supabase_task.are_valid_tags(tags text[]) returns boolean
language sql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
  select cardinality(tags) = 0 or (
    array_ndims(tags) = 1 and array_lower(tags, 1) = 1 and cardinality(tags) <= 10
    and not exists (
      select from unnest(tags) as tag where tag is null or length(tag) not between 1 and 128))
$$;

-- An object of at most 64 levels, whose numbers fit into a double. The size limit is checked on the text of
-- the trigger: PostgreSQL's own text has every digit of a number, and more spaces.
create function supabase_task.is_valid_metadata(metadata jsonb) returns boolean
language sql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
  select jsonb_typeof(metadata) = 'object'
    and octet_length(metadata::text) <= 16777216
    and not jsonb_path_exists(metadata,
      'strict $.**{64 to last} ? (@.type() == "object" || @.type() == "array")')
    and not jsonb_path_exists(metadata,
      'strict $.** ? (@.type() == "number" && (@ > 1e300 || @ < -1e300))')
$$;

-- A domain is checked only when its column is written. A check of the table would run at each change of the
-- row.
create domain supabase_task.name as text check (length(value) between 1 and 128);
-- `json` keeps the exact text that was triggered.
create domain supabase_task.payload as json check (octet_length(value::text) <= 3145728);
create domain supabase_task.auth_mode as text check (value in ('user', 'service', 'anon'));
create domain supabase_task.user_id as uuid check (value <> '00000000-0000-0000-0000-000000000000');
create domain supabase_task.concurrency_key as text check (length(value) <= 256);
create domain supabase_task.priority as integer check (value between 0 and 31622400);
create domain supabase_task.max_attempts as integer check (value between 1 and 250);
create domain supabase_task.attempts as jsonb
  check (jsonb_typeof(value) = 'array' and pg_column_size(value) <= 16777216);
create domain supabase_task.output as json check (octet_length(value::text) <= 10485760);
create domain supabase_task.error as jsonb check (pg_column_size(value) <= 1048576);
create domain supabase_task.tags as text[] check (value = '{}' or supabase_task.are_valid_tags(value));
create domain supabase_task.metadata as jsonb
  check (value = '{}' or supabase_task.is_valid_metadata(value));
create domain supabase_task.idempotency_key as text check (octet_length(value) between 1 and 2048);
create domain supabase_task.trace_id as text check (value ~ '^[0-9A-Fa-f]{32}$');
create domain supabase_task.worker_id as text check (length(value) <= 256);

create table supabase_task.runs (
  id uuid primary key with (fillfactor = 50),
  task_id supabase_task.name not null,
  status text not null default 'QUEUED' check (status in (
    'DELAYED', 'QUEUED', 'EXECUTING', 'WAITING',
    'COMPLETED', 'CANCELED', 'FAILED', 'CRASHED', 'EXPIRED', 'TIMED_OUT')),
  payload supabase_task.payload not null,
  auth supabase_task.auth_mode,
  user_id supabase_task.user_id,
  queue supabase_task.name not null,
  concurrency_key supabase_task.concurrency_key,
  priority supabase_task.priority not null default 0,
  max_attempts supabase_task.max_attempts not null,
  attempts supabase_task.attempts not null default '[]',
  output supabase_task.output,
  error supabase_task.error,
  tags supabase_task.tags not null default '{}',
  metadata supabase_task.metadata not null default '{}',
  idempotency_key supabase_task.idempotency_key,
  trace_id supabase_task.trace_id not null,
  parent_run_id uuid,
  created_at timestamptz not null default now(),
  run_at timestamptz not null default now(),
  expires_at timestamptz,
  started_at timestamptz,
  finished_at timestamptz,

  -- From here on: the engine's own columns. How many attempts counted so far.
  attempt integer not null default 0 check (attempt between 0 and 1000000),
  -- The fencing token. An outcome counts only with the run's newest ticket and newest delivery, so whatever a
  -- worker still writes after it was declared dead changes nothing.
  ticket integer not null default 1 check (ticket >= 1),
  delivery integer not null default 0 check (delivery >= 0),
  -- The job of graphile_worker that is the ticket.
  job_id bigint,
  -- When to issue the ticket, for a run that is due much later.
  ticket_at timestamptz,
  -- The worker that runs the attempt, and since when, for attempts that take long enough to be shown.
  worker supabase_task.worker_id,
  executing_since timestamptz,
  -- The attempt is in quarantine, apart from other redelivered ones: if its process dies, it is to blame.
  quarantined boolean not null default false,
  -- The worker that holds the run without a ticket, because the run waits for a child or took over the slot
  -- of another run of its queue.
  held_by supabase_task.worker_id,
  -- When the run expires, until it begins.
  pending_expiry timestamptz,
  -- The idempotency key, while it is in force.
  idempotency_slot supabase_task.idempotency_key,
  idempotency_expires_at timestamptz,
  -- A program waits for the end of the run, which is notified.
  awaited boolean not null default false,
  -- The run is parked: it waits for a slot of its queue, in this order.
  parked_at timestamptz,
  parked_order bigint,

  constraint runs_user_check check (user_id is null or auth = 'user'),
  -- A run that has ended waits for nothing, and a run that waits for a child is held by a worker.
  constraint runs_waiting_check check (
    (parked_at is null) = (parked_order is null)
    and (parked_order is null or status in ('DELAYED', 'QUEUED', 'WAITING'))
    and (ticket_at is null or status in ('DELAYED', 'QUEUED'))
    and (pending_expiry is null or status in ('DELAYED', 'QUEUED', 'EXECUTING', 'WAITING'))
    and (held_by is null or status in ('EXECUTING', 'WAITING'))
    and (held_by is not null or status <> 'WAITING')),
  constraint runs_dates_check check (
    least(created_at, run_at, expires_at, started_at, finished_at, ticket_at, executing_since,
      pending_expiry, idempotency_expires_at, parked_at) > timestamptz '1970-01-01 00:00:00+00'
    and greatest(created_at, run_at, expires_at, started_at, finished_at, ticket_at, executing_since,
      pending_expiry, idempotency_expires_at, parked_at) < timestamptz '2200-01-01 00:00:00+00')
) with (fillfactor = 70);

create unique index runs_idempotency on supabase_task.runs (task_id, idempotency_slot)
  where idempotency_slot is not null;
-- For lists, newest first, and for open runs.
create index runs_task on supabase_task.runs (task_id, status, id);
-- Most runs end as COMPLETED; without them, completing a run writes one index less.
create index runs_status on supabase_task.runs (status, id) where status <> 'COMPLETED';
-- Delayed runs whose time has come or comes within a minute, for lists, which show the former as queued.
create index runs_due on supabase_task.runs (id) where status = 'DELAYED' and ticket_at is null;
create index runs_user on supabase_task.runs (user_id, id) where user_id is not null;
-- For maintenance. These columns are null in most runs, and null again once the work is done.
create index runs_ticket_at on supabase_task.runs (ticket_at) where ticket_at is not null;
create index runs_expiring on supabase_task.runs (pending_expiry) where pending_expiry is not null;
create index runs_held on supabase_task.runs (held_by) where held_by is not null;
create index runs_parked
  on supabase_task.runs (queue, coalesce(':' || concurrency_key, ''), task_id, parked_order, id)
  where parked_order is not null;

-- The tags of runs, for lists of the runs of a tag.
create table supabase_task.run_tags (
  tag text not null,
  run_id uuid not null references supabase_task.runs (id) on delete cascade,
  primary key (tag, run_id)
);
create index run_tags_run on supabase_task.run_tags (run_id);

create function supabase_task.index_tags() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  insert into supabase_task.run_tags (tag, run_id)
    select distinct tag, new.id from unnest(new.tags) as tag;
  return null;
end
$$;

create trigger index_tags after insert on supabase_task.runs
  for each row when (new.tags <> '{}') execute function supabase_task.index_tags();

-- The options of tasks that a trigger from SQL needs. Workers write them when they start.
create table supabase_task.tasks (
  id supabase_task.name primary key,
  auth supabase_task.auth_mode not null,
  queue supabase_task.name not null,
  priority supabase_task.priority not null,
  max_attempts supabase_task.max_attempts not null,
  ttl_ms bigint check (ttl_ms between 1 and 31622400000),
  updated_at timestamptz not null default now()
);
create index tasks_queue on supabase_task.tasks (queue);

create table supabase_task.queues (
  name text primary key,
  concurrency_limit integer not null check (concurrency_limit > 0),
  updated_at timestamptz not null default now()
);

-- The live workers, by their ids in graphile_worker.
create table supabase_task.workers (
  id text primary key,
  tasks text[] not null default '{}',
  started_at timestamptz not null default now(),
  seen_at timestamptz not null default now()
) with (fillfactor = 50);

-- The leases: how many slots of a queue with a limit each worker has (`places`). Its attempts pass them on to
-- each other.
create table supabase_task.slots (
  queue text not null,
  concurrency_key text not null,
  worker_id text not null,
  places integer not null check (places > 0),
  primary key (queue, concurrency_key, worker_id)
) with (fillfactor = 50);
create index slots_worker on supabase_task.slots (worker_id);

create table supabase_task.schedules (
  task_id text primary key,
  cron text not null,
  timezone text not null,
  next_at timestamptz not null
    check (next_at between timestamptz '1970-01-01 00:00:00+00' and timestamptz '2200-01-01 00:00:00+00'),
  last_at timestamptz
    check (last_at between timestamptz '1970-01-01 00:00:00+00' and timestamptz '2200-01-01 00:00:00+00')
);

alter table supabase_task.runs enable row level security;
alter table supabase_task.run_tags enable row level security;
alter table supabase_task.tasks enable row level security;
alter table supabase_task.queues enable row level security;
alter table supabase_task.workers enable row level security;
alter table supabase_task.slots enable row level security;
alter table supabase_task.schedules enable row level security;

-- PostgreSQL grants these by default.
revoke all on all functions in schema supabase_task from public;
revoke all on all tables in schema supabase_task from public;
