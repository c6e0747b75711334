-- Tasks that start when a row changes: `select supabase_task.trigger_on('public.orders', 'insert',
-- 'send-receipt', 'json_build_object(''order_id'', new.id)')`.
--
-- The role that changes the row must not be able to call `supabase_task.trigger`, which starts any task as
-- any user. So the trigger's function runs with the rights of the role that created it, and the task that it
-- starts is fixed in it.

-- The name of the trigger of this event and task.
create function supabase_task.table_trigger_name(event text, task_id text) returns text
language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
declare
  name text := format('supabase_task_%s_%s', event, task_id);
begin
  -- PostgreSQL truncates longer names, and two of them could become the same.
  if octet_length(name) > 63 then
    name := format('supabase_task_%s_%s', event, md5(task_id));
  end if;
  return name;
end
$$;

-- The trigger that `trigger_on` has created, if any, and its function.
create function supabase_task.table_trigger(
  table_name regclass, event text, task_id text, out name name, out called regprocedure)
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
  select t.tgname, t.tgfoid::regprocedure into name, called
    from pg_trigger t join pg_proc p on p.oid = t.tgfoid
    -- Not the copy of its table's trigger that a partition has.
    where t.tgrelid = table_name and not t.tgisinternal and t.tgparentid = 0
      and t.tgname = supabase_task.table_trigger_name(event, task_id)
      and p.pronamespace = 'supabase_task'::regnamespace;
end
$$;

-- Lets only one transaction at a time create or drop triggers; the others wait until it ends.
create function supabase_task.one_table_trigger_at_a_time() returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
begin
  perform pg_advisory_xact_lock(hashtextextended('supabase_task.table_triggers', 0));
end
$$;

-- Drops the functions whose triggers are gone, for example with a table that was dropped.
create function supabase_task.drop_unused_trigger_functions() returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  unused name;
begin
  for unused in
    select p.proname from pg_proc p
    where p.pronamespace = 'supabase_task'::regnamespace and p.prorettype = 'trigger'::regtype
      and p.proname ~ '^on_(insert|update|delete)_[0-9a-f]{32}$' and pg_has_role(p.proowner, 'usage')
      and not exists (select from pg_trigger t where t.tgfoid = p.oid)
  loop
    execute format('drop function if exists supabase_task.%I()', unused);
  end loop;
end
$$;

-- Undoes `trigger_on`. Returns whether there was a trigger.
create function supabase_task.trigger_off(table_name regclass, event text, task_id text) returns boolean
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  existing record;
begin
  perform supabase_task.one_table_trigger_at_a_time();
  existing := supabase_task.table_trigger(table_name, lower(btrim(event)), task_id);
  if existing.name is null then
    return false;
  end if;
  execute format('drop trigger %I on %s', existing.name, table_name);
  perform supabase_task.drop_unused_trigger_functions();
  return true;
end
$$;

-- From now on, each row that is inserted into the table (or updated, deleted) starts a run of the task, in
-- the same transaction. The payload is an SQL expression over `new` and `old`; if it is NULL, no run starts.
-- Calling this again for the same table, event and task replaces payload and options.
create function supabase_task.trigger_on(
  table_name regclass, event text, task_id text, payload text, options json default '{}')
returns text
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  existing record;
  trigger_name text;
  function_name text;
  row_names text;
  problem text;
begin
  event := lower(btrim(event));
  if event is null or event not in ('insert', 'update', 'delete') then
    perform supabase_task.refuse(format('the event is %s', coalesce(quote_literal(event), 'NULL')),
      'It can be insert, update or delete.');
  end if;
  if table_name is null or task_id is null or payload is null then
    perform supabase_task.refuse('the table, the task or the payload is NULL',
      'Write select supabase_task.trigger_on(''public.orders'', ''insert'', ''my-task'', ''to_json(new)'').');
  end if;
  -- Before any lock on the table: `trigger_off` takes the locks in the same order.
  perform supabase_task.one_table_trigger_at_a_time();
  if (select c.relkind from pg_class c where c.oid = table_name) not in ('r', 'p') then
    perform supabase_task.refuse(format('%s is no table', table_name), 'Name the table whose rows change.');
  end if;
  if (select c.relnamespace::regnamespace::text from pg_class c where c.oid = table_name)
      in ('supabase_task', 'supabase_task_jobs') then
    perform supabase_task.refuse(format('%s is a table of the queue, and each run would start another', table_name),
      'Name a table of yours.');
  end if;
  options := coalesce(options, '{}');
  -- Check now: the first change of a row would be too late to find a mistake.
  perform supabase_task.check_table_options(task_id, options);
  -- The second row makes a column without `new` or `old` ambiguous.
  row_names := case event
    when 'insert' then format('%s as new, %s as "another row"', table_name, table_name)
    when 'delete' then format('%s as old, %s as "another row"', table_name, table_name)
    else format('%s as new, %s as old', table_name, table_name)
  end;
  begin
    -- The `case` makes PostgreSQL refuse expressions that return several rows, too.
    execute format(E'select case when true then to_json(%s\n) end from %s where false', payload, row_names);
  exception when others then
    get stacked diagnostics problem = message_text;
    perform supabase_task.refuse(format('the payload is no expression over the rows of %s: %s', table_name, problem),
      'Write one over ' || case event when 'insert' then 'new' when 'delete' then 'old' else 'new and old' end
        || ', such as json_build_object(''id'', '
        || case event when 'delete' then 'old' else 'new' end
        || '.id), with the schemas of functions that are not PostgreSQL''s own.');
  end;
  if not exists (select from supabase_task.tasks t where t.id = task_id) then
    raise warning 'supabase_task: no worker has a task "%" yet: until one has started, each % of % fails',
      task_id, event, table_name;
  end if;

  existing := supabase_task.table_trigger(table_name, event, task_id);
  trigger_name := supabase_task.table_trigger_name(event, task_id);
  -- A unique name: a former table of the same name may have left a function behind.
  function_name := coalesce(existing.called::regproc::text,
    format('supabase_task.on_%s_%s', event, replace(gen_random_uuid()::text, '-', '')));
  execute format('create or replace function %s() returns trigger '
    'language plpgsql security definer set search_path = pg_catalog, pg_temp as %L',
    function_name,
    format(E'#variable_conflict use_column\ndeclare\n  run_payload json := to_json(%s\n  );\nbegin\n'
      '  if run_payload is not null then\n'
      '    perform supabase_task.trigger(%L, run_payload, %L);\n'
      '  end if;\n  return null;\nend', payload, task_id, options));
  if existing.name is null then
    -- Otherwise any role that may create a table could create a trigger with this function and start the
    -- task.
    execute format('revoke all on function %s() from public', function_name);
    execute format('create trigger %I after %s on %s for each row execute function %s()',
      trigger_name, event, table_name, function_name);
  end if;
  perform supabase_task.drop_unused_trigger_functions();
  return trigger_name;
end
$$;

-- Checks the options. They are the same for each row, so options that must differ from run to run are
-- refused.
create function supabase_task.check_table_options(task_id text, options json) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  option text;
begin
  perform supabase_task.check_trigger(task_id, 'null', options);
  foreach option in array '{idempotency_key,idempotency_ttl,trace_id}'::text[] loop
    if options ->> option is not null then
      perform supabase_task.refuse(format('the option %s would be the same for every row', option),
        'Leave it out, or write a trigger of your own that calls supabase_task.trigger.');
    end if;
  end loop;
  perform supabase_task.whole_number('priority', options ->> 'priority', 0, 31622400);
  perform supabase_task.whole_number('max_attempts', options ->> 'max_attempts', 1, 250);
  perform supabase_task.time_of('run_at', options ->> 'run_at');
  perform supabase_task.milliseconds('delay', options ->> 'delay');
  perform supabase_task.milliseconds('ttl', options ->> 'ttl');
end
$$;

-- PostgreSQL grants these by default.
revoke all on all functions in schema supabase_task from public;
