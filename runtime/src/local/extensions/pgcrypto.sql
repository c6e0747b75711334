-- The extension pgcrypto, as far as PostgreSQL's own functions go: digests, random bytes, and passwords that `crypt`
-- verifies although they are no bcrypt. Encryption is missing.

create function @extschema@.gen_random_bytes(count integer) returns bytea language sql volatile as $$
  select substring(decode(string_agg(replace(gen_random_uuid()::text, '-', ''), ''), 'hex') from 1 for count)
  from generate_series(1, count / 16 + 1)
$$;

create function @extschema@.gen_random_uuid() returns uuid language sql volatile as $$
  select pg_catalog.gen_random_uuid()
$$;

create function @extschema@.digest(data bytea, type text) returns bytea language plpgsql immutable strict as $$
begin
  if lower(type) not in ('md5', 'sha224', 'sha256', 'sha384', 'sha512') then
    raise exception 'LocalSupabase''s stand-in for pgcrypto does not support the hash "%"', type using errcode = '0A000';
  end if;
  return case lower(type)
    when 'md5' then decode(md5(data), 'hex')
    when 'sha224' then sha224(data)
    when 'sha256' then sha256(data)
    when 'sha384' then sha384(data)
    when 'sha512' then sha512(data)
  end;
end
$$;

create function @extschema@.digest(data text, type text) returns bytea language sql immutable as $$
  select @extschema@.digest(convert_to(data, 'UTF8'), type)
$$;

create function @extschema@.hmac(data bytea, key bytea, type text) returns bytea language plpgsql immutable as $$
declare
  size integer := case when lower(type) in ('sha384', 'sha512') then 128 else 64 end;
  block bytea := case when length(key) > size then @extschema@.digest(key, type) else key end;
  inner_key bytea;
  outer_key bytea;
begin
  block := block || decode(repeat('00', size - length(block)), 'hex');
  inner_key := block;
  outer_key := block;
  for place in 0 .. size - 1 loop
    inner_key := set_byte(inner_key, place, get_byte(block, place) # 54);
    outer_key := set_byte(outer_key, place, get_byte(block, place) # 92);
  end loop;
  return @extschema@.digest(outer_key || @extschema@.digest(inner_key || data, type), type);
end
$$;

create function @extschema@.hmac(data text, key text, type text) returns bytea language sql immutable as $$
  select @extschema@.hmac(convert_to(data, 'UTF8'), convert_to(key, 'UTF8'), type)
$$;

create function @extschema@.gen_salt(type text, rounds integer default 6) returns text language sql volatile as $$
  select '$local$' || encode(@extschema@.gen_random_bytes(16), 'hex')
$$;

create function @extschema@.crypt(password text, salt text) returns text language sql immutable as $$
  select left(salt, 39) || '$' || encode(sha256(convert_to(left(salt, 39) || password, 'UTF8')), 'hex')
$$;
