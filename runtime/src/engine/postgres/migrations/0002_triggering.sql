-- Triggering: how runs are stored and how their tickets are issued. Only the owner of the schema may call
-- these functions.

create function supabase_task.is_final(status text) returns boolean
language plpgsql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
begin
  return status in ('COMPLETED', 'CANCELED', 'FAILED', 'CRASHED', 'EXPIRED', 'TIMED_OUT');
end
$$;

-- A UUID of version 7, so that ids sort by creation time.
create function supabase_task.new_run_id() returns uuid
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
begin
  return encode(
    set_byte(
      overlay(uuid_send(gen_random_uuid())
        placing substring(int8send((extract(epoch from clock_timestamp()) * 1000)::bigint) from 3)
        from 1 for 6),
      6, (get_byte(uuid_send(gen_random_uuid()), 6) & 15) | 112),
    'hex')::uuid;
end
$$;

-- A ticket, the content of a job of graphile_worker: everything that an attempt needs, so that it begins
-- without asking the database. The payload is in it as a text, so that the rest can be read whatever the
-- payload contains. A large payload stays in the run's row, unless the `whole` ticket is asked for.
create function supabase_task.ticket(
  id uuid, task_id text, ticket integer, delivery integer, attempt integer, payload text, auth text, user_id uuid,
  queue text, concurrency_key text, max_attempts integer, tags text[], metadata jsonb,
  idempotency_key text, parent_run_id uuid, trace_id text, created_at timestamptz,
  expires_at timestamptz, whole boolean)
returns json
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
  return json_strip_nulls(json_build_object(
    'run', id, 'task', task_id, 'ticket', ticket, 'delivery', delivery, 'attempt', attempt,
    'payload', case when whole or octet_length(payload) <= 2048 then payload end,
    'auth', auth, 'user_id', user_id, 'queue', queue, 'concurrency_key', concurrency_key,
    'max_attempts', max_attempts, 'tags', nullif(tags, '{}'), 'metadata', nullif(metadata, '{}')::text,
    'idempotency_key', idempotency_key, 'parent_run_id', parent_run_id, 'trace_id', trace_id,
    'created_at', (extract(epoch from created_at) * 1000000)::bigint,
    'expires_at', (extract(epoch from expires_at) * 1000000)::bigint));
end
$$;

create function supabase_task.ticket_of(run supabase_task.runs, whole boolean) returns json
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
  return supabase_task.ticket(
    run.id, run.task_id, run.ticket, run.delivery, run.attempt, run.payload::text, run.auth,
    run.user_id, run.queue, run.concurrency_key, run.max_attempts, run.tags, run.metadata, run.idempotency_key,
    run.parent_run_id, run.trace_id, run.created_at, run.pending_expiry, whole);
end
$$;

-- Whether the ticket of a run that is due then is issued later. graphile_worker scans every job that is not
-- due yet when it looks for due ones, so it must not have many of them.
create function supabase_task.is_far_off(due timestamptz) returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
  return due > now() + interval '1 minute';
end
$$;

-- Issues the ticket for the next attempt. Priority is a head start, as in Trigger.dev; it does not make
-- a delayed run early.
create function supabase_task.issue(run supabase_task.runs) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
begin
  if supabase_task.is_far_off(run.run_at) then
    update supabase_task.runs set job_id = null, ticket_at = run_at - interval '30 seconds'
      where id = run.id;
  else
    perform supabase_task.add_ticket(run, case
      when run.run_at > now() then run.run_at
      else run.run_at - make_interval(secs => run.priority)
    end);
  end if;
end
$$;

-- Adds the job of graphile_worker that is the ticket.
create function supabase_task.add_ticket(run supabase_task.runs, due timestamptz) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  job bigint;
begin
  select j.id into job from supabase_task_jobs.add_job(
    run.task_id,
    supabase_task.ticket_of(run, false),
    run_at := due,
    -- So many that graphile_worker never gives a ticket up: this engine counts the attempts of a run.
    max_attempts := 30000) as j;
  update supabase_task.runs set job_id = job, ticket_at = null where id = run.id;
end
$$;

-- The number after this one; after the last one, the first. Numbers are only compared for equality.
create function supabase_task.following(number integer) returns integer
language plpgsql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
begin
  return number % 2147483647 + 1;
end
$$;

-- Stores runs and issues their tickets. A payload comes as a text, so that the rest of its run can be read
-- whatever the payload contains. A run that exists already, because it was sent before, is left as it is. If
-- a run is sent twice at the same time, one of the two statements fails and may be retried.
create function supabase_task.store(specs json) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
begin
  with spec as (
    select * from json_to_recordset(specs) as s (
      id uuid, task_id text, payload text, auth text, user_id uuid, queue text,
      concurrency_key text, priority integer, max_attempts integer,
      run_at timestamptz, delay_ms bigint, ttl_ms bigint,
      idempotency_key text, idempotency_ttl_ms bigint,
      tags text[], metadata jsonb, trace_id text, parent_run_id uuid)
    where not exists (select from supabase_task.runs r where r.id = s.id)
  ), timed as materialized (
    select
      id, task_id, payload::json as payload, auth, user_id, queue, concurrency_key,
      coalesce(priority, 0) as priority, max_attempts, idempotency_key,
      coalesce(tags, '{}') as tags, coalesce(metadata, '{}') as metadata, trace_id, parent_run_id,
      greatest(now(), coalesce(
        run_at, now() + delay_ms * interval '1 millisecond', now())) as due,
      now() + ttl_ms * interval '1 millisecond' as expires_at,
      now() + idempotency_ttl_ms * interval '1 millisecond' as idempotency_expires_at
    from spec
  ), jobs as (
    select j.id as job_id, (j.payload ->> 'run')::uuid as run_id
    from supabase_task_jobs.add_jobs((
      select array_agg((
        task_id,
        supabase_task.ticket(
          id, task_id, 1, 0, 0, payload::text, auth, user_id, queue, concurrency_key, max_attempts, tags,
          metadata, idempotency_key, parent_run_id, trace_id, now(), expires_at, false),
        null,
        case when due > now() then due else due - make_interval(secs => priority) end,
        30000, null, null, null)::supabase_task_jobs.job_spec)
      from timed where not supabase_task.is_far_off(due))) as j
    -- Without this, `add_jobs` would send a notification although there are no jobs.
    where exists (select from timed where not supabase_task.is_far_off(due))
  )
  insert into supabase_task.runs (
    id, task_id, status, payload, auth, user_id, queue, concurrency_key, priority, max_attempts,
    tags, metadata, idempotency_key, idempotency_slot, idempotency_expires_at, trace_id,
    parent_run_id, created_at, run_at, expires_at, pending_expiry, job_id, ticket_at)
  select
    id, task_id, case when due > now() then 'DELAYED' else 'QUEUED' end, payload, auth, user_id,
    queue, concurrency_key, priority, max_attempts, tags, metadata, idempotency_key,
    idempotency_key, idempotency_expires_at, trace_id, parent_run_id, now(), due, expires_at,
    expires_at, job_id, case when job_id is null then due - interval '30 seconds' end
  from timed left join jobs on run_id = id;
end
$$;

-- Stores runs. For a run whose idempotency key is known, returns the existing run.
create function supabase_task.enqueue(specs json)
returns table (place bigint, run_id uuid, is_cached boolean)
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  spec record;
  existing supabase_task.runs;
begin
  if not exists (select from json_array_elements(specs) s where s ->> 'idempotency_key' is not null) then
    perform supabase_task.store(specs);
    return query
      select e.ordinality, (e.value ->> 'id')::uuid, false
      from json_array_elements(specs) with ordinality e;
    return;
  end if;
  -- One after the other, because an earlier run may have the key of a later one.
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
    perform supabase_task.store(json_build_array(spec.value));
    place := spec.place;
    run_id := (spec.value ->> 'id')::uuid;
    is_cached := false;
    return next;
  end loop;
end
$$;

-- Whether JSON nests deeper than this; each array or object is a level. Removes the strings first; then each
-- round removes the innermost brackets.
create function supabase_task.is_deeper_than(value text, levels integer) returns boolean
language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
declare
  brackets text;
begin
  if length(value) - length(translate(value, '[{', '')) <= levels then
    return false;
  end if;
  brackets := translate(regexp_replace(
    regexp_replace(value, '"(\\.|[^"\\])*"', '', 'g'), '[^][{}]', '', 'g'), '{}', '[]');
  for level in 1..levels loop
    exit when brackets = '';
    brackets := replace(brackets, '[]', '');
  end loop;
  return brackets <> '';
end
$$;

create function supabase_task.refuse(what text, hint text) returns void
language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
begin
  raise exception 'supabase_task: %', what using errcode = 'invalid_parameter_value', hint = hint;
end
$$;

-- An option that is a time span, in milliseconds: 0 to 366 days.
create function supabase_task.milliseconds(name text, span text) returns bigint
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  seconds numeric;
begin
  if span is null then
    return null;
  end if;
  -- Months and years count from now, and a day has 24 hours.
  seconds := extract(epoch from
    (now() at time zone 'UTC' + span::interval) - now() at time zone 'UTC');
  if seconds < 0 or seconds > 31622400 then
    raise interval_field_overflow;
  end if;
  return (seconds * 1000)::bigint;
exception
  when datetime_field_overflow or interval_field_overflow then
    perform supabase_task.refuse(format('%s is %s', name, left(span, 64)), 'It can be 0 to 366 days.');
  when invalid_datetime_format then
    perform supabase_task.refuse(format('%s is %s, which is no time span', name, left(span, 64)),
      'Write a number of seconds, or a text such as "10 minutes".');
end
$$;

-- An option that is a whole number.
create function supabase_task.whole_number(name text, number text, lowest integer, highest integer)
returns integer
language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
begin
  if number is null then
    return null;
  end if;
  if number::numeric between lowest and highest and number::numeric = trunc(number::numeric) then
    return number::numeric;
  end if;
  raise invalid_parameter_value;
exception when invalid_parameter_value or invalid_text_representation
    or numeric_value_out_of_range then
  perform supabase_task.refuse(format('%s is %s', name, left(number, 64)),
    format('It can be a whole number from %s to %s.', lowest, highest));
end
$$;

-- An option that is a point in time.
create function supabase_task.time_of(name text, at text) returns timestamptz
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
  if at is null then
    return null;
  end if;
  if isfinite(at::timestamptz) and at::timestamptz <= now() + interval '8784 hours' then
    return at::timestamptz;
  end if;
  raise invalid_parameter_value;
exception when invalid_parameter_value or invalid_datetime_format or datetime_field_overflow
    or invalid_time_zone_displacement_value then
  perform supabase_task.refuse(
    format('%s is %s', name, left(at, 64)), 'It can be a time at most 366 days from now.');
end
$$;

-- Raises an error if the payload or the options of a trigger from SQL are not valid. The limits are the same
-- as for a trigger from Rust.
create function supabase_task.check_trigger(task_id text, payload json, options json) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  option record;
  value text;
begin
  if octet_length(payload::text) > 3145728 then
    perform supabase_task.refuse(
      format('the payload has %s bytes as JSON, and 3145728 are the most', octet_length(payload::text)),
      'Put what is large into Storage and its path into the payload.');
  end if;
  if supabase_task.is_deeper_than(payload::text, 100) then
    perform supabase_task.refuse('the payload nests deeper than 100 levels', 'Flatten it.');
  end if;
  if json_typeof(options) <> 'object' then
    perform supabase_task.refuse('the options are no object in JSON',
      'Write an object such as {"delay": "10 minutes", "tags": ["import"]}.');
  end if;
  -- PostgreSQL cannot take JSON with this character apart, so another character stands for it.
  if options::text ~ '(?<!\\)(\\\\)*\\u0000' then
    select o.key into value
      from json_each(regexp_replace(
        options::text, '(?<!\\)((?:\\\\)*)\\u0000', '\1\\ue000', 'g')::json) o
      where o.value::text ~ '\\ue000' or strpos(o.key, chr(57344)) > 0
      limit 1;
    perform supabase_task.refuse(
      format('the option %s contains a NUL character, which PostgreSQL cannot store',
        translate(value, chr(57344), '')),
      'Leave the character out.');
  end if;
  for option in select * from json_each(options) loop
    if option.key not in ('delay', 'run_at', 'idempotency_key', 'idempotency_ttl', 'tags', 'metadata',
        'priority', 'max_attempts', 'ttl', 'concurrency_key', 'trace_id') then
      perform supabase_task.refuse(format('unknown option "%s"', option.key),
        'The options are delay, run_at, idempotency_key, idempotency_ttl, tags, metadata, '
        'priority, max_attempts, ttl, concurrency_key and trace_id.');
    end if;
  end loop;
  if options ->> 'delay' is not null and options ->> 'run_at' is not null then
    perform supabase_task.refuse('delay and run_at at once', 'Say either delay or run_at.');
  end if;
  value := options ->> 'idempotency_key';
  if octet_length(value) not between 1 and 2048 then
    perform supabase_task.refuse(
      format('the idempotency key has %s bytes', octet_length(value)),
      'It can have 1 to 2048 bytes. Use a hash of what is longer.');
  end if;
  if value is null and options ->> 'idempotency_ttl' is not null then
    perform supabase_task.refuse('idempotency_ttl without an idempotency_key',
      'Give an idempotency_key too.');
  end if;
  value := options ->> 'concurrency_key';
  if length(value) > 256 then
    perform supabase_task.refuse(format('the concurrency key has %s characters', length(value)),
      'It can have at most 256 characters. Use a hash of what is longer.');
  end if;
  if options ->> 'trace_id' is not null and options ->> 'trace_id' !~ '^[0-9A-Fa-f]{32}$' then
    perform supabase_task.refuse(format('the trace_id is "%s"', left(options ->> 'trace_id', 64)),
      'It has 32 hexadecimal digits.');
  end if;
  if options ->> 'tags' is not null then
    if json_typeof(options -> 'tags') <> 'array' then
      perform supabase_task.refuse('tags is no array', 'Write an array such as ["import"].');
    end if;
    if json_array_length(options -> 'tags') > 10 then
      perform supabase_task.refuse(
        format('%s tags, and 10 are the most', json_array_length(options -> 'tags')),
        'Put the rest into the metadata.');
    end if;
    for option in select e.value, e.ordinality from json_array_elements(options -> 'tags')
        with ordinality e loop
      if json_typeof(option.value) <> 'string'
          or length(option.value #>> '{}') not between 1 and 128 then
        perform supabase_task.refuse(
          format('tag %s is %s', option.ordinality, left(option.value::text, 64)),
          'A tag is a text of 1 to 128 characters.');
      end if;
    end loop;
  end if;
  if options ->> 'metadata' is not null then
    if json_typeof(options -> 'metadata') <> 'object' then
      perform supabase_task.refuse('metadata is no object', 'Write an object such as {"file": 7}.');
    end if;
    if octet_length(options ->> 'metadata') > 262144 then
      perform supabase_task.refuse(
        format('the metadata has %s bytes as JSON, and 262144 are the most',
          octet_length(options ->> 'metadata')),
        'Put what is large into the payload, or into Storage.');
    end if;
    if supabase_task.is_deeper_than(options ->> 'metadata', 64) then
      perform supabase_task.refuse('the metadata nests deeper than 64 levels', 'Flatten it.');
    end if;
    if not supabase_task.is_valid_metadata((options ->> 'metadata')::jsonb) then
      perform supabase_task.refuse('the metadata has a number beyond 1e300', 'Write it as a string.');
    end if;
  end if;
exception
  -- A number that does not fit into `jsonb`; only the metadata is read as `jsonb`.
  when numeric_value_out_of_range then
    perform supabase_task.refuse('the metadata has a number beyond 1e300', 'Write it as a string.');
  when invalid_text_representation then
    perform supabase_task.refuse(
      'the options hold half of a surrogate pair, which is no text', 'Leave it out.');
end
$$;

-- Triggers a task from SQL: `select supabase_task.trigger('add-todo', '{"title": "…"}')`.
create function supabase_task.trigger(
  task_id text, payload json default 'null', options json default '{}')
returns uuid
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  task supabase_task.tasks;
  new_id uuid := supabase_task.new_run_id();
begin
  select * into task from supabase_task.tasks t where t.id = trigger.task_id;
  if not found then
    raise exception 'supabase_task: no worker has a task "%"', trigger.task_id
      using errcode = 'undefined_object',
        hint = 'Start a worker that has the task once: it writes its tasks down. Known: '
          || coalesce((select string_agg(t.id, ', ' order by t.id) from supabase_task.tasks t), 'none');
  end if;
  payload := coalesce(payload, 'null');
  options := coalesce(options, '{}');
  perform supabase_task.check_trigger(task.id, payload, options);
  return (
    select e.run_id from supabase_task.enqueue(json_build_array(json_build_object(
      'id', new_id,
      'task_id', task.id,
      'payload', payload::text,
      'auth', task.auth,
      'queue', task.queue,
      'concurrency_key', options ->> 'concurrency_key',
      'priority', coalesce(
        supabase_task.whole_number('priority', options ->> 'priority', 0, 31622400), task.priority),
      'max_attempts', coalesce(
        supabase_task.whole_number('max_attempts', options ->> 'max_attempts', 1, 250),
        task.max_attempts),
      'run_at', supabase_task.time_of('run_at', options ->> 'run_at'),
      'delay_ms', supabase_task.milliseconds('delay', options ->> 'delay'),
      -- Zero means forever.
      'ttl_ms', nullif(coalesce(
        supabase_task.milliseconds('ttl', options ->> 'ttl'), task.ttl_ms), 0),
      'idempotency_key', options ->> 'idempotency_key',
      'idempotency_ttl_ms', coalesce(
        supabase_task.milliseconds('idempotency_ttl', options ->> 'idempotency_ttl'), 2592000000),
      'tags', coalesce(options -> 'tags', '[]'),
      'metadata', coalesce(options -> 'metadata', '{}'),
      'trace_id', coalesce(options ->> 'trace_id', replace(new_id::text, '-', ''))))) as e);
end
$$;
