-- The roles of a Supabase project, its publication, and the schemas that every project has. May run again on a
-- database that has them.

do $$
declare
  role record;
begin
  for role in
    select * from (values
      ('postgres', 'nologin createdb createrole replication bypassrls'),
      ('anon', 'nologin noinherit'),
      ('authenticated', 'nologin noinherit'),
      ('service_role', 'nologin noinherit bypassrls'),
      ('authenticator', 'login noinherit'),
      ('dashboard_user', 'nologin createdb createrole replication'),
      ('supabase_admin', 'nologin createdb createrole replication bypassrls'),
      ('supabase_auth_admin', 'nologin noinherit createrole'),
      ('supabase_storage_admin', 'nologin noinherit createrole'),
      ('supabase_functions_admin', 'nologin noinherit createrole'),
      ('supabase_realtime_admin', 'nologin noinherit'),
      ('supabase_replication_admin', 'nologin replication'),
      ('supabase_read_only_user', 'nologin bypassrls'),
      ('supabase_etl_admin', 'nologin replication'),
      ('pgbouncer', 'nologin'),
      ('pgsodium_keyholder', 'nologin'),
      ('pgsodium_keyiduser', 'nologin'),
      ('pgsodium_keymaker', 'nologin')
    ) as roles (name, options)
  loop
    continue when exists (select from pg_roles where rolname = role.name);
    -- Roles belong to the whole server: a stack on another database may create them right now.
    begin
      execute format('create role %I %s', role.name, role.options);
      case role.name
        when 'anon' then alter role anon set statement_timeout = '3s';
        when 'authenticated' then alter role authenticated set statement_timeout = '8s';
        when 'authenticator' then grant anon, authenticated, service_role to authenticator;
        else null;
      end case;
    exception when duplicate_object or unique_violation then
      null;
    end;
  end loop;
  -- Migrations that switch Realtime on for a table name this publication.
  if not exists (select from pg_publication where pubname = 'supabase_realtime') then
    create publication supabase_realtime;
  end if;
end
$$;

create schema if not exists public;
create schema if not exists extensions;

-- Every table in `public` is reachable by the API's roles; Row Level Security is what protects it.
alter default privileges in schema public
  grant all on tables to postgres, anon, authenticated, service_role;
alter default privileges in schema public
  grant all on functions to postgres, anon, authenticated, service_role;
alter default privileges in schema public
  grant all on sequences to postgres, anon, authenticated, service_role;
