-- Runs of roles of the database: `auth` is `role:` and the role's name, and the run may have a user.

alter domain supabase_task.auth_mode drop constraint auth_mode_check;
-- A role's name has 63 bytes at most.
alter domain supabase_task.auth_mode add constraint auth_mode_check check (
  value in ('user', 'service', 'anon')
  or value like 'role:_%' and octet_length(value) <= 68);

alter table supabase_task.runs drop constraint runs_user_check;
alter table supabase_task.runs add constraint runs_user_check
  check (user_id is null or auth = 'user' or auth like 'role:%');

-- A run of a role for a user is not the user's own: it may have read more than the user may see.
create or replace function supabase_task.let_users_see_their_runs() returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
begin
  execute 'drop policy if exists own on supabase_task.runs';
  execute 'create policy own on supabase_task.runs for select to authenticated using ('
    '(select nullif(current_setting(''request.jwt.claims'', true), '''')::jsonb ->> ''sub'')::uuid'
    ' = user_id and auth = ''user'')';
  execute 'grant usage on schema supabase_task to authenticated';
  execute 'grant select (id, task_id, status, payload, user_id, output, error, attempts, tags, '
    'metadata, parent_run_id, created_at, run_at, expires_at, started_at, finished_at) '
    'on supabase_task.runs to authenticated';
end
$$;

-- A policy that is there becomes narrower, and keeps what its owner wrote. Nothing is granted: an owner may have
-- taken rights away since.
do $$
declare
  seen text;
begin
  select pg_catalog.pg_get_expr(p.polqual, p.polrelid) into seen
  from pg_catalog.pg_policy p
  where p.polrelid = 'supabase_task.runs'::pg_catalog.regclass and p.polname = 'own';
  -- A policy only for inserts has no such condition.
  if seen is not null then
    execute pg_catalog.format(
      'alter policy own on supabase_task.runs using ((%s) and auth = ''user'')', seen);
  end if;
end
$$;
