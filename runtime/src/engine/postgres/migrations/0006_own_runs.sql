-- Access of users to their own runs. Off until you turn it on: `select
-- supabase_task.let_users_see_their_runs()`.

-- Lets users see the runs that act as them: through the API, if the project exposes this schema, and through
-- Realtime.
create function supabase_task.let_users_see_their_runs() returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
begin
  execute 'drop policy if exists own on supabase_task.runs';
  execute 'create policy own on supabase_task.runs for select to authenticated using ('
    '(select nullif(current_setting(''request.jwt.claims'', true), '''')::jsonb ->> ''sub'')::uuid'
    ' = user_id)';
  execute 'grant usage on schema supabase_task to authenticated';
  execute 'grant select (id, task_id, status, payload, user_id, output, error, attempts, tags, '
    'metadata, parent_run_id, created_at, run_at, expires_at, started_at, finished_at) '
    'on supabase_task.runs to authenticated';
end
$$;

create function supabase_task.hide_runs_from_users() returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
begin
  execute 'drop policy if exists own on supabase_task.runs';
  execute 'revoke all on supabase_task.runs from authenticated';
  execute 'revoke usage on schema supabase_task from authenticated';
end
$$;

-- PostgreSQL grants these by default.
revoke all on all functions in schema supabase_task from public;
revoke all on all tables in schema supabase_task from public;
