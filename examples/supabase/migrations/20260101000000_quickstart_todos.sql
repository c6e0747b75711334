-- The quickstart's table: everyone sees and adds only their own todos.
create table public.quickstart_todos (
  id bigint generated always as identity primary key,
  user_id uuid not null,
  title text not null,
  done boolean not null default false
);

alter table public.quickstart_todos enable row level security;

create policy "Users see their own todos" on public.quickstart_todos
  for select to authenticated using ((select auth.uid()) = user_id);

create policy "Users add their own todos" on public.quickstart_todos
  for insert to authenticated with check ((select auth.uid()) = user_id);
