-- What a Supabase project has before its first migration: the API's roles, their default
-- privileges, and the `auth` schema. Every statement may run again on a database that has them.

-- One stack at a time; held to the end of this text, which is one transaction.
select pg_advisory_xact_lock(hashtext('supabase_task'));

do $$
begin
  -- Roles belong to the whole server: a stack on another database may create them right now.
  begin
    if not exists (select from pg_roles where rolname = 'anon') then
      create role anon nologin noinherit;
      alter role anon set statement_timeout = '3s';
    end if;
    if not exists (select from pg_roles where rolname = 'authenticated') then
      create role authenticated nologin noinherit;
      alter role authenticated set statement_timeout = '8s';
    end if;
    if not exists (select from pg_roles where rolname = 'service_role') then
      create role service_role nologin noinherit bypassrls;
    end if;
    if not exists (select from pg_roles where rolname = 'authenticator') then
      create role authenticator login noinherit;
      grant anon, authenticated, service_role to authenticator;
    end if;
  exception when duplicate_object or unique_violation then
    null;
  end;
  -- Migrations that switch Realtime on for a table name this publication.
  if not exists (select from pg_publication where pubname = 'supabase_realtime') then
    create publication supabase_realtime;
  end if;
end
$$;

create schema if not exists public;
create schema if not exists extensions;
create schema if not exists auth;

grant usage on schema public, extensions, auth to anon, authenticated, service_role;

-- Every table in `public` is reachable by the API's roles; Row Level Security is what protects it.
alter default privileges in schema public
  grant all on tables to anon, authenticated, service_role;
alter default privileges in schema public
  grant all on functions to anon, authenticated, service_role;
alter default privileges in schema public
  grant all on sequences to anon, authenticated, service_role;

-- Supabase Auth's users, with the columns that migrations, seeds and triggers name.
create table if not exists auth.users (
  instance_id uuid,
  id uuid primary key,
  aud varchar(255),
  role varchar(255),
  email varchar(255),
  encrypted_password varchar(255),
  email_confirmed_at timestamptz,
  invited_at timestamptz,
  confirmation_token varchar(255),
  confirmation_sent_at timestamptz,
  recovery_token varchar(255),
  recovery_sent_at timestamptz,
  email_change_token_new varchar(255),
  email_change varchar(255),
  email_change_sent_at timestamptz,
  last_sign_in_at timestamptz,
  raw_app_meta_data jsonb,
  raw_user_meta_data jsonb,
  is_super_admin boolean,
  created_at timestamptz default now(),
  updated_at timestamptz default now(),
  phone text unique,
  phone_confirmed_at timestamptz,
  phone_change text default '',
  phone_change_token varchar(255) default '',
  phone_change_sent_at timestamptz,
  confirmed_at timestamptz generated always as (least(email_confirmed_at, phone_confirmed_at)) stored,
  email_change_token_current varchar(255) default '',
  email_change_confirm_status smallint default 0,
  banned_until timestamptz,
  reauthentication_token varchar(255) default '',
  reauthentication_sent_at timestamptz,
  is_sso_user boolean not null default false,
  deleted_at timestamptz,
  is_anonymous boolean not null default false
);

create unique index if not exists users_email_partial_key on auth.users (email)
  where (is_sso_user = false);

-- For the admin API. `authenticator` is never the role a request's SQL runs as.
grant usage on schema auth to authenticator;
grant select, insert, update, delete on auth.users to authenticator;

create or replace function auth.uid() returns uuid language sql stable as $$
  select coalesce(
    nullif(current_setting('request.jwt.claim.sub', true), ''),
    (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub')
  )::uuid
$$;

create or replace function auth.role() returns text language sql stable as $$
  select coalesce(
    nullif(current_setting('request.jwt.claim.role', true), ''),
    (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'role')
  )::text
$$;

create or replace function auth.email() returns text language sql stable as $$
  select coalesce(
    nullif(current_setting('request.jwt.claim.email', true), ''),
    (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'email')
  )::text
$$;

create or replace function auth.jwt() returns jsonb language sql stable as $$
  select coalesce(
    nullif(current_setting('request.jwt.claim', true), ''),
    nullif(current_setting('request.jwt.claims', true), '')
  )::jsonb
$$;

-- The Supabase CLI's own record of what was applied.
create schema if not exists supabase_migrations;
create table if not exists supabase_migrations.schema_migrations (version text not null primary key);
alter table supabase_migrations.schema_migrations add column if not exists statements text[];
alter table supabase_migrations.schema_migrations add column if not exists name text;
create table if not exists supabase_migrations.seed_files (
  path text not null primary key,
  hash text not null
);

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
