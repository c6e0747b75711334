-- The table of the example `database_operations`: one subscription per user.
create table public.user_subscriptions (
  user_id uuid primary key,
  plan text not null default 'hobby' check (plan in ('hobby', 'pro', 'enterprise')),
  updated_at timestamptz not null default now()
);

alter table public.user_subscriptions enable row level security;

create policy "Users see their own subscription" on public.user_subscriptions
  for select to authenticated using ((select auth.uid()) = user_id);

-- A user may start on the free plan; only the service role can assign other plans.
create policy "Users start on the hobby plan" on public.user_subscriptions
  for insert to authenticated with check ((select auth.uid()) = user_id and plan = 'hobby');
