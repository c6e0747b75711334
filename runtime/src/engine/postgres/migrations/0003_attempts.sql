-- How attempts begin and end. `DONE`, `STALE` and `TAKEN` are results for a ticket: nothing is left to do for
-- it; another ticket of the run counts; another worker has it.

-- Ends a run with its last status.
create function supabase_task.finish(
  p_id uuid, p_status text, p_output json, p_error jsonb)
returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  run supabase_task.runs;
begin
  update supabase_task.runs set
    status = p_status, output = p_output, error = p_error, finished_at = now(),
    job_id = null, ticket_at = null, worker = null, executing_since = null, quarantined = false,
    held_by = null, pending_expiry = null, parked_at = null, parked_order = null,
    -- A run that ends without completing releases its key, unless it was cancelled.
    idempotency_slot = case when p_status in ('COMPLETED', 'CANCELED') then idempotency_slot end
    where id = p_id returning * into run;
  if run.awaited then
    perform pg_notify('supabase_task', 'ended ' || p_id);
  end if;
end
$$;

-- Removes the ticket of a run, if no worker has it yet. Never removes the job of another run, whatever the
-- run's row says.
create function supabase_task.withdraw(run supabase_task.runs) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
begin
  if run.job_id is null then
    return;
  end if;
  perform from supabase_task_jobs.complete_jobs(array[run.job_id]) j
    where j.payload ->> 'run' is distinct from run.id::text;
  if found then
    raise exception 'supabase_task: the job % is not one of run %', run.job_id, run.id
      using errcode = 'data_exception';
  end if;
exception when data_exception or invalid_text_representation or untranslatable_character then
  -- The job is restored.
end
$$;

-- Whether an error is transient: a lock, a deadlock, a server that is busy or shuts down.
create function supabase_task.is_passing(state text) returns boolean
language plpgsql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
begin
  return left(state, 2) in ('08', '40', '53', '55', '57', '58');
end
$$;

-- Fails a run because a change that it needs was refused. The error of the run says why. If the reason is
-- transient, or the failure is refused as well, leaves the run as it is and returns false. Never raises an
-- error.
create function supabase_task.give_up(p_id uuid, p_what text, p_state text, p_reason text)
returns boolean
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
begin
  if supabase_task.is_passing(p_state) then
    return false;
  end if;
  perform supabase_task.finish(p_id, 'FAILED', null, jsonb_build_object(
    'message', left(p_what || ': ' || p_reason, 1000)));
  return true;
exception when others then
  return false;
end
$$;

-- Returns the current, whole ticket of a run that a worker is about to begin, or null if the ticket is stale.
-- Most attempts begin without this. It is for tickets that were delivered before, and for runs that may
-- expire, have a large payload, may have been cancelled, or whose concurrency key only the task knows.
create function supabase_task.redeem(
  p_id uuid, p_ticket integer, p_worker text, p_is_redelivered boolean, p_key text)
returns json
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  run supabase_task.runs;
begin
  select * into run from supabase_task.runs r where r.id = p_id for update;
  if not found or run.ticket <> p_ticket or supabase_task.is_final(run.status)
      or run.held_by is not null then
    return null;
  end if;
  if run.pending_expiry < now() then
    perform supabase_task.finish(p_id, 'EXPIRED', null, null);
    return null;
  end if;
  -- Only the task knows the key of a run that was triggered from SQL.
  if p_key is not null and run.concurrency_key is null then
    update supabase_task.runs set concurrency_key = p_key where id = p_id returning * into run;
  end if;
  if p_is_redelivered then
    -- From here on, the row shows that the attempt has begun, and in which worker.
    update supabase_task.runs set
      delivery = supabase_task.following(delivery), status = 'EXECUTING', executing_since = now(),
      worker = p_worker,
      quarantined = true, pending_expiry = null
      where id = p_id returning * into run;
  elsif run.pending_expiry is not null then
    update supabase_task.runs set
      status = 'EXECUTING', executing_since = now(), worker = p_worker, pending_expiry = null
      where id = p_id returning * into run;
  end if;
  return supabase_task.ticket_of(run, true);
end
$$;

-- Completes many runs at once, which is the outcome of most attempts. Returns how many it has completed. Its
-- plan is made once, and stays good for any number of runs: a plan for the estimated number of runs could
-- read all waiting runs, again and again.
create function supabase_task.complete(
  p_ids uuid[], p_tickets integer[], p_deliveries integer[], p_outputs text[], p_entries text[],
  p_started timestamptz[], p_users uuid[])
returns bigint
language plpgsql volatile set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_bitmapscan = off
set enable_hashjoin = off set enable_mergejoin = off set jit = off as $$
declare
  completed bigint;
begin
  with completed as (
    update supabase_task.runs r set
      status = 'COMPLETED', attempt = least(r.attempt + 1, 1000000), output = e.output::json,
      attempts = case r.attempts
        when '[]' then e.entries::jsonb else r.attempts || e.entries::jsonb end,
      user_id = coalesce(r.user_id, e.user_id),
      started_at = coalesce(r.started_at, e.started_at), finished_at = now(),
      job_id = null, worker = null, executing_since = null, quarantined = false,
      held_by = null, pending_expiry = null, ticket_at = null, parked_at = null,
      parked_order = null
    from unnest(p_ids, p_tickets, p_deliveries, p_outputs, p_entries, p_started, p_users)
      as e (id, ticket, delivery, output, entries, started_at, user_id)
    where r.id = e.id and r.ticket = e.ticket and r.delivery = e.delivery
      -- `is true` prevents the use of the index of statuses.
      and (r.status in ('QUEUED', 'DELAYED', 'EXECUTING', 'WAITING')) is true
    returning r.id, r.awaited
  ), told as (
    select pg_notify('supabase_task', 'ended ' || c.id) from completed c where c.awaited
  )
  select count(*) + 0 * (select count(*) from told) into completed from completed c;
  return completed;
end
$$;

-- Stores the outcome of an attempt. If the row is locked, this fails soon and the caller retries, because a
-- connection that waits for a lock is missing elsewhere.
create function supabase_task.settle(
  p_id uuid, p_ticket integer, p_delivery integer, p_outcome text, p_entry jsonb, p_output json,
  p_error jsonb, p_retry_ms bigint, p_user uuid)
returns text
language plpgsql volatile set search_path = pg_catalog, pg_temp
set lock_timeout = '100ms' as $$
declare
  run supabase_task.runs;
begin
  select * into run from supabase_task.runs r where r.id = p_id for update;
  if not found or run.ticket <> p_ticket then
    return 'STALE';
  end if;
  if supabase_task.is_final(run.status) then
    if run.delivery <> p_delivery then
      return 'STALE';
    end if;
    -- The run was cancelled, or this outcome was stored before and the response was lost.
    if run.status = 'CANCELED' and p_entry is not null then
      update supabase_task.runs
        set attempts = attempts || jsonb_set(p_entry, '{outcome}', '"CANCELED"'),
          ticket = supabase_task.following(ticket)
        where id = p_id;
    end if;
    return 'DONE';
  end if;
  if run.delivery <> p_delivery then
    return 'TAKEN';
  end if;
  update supabase_task.runs set
    user_id = coalesce(user_id, p_user),
    attempts = case when p_entry is null then attempts else attempts || p_entry end,
    attempt = least(attempt + case when p_outcome = 'INTERRUPTED' then 0 else 1 end, 1000000),
    started_at = coalesce(started_at, (p_entry ->> 'started_at')::timestamptz)
    where id = p_id;
  if p_outcome in ('RETRY', 'INTERRUPTED') then
    update supabase_task.runs set
      status = 'QUEUED', ticket = supabase_task.following(ticket), delivery = 0, worker = null,
      executing_since = null, quarantined = false, held_by = null, parked_at = null, parked_order = null,
      -- A run that has not begun yet can still expire.
      pending_expiry = case when started_at is null then expires_at end,
      -- A run that was handed back before its attempt began keeps its order.
      run_at = case when p_entry is null then run_at
        else now() + coalesce(p_retry_ms, 0) * interval '1 millisecond' end
      where id = p_id returning * into run;
    perform supabase_task.issue(run);
  else
    perform supabase_task.finish(p_id, p_outcome, p_output, p_error);
  end if;
  return 'DONE';
end
$$;

-- Records in a run that the process of its worker died. The caller has locked the run. Returns the changed
-- run.
--
-- A crash counts as an attempt of every run that was executing, but it ends only a run that is to blame: one
-- that was alone in its process, or was in quarantine. Otherwise a task that kills its process would take its
-- neighbours with it.
create function supabase_task.lose(p_run supabase_task.runs, p_worker text, p_is_alone boolean)
returns supabase_task.runs
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  failure jsonb := jsonb_build_object('message',
    'the process that ran this attempt died, or was not heard of for too long');
  had_begun boolean := p_run.executing_since is not null and p_run.worker is not distinct from p_worker;
  made integer := least(p_run.attempt + 1, 1000000);
  is_last boolean := made >= p_run.max_attempts;
  is_to_blame boolean := p_is_alone or p_run.quarantined
    -- A limit, so that this ends.
    or (select count(*) from jsonb_array_elements(p_run.attempts) as entry
      where entry ? 'error' and entry ->> 'outcome' in ('CRASHED', 'INTERRUPTED'))
      >= p_run.max_attempts + 10;
  outcome text;
  since timestamptz := least(coalesce(p_run.executing_since, p_run.run_at), now());
begin
  if had_begun or p_is_alone then
    outcome := case when is_last and not is_to_blame then 'INTERRUPTED' else 'CRASHED' end;
  end if;
  update supabase_task.runs set
    status = case when status = 'DELAYED' and outcome is null then status else 'QUEUED' end,
    delivery = supabase_task.following(delivery),
    attempt = case when outcome = 'CRASHED' then made else attempt end,
    attempts = case when outcome is null then attempts else attempts || jsonb_build_object(
      'number', made, 'outcome', outcome, 'started_at', since, 'ended_at', now(), 'error', failure,
      'worker', p_worker) end,
    started_at = case when outcome is null then started_at else coalesce(started_at, since) end,
    worker = null, executing_since = null, quarantined = false, held_by = null
    where id = p_run.id returning * into p_run;
  if outcome = 'CRASHED' and is_last then
    perform supabase_task.finish(p_run.id, 'CRASHED', null, failure);
    p_run.status := 'CRASHED';
  end if;
  return p_run;
end
$$;

-- Records the crash of a dead worker in the run of a ticket that is about to be delivered again. If this is
-- repeated, the crash counts once, because the first time gave the run another delivery and took it from its
-- worker.
create function supabase_task.lost(
  p_id uuid, p_ticket integer, p_delivery integer, p_worker text, p_is_alone boolean)
returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  run supabase_task.runs;
begin
  select * into run from supabase_task.runs r where r.id = p_id for update;
  if found and run.ticket = p_ticket and not supabase_task.is_final(run.status)
      and run.held_by is null and run.parked_at is null
      and (run.worker = p_worker or run.worker is null and run.delivery = p_delivery) then
    perform supabase_task.lose(run, p_worker, p_is_alone);
  end if;
end
$$;

-- Makes a run wait for a child: from now on, the worker holds it without a ticket. Returns false if the
-- attempt is not the run's newest any more.
create function supabase_task.wait_for_child(
  p_id uuid, p_ticket integer, p_delivery integer, p_worker text)
returns boolean
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
begin
  update supabase_task.runs r set
    status = 'WAITING', held_by = p_worker, worker = p_worker, job_id = null,
    executing_since = coalesce(executing_since, now())
    where r.id = p_id and r.ticket = p_ticket and r.delivery = p_delivery
      and r.status in ('QUEUED', 'DELAYED', 'EXECUTING', 'WAITING');
  return found;
end
$$;

create function supabase_task.cancel(p_id uuid) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  run supabase_task.runs;
begin
  select * into run from supabase_task.runs r where r.id = p_id for update;
  if not found or supabase_task.is_final(run.status) then
    return;
  end if;
  perform supabase_task.finish(p_id, 'CANCELED', null, null);
  perform supabase_task.withdraw(run);
  -- The worker that runs it receives this.
  perform pg_notify('supabase_task', 'canceled ' || p_id);
end
$$;

create function supabase_task.reschedule(p_id uuid, p_at timestamptz) returns boolean
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  run supabase_task.runs;
begin
  select * into run from supabase_task.runs r
    where r.id = p_id and r.status = 'DELAYED' and r.run_at > now() for update;
  if not found then
    return false;
  end if;
  perform supabase_task.withdraw(run);
  update supabase_task.runs
    set run_at = greatest(p_at, now()), ticket = supabase_task.following(ticket), delivery = 0
    where id = p_id returning * into run;
  perform supabase_task.issue(run);
  return true;
end
$$;

-- Triggers a scheduled task, if it is due and no other worker has done so for this tick.
create function supabase_task.fire(
  p_task text, p_due timestamptz, p_tick timestamptz, p_next timestamptz, p_spec json)
returns boolean
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
begin
  update supabase_task.schedules set last_at = p_tick, next_at = p_next
    where task_id = p_task and next_at = p_due and next_at <= now();
  if not found then
    return false;
  end if;
  -- If the payload could not be made, only this tick is skipped.
  if p_spec is not null then
    perform supabase_task.enqueue(json_build_array(p_spec));
  end if;
  return true;
end
$$;
