-- A queue `mails`, and the functions of `pgmq_public` with the signatures that Supabase documents. Supabase creates
-- them when a project's queues are exposed to its API. pgmq is the extension, or LocalSupabase's stand-in for it.

create extension pgmq;
select pgmq.create('mails');

create schema pgmq_public;
grant usage on schema pgmq, pgmq_public to anon, authenticated, service_role;
grant all on all tables in schema pgmq to service_role;
grant all on all sequences in schema pgmq to service_role;

create function pgmq_public.send_batch(
  queue_name text, messages jsonb[], sleep_seconds integer default 0
) returns setof bigint language sql set search_path = '' as $$
  select * from pgmq.send_batch(queue_name, messages, sleep_seconds)
$$;

create function pgmq_public.send(
  queue_name text, message jsonb, sleep_seconds integer default 0
) returns setof bigint language sql set search_path = '' as $$
  select * from pgmq.send(queue_name, message, sleep_seconds)
$$;

create function pgmq_public.read(
  queue_name text, sleep_seconds integer, n integer
) returns setof pgmq.message_record language sql set search_path = '' as $$
  select * from pgmq.read(queue_name, sleep_seconds, n)
$$;

create function pgmq_public.pop(queue_name text)
returns setof pgmq.message_record language sql set search_path = '' as $$
  select * from pgmq.pop(queue_name)
$$;

create function pgmq_public.delete(queue_name text, message_id bigint)
returns boolean language sql set search_path = '' as $$
  select pgmq.delete(queue_name, message_id)
$$;

create function pgmq_public.archive(queue_name text, message_id bigint)
returns boolean language sql set search_path = '' as $$
  select pgmq.archive(queue_name, message_id)
$$;
