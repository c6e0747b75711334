-- A stand-in for the extension pgmq, which the embedded PostgreSQL cannot load: a queue `mails` of
-- plain tables, and the functions of `pgmq_public` with the signatures that Supabase documents.

create schema pgmq;
create schema pgmq_public;

create type pgmq.message_record as (
  msg_id bigint,
  read_ct integer,
  enqueued_at timestamptz,
  vt timestamptz,
  message jsonb,
  headers jsonb
);

create table pgmq.q_mails (
  msg_id bigint generated always as identity primary key,
  read_ct integer not null default 0,
  enqueued_at timestamptz not null default now(),
  vt timestamptz not null,
  message jsonb,
  headers jsonb
);
create table pgmq.a_mails (like pgmq.q_mails including defaults);

grant usage on schema pgmq, pgmq_public to anon, authenticated, service_role;
grant all on all tables in schema pgmq to service_role;
grant all on all sequences in schema pgmq to service_role;

create function pgmq_public.send_batch(
  queue_name text, messages jsonb[], sleep_seconds integer default 0
) returns setof bigint language plpgsql set search_path = '' as $$
begin
  return query execute format(
    'insert into pgmq.%I (vt, message)
     select clock_timestamp() + make_interval(secs => $2), message from unnest($1) as message
     returning msg_id',
    'q_' || queue_name
  ) using messages, sleep_seconds;
end
$$;

create function pgmq_public.send(
  queue_name text, message jsonb, sleep_seconds integer default 0
) returns setof bigint language sql set search_path = '' as $$
  select * from pgmq_public.send_batch(queue_name, array[message], sleep_seconds)
$$;

create function pgmq_public.read(
  queue_name text, sleep_seconds integer, n integer
) returns setof pgmq.message_record language plpgsql set search_path = '' as $$
begin
  return query execute format(
    'with next as (
       select msg_id from pgmq.%1$I where vt <= clock_timestamp()
       order by msg_id limit $2 for update skip locked
     )
     update pgmq.%1$I as queue
     set vt = clock_timestamp() + make_interval(secs => $1), read_ct = read_ct + 1
     from next where queue.msg_id = next.msg_id
     returning queue.msg_id, read_ct, enqueued_at, vt, message, headers',
    'q_' || queue_name
  ) using sleep_seconds, n;
end
$$;

create function pgmq_public.pop(queue_name text)
returns setof pgmq.message_record language plpgsql set search_path = '' as $$
begin
  return query execute format(
    'delete from pgmq.%1$I where msg_id = (
       select msg_id from pgmq.%1$I where vt <= clock_timestamp()
       order by msg_id limit 1 for update skip locked
     )
     returning msg_id, read_ct, enqueued_at, vt, message, headers',
    'q_' || queue_name
  );
end
$$;

create function pgmq_public.delete(queue_name text, message_id bigint)
returns boolean language plpgsql set search_path = '' as $$
declare
  deleted bigint;
begin
  execute format('delete from pgmq.%I where msg_id = $1 returning msg_id', 'q_' || queue_name)
    using message_id into deleted;
  return deleted is not null;
end
$$;

create function pgmq_public.archive(queue_name text, message_id bigint)
returns boolean language plpgsql set search_path = '' as $$
declare
  archived bigint;
begin
  execute format(
    'with gone as (delete from pgmq.%I where msg_id = $1 returning *)
     insert into pgmq.%I select * from gone returning msg_id',
    'q_' || queue_name, 'a_' || queue_name
  ) using message_id into archived;
  return archived is not null;
end
$$;
