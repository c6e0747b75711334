-- Queues with a limit. A worker has places of a queue and key (`slots`), which its attempts pass on to
-- each other; a run that finds no place is parked, and the places that become free are given to parked
-- runs in order.

create function supabase_task.lock_queue(p_queue text, p_key text) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
begin
  perform pg_advisory_xact_lock(
    hashtextextended('supabase_task.queue:' || p_queue || ':' || p_key, 0));
end
$$;

-- Where a run stands among those of its queue: by when it is due, in microseconds, with its head start.
create function supabase_task.order_of(run_at timestamptz, priority integer) returns bigint
language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
begin
  return (extract(epoch from run_at) * 1000000)::bigint - priority * 1000000::bigint;
end
$$;

-- How many places of a queue and key nobody has; more than anybody needs if it has no limit. The
-- caller has locked the queue.
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

-- The next of the parked runs whose task a worker that lives has, locked. `p_refused` cannot begin.
create function supabase_task.next_parked(p_queue text, p_key text, p_refused uuid[])
returns supabase_task.runs
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  task text := '';
  head supabase_task.runs;
  best supabase_task.runs;
begin
  loop
    select r.task_id into task from supabase_task.runs r
      where r.queue = p_queue and coalesce(':' || r.concurrency_key, '') = p_key
        and r.parked_order is not null and r.task_id > task
      order by r.task_id limit 1;
    exit when not found;
    continue when not exists (select from supabase_task.workers w where task = any (w.tasks));
    select * into head from supabase_task.runs r
      where r.queue = p_queue and coalesce(':' || r.concurrency_key, '') = p_key
        and r.task_id = task and r.parked_order is not null and r.id <> all (p_refused)
      order by r.parked_order, r.id limit 1
      -- One that somebody has locked is about to be cancelled, or to look for a place itself.
      for update skip locked;
    if found and (best.id is null
        or (head.parked_order, head.id) < (best.parked_order, best.id)) then
      best := head;
    end if;
  end loop;
  return best;
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

-- A place for an attempt that waits to go on where it is.
create function supabase_task.let_go_on(run supabase_task.runs) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
begin
  perform supabase_task.add_places(run.queue, coalesce(':' || run.concurrency_key, ''), run.held_by, 1);
  update supabase_task.runs set parked_at = null, parked_order = null, status = 'EXECUTING'
    where id = run.id;
  perform pg_notify('supabase_task', 'entered ' || run.id);
end
$$;

-- Issues tickets for parked runs, as many as there are free places. Who gets a ticket looks for a place
-- like any other: a run whose task no worker has any more holds nothing.
create function supabase_task.invite(p_queue text, p_key text) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  free integer;
  run supabase_task.runs;
  refused uuid[] := '{}';
begin
  perform supabase_task.lock_queue(p_queue, p_key);
  free := least(supabase_task.free_places(p_queue, p_key), 1000);
  while free > 0 loop
    run := supabase_task.next_parked(p_queue, p_key, refused);
    exit when run.id is null;
    begin
      if run.status = 'WAITING' then
        perform supabase_task.let_go_on(run);
      else
        update supabase_task.runs
          set parked_at = null, parked_order = null, ticket = supabase_task.following(ticket)
          where id = run.id returning * into run;
        perform supabase_task.issue(run);
      end if;
      free := free - 1;
    exception when others then
      refused := refused || run.id;
      perform supabase_task.give_up(run.id, 'it could not begin', sqlstate, sqlerrm);
    end;
  end loop;
end
$$;

-- The same, unless somebody else is at this queue, or it cannot be done: for who looks after many queues.
create function supabase_task.try_invite(p_queue text, p_key text) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
begin
  if pg_try_advisory_xact_lock(
      hashtextextended('supabase_task.queue:' || p_queue || ':' || p_key, 0)) then
    perform supabase_task.invite(p_queue, p_key);
  end if;
exception when others then
  -- It is looked at again.
end
$$;

-- All that a worker asks of one queue and key at once. It has `p_idle` places that no attempt needs; runs
-- that have arrived want to begin, given as tickets; and `p_next` of its attempts have ended and can be
-- followed by a parked run each. Places that it does not need are free for others. A worker that does
-- not know what became of its last question says how many places its attempts need (`p_in_use`).
--
-- Gives a row for each run that may begin, with its ticket if it was parked (GO), and one for each that
-- may not (PARKED, STALE, or REFUSED if it could not be parked).
create function supabase_task.rotate(
  p_worker text, p_queue text, p_key text, p_tasks text[], p_idle integer, p_in_use integer,
  p_next integer, p_runs uuid[], p_tickets integer[], p_deliveries integer[])
returns table (verdict text, run_id uuid, ticket json)
language plpgsql volatile set search_path = pg_catalog, pg_temp
set plan_cache_mode = auto as $$
#variable_conflict use_column
declare
  free integer;
  needed integer := 0;
  mine integer;
  run supabase_task.runs;
  wanting record;
  is_anothers_turn boolean := false;
  refused uuid[] := '{}';
begin
  perform supabase_task.lock_queue(p_queue, p_key);
  select s.places into mine from supabase_task.slots s
    where s.queue = p_queue and s.concurrency_key = p_key and s.worker_id = p_worker;
  mine := coalesce(mine, 0);
  p_idle := case when p_in_use is null then least(p_idle, mine) else mine - p_in_use end;
  free := supabase_task.free_places(p_queue, p_key) + p_idle;
  -- Parked runs first, in order.
  while free > needed and p_next > 0 loop
    run := supabase_task.next_parked(p_queue, p_key, refused);
    exit when run.id is null;
    -- One that waits to go on, or is of a task that this worker has not, is left to `invite`.
    is_anothers_turn := run.status = 'WAITING' or run.task_id <> all (p_tasks)
      -- It was lost with a process: it begins apart from others.
      or run.delivery > 0;
    exit when is_anothers_turn;
    begin
      update supabase_task.runs set
        parked_at = null, parked_order = null, ticket = supabase_task.following(ticket), delivery = 0,
        held_by = p_worker, worker = p_worker, status = 'EXECUTING', executing_since = now(),
        pending_expiry = null
        where id = run.id returning * into run;
    exception when others then
      refused := refused || run.id;
      perform supabase_task.give_up(run.id, 'it could not begin', sqlstate, sqlerrm);
      continue;
    end;
    needed := needed + 1;
    p_next := p_next - 1;
    verdict := 'GO';
    run_id := run.id;
    ticket := supabase_task.ticket_of(run, true);
    return next;
  end loop;
  -- Then those that have just arrived, unless a parked one goes before them: one that takes a change,
  -- or the free place would be kept for a run that never takes it.
  if cardinality(p_runs) > 0 then
    loop
      run := supabase_task.next_parked(p_queue, p_key, refused);
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
  for wanting in
    select w.id, w.ticket, w.delivery, supabase_task.order_of(r.run_at, r.priority) as rank,
      coalesce(r.ticket = w.ticket and r.delivery = w.delivery
        and r.status in ('QUEUED', 'DELAYED', 'EXECUTING'), false) as is_good
    from unnest(p_runs, p_tickets, p_deliveries) as w (id, ticket, delivery)
    left join supabase_task.runs r on r.id = w.id
    order by rank, id
  loop
    run_id := wanting.id;
    ticket := null;
    -- The run itself is parked if the answer to this was lost before.
    is_anothers_turn := is_anothers_turn or coalesce(
      (run.parked_order, run.id) < (wanting.rank, wanting.id), false);
    if not wanting.is_good then
      verdict := 'STALE';
    elsif free > needed and not is_anothers_turn then
      needed := needed + 1;
      verdict := 'GO';
      update supabase_task.runs r set parked_at = null, parked_order = null
        where r.id = wanting.id and r.parked_order is not null;
    else
      begin
        update supabase_task.runs r set
          parked_at = now(),
          pending_expiry = case when r.started_at is null then r.expires_at end,
          parked_order = supabase_task.order_of(r.run_at, r.priority),
          job_id = null, status = 'QUEUED', worker = null, executing_since = null, quarantined = false
          where r.id = wanting.id and r.ticket = wanting.ticket and r.delivery = wanting.delivery
            and r.status in ('QUEUED', 'DELAYED', 'EXECUTING') and r.held_by is null;
        verdict := case when found then 'PARKED' else 'STALE' end;
      exception when others then
        verdict := case
          when supabase_task.give_up(wanting.id, 'it could not be parked', sqlstate, sqlerrm)
          then 'STALE' else 'REFUSED' end;
      end;
    end if;
    return next;
  end loop;
  perform supabase_task.add_places(p_queue, p_key, p_worker, needed - p_idle);
  if free > needed then
    perform supabase_task.invite(p_queue, p_key);
  end if;
  if cardinality(p_runs) > needed then
    -- Those that have places of this queue look for parked runs when they have one to give.
    perform pg_notify('supabase_task', 'parked ' || p_queue);
  end if;
end
$$;

-- An attempt that waited for a child wants a place again. True if it has one, or needs none; otherwise
-- it is parked, and told.
create function supabase_task.go_on(
  p_id uuid, p_ticket integer, p_delivery integer, p_worker text)
returns boolean
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  run supabase_task.runs;
begin
  select * into run from supabase_task.runs r where r.id = p_id;
  if found then
    perform supabase_task.lock_queue(run.queue, coalesce(':' || run.concurrency_key, ''));
    select * into run from supabase_task.runs r where r.id = p_id for update;
  end if;
  -- A run that is somebody else's, or over, needs no place: its attempt will hear of it.
  if not found or run.ticket <> p_ticket or run.delivery <> p_delivery
      or supabase_task.is_final(run.status) or run.status <> 'WAITING' then
    return true;
  end if;
  if not exists (select from supabase_task.queues q where q.name = run.queue) then
    update supabase_task.runs set status = 'EXECUTING', parked_at = null, parked_order = null
      where id = p_id;
    return true;
  end if;
  if run.parked_order is null then
    update supabase_task.runs set
      parked_at = now(),
      parked_order = supabase_task.order_of(run_at, priority)
      where id = p_id;
  end if;
  perform supabase_task.invite(run.queue, coalesce(':' || run.concurrency_key, ''));
  return not exists (select from supabase_task.runs r where r.id = p_id and r.status = 'WAITING');
end
$$;

-- The queues and keys with parked runs, a hundred after the given one: places may have become free
-- without anybody's seeing it, when a limit was raised or a row removed by hand. Each is looked at once,
-- however many runs are parked. Gives the last one, or nothing if there are no more.
create function supabase_task.invite_all(
  p_after_queue text, p_after_key text, out queue text, out key text)
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
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
    perform supabase_task.try_invite(queue, key);
  end loop;
end
$$;
