-- The extension http. A request is kept in the table `http_requests`, where a test can read it; nothing is sent, and
-- each response is 200 with the body `{}`.

create domain @extschema@.http_method as text;
create type @extschema@.http_header as (field varchar, value varchar);
create type @extschema@.http_response as (
  status integer, content_type varchar, headers @extschema@.http_header[], content varchar
);
create type @extschema@.http_request as (
  method @extschema@.http_method, uri varchar, headers @extschema@.http_header[], content_type varchar, content varchar
);

create table @extschema@.http_requests (
  id bigint generated always as identity primary key,
  sent @extschema@.http_request not null,
  at timestamptz not null default now()
);

create function @extschema@.http_header(field varchar, value varchar) returns @extschema@.http_header
language sql as $$
  select $1, $2
$$;

create function @extschema@.urlencode(string varchar) returns text language sql immutable as $$
  select coalesce(string_agg(
    case when letter ~ '[A-Za-z0-9_.~-]' then letter
      else upper(regexp_replace(encode(convert_to(letter, 'UTF8'), 'hex'), '(..)', '%\1', 'g')) end, ''
    order by place
  ), '')
  from regexp_split_to_table(string, '') with ordinality as letters (letter, place)
$$;

create function @extschema@.urlencode(data jsonb) returns text language sql immutable as $$
  select string_agg(@extschema@.urlencode(key::varchar) || '=' || @extschema@.urlencode(value::varchar), '&')
  from jsonb_each_text(data)
$$;

create function @extschema@.http(request @extschema@.http_request) returns @extschema@.http_response
language sql security definer as $$
  insert into @extschema@.http_requests (sent) values (request)
  returning 200, 'application/json'::varchar, array[]::@extschema@.http_header[], '{}'::varchar
$$;

create function @extschema@.http_get(uri varchar) returns @extschema@.http_response language sql as $$
  select @extschema@.http(('GET', uri, null, null, null)::@extschema@.http_request)
$$;

create function @extschema@.http_get(uri varchar, data jsonb) returns @extschema@.http_response language sql as $$
  select @extschema@.http(('GET', uri || '?' || @extschema@.urlencode(data), null, null, null)::@extschema@.http_request)
$$;

create function @extschema@.http_post(uri varchar, content varchar, content_type varchar)
returns @extschema@.http_response language sql as $$
  select @extschema@.http(('POST', uri, null, content_type, content)::@extschema@.http_request)
$$;

create function @extschema@.http_post(uri varchar, data jsonb) returns @extschema@.http_response language sql as $$
  select @extschema@.http(
    ('POST', uri, null, 'application/x-www-form-urlencoded', @extschema@.urlencode(data))::@extschema@.http_request
  )
$$;

create function @extschema@.http_put(uri varchar, content varchar, content_type varchar)
returns @extschema@.http_response language sql as $$
  select @extschema@.http(('PUT', uri, null, content_type, content)::@extschema@.http_request)
$$;

create function @extschema@.http_patch(uri varchar, content varchar, content_type varchar)
returns @extschema@.http_response language sql as $$
  select @extschema@.http(('PATCH', uri, null, content_type, content)::@extschema@.http_request)
$$;

create function @extschema@.http_delete(uri varchar) returns @extschema@.http_response language sql as $$
  select @extschema@.http(('DELETE', uri, null, null, null)::@extschema@.http_request)
$$;

create function @extschema@.http_delete(uri varchar, content varchar, content_type varchar)
returns @extschema@.http_response language sql as $$
  select @extschema@.http(('DELETE', uri, null, content_type, content)::@extschema@.http_request)
$$;

create function @extschema@.http_head(uri varchar) returns @extschema@.http_response language sql as $$
  select @extschema@.http(('HEAD', uri, null, null, null)::@extschema@.http_request)
$$;

create function @extschema@.http_set_curlopt(curlopt varchar, value varchar) returns boolean language sql as $$
  select true
$$;

create function @extschema@.http_reset_curlopt() returns boolean language sql as $$
  select true
$$;

-- It may hold credentials, and the API exposes `public`.
alter table @extschema@.http_requests enable row level security;
revoke all on @extschema@.http_requests from public, anon, authenticated, service_role;
