-- What several statements have to do as one. Nobody but the owner may call these.

create function supabase_task.is_final(status text) returns boolean
language sql immutable parallel safe as $$
  select status in ('COMPLETED', 'CANCELED', 'FAILED', 'CRASHED', 'EXPIRED', 'TIMED_OUT')
$$;

-- A UUID of version 7: ids sort by the time they were made.
create function supabase_task.new_run_id() returns uuid
language sql volatile as $$
  select encode(
    set_byte(
      overlay(uuid_send(gen_random_uuid())
        placing substring(int8send((extract(epoch from clock_timestamp()) * 1000)::bigint) from 3)
        from 1 for 6),
      6, (get_byte(uuid_send(gen_random_uuid()), 6) & 15) | 112),
    'hex')::uuid
$$;

-- The time that is in the id of a run.
create function supabase_task.made_at(id uuid) returns timestamptz
language sql immutable parallel safe as $$
  select to_timestamp(
    ('x0000' || substr(replace(id::text, '-', ''), 1, 12))::bit(64)::bigint / 1000.0)
$$;

-- A ticket for the next attempt. Priority is a head start, as in Trigger.dev; it does not make a
-- delayed run early.
create function supabase_task.issue(run supabase_task.runs) returns void
language sql volatile as $$
  select graphile_worker.add_job(
    (run).task_id,
    json_build_object('run', (run).id, 'ticket', (run).ticket),
    run_at := case
      when (run).run_at > now() then (run).run_at
      else (run).run_at - make_interval(secs => (run).priority)
    end)
$$;

-- Stores runs and issues their tickets. A run that is there already, because it was sent before, is
-- left as it is.
create function supabase_task.enqueue(specs json)
returns table (place bigint, run_id uuid, is_cached boolean)
language plpgsql volatile as $$
#variable_conflict use_column
declare
  spec record;
  existing supabase_task.runs;
begin
  if exists (select from json_array_elements(specs) s where s ->> 'idempotency_key' is not null) then
    -- One after the other: an earlier one may be what a later one's key names.
    for spec in
      select e.value, e.ordinality as place
      from json_array_elements(specs) with ordinality e
      order by e.value ->> 'task_id', e.value ->> 'idempotency_key', e.ordinality
    loop
      if spec.value ->> 'idempotency_key' is not null then
        perform pg_advisory_xact_lock(hashtextextended(
          'supabase_task.key:' || (spec.value ->> 'task_id') || ':' || (spec.value ->> 'idempotency_key'), 0));
        select * into existing from supabase_task.runs r
          where r.task_id = spec.value ->> 'task_id'
            and r.idempotency_slot = spec.value ->> 'idempotency_key';
        if found then
          if existing.idempotency_expires_at > now() then
            place := spec.place;
            run_id := existing.id;
            is_cached := existing.id <> (spec.value ->> 'id')::uuid;
            return next;
            continue;
          end if;
          update supabase_task.runs set idempotency_slot = null where id = existing.id;
        end if;
      end if;
      perform supabase_task.store(json_build_array(spec.value), true);
      place := spec.place;
      run_id := (spec.value ->> 'id')::uuid;
      is_cached := false;
      return next;
    end loop;
  else
    perform supabase_task.store(specs, true);
    return query
      select e.ordinality, (e.value ->> 'id')::uuid, false
      from json_array_elements(specs) with ordinality e;
  end if;
end
$$;

create function supabase_task.store(specs json, with_tickets boolean) returns void
language sql volatile as $$
  with spec as (
    select * from json_to_recordset(specs) as s (
      id uuid, task_id text, payload json, auth text, user_id uuid, queue text,
      concurrency_key text, priority integer, max_attempts integer,
      run_at timestamptz, delay_ms bigint, ttl_ms bigint,
      idempotency_key text, idempotency_ttl_ms bigint,
      tags json, metadata jsonb, trace_id text, parent_run_id uuid)
  ), timed as (
    select *, greatest(now(), coalesce(
      run_at, now() + delay_ms * interval '1 millisecond', now())) as due
    from spec
  ), stored as (
    insert into supabase_task.runs (
      id, task_id, status, payload, auth, user_id, queue, concurrency_key, priority, max_attempts,
      tags, metadata, idempotency_key, idempotency_slot, idempotency_expires_at, trace_id,
      parent_run_id, created_at, run_at, expires_at)
    select
      -- A record's `null` of JSON has become one of SQL.
      id, task_id, case when due > now() then 'DELAYED' else 'QUEUED' end,
      coalesce(payload, 'null'), auth, user_id, queue, concurrency_key,
      coalesce(priority, 0), max_attempts,
      coalesce(array(select json_array_elements_text(tags)), '{}'), coalesce(metadata, '{}'),
      idempotency_key, idempotency_key, now() + idempotency_ttl_ms * interval '1 millisecond',
      trace_id, parent_run_id, case when with_tickets then now() else supabase_task.made_at(id) end,
      due, now() + ttl_ms * interval '1 millisecond'
    from timed
    on conflict (id) do nothing
    returning id, task_id, ticket, run_at, priority
  )
  select count(*) from graphile_worker.add_jobs((
    select array_agg((
      task_id,
      json_build_object('run', id, 'ticket', ticket),
      null,
      case when run_at > now() then run_at else run_at - make_interval(secs => priority) end,
      null, null, null, null)::graphile_worker.job_spec)
    from stored))
  -- Without this, `add_jobs` would notify for nothing.
  where with_tickets and exists (select from stored)
$$;

-- Runs without a history: all of a run is in its ticket, and it gets a row only if something goes
-- wrong. Those of queues with a limit have a row from the start, because a place is taken in it.
create function supabase_task.enqueue_plain(specs json) returns void
language plpgsql volatile as $$
declare
  limited json;
  tickets graphile_worker.job_spec[];
begin
  select json_agg(s) into limited from json_array_elements(specs) s
    where s ->> 'queue' in (select q.name from supabase_task.queues q);
  if limited is not null then
    perform supabase_task.store(limited, true);
  end if;
  select array_agg((
      s ->> 'task_id',
      json_build_object('run', s -> 'id', 'ticket', 1, 'plain', s),
      null,
      now() - make_interval(secs => coalesce((s ->> 'priority')::integer, 0)),
      -- The flag tells these tickets from the others without a look into them.
      null, null, null, array['plain'])::graphile_worker.job_spec)
    into tickets from json_array_elements(specs) s
    where s ->> 'queue' not in (select q.name from supabase_task.queues q);
  if tickets is not null then
    perform graphile_worker.add_jobs(tickets);
  end if;
end
$$;

create function supabase_task.milliseconds(duration interval) returns bigint
language sql immutable parallel safe as $$
  select (extract(epoch from duration) * 1000)::bigint
$$;

-- Triggers a task from SQL: `select supabase_task.trigger('add-todo', '{"title": "…"}')`.
create function supabase_task.trigger(
  task_id text, payload json default 'null', options json default '{}')
returns uuid
language plpgsql volatile as $$
declare
  task supabase_task.tasks;
  new_id uuid := supabase_task.new_run_id();
  unknown text;
begin
  select * into task from supabase_task.tasks t where t.id = trigger.task_id;
  if not found then
    raise exception 'supabase_task: no worker has a task "%"', trigger.task_id
      using errcode = 'undefined_object',
        hint = 'Start a worker that has the task once: it writes its tasks down. Known: '
          || coalesce((select string_agg(t.id, ', ' order by t.id) from supabase_task.tasks t), 'none');
  end if;
  options := coalesce(options, '{}');
  if json_typeof(options) <> 'object' then
    raise exception 'supabase_task: the options are no object in JSON'
      using errcode = 'invalid_parameter_value',
        hint = 'Write an object such as {"delay": "10 minutes", "tags": ["import"]}.';
  end if;
  select k into unknown from json_object_keys(options) k
    where k not in ('delay', 'run_at', 'idempotency_key', 'idempotency_ttl', 'tags', 'metadata',
      'priority', 'max_attempts', 'ttl', 'concurrency_key', 'trace_id') limit 1;
  if found then
    raise exception 'supabase_task: unknown option "%"', unknown
      using errcode = 'invalid_parameter_value',
        hint = 'The options are delay, run_at, idempotency_key, idempotency_ttl, tags, metadata, '
          'priority, max_attempts, ttl, concurrency_key and trace_id.';
  end if;
  if options ->> 'priority' is not null and (options ->> 'priority')::integer < 0 then
    raise exception 'supabase_task: priority is a head start in seconds: 0 or more'
      using errcode = 'invalid_parameter_value';
  end if;
  if (options ->> 'max_attempts')::integer not between 1 and 250 then
    raise exception 'supabase_task: max_attempts is %', options ->> 'max_attempts'
      using errcode = 'invalid_parameter_value', hint = 'It can be 1 to 250.';
  end if;
  if options ->> 'tags' is not null and json_typeof(options -> 'tags') <> 'array' then
    raise exception 'supabase_task: tags is no array'
      using errcode = 'invalid_parameter_value', hint = 'Write an array such as ["import"].';
  end if;
  if options ->> 'metadata' is not null and json_typeof(options -> 'metadata') <> 'object' then
    raise exception 'supabase_task: metadata is no object'
      using errcode = 'invalid_parameter_value', hint = 'Write an object such as {"file": 7}.';
  end if;
  if options ->> 'delay' is not null and options ->> 'run_at' is not null then
    raise exception 'supabase_task: delay and run_at at once'
      using errcode = 'invalid_parameter_value', hint = 'Say either delay or run_at.';
  end if;
  return (
    select e.run_id from supabase_task.enqueue(json_build_array(json_build_object(
      'id', new_id,
      'task_id', task.id,
      'payload', coalesce(payload, 'null'),
      'auth', task.auth,
      'queue', task.queue,
      'concurrency_key', options ->> 'concurrency_key',
      'priority', coalesce((options ->> 'priority')::integer, task.priority),
      'max_attempts', coalesce((options ->> 'max_attempts')::integer, task.max_attempts),
      'run_at', options ->> 'run_at',
      'delay_ms', supabase_task.milliseconds((options ->> 'delay')::interval),
      -- Zero is for ever.
      'ttl_ms', nullif(coalesce(
        supabase_task.milliseconds((options ->> 'ttl')::interval), task.ttl_ms), 0),
      'idempotency_key', options ->> 'idempotency_key',
      'idempotency_ttl_ms', supabase_task.milliseconds(
        coalesce((options ->> 'idempotency_ttl')::interval, interval '30 days')),
      'tags', options -> 'tags',
      'metadata', options -> 'metadata',
      'trace_id', coalesce(options ->> 'trace_id', replace(new_id::text, '-', ''))
    ))) e);
end
$$;

-- One transaction after the other for a queue's places.
create function supabase_task.lock_places(queue text, concurrency_key text) returns void
language sql volatile as $$
  select pg_advisory_xact_lock(hashtextextended(
    'supabase_task.queue:' || queue || ':' || coalesce(concurrency_key, ''), 0))
$$;

-- Gives a run one of its queue's places, or lets it wait for one.
create function supabase_task.take_place(p_run supabase_task.runs) returns boolean
language plpgsql volatile as $$
declare
  most integer;
begin
  if p_run.holding then
    return true;
  end if;
  select q.concurrency_limit into most from supabase_task.queues q where q.name = p_run.queue;
  if not found then
    return true;
  end if;
  perform supabase_task.lock_places(p_run.queue, p_run.concurrency_key);
  if (select count(*) from supabase_task.runs r
      where r.holding and r.queue = p_run.queue
        and r.concurrency_key is not distinct from p_run.concurrency_key) >= most then
    update supabase_task.runs set parked_at = now() where id = p_run.id;
    return false;
  end if;
  update supabase_task.runs set holding = true, parked_at = null where id = p_run.id;
  return true;
end
$$;

-- Gives the free places of a queue to the runs that wait for them, in order.
create function supabase_task.promote(p_queue text, p_key text) returns void
language plpgsql volatile as $$
declare
  most integer;
  next_run supabase_task.runs;
begin
  perform supabase_task.lock_places(p_queue, p_key);
  select q.concurrency_limit into most from supabase_task.queues q where q.name = p_queue;
  while most is null or (
    select count(*) from supabase_task.runs r
    where r.holding and r.queue = p_queue and r.concurrency_key is not distinct from p_key) < most
  loop
    -- One that somebody has locked is about to be cancelled, or to look for a place itself.
    select * into next_run from supabase_task.runs r
      where r.parked_at is not null and r.queue = p_queue
        and r.concurrency_key is not distinct from p_key
      order by r.run_at - make_interval(secs => r.priority), r.id
      limit 1 for update skip locked;
    exit when not found;
    if next_run.status = 'WAITING' then
      -- Its attempt goes on where it is.
      update supabase_task.runs set holding = most is not null, parked_at = null
        where id = next_run.id;
      perform pg_notify('supabase_task', 'entered ' || next_run.id);
    else
      update supabase_task.runs
        set holding = most is not null, parked_at = null, ticket = ticket + 1
        where id = next_run.id returning * into next_run;
      perform supabase_task.issue(next_run);
    end if;
  end loop;
end
$$;

-- The place of a run that no longer needs it.
create function supabase_task.leave_place(p_run supabase_task.runs) returns void
language plpgsql volatile as $$
begin
  if p_run.holding then
    update supabase_task.runs set holding = false where id = p_run.id;
    perform supabase_task.promote(p_run.queue, p_run.concurrency_key);
  end if;
end
$$;

create function supabase_task.ended(p_run supabase_task.runs) returns void
language plpgsql volatile as $$
begin
  perform supabase_task.leave_place(p_run);
  if p_run.awaited then
    perform pg_notify('supabase_task', 'ended ' || p_run.id);
  end if;
end
$$;

-- Whether a run waits for a place in its queue and has not begun: nothing of it dies with a worker.
create function supabase_task.is_parked(p_run supabase_task.runs) returns boolean
language sql immutable as $$
  select p_run.parked_at is not null and p_run.status <> 'WAITING'
$$;

-- A run whose attempt died with its process. The caller has locked it.
create function supabase_task.crashed(p_run supabase_task.runs, p_worker text, p_since timestamptz)
returns void
language plpgsql volatile as $$
declare
  failure jsonb := jsonb_build_object('message',
    'the process that ran this attempt died, or was not heard of for too long');
  made integer := p_run.attempt + 1;
begin
  update supabase_task.runs set
    status = case when made >= max_attempts then 'CRASHED' else 'QUEUED' end,
    attempt = made,
    attempts = attempts || jsonb_build_object(
      'number', made, 'outcome', 'CRASHED', 'started_at', coalesce(executing_since, p_since),
      'ended_at', now(), 'error', failure, 'worker', p_worker),
    ticket = ticket + 1,
    started_at = coalesce(started_at, executing_since, p_since),
    executing_since = null,
    run_at = now(),
    parked_at = null
    where id = p_run.id returning * into p_run;
  if p_run.status = 'CRASHED' then
    update supabase_task.runs
      set error = failure, finished_at = now(), idempotency_slot = null where id = p_run.id;
    perform supabase_task.ended(p_run);
  else
    -- It keeps its place in its queue.
    perform supabase_task.issue(p_run);
  end if;
end
$$;

-- Whether a worker may begin the attempt of a ticket: GO, or STALE (there is nothing to do for it),
-- or PARKED (it waits for a place in its queue). For tickets of queues with a limit, and for those
-- that were handed to a worker before.
create function supabase_task.begin_run(
  p_worker text, p_id uuid, p_ticket integer, p_key text)
returns text
language plpgsql volatile as $$
declare
  run supabase_task.runs;
begin
  select * into run from supabase_task.runs r where r.id = p_id for update;
  if not found or run.ticket <> p_ticket then
    return 'STALE';
  end if;
  if supabase_task.is_final(run.status) then
    perform supabase_task.leave_place(run);
    return 'STALE';
  end if;
  if not supabase_task.is_parked(run) and exists (
      select from supabase_task.workers w, unnest(w.runs, w.tickets) as begun (run, ticket)
      where w.id <> p_worker and begun.run = p_id and begun.ticket = p_ticket) then
    -- Another worker has begun it. If that one is dead, `sweep` gives the run a new ticket.
    return 'STALE';
  end if;
  if run.expires_at < now() and run.attempt = 0 then
    update supabase_task.runs
      set status = 'EXPIRED', finished_at = now(), idempotency_slot = null where id = p_id;
    perform supabase_task.ended(run);
    return 'STALE';
  end if;
  -- Of a run that was triggered from SQL, only the task knows the key.
  if p_key is not null and run.concurrency_key is null and not run.holding then
    update supabase_task.runs set concurrency_key = p_key where id = p_id returning * into run;
  end if;
  return case when supabase_task.take_place(run) then 'GO' else 'PARKED' end;
end
$$;

-- What came of an attempt. False if the ticket is no longer good: somebody else has the run.
create function supabase_task.settle(
  p_id uuid, p_ticket integer, p_outcome text, p_entry jsonb, p_output json, p_error jsonb,
  p_retry_ms bigint, p_auth text, p_user uuid)
returns boolean
language plpgsql volatile as $$
declare
  run supabase_task.runs;
begin
  select * into run from supabase_task.runs r where r.id = p_id for update;
  if not found or run.ticket <> p_ticket then
    return false;
  end if;
  if supabase_task.is_final(run.status) then
    -- Cancelled, or settled before and the answer was lost.
    if run.status = 'CANCELED' and p_entry is not null then
      update supabase_task.runs
        set attempts = attempts || jsonb_set(p_entry, '{outcome}', '"CANCELED"'), ticket = ticket + 1
        where id = p_id;
    end if;
    perform supabase_task.leave_place(run);
    return true;
  end if;
  update supabase_task.runs set
    auth = coalesce(auth, p_auth),
    user_id = coalesce(user_id, p_user),
    attempts = case when p_entry is null then attempts else attempts || p_entry end,
    attempt = attempt + case when p_outcome = 'INTERRUPTED' then 0 else 1 end,
    started_at = coalesce(started_at, (p_entry ->> 'started_at')::timestamptz),
    executing_since = null
    where id = p_id;
  if p_outcome in ('RETRY', 'INTERRUPTED') then
    update supabase_task.runs set
      status = 'QUEUED',
      ticket = ticket + 1,
      -- Of one that was handed back nothing was made: it stays as far ahead as it was.
      run_at = case when p_entry is null then run_at
        else now() + coalesce(p_retry_ms, 0) * interval '1 millisecond' end,
      parked_at = null
      where id = p_id returning * into run;
    perform supabase_task.leave_place(run);
    perform supabase_task.issue(run);
  else
    update supabase_task.runs set
      status = p_outcome,
      output = p_output,
      error = p_error,
      finished_at = now(),
      parked_at = null,
      idempotency_slot = case when p_outcome = 'COMPLETED' then idempotency_slot end
      where id = p_id;
    perform supabase_task.ended(run);
  end if;
  return true;
end
$$;

-- A run without a history whose ticket was in the hands of a worker that died. Whether its attempt
-- had begun is not known, so it counts.
create function supabase_task.lost(p_spec json) returns void
language plpgsql volatile as $$
declare
  run supabase_task.runs;
begin
  perform supabase_task.store(json_build_array(p_spec), false);
  select * into run from supabase_task.runs r where r.id = (p_spec ->> 'id')::uuid for update;
  if run.ticket = 1 and not supabase_task.is_final(run.status) then
    perform supabase_task.crashed(run, null, run.created_at);
  end if;
end
$$;

-- Its attempt waits for another run: the place in its queue is free meanwhile.
create function supabase_task.leave_run(p_id uuid, p_ticket integer) returns void
language plpgsql volatile as $$
declare
  run supabase_task.runs;
begin
  update supabase_task.runs r set status = 'WAITING'
    where r.id = p_id and r.ticket = p_ticket and not supabase_task.is_final(r.status)
    returning * into run;
  if found then
    perform supabase_task.leave_place(run);
  end if;
end
$$;

-- Its attempt goes on, once this is true: otherwise it waits for a place in its queue.
create function supabase_task.enter_run(p_id uuid, p_ticket integer) returns boolean
language plpgsql volatile as $$
declare
  run supabase_task.runs;
begin
  select * into run from supabase_task.runs r where r.id = p_id for update;
  -- A run that is somebody else's, or over, needs no place: its attempt will hear of it.
  if not found or run.ticket <> p_ticket or supabase_task.is_final(run.status) then
    return true;
  end if;
  if run.parked_at is not null or not supabase_task.take_place(run) then
    return false;
  end if;
  update supabase_task.runs set status = 'EXECUTING' where id = p_id;
  return true;
end
$$;

create function supabase_task.cancel(p_id uuid) returns void
language plpgsql volatile as $$
declare
  run supabase_task.runs;
begin
  update supabase_task.runs r
    set status = 'CANCELED', finished_at = now(), parked_at = null
    where r.id = p_id and not supabase_task.is_final(r.status)
    returning * into run;
  if found then
    -- The worker that has it hears this, and gives back its place when the attempt has ended.
    perform pg_notify('supabase_task', 'canceled ' || p_id);
    if run.awaited then
      perform pg_notify('supabase_task', 'ended ' || p_id);
    end if;
  end if;
end
$$;

create function supabase_task.reschedule(p_id uuid, p_at timestamptz) returns boolean
language plpgsql volatile as $$
declare
  run supabase_task.runs;
begin
  update supabase_task.runs r
    set run_at = greatest(p_at, now()), ticket = ticket + 1
    where r.id = p_id and r.status = 'DELAYED' and r.run_at > now()
    returning * into run;
  if not found then
    return false;
  end if;
  perform supabase_task.issue(run);
  return true;
end
$$;

-- Triggers a scheduled task, if nobody has done so for this tick.
create function supabase_task.fire(
  p_task text, p_due timestamptz, p_tick timestamptz, p_next timestamptz, p_spec json)
returns boolean
language plpgsql volatile as $$
begin
  update supabase_task.schedules set last_at = p_tick, next_at = p_next
    where task_id = p_task and next_at = p_due;
  if not found then
    return false;
  end if;
  perform supabase_task.enqueue(json_build_array(p_spec));
  return true;
end
$$;

-- The runs of one worker that was not heard of for too long. False if there is none.
create function supabase_task.sweep(p_threshold interval) returns boolean
language plpgsql volatile as $$
declare
  dead supabase_task.workers;
  begun record;
  run supabase_task.runs;
begin
  select * into dead from supabase_task.workers w
    where w.seen_at < now() - p_threshold
      -- Nobody could be heard before the server was there.
      and pg_postmaster_start_time() < now() - p_threshold
    order by w.seen_at limit 1 for update skip locked;
  if not found then
    return false;
  end if;
  for begun in
    select * from unnest(dead.runs, dead.tickets) as b (run, ticket) order by 1
  loop
    select * into run from supabase_task.runs r where r.id = begun.run for update;
    continue when not found or run.ticket <> begun.ticket or supabase_task.is_parked(run);
    if supabase_task.is_final(run.status) then
      perform supabase_task.leave_place(run);
    else
      perform supabase_task.crashed(run, dead.id, dead.seen_at);
    end if;
  end loop;
  delete from supabase_task.workers where id = dead.id;
  return true;
end
$$;

-- Makes a worker's row say what the worker has in hand, and gives back what it says besides: the answer
-- of a statement was lost, and nobody would ever redeem these tickets.
create function supabase_task.reconcile(p_worker text, p_runs uuid[], p_tickets integer[])
returns table (version bigint, given_back bigint)
language plpgsql volatile as $$
#variable_conflict use_column
declare
  hand supabase_task.workers;
  unknown record;
  run supabase_task.runs;
begin
  given_back := 0;
  insert into supabase_task.workers (id) values (p_worker) on conflict (id) do nothing;
  select * into hand from supabase_task.workers w where w.id = p_worker for update;
  for unknown in
    select run, ticket from unnest(hand.runs, hand.tickets) as h (run, ticket)
    except
    select run, ticket from unnest(p_runs, p_tickets) as known (run, ticket)
    order by run
  loop
    select * into run from supabase_task.runs r where r.id = unknown.run for update;
    continue when not found or run.ticket <> unknown.ticket
      or supabase_task.is_final(run.status) or supabase_task.is_parked(run)
      -- The server had forgotten that it was given to this one, and gave it to another.
      or exists (
        select from supabase_task.workers w, unnest(w.runs, w.tickets) as begun (run, ticket)
        where w.id <> p_worker and begun.run = unknown.run and begun.ticket = unknown.ticket);
    perform supabase_task.settle(
      run.id, run.ticket, 'INTERRUPTED', null, null, null, null, null, null);
    given_back := given_back + 1;
  end loop;
  update supabase_task.workers w
    set runs = p_runs, tickets = p_tickets, seen_at = now(), version = w.version + 1
    where w.id = p_worker returning w.version into version;
  return next;
end
$$;

-- Tickets of runs without a history that are locked for a worker of graphile_worker which does not know
-- of them.
create function supabase_task.give_back(p_worker text, p_known uuid[], p_after interval)
returns bigint
language plpgsql volatile as $$
declare
  unknown bigint[];
begin
  select array_agg(j.id) into unknown from graphile_worker._private_jobs j
    where j.locked_by = p_worker and j.locked_at < now() - p_after
      and (j.payload ->> 'run')::uuid <> all (p_known);
  if unknown is null then
    return 0;
  end if;
  perform graphile_worker._private_return_jobs(p_worker, unknown);
  return cardinality(unknown);
end
$$;

-- Runs that nobody started in their time.
create function supabase_task.expire() returns bigint
language plpgsql volatile as $$
declare
  run supabase_task.runs;
  expired bigint := 0;
begin
  for run in
    select * from supabase_task.runs r
    where r.expires_at < now() and r.status in ('QUEUED', 'DELAYED') and r.attempt = 0
      and r.executing_since is null
      and not exists (select from supabase_task.workers w where r.id = any (w.runs))
    order by r.id limit 500 for update skip locked
  loop
    update supabase_task.runs
      set status = 'EXPIRED', finished_at = now(), parked_at = null, idempotency_slot = null
      where id = run.id;
    perform supabase_task.ended(run);
    expired := expired + 1;
  end loop;
  return expired;
end
$$;

-- Removes runs that ended longer ago than this.
create function supabase_task.retain(p_age interval) returns bigint
language sql volatile as $$
  with old as (
    delete from supabase_task.runs where id in (
      select id from supabase_task.runs
      where id < (lpad(to_hex((extract(epoch from now() - p_age) * 1000)::bigint), 12, '0')
          || '70008000000000000000')::uuid
        and finished_at < now() - p_age
      order by id limit 1000)
    returning 1)
  select count(*) from old
$$;

-- A plain `grant execute … to public` is what PostgreSQL gives every function.
revoke all on all functions in schema supabase_task from public;
revoke all on all tables in schema supabase_task from public;
