-- Queues with a limit. The limit is a number of slots for each concurrency key. A worker leases slots of a
-- queue and key (a row of the table `slots`), and its attempts pass them on to each other. A run that finds
-- no free slot is parked. Slots that become free go to the parked runs, in order.

create function supabase_task.lock_queue(p_queue text, p_key text) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
begin
  perform pg_advisory_xact_lock(
    hashtextextended('supabase_task.queue:' || p_queue || ':' || p_key, 0));
end
$$;

-- The order of a run in its queue: when it is due, in microseconds, minus its head start.
create function supabase_task.order_of(run_at timestamptz, priority integer) returns bigint
language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
begin
  return (extract(epoch from run_at) * 1000000)::bigint - priority * 1000000::bigint;
end
$$;

-- How many slots of a queue and key no worker has; a very large number if the queue has no limit. A caller
-- that acts on the number has locked the queue.
create function supabase_task.free_places(p_queue text, p_key text) returns integer
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  most integer;
begin
  select q.concurrency_limit into most from supabase_task.queues q where q.name = p_queue;
  if not found then
    return 1000000;
  end if;
  return greatest(-1000000, most - coalesce((
    select sum(s.places) from supabase_task.slots s
    where s.queue = p_queue and s.concurrency_key = p_key), 0));
end
$$;

-- The tasks of parked runs that live workers have.
create function supabase_task.parked_tasks(p_queue text, p_key text) returns text[]
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  tasks text[] := '{}';
  task text := '';
begin
  -- One step for each task, however many runs are parked.
  loop
    select r.task_id into task from supabase_task.runs r
      where r.queue = p_queue and coalesce(':' || r.concurrency_key, '') = p_key
        and r.parked_order is not null and r.task_id > task
      order by r.task_id limit 1;
    exit when not found;
    if exists (select from supabase_task.workers w where task = any (w.tasks)) then
      tasks := tasks || task;
    end if;
  end loop;
  return tasks;
end
$$;

-- The next parked runs in order whose tasks live workers have, locked; at most `p_most`. Skips the runs in
-- `p_refused`, which cannot begin.
create function supabase_task.next_parked(
  p_queue text, p_key text, p_refused uuid[], p_most integer)
returns setof supabase_task.runs
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
begin
  return query
    select parked.* from unnest(supabase_task.parked_tasks(p_queue, p_key)) as t (task_id)
    cross join lateral (
      select * from supabase_task.runs r
      where r.queue = p_queue and coalesce(':' || r.concurrency_key, '') = p_key
        and r.task_id = t.task_id and r.parked_order is not null and r.id <> all (p_refused)
      order by r.parked_order, r.id limit p_most
      -- A row may stay locked for long; the other runs do not wait for it.
      for update skip locked) as parked
    order by parked.parked_order, parked.id limit p_most;
end
$$;

-- A slot is free. If a parked run could not begin only because its row is locked, notifies workers, so that
-- they check again soon. Waiting for a run locks it for a moment, and nothing else would start the last run
-- of a queue.
create function supabase_task.look_again_if_parked(p_queue text, p_key text, p_refused uuid[])
returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
begin
  if exists (
      select from unnest(supabase_task.parked_tasks(p_queue, p_key)) as t (task_id)
      where exists (
        select from supabase_task.runs r
        where r.queue = p_queue and coalesce(':' || r.concurrency_key, '') = p_key
          and r.task_id = t.task_id and r.parked_order is not null and r.id <> all (p_refused))) then
    perform pg_notify('supabase_task', 'skipped ' || p_queue);
  end if;
end
$$;

-- Begins parked runs in this worker, without tickets.
create function supabase_task.begin_parked(p_worker text, p_ids uuid[])
returns setof supabase_task.runs
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
begin
  return query
    with begun as (
      update supabase_task.runs set
        parked_at = null, parked_order = null, ticket = supabase_task.following(ticket), delivery = 0,
        held_by = p_worker, worker = p_worker, status = 'EXECUTING', executing_since = now(),
        pending_expiry = null
        where id = any (p_ids) returning *
    )
    select * from begun order by array_position(p_ids, id);
end
$$;

-- The same, except that runs that cannot begin fail.
create function supabase_task.begin_parked_or_give_up(p_worker text, p_ids uuid[])
returns setof supabase_task.runs
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
begin
  begin
    return query select * from supabase_task.begin_parked(p_worker, p_ids);
    return;
  exception when others then
    -- At least one of them cannot. Begin each by itself.
  end;
  for place in 1..cardinality(p_ids) loop
    begin
      return query select * from supabase_task.begin_parked(p_worker, p_ids[place:place]);
    exception when others then
      perform supabase_task.give_up(p_ids[place], 'it could not begin', sqlstate, sqlerrm);
    end;
  end loop;
end
$$;

-- Parks runs that found no free slot. Returns the result for each.
create function supabase_task.park(p_ids uuid[], p_tickets integer[], p_deliveries integer[])
returns table (verdict text, run_id uuid)
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
begin
  return query
    with parked as (
      update supabase_task.runs r set
        parked_at = now(),
        pending_expiry = case when r.started_at is null then r.expires_at end,
        parked_order = supabase_task.order_of(r.run_at, r.priority),
        job_id = null, status = 'QUEUED', worker = null, executing_since = null, quarantined = false
        from unnest(p_ids, p_tickets, p_deliveries) as w (id, ticket, delivery)
        where r.id = w.id and r.ticket = w.ticket and r.delivery = w.delivery
          and r.status in ('QUEUED', 'DELAYED', 'EXECUTING') and r.held_by is null
        returning r.id
    )
    select case when p.id is null then 'STALE' else 'PARKED' end, w.id
    from unnest(p_ids) as w (id) left join parked p on p.id = w.id;
end
$$;

-- The same, except that each run that cannot be parked is refused, or fails.
create function supabase_task.park_or_give_up(
  p_ids uuid[], p_tickets integer[], p_deliveries integer[])
returns table (verdict text, run_id uuid)
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
begin
  if p_ids = '{}' then
    return;
  end if;
  begin
    return query select * from supabase_task.park(p_ids, p_tickets, p_deliveries);
    return;
  exception when others then
    -- At least one of them cannot. Begin each by itself.
  end;
  for place in 1..cardinality(p_ids) loop
    begin
      return query select * from supabase_task.park(
        p_ids[place:place], p_tickets[place:place], p_deliveries[place:place]);
    exception when others then
      verdict := case
        when supabase_task.give_up(p_ids[place], 'it could not be parked', sqlstate, sqlerrm)
        then 'STALE' else 'REFUSED' end;
      run_id := p_ids[place];
      return next;
    end;
  end loop;
end
$$;

create function supabase_task.add_places(
  p_queue text, p_key text, p_worker text, p_places integer)
returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  left_over integer;
begin
  if p_places > 0 then
    insert into supabase_task.slots as s (queue, concurrency_key, worker_id, places)
      values (p_queue, p_key, p_worker, p_places)
      on conflict (queue, concurrency_key, worker_id) do update set places = s.places + p_places;
  elsif p_places < 0 then
    select s.places + p_places into left_over from supabase_task.slots s
      where s.queue = p_queue and s.concurrency_key = p_key and s.worker_id = p_worker;
    if left_over > 0 then
      update supabase_task.slots set places = left_over
        where queue = p_queue and concurrency_key = p_key and worker_id = p_worker;
    else
      delete from supabase_task.slots
        where queue = p_queue and concurrency_key = p_key and worker_id = p_worker;
    end if;
  end if;
end
$$;

-- Gives a slot to an attempt that waits in its worker to continue.
create function supabase_task.let_go_on(run supabase_task.runs) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
begin
  perform supabase_task.add_places(run.queue, coalesce(':' || run.concurrency_key, ''), run.held_by, 1);
  update supabase_task.runs set parked_at = null, parked_order = null, status = 'EXECUTING'
    where id = run.id;
  perform pg_notify('supabase_task', 'entered ' || run.id);
end
$$;

-- Issues tickets for parked runs, as many as there are free slots. A run with such a ticket takes a slot when
-- it is delivered, like any other run, so a run whose task no worker has any more occupies no slot.
create function supabase_task.invite(p_queue text, p_key text) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  free integer;
  run supabase_task.runs;
  refused uuid[] := '{}';
begin
  perform supabase_task.lock_queue(p_queue, p_key);
  -- At most this many: each of them checks for more free slots when it takes its own.
  free := least(supabase_task.free_places(p_queue, p_key), 25);
  while free > 0 loop
    select * into run from supabase_task.next_parked(p_queue, p_key, refused, 1);
    exit when not found;
    begin
      if run.status = 'WAITING' then
        perform supabase_task.let_go_on(run);
      else
        update supabase_task.runs
          set parked_at = null, parked_order = null, ticket = supabase_task.following(ticket)
          where id = run.id returning * into run;
        -- It was first in its queue, so it goes before all tickets that wait for a worker.
        perform supabase_task.add_ticket(run, timestamptz '1970-01-02 00:00:00+00');
      end if;
      free := free - 1;
    exception when others then
      refused := refused || run.id;
      perform supabase_task.give_up(run.id, 'it could not begin', sqlstate, sqlerrm);
    end;
  end loop;
  if free > 0 then
    perform supabase_task.look_again_if_parked(p_queue, p_key, refused);
  end if;
end
$$;

-- The same, for a caller that checks many queues: skips a queue that is locked, and raises no error.
create function supabase_task.try_invite(p_queue text, p_key text) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
begin
  if pg_try_advisory_xact_lock(
      hashtextextended('supabase_task.queue:' || p_queue || ':' || p_key, 0)) then
    perform supabase_task.invite(p_queue, p_key);
  else
    -- The one that has locked it may have counted the slots before.
    perform supabase_task.look_again_if_parked(p_queue, p_key, '{}');
  end if;
exception when others then
  -- The queue is checked again later.
end
$$;

-- All requests of a worker for one queue and key, at once. The worker has `p_idle` slots that no attempt
-- needs. Runs that have arrived want to begin, given by their tickets. `p_next` of its attempts have ended,
-- and a parked run may follow each. Slots that the worker does not need are free for others. A worker that
-- lost the response to its last request says how many slots its attempts hold (`p_in_use`).
--
-- Returns a row for each run that may begin, with its ticket if it was parked (GO), and one for each run that
-- may not. Such a run is PARKED, STALE, or REFUSED if it could not be parked; or it is to WAIT for the next
-- slot that becomes free in this worker, if the request allows it and no run is parked. One more row says
-- whether runs are parked now (MORE).
create function supabase_task.rotate(
  p_worker text, p_queue text, p_key text, p_tasks text[], p_idle integer, p_in_use integer,
  p_next integer, p_runs uuid[], p_tickets integer[], p_deliveries integer[], p_may_wait boolean[])
returns table (verdict text, run_id uuid, ticket json)
language plpgsql volatile set search_path = pg_catalog, pg_temp
-- It finds everything by keys, in the order of an index: its plans are made once, and stay good for any
-- number of parked runs.
set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_bitmapscan = off
set enable_hashjoin = off set enable_mergejoin = off set jit = off as $$
#variable_conflict use_column
declare
  free integer;
  needed integer := 0;
  mine integer;
  run supabase_task.runs;
  wanting record;
  is_anothers_turn boolean := false;
  most integer;
  has_more boolean := false;
  has_looked boolean := false;
  ids uuid[];
  tickets integer[] := '{}';
  deliveries integer[] := '{}';
  refused uuid[] := '{}';
begin
  perform supabase_task.lock_queue(p_queue, p_key);
  select s.places into mine from supabase_task.slots s
    where s.queue = p_queue and s.concurrency_key = p_key and s.worker_id = p_worker;
  mine := coalesce(mine, 0);
  p_idle := case when p_in_use is null then least(p_idle, mine) else mine - p_in_use end;
  free := supabase_task.free_places(p_queue, p_key) + p_idle;
  -- Parked runs first, in order.
  while free > needed and p_next > 0 and not is_anothers_turn loop
    ids := '{}';
    most := least(free - needed, p_next);
    has_more := false;
    has_looked := true;
    for run in
      -- One more than can begin.
      select * from supabase_task.next_parked(p_queue, p_key, refused, most + 1)
    loop
      has_more := cardinality(ids) = most;
      exit when has_more;
      -- A run that waits to continue, or whose task this worker does not have, is left to `invite`.
      is_anothers_turn := run.status = 'WAITING' or run.task_id <> all (p_tasks)
        -- It was lost with a process, so it needs a ticket, with which it begins in quarantine.
        or run.delivery > 0;
      exit when is_anothers_turn;
      ids := ids || run.id;
    end loop;
    exit when ids = '{}';
    for run in select * from supabase_task.begin_parked_or_give_up(p_worker, ids) loop
      needed := needed + 1;
      p_next := p_next - 1;
      verdict := 'GO';
      run_id := run.id;
      ticket := supabase_task.ticket_of(run, true);
      return next;
    end loop;
    refused := refused || ids;
  end loop;
  -- Then the runs that have just arrived, unless a parked run comes first. That run must accept a change;
  -- otherwise the free slot would be kept for a run that never takes it.
  if cardinality(p_runs) > 0 then
    has_looked := true;
    loop
      select * into run from supabase_task.next_parked(p_queue, p_key, refused, 1);
      exit when run.id is null or free <= needed;
      begin
        update supabase_task.runs set parked_order = parked_order where id = run.id;
        exit;
      exception when others then
        refused := refused || run.id;
        perform supabase_task.give_up(run.id, 'it could not begin', sqlstate, sqlerrm);
      end;
    end loop;
  end if;
  ids := '{}';
  for wanting in
    select w.id, w.ticket, w.delivery, w.may_wait, supabase_task.order_of(r.run_at, r.priority) as rank,
      coalesce(r.ticket = w.ticket and r.delivery = w.delivery
        and r.status in ('QUEUED', 'DELAYED', 'EXECUTING'), false) as is_good
    from unnest(p_runs, p_tickets, p_deliveries, p_may_wait) as w (id, ticket, delivery, may_wait)
    left join supabase_task.runs r on r.id = w.id
    order by rank, id
  loop
    run_id := wanting.id;
    ticket := null;
    -- The parked run may be this one, if the response to an earlier request was lost.
    is_anothers_turn := is_anothers_turn or coalesce(
      (run.parked_order, run.id) < (wanting.rank, wanting.id), false);
    if not wanting.is_good then
      verdict := 'STALE';
    elsif free > needed and not is_anothers_turn then
      needed := needed + 1;
      verdict := 'GO';
      update supabase_task.runs r set parked_at = null, parked_order = null
        where r.id = wanting.id and r.parked_order is not null;
    elsif wanting.may_wait and run.id is null and ids = '{}' and mine - p_idle + needed > 0 then
      verdict := 'WAIT';
    else
      ids := ids || wanting.id;
      tickets := tickets || wanting.ticket;
      deliveries := deliveries || wanting.delivery;
      continue;
    end if;
    return next;
  end loop;
  return query select *, null::json from supabase_task.park_or_give_up(ids, tickets, deliveries);
  perform supabase_task.add_places(p_queue, p_key, p_worker, needed - p_idle);
  if free > needed then
    perform supabase_task.invite(p_queue, p_key);
  elsif needed = p_idle then
    -- The leases have not changed. The rest need not wait for the disk: the outcomes of these runs are later
    -- in the log, and do wait.
    perform set_config('synchronous_commit', 'off', true);
  end if;
  if ids <> '{}' then
    -- Workers with slots of this queue check for parked runs when a slot becomes free.
    perform pg_notify('supabase_task', 'parked ' || p_queue);
  end if;
  has_more := has_more or is_anothers_turn or ids <> '{}'
    or cardinality(p_runs) > 0 and run.id is not null;
  if has_more or not has_looked
      and exists (select from supabase_task.next_parked(p_queue, p_key, refused, 1)) then
    verdict := 'MORE';
    run_id := null;
    ticket := null;
    return next;
  end if;
end
$$;

-- Requests a slot for an attempt that waited for a child. Returns GO if it has one or its queue has no limit,
-- and GONE if the run is over or was taken over. Otherwise the attempt is PARKED, and is notified later.
create function supabase_task.go_on(
  p_id uuid, p_ticket integer, p_delivery integer, p_worker text)
returns text
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  run supabase_task.runs;
begin
  select * into run from supabase_task.runs r where r.id = p_id;
  if found then
    perform supabase_task.lock_queue(run.queue, coalesce(':' || run.concurrency_key, ''));
    select * into run from supabase_task.runs r where r.id = p_id for update;
  end if;
  -- The attempt is cancelled by its worker.
  if not found or run.ticket <> p_ticket or run.delivery <> p_delivery
      or supabase_task.is_final(run.status) then
    return 'GONE';
  end if;
  if run.status <> 'WAITING' then
    return 'GO';
  end if;
  if not exists (select from supabase_task.queues q where q.name = run.queue) then
    update supabase_task.runs set status = 'EXECUTING', parked_at = null, parked_order = null
      where id = p_id;
    return 'GO';
  end if;
  if run.parked_order is null then
    update supabase_task.runs set
      parked_at = now(),
      parked_order = supabase_task.order_of(run_at, priority)
      where id = p_id;
  end if;
  perform supabase_task.invite(run.queue, coalesce(':' || run.concurrency_key, ''));
  return case when exists (select from supabase_task.runs r where r.id = p_id and r.status = 'WAITING')
    then 'PARKED' else 'GO' end;
end
$$;

-- Checks the queues and keys with parked runs, a hundred after the given one: slots may have become free
-- unnoticed, when a limit was raised or a row was removed by hand. Each takes one step, however many runs are
-- parked. Returns the last queue and key, or nothing if there are no more. A queue without a free slot is not
-- locked: most queues with parked runs are full. The plans are made once, and not for each of thousands of
-- queues and keys.
create function supabase_task.invite_all(
  p_after_queue text, p_after_key text, out queue text, out key text)
language plpgsql volatile set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_bitmapscan = off
set enable_hashjoin = off set enable_mergejoin = off set jit = off as $$
begin
  queue := p_after_queue;
  key := p_after_key;
  for number in 1..100 loop
    select r.queue, coalesce(':' || r.concurrency_key, '') into queue, key
      from supabase_task.runs r
      where r.parked_order is not null
        and (r.queue, coalesce(':' || r.concurrency_key, '')) > (invite_all.queue, invite_all.key)
      order by r.queue, coalesce(':' || r.concurrency_key, '') limit 1;
    exit when not found;
    -- The queue is not locked, so this is only a hint; `invite` counts again. A slot that becomes free after
    -- this is given away by the worker that frees it, or at the next check.
    if supabase_task.free_places(queue, key) > 0 then
      perform supabase_task.try_invite(queue, key);
    end if;
  end loop;
end
$$;
