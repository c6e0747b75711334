-- Byte order, so that Rust and the database sort text alike, and only ASCII letters have case.
create type public.text_range as range (subtype = text, collation = "C");

create table public.samples (
  id bigint primary key,
  word text collate "C" not null,
  maybe text collate "C",
  tags text[] not null,
  doc jsonb not null,
  number double precision not null,
  big bigint not null,
  day date not null,
  span public.text_range not null,
  seats int4range not null,
  note text
);

create function public.echo(word text, list text[], doc jsonb) returns jsonb language sql stable as $$
  select jsonb_build_object('word', word, 'list', list, 'doc', doc)
$$;

create table public.moments (
  id bigint primary key,
  at timestamptz not null,
  local timestamp not null,
  day date not null,
  clock time not null,
  days date[] not null,
  doc jsonb not null,
  price numeric not null,
  exact numeric not null
);

create table public.extremes (
  at timestamptz not null,
  local timestamp not null,
  day date not null
);

-- How PostgreSQL interprets a moment, as numbers.
create view public.extreme_numbers as
  select (extract(epoch from at) * 1000000)::bigint as micros,
    (extract(epoch from local) * 1000000)::bigint as local_micros,
    day - date '1970-01-01' as day_number
  from public.extremes;
