-- Accounts, and a ledger in which each transfer sums to zero.
create table accounts (
  id bigint primary key,
  -- The bank's own account has no owner, and may be below zero.
  owner uuid,
  name text not null
);
create table transfers (
  id bigint generated always as identity primary key,
  made_by uuid not null default auth.uid(),
  note text not null
);
create table entries (
  transfer bigint not null references transfers,
  account bigint not null references accounts,
  amount bigint not null check (amount <> 0)
);
create index on entries (transfer);
create index on entries (account);

alter table accounts enable row level security;
alter table transfers enable row level security;
alter table entries enable row level security;

create policy "own" on accounts for select to authenticated
  using (owner = (select auth.uid()));
create policy "own" on transfers for select to authenticated
  using (made_by = (select auth.uid()));
create policy "make" on transfers for insert to authenticated
  with check (made_by = (select auth.uid()));
create policy "own" on entries for select to authenticated
  using (account in (select id from accounts));
-- Money may go into any account, and only out of one's own.
create policy "make" on entries for insert to authenticated
  with check (
    transfer in (select id from transfers)
    and (amount > 0 or account in (select id from accounts))
  );

-- Runs at the commit, when all entries of the transfer are there. It sees all accounts, not only the user's.
create function check_entry() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  if (select sum(amount) from public.entries where transfer = new.transfer) <> 0 then
    raise exception 'the transfer does not sum to zero'
      using errcode = 'check_violation', constraint = 'transfer_is_balanced';
  end if;
  if new.amount < 0 then
    -- Two transfers at once must not both spend the same money.
    perform from public.accounts where id = new.account for update;
    if exists (select from public.accounts where id = new.account and owner is not null)
      and (select sum(amount) from public.entries where account = new.account) < 0 then
      raise exception 'there is not enough money in the account'
        using errcode = 'check_violation', constraint = 'account_is_covered';
    end if;
  end if;
  return null;
end
$$;
create constraint trigger check_entry after insert on entries
  deferrable initially deferred for each row execute function check_entry();

insert into accounts values
  (1, null, 'bank'),
  (2, 'a11ce000-0000-4000-8000-000000000001', 'alice'),
  (3, 'b0b00000-0000-4000-8000-000000000002', 'bob');
insert into transfers (made_by, note) values (gen_random_uuid(), 'opening balances');
insert into entries select 1, account, amount
  from (values (1, -150), (2, 100), (3, 50)) opening (account, amount);
