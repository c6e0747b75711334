-- Byte order, so that Rust's order of texts is the database's, and only ASCII letters have case.
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
