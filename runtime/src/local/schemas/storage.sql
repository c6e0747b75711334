-- Supabase Storage's tables, with their policies and helper functions. There is no Storage server: a row in
-- `storage.objects` is what a test writes, without a file.

create schema storage;
grant usage on schema storage to postgres, anon, authenticated, service_role, supabase_storage_admin, dashboard_user;

create type storage.buckettype as enum ('STANDARD', 'ANALYTICS', 'VECTOR');

create table storage.buckets (
  id text primary key,
  name text not null,
  owner uuid,
  created_at timestamptz default now(),
  updated_at timestamptz default now(),
  public boolean default false,
  avif_autodetection boolean default false,
  file_size_limit bigint,
  allowed_mime_types text[],
  owner_id text,
  type storage.buckettype not null default 'STANDARD'
);
comment on column storage.buckets.owner is 'Field is deprecated, use owner_id instead';
create unique index bname on storage.buckets (name);

create table storage.objects (
  id uuid primary key default gen_random_uuid(),
  bucket_id text constraint "objects_bucketId_fkey" references storage.buckets,
  name text,
  owner uuid,
  created_at timestamptz default now(),
  updated_at timestamptz default now(),
  last_accessed_at timestamptz default now(),
  metadata jsonb,
  path_tokens text[] generated always as (string_to_array(name, '/')) stored,
  version text,
  owner_id text,
  user_metadata jsonb
);
comment on column storage.objects.owner is 'Field is deprecated, use owner_id instead';
create unique index bucketid_objname on storage.objects (bucket_id, name);
create index name_prefix_search on storage.objects (name text_pattern_ops);
create index idx_objects_bucket_id_name on storage.objects (bucket_id, name collate "C");

create table storage.s3_multipart_uploads (
  id text primary key,
  in_progress_size bigint not null default 0,
  upload_signature text not null,
  bucket_id text not null references storage.buckets,
  key text collate "C" not null,
  version text not null,
  owner_id text,
  created_at timestamptz not null default now(),
  user_metadata jsonb
);

create table storage.s3_multipart_uploads_parts (
  id uuid primary key default gen_random_uuid(),
  upload_id text not null references storage.s3_multipart_uploads on delete cascade,
  size bigint not null default 0,
  part_number integer not null,
  bucket_id text not null references storage.buckets,
  key text collate "C" not null,
  etag text not null,
  owner_id text,
  version text not null,
  created_at timestamptz not null default now()
);

create table storage.prefixes (
  bucket_id text not null constraint "prefixes_bucketId_fkey" references storage.buckets,
  name text collate "C" not null,
  level integer not null generated always as (array_length(string_to_array(name, '/'), 1)) stored,
  created_at timestamptz default now(),
  updated_at timestamptz default now(),
  primary key (bucket_id, level, name)
);

create table storage.migrations (
  id integer primary key,
  name varchar(100) unique not null,
  hash varchar(40) not null,
  executed_at timestamp default current_timestamp
);

alter table storage.buckets enable row level security;
alter table storage.objects enable row level security;
alter table storage.s3_multipart_uploads enable row level security;
alter table storage.s3_multipart_uploads_parts enable row level security;
alter table storage.migrations enable row level security;
alter table storage.prefixes enable row level security;
grant all on storage.prefixes to anon, authenticated, service_role, supabase_storage_admin;

grant all on storage.buckets, storage.objects
  to postgres, anon, authenticated, service_role, supabase_storage_admin, dashboard_user;
grant all on storage.s3_multipart_uploads, storage.s3_multipart_uploads_parts to service_role, supabase_storage_admin;
grant select on storage.s3_multipart_uploads, storage.s3_multipart_uploads_parts to anon, authenticated;

create function storage.filename(name text) returns text language sql immutable as $$
  select split_part(name, '/', array_length(string_to_array(name, '/'), 1))
$$;

create function storage.foldername(name text) returns text[] language sql immutable as $$
  select parts[1:array_length(parts, 1) - 1] from (select string_to_array(name, '/') as parts) as path
$$;

create function storage.extension(name text) returns text language sql immutable as $$
  select reverse(split_part(reverse(storage.filename(name)), '.', 1))
$$;

-- Which of Storage's operations a request is. The server sets it for each request; a test may.
create function storage.operation() returns text language sql stable as $$
  select current_setting('storage.operation', true)
$$;

create function storage.allow_only_operation(expected_operation text) returns boolean language sql stable as $$
  select coalesce(
    nullif(regexp_replace(storage.operation(), '^storage\.', ''), '')
      = nullif(regexp_replace(expected_operation, '^storage\.', ''), ''),
    false
  )
$$;

create function storage.allow_any_operation(expected_operations text[]) returns boolean language sql stable as $$
  select coalesce(bool_or(storage.allow_only_operation(expected)), false) from unnest(expected_operations) as expected
$$;

create function storage.can_insert_object(bucketid text, name text, owner uuid, metadata jsonb) returns void
language plpgsql as $$
begin
  insert into storage.objects (bucket_id, name, owner, metadata) values (bucketid, name, owner, metadata);
  raise sqlstate 'PT200' using message = 'ROLLBACK', detail = 'rollback successful insert';
end
$$;

create function storage.get_size_by_bucket() returns table (size bigint, bucket_id text) language sql stable as $$
  select sum((metadata ->> 'size')::bigint)::bigint, bucket_id from storage.objects group by bucket_id
$$;

create function storage.search(
  prefix text, bucketname text, limits integer default 100, levels integer default 1, offsets integer default 0,
  search text default '', sortcolumn text default 'name', sortorder text default 'asc'
) returns table (
  name text, id uuid, updated_at timestamptz, created_at timestamptz, last_accessed_at timestamptz, metadata jsonb
) language sql stable as $$
  with found as (
    select objects.*, array_length(path_tokens, 1) > levels as is_folder, path_tokens[levels] as part
    from storage.objects
    where bucket_id = bucketname and objects.name ilike prefix || search || '%' and array_length(path_tokens, 1) >= levels
  ), folders as (
    select part as name, null::uuid, null::timestamptz, null::timestamptz, null::timestamptz, null::jsonb
    from found where is_folder group by part
  ), files as (
    select part, id, updated_at, created_at, last_accessed_at, metadata from found where not is_folder
  )
  (select * from folders order by 1)
  union all
  (select * from files order by 1)
  limit limits offset offsets
$$;

create function storage.update_updated_at_column() returns trigger language plpgsql as $$
begin
  new.updated_at = now();
  return new;
end
$$;

create trigger update_objects_updated_at before update on storage.objects
  for each row execute function storage.update_updated_at_column();

create function storage.enforce_bucket_name_length() returns trigger language plpgsql as $$
begin
  if length(new.name) > 100 then
    raise exception 'bucket name "%" is too long (% characters). Max is 100.', new.name, length(new.name);
  end if;
  return new;
end
$$;

create trigger enforce_bucket_name_length_trigger before insert or update of name on storage.buckets
  for each row execute function storage.enforce_bucket_name_length();

-- Triggers that dumps of a project name. Storage keeps a table of folders with them, which is missing here.
create function storage.protect_delete() returns trigger language plpgsql as $$
begin
  return null;
end
$$;

do $$
declare
  name text;
begin
  foreach name in array array[
    'objects_insert_prefix_trigger', 'objects_update_prefix_trigger', 'objects_delete_prefix_trigger',
    'prefixes_insert_trigger', 'delete_prefix_hierarchy_trigger'
  ] loop
    execute format(
      'create function storage.%I() returns trigger language plpgsql as '
      '''begin if tg_op = ''''DELETE'''' then return old; end if; return new; end''', name
    );
  end loop;
end
$$;
