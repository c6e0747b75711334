create table lists (id int primary key, name text not null unique);

create table todos (
  id bigint generated always as identity primary key,
  list_id int references lists,
  title text not null,
  done boolean not null default false,
  priority int,
  price numeric(10, 2),
  tags text[] not null default '{}',
  data jsonb,
  due date,
  reminder timestamptz,
  ref uuid
);

create table plans (name text primary key, price int not null check (price >= 0));

create table notes (user_id uuid not null, body text not null);
alter table notes enable row level security;
create policy own on notes to authenticated
  using (user_id = auth.uid()) with check (user_id = auth.uid());

create view open_todos as select id, title from todos where not done;

create function add(a int, b int) returns int language sql immutable as $$ select a + b $$;
create function todos_of(list int) returns setof todos language sql stable as
  $$ select * from todos where list_id = list order by id $$;
create function nothing() returns void language sql as $$ $$;
create function fail() returns void language plpgsql as $$
begin
  raise exception 'no more' using errcode = 'P0001', detail = 'of this', hint = 'try later';
end
$$;

insert into lists values (1, 'home'), (2, 'work'), (3, 'empty');
insert into todos (list_id, title, done, priority, price, tags, data, due, reminder, ref) values
  (1, 'Sweep', false, 2, 1.50, '{floor}', '{"by": {"name": "ann"}, "n": 1}', '2026-01-02',
   '2026-01-02 03:04:05.678+00', '11111111-1111-4111-8111-111111111111'),
  (1, 'wash, dry', true, 1, 20.00, '{water,soap}', '{"by": {"name": "bob"}, "n": 2}', '2026-02-03',
   '2026-02-03 04:05:06+02', null),
  (2, 'call "Zoë"', false, null, null, '{}', null, null, null, null),
  (2, 'file (b) 100%', true, 3, 0.10, '{paper,floor}', '{"n": 10}', '2025-12-31', null, null),
  (null, 'back\slash', false, 1, 99999999.99, '{"a b"}', '[1, "two", null]', null, null, null);
