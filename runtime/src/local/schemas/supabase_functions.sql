-- Database webhooks: the trigger function that posts a row to an Edge Function or another server, through `net`.

create schema supabase_functions;
grant usage on schema supabase_functions to postgres, anon, authenticated, service_role;

create table supabase_functions.hooks (
  id bigserial primary key,
  hook_table_id integer not null,
  hook_name text not null,
  created_at timestamptz not null default now(),
  request_id bigint
);
create table supabase_functions.migrations (version text primary key, inserted_at timestamptz not null default now());

-- Arguments: URL, method, headers, parameters, timeout in milliseconds.
create function supabase_functions.http_request() returns trigger
language plpgsql security definer set search_path = '' as $$
declare
  given text[] := tg_argv;
  url text := nullif(given[0], 'null');
  method text := nullif(given[1], 'null');
  headers jsonb := coalesce(nullif(given[2], 'null'), '{"Content-Type": "application/json"}');
  params jsonb := coalesce(nullif(given[3], 'null'), '{}');
  milliseconds integer := coalesce(nullif(given[4], 'null'), '1000');
  request bigint;
begin
  if url is null then
    raise exception 'url argument is missing';
  end if;
  case coalesce(method, '')
    when '' then raise exception 'method argument is missing';
    when 'GET' then
      request := net.http_get(url, params, headers, milliseconds);
    when 'POST' then
      request := net.http_post(
        url,
        jsonb_build_object(
          'old_record', case when tg_op in ('UPDATE', 'DELETE') then to_jsonb(old) end,
          'record', case when tg_op in ('INSERT', 'UPDATE') then to_jsonb(new) end,
          'type', tg_op, 'table', tg_table_name, 'schema', tg_table_schema
        ),
        params, headers, milliseconds
      );
    else raise exception 'method argument % is invalid', method;
  end case;
  insert into supabase_functions.hooks (hook_table_id, hook_name, request_id) values (tg_relid, tg_name, request);
  return case when tg_op = 'DELETE' then old else new end;
end
$$;
