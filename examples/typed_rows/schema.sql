-- Customers, their orders, and the items of the orders.
create table customers (
  id bigint generated always as identity primary key,
  user_id uuid not null unique,
  name text not null
);
create table orders (
  id bigint generated always as identity primary key,
  customer_id bigint not null references customers,
  state text not null default 'open' check (state in ('open', 'paid', 'shipped')),
  note text,
  tags text[] not null default '{}'
);
create table items (
  id bigint generated always as identity primary key,
  order_id bigint not null references orders on delete cascade,
  sku text not null,
  amount integer not null check (amount > 0)
);

alter table customers enable row level security;
alter table orders enable row level security;
alter table items enable row level security;

create policy "own" on customers to authenticated using (user_id = (select auth.uid()));
create policy "own" on orders to authenticated
  using (exists (select from customers where customers.id = customer_id))
  with check (exists (select from customers where customers.id = customer_id));
create policy "own" on items to authenticated
  using (exists (select from orders where orders.id = order_id))
  with check (exists (select from orders where orders.id = order_id));

insert into customers (user_id, name) values
  ('a11ce000-0000-4000-8000-000000000001', 'Alice'),
  ('b0b00000-0000-4000-8000-000000000002', 'Bob');
