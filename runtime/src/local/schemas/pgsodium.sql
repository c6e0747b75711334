-- Older projects have pgsodium; dumps of their data name its sequence. It encrypts nothing.

create schema pgsodium;
create table pgsodium.key (
  id uuid primary key default gen_random_uuid(),
  status text default 'valid',
  created timestamptz not null default current_timestamp,
  expires timestamptz,
  key_type text default 'aead-det',
  key_id bigint,
  key_context bytea default '\x7067736f6469756d',
  name text unique,
  associated_data text default 'associated',
  comment text
);
create view pgsodium.valid_key as
  select * from pgsodium.key where status in ('valid', 'default') and (expires is null or expires > now());
create sequence pgsodium.key_key_id_seq owned by pgsodium.key.key_id;
alter table pgsodium.key alter column key_id set default nextval('pgsodium.key_key_id_seq');
