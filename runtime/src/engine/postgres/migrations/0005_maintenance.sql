-- Maintenance, which workers do beside their attempts. Each run is handled by itself: if a change of one run
-- is refused, only that run fails, and the others are handled.

-- Records a heartbeat. Returns the database's time.
create function supabase_task.heartbeat(p_worker text, p_tasks text[]) returns timestamptz
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
begin
  insert into supabase_task.workers as w (id, tasks) values (p_worker, p_tasks)
    on conflict (id) do update set seen_at = now(), tasks = p_tasks;
  return clock_timestamp();
end
$$;

-- Issues a new ticket for a run that a worker held without one. If the run was lost with a process, its
-- delivery number says so.
create function supabase_task.take_back(run supabase_task.runs, p_is_lost boolean) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
begin
  if not supabase_task.is_final(run.status) then
    update supabase_task.runs set
      status = 'QUEUED', ticket = supabase_task.following(ticket),
      delivery = case when p_is_lost then 1 else 0 end, run_at = now(), held_by = null, worker = null,
      executing_since = null, parked_at = null, parked_order = null,
      pending_expiry = case when started_at is null then expires_at end
      where id = run.id returning * into run;
    perform supabase_task.issue(run);
  end if;
end
$$;

-- Takes back runs that a worker was given but does not know of, because the response was lost. Returns how
-- many.
create function supabase_task.give_back_unknown(p_worker text, p_known uuid[]) returns bigint
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  run supabase_task.runs;
  given_back bigint := 0;
begin
  for run in
    select * from supabase_task.runs r
      where r.held_by = p_worker and r.id <> all (p_known)
        and r.executing_since < now() - interval '10 seconds'
      order by r.id for update skip locked
  loop
    begin
      perform supabase_task.take_back(run, false);
      given_back := given_back + 1;
    exception when others then
      perform supabase_task.give_up(run.id, 'it could not be taken back', sqlstate, sqlerrm);
    end;
  end loop;
  return given_back;
end
$$;

-- Releases what a worker that ends or is dead has: the runs that it holds without a ticket, and its slots.
create function supabase_task.bury(p_worker text) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  run supabase_task.runs;
  is_alone boolean;
  freed record;
begin
  if exists (select from supabase_task.runs r where r.held_by = p_worker) then
    is_alone := (
      select count(*) = 1 from (
        select from supabase_task.runs r where r.held_by = p_worker
        union all
        -- graphile_worker gives back the tickets of its other runs.
        select from supabase_task_jobs.jobs j where j.locked_by = p_worker
        limit 2) had);
    for run in
      select * from supabase_task.runs r where r.held_by = p_worker order by r.id for update
    loop
      begin
        perform supabase_task.take_back(supabase_task.lose(run, p_worker, is_alone), true);
      exception when others then
        if supabase_task.is_passing(sqlstate) then
          -- Try this worker again later.
          raise;
        end if;
        perform supabase_task.give_up(run.id, 'it could not be taken back', sqlstate, sqlerrm);
      end;
    end loop;
  end if;
  for freed in
    delete from supabase_task.slots s where s.worker_id = p_worker
      returning s.queue, s.concurrency_key
  loop
    perform supabase_task.try_invite(freed.queue, freed.concurrency_key);
  end loop;
  delete from supabase_task.workers where id = p_worker;
end
$$;

-- Takes over from one worker that was silent for too long. Returns false if there is none.
create function supabase_task.bury_one(p_silence interval) returns boolean
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  dead text;
begin
  -- Slots of workers whose rows were removed by hand.
  delete from supabase_task.slots s
    where not exists (select from supabase_task.workers w where w.id = s.worker_id);
  select w.id into dead from supabase_task.workers w
    where w.seen_at < now() - p_silence
    order by w.seen_at limit 1 for update skip locked;
  if not found then
    return false;
  end if;
  perform supabase_task.bury(dead);
  return true;
end
$$;

-- Issues the tickets of runs that are due soon. Returns how many.
create function supabase_task.issue_due() returns bigint
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  run supabase_task.runs;
  issued bigint := 0;
begin
  for run in
    select * from supabase_task.runs r where r.ticket_at <= now()
      order by r.ticket_at limit 2000 for update skip locked
  loop
    exit when issued >= 200;
    begin
      if supabase_task.is_final(run.status) then
        update supabase_task.runs set ticket_at = null where id = run.id;
      else
        perform supabase_task.issue(run);
      end if;
      issued := issued + 1;
    exception when others then
      perform supabase_task.give_up(run.id, 'its ticket could not be issued', sqlstate, sqlerrm);
    end;
  end loop;
  return issued;
end
$$;

-- Expires runs that did not begin in time. Returns how many.
create function supabase_task.expire() returns bigint
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  run supabase_task.runs;
  expired bigint := 0;
begin
  for run in
    select * from supabase_task.runs r where r.pending_expiry < now()
      order by r.pending_expiry limit 2000 for update skip locked
  loop
    exit when expired >= 200;
    begin
      if run.status in ('QUEUED', 'DELAYED') then
        perform supabase_task.finish(run.id, 'EXPIRED', null, null);
        perform supabase_task.withdraw(run);
      else
        update supabase_task.runs set pending_expiry = null where id = run.id;
      end if;
      expired := expired + 1;
    exception when others then
      perform supabase_task.give_up(run.id, 'it could not expire', sqlstate, sqlerrm);
    end;
  end loop;
  return expired;
end
$$;

-- The tasks that have runs. One step for each task, however many runs there are.
create function supabase_task.task_ids() returns setof text
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  task text := '';
begin
  loop
    select r.task_id into task from supabase_task.runs r
      where r.task_id > task order by r.task_id limit 1;
    exit when not found;
    return next task;
  end loop;
end
$$;

-- Returns runs that ended longer ago than `p_age`, locked, of one task or of all; at most `p_most`.
create function supabase_task.old_runs(p_task text, p_age interval, p_most integer)
returns setof uuid
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  -- Every run that was created before that time has a smaller id.
  newest uuid := (lpad(to_hex(greatest(0, extract(epoch from now() - p_age) * 1000)::bigint), 12, '0')
    || '70008000000000000000')::uuid;
begin
  return query
    select old.id from supabase_task.task_ids() as task
      cross join unnest(
        array['COMPLETED', 'FAILED', 'CANCELED', 'EXPIRED', 'TIMED_OUT', 'CRASHED']) as final
      cross join lateral (
        select r.id from supabase_task.runs r
        where r.task_id = task and r.status = final and r.id < newest
          and r.finished_at < now() - p_age
        order by r.id limit p_most for update skip locked) as old
    where p_task is null or task = p_task
    limit p_most;
end
$$;

-- Removes up to a thousand runs that ended longer ago than `p_age`. Returns how many.
create function supabase_task.retain(p_age interval) returns bigint
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  removed bigint := 0;
  task text;
  old uuid;
begin
  delete from supabase_task.runs
    where id = any (array(select supabase_task.old_runs(null, p_age, 1000)));
  get diagnostics removed = row_count;
  return removed;
exception when others then
  -- One of them cannot be removed, perhaps because another table references it. Remove the others one by one,
  -- task by task, so that the runs of one task do not hold up those of another.
  for task in select supabase_task.task_ids() loop
    for old in select supabase_task.old_runs(task, p_age, 2000) loop
      exit when removed >= 1000;
      begin
        delete from supabase_task.runs where id = old;
        removed := removed + 1;
      exception when others then
        -- It stays.
      end;
    end loop;
    exit when removed >= 1000;
  end loop;
  return removed;
end
$$;
