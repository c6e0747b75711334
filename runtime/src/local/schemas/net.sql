-- The extension pg_net. A request is kept in `net.http_request_queue`, where a test can read it; nothing is sent, and
-- there are no responses.

create schema net;
grant usage on schema net to postgres, anon, authenticated, service_role;

create table net.http_request_queue (
  id bigserial primary key,
  method text not null,
  url text not null,
  headers jsonb,
  body bytea,
  timeout_milliseconds integer not null
);

create table net._http_response (
  id bigint,
  status_code integer,
  content_type text,
  headers jsonb,
  content text,
  timed_out boolean,
  error_msg text,
  created timestamptz not null default now()
);

create type net.request_status as enum ('PENDING', 'SUCCESS', 'ERROR');

create function net._queue(
  method text, url text, params jsonb, headers jsonb, body jsonb, timeout_milliseconds integer
) returns bigint language sql security definer set search_path = '' as $$
  insert into net.http_request_queue (method, url, headers, body, timeout_milliseconds)
  select method,
    url || coalesce((select '?' || string_agg(key || '=' || value, '&') from jsonb_each_text(params)), ''),
    headers, convert_to(body::text, 'UTF8'), timeout_milliseconds
  returning id
$$;

create function net.http_get(
  url text, params jsonb default '{}', headers jsonb default '{}', timeout_milliseconds integer default 5000
) returns bigint language sql as $$
  select net._queue('GET', url, params, headers, null, timeout_milliseconds)
$$;

create function net.http_post(
  url text, body jsonb default '{}', params jsonb default '{}',
  headers jsonb default '{"Content-Type": "application/json"}', timeout_milliseconds integer default 5000
) returns bigint language sql as $$
  select net._queue('POST', url, params, headers, body, timeout_milliseconds)
$$;

create function net.http_delete(
  url text, params jsonb default '{}', headers jsonb default '{}', timeout_milliseconds integer default 5000,
  body jsonb default null
) returns bigint language sql as $$
  select net._queue('DELETE', url, params, headers, body, timeout_milliseconds)
$$;

grant all on all tables in schema net to public;
grant all on all sequences in schema net to public;
