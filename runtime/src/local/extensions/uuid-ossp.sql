-- The extension uuid-ossp. Identifiers of the versions 1 and 1mc are random here, and there is no version 3.

create function @extschema@.uuid_generate_v4() returns uuid language sql volatile as $$ select gen_random_uuid() $$;
create function @extschema@.uuid_generate_v1() returns uuid language sql volatile as $$ select gen_random_uuid() $$;
create function @extschema@.uuid_generate_v1mc() returns uuid language sql volatile as $$ select gen_random_uuid() $$;
create function @extschema@.uuid_nil() returns uuid language sql immutable as $$
  select '00000000-0000-0000-0000-000000000000'::uuid
$$;
create function @extschema@.uuid_ns_dns() returns uuid language sql immutable as $$
  select '6ba7b810-9dad-11d1-80b4-00c04fd430c8'::uuid
$$;
create function @extschema@.uuid_ns_url() returns uuid language sql immutable as $$
  select '6ba7b811-9dad-11d1-80b4-00c04fd430c8'::uuid
$$;
