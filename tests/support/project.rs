//! The project that every test starts from.

use supabase_task::{LocalSupabase, UserId};

/// A table in which users see their own rows, and a function that returns the identity of a
/// request.
pub const MIGRATION: &str = "
create table public.todos (
  id bigint generated always as identity primary key,
  user_id uuid not null,
  title text not null,
  done boolean not null default false
);
alter table public.todos enable row level security;
create policy \"own\" on public.todos to authenticated
  using ((select auth.uid()) = user_id) with check ((select auth.uid()) = user_id);

create function public.claims() returns jsonb language sql stable
  as $$ select auth.jwt() $$;

create function public.whoami() returns jsonb language sql stable as $$
  select jsonb_build_object('uid', auth.uid(), 'role', current_user)
$$;
";

/// Starts a project for one test.
pub async fn start() -> LocalSupabase {
    LocalSupabase::builder()
        .sql(MIGRATION)
        .start()
        .await
        .unwrap_or_else(|error| panic!("LocalSupabase did not start: {error}"))
}

/// The n-th user.
pub fn user(n: u32) -> UserId {
    UserId::from(uuid::Uuid::from_u128(
        0x5f0c_8f0e_9a3c_4a52_8d8e_0000_0000_0000 + u128::from(n),
    ))
}
