-- What the stack itself needs. May run again on a database that has it.

grant usage on schema public, extensions to postgres, anon, authenticated, service_role;

-- For the admin API. `authenticator` is never the role a request's SQL runs as.
grant usage on schema auth to authenticator;
grant select, insert, update, delete on auth.users to authenticator;

-- The Supabase CLI's own record of what was applied.
create schema if not exists supabase_migrations;
create table if not exists supabase_migrations.schema_migrations (version text not null primary key);
alter table supabase_migrations.schema_migrations add column if not exists statements text[];
alter table supabase_migrations.schema_migrations add column if not exists name text;
create table if not exists supabase_migrations.seed_files (
  path text not null primary key,
  hash text not null
);

-- The schemas and extensions that are stand-ins in this database.
create table if not exists supabase_migrations.stand_ins (name text not null primary key);

-- Tells the stack that the owner's SQL changed the schema. For the session alone, and undone with
-- the transaction.
create or replace function supabase_migrations.note_schema_change() returns event_trigger
language plpgsql as $$
begin
  perform set_config('supabase_task.schema_changed', 'true', false);
end
$$;

do $$
begin
  if not exists (select from pg_event_trigger where evtname = 'supabase_task_ddl') then
    create event trigger supabase_task_ddl on ddl_command_end
      execute function supabase_migrations.note_schema_change();
  end if;
  if not exists (select from pg_event_trigger where evtname = 'supabase_task_drop') then
    create event trigger supabase_task_drop on sql_drop
      execute function supabase_migrations.note_schema_change();
  end if;
end
$$;
