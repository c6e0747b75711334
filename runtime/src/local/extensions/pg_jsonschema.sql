-- The extension pg_jsonschema, for the keywords that are named here. A schema with another keyword that decides what is
-- valid is refused: better no answer than a wrong one.

create function @extschema@._jsonschema_is(instance jsonb, type text) returns boolean language sql immutable strict as $$
  select case type
    when 'integer' then jsonb_typeof(instance) = 'number' and (instance #>> '{}')::numeric % 1 = 0
    else jsonb_typeof(instance) = type
  end
$$;

create function @extschema@.jsonb_matches_schema(schema json, instance jsonb) returns boolean
language plpgsql immutable strict as $$
declare
  keyword text;
  rule jsonb;
  rules jsonb := schema::jsonb;
  kind text := jsonb_typeof(instance);
  plain text := instance #>> '{}';
  holds boolean;
begin
  if jsonb_typeof(rules) = 'boolean' then
    return rules = 'true';
  end if;
  for keyword, rule in select key, value from jsonb_each(rules) loop
    holds := case keyword
      when 'type' then case jsonb_typeof(rule)
        when 'array' then exists (
          select from jsonb_array_elements_text(rule) as type where @extschema@._jsonschema_is(instance, type)
        )
        else @extschema@._jsonschema_is(instance, rule #>> '{}')
      end
      when 'enum' then exists (select from jsonb_array_elements(rule) as one where one = instance)
      when 'const' then rule = instance
      when 'required' then kind <> 'object' or instance ?& array(select jsonb_array_elements_text(rule))
      when 'properties' then kind <> 'object' or not exists (
        select from jsonb_each(rule) as property
        where instance ? property.key
          and not @extschema@.jsonb_matches_schema(property.value::json, instance -> property.key)
      )
      when 'patternProperties' then kind <> 'object' or not exists (
        select from jsonb_each(rule) as property, jsonb_each(instance) as member
        where member.key ~ property.key
          and not @extschema@.jsonb_matches_schema(property.value::json, member.value)
      )
      when 'additionalProperties' then kind <> 'object' or not exists (
        select from jsonb_each(instance) as member
        where not coalesce(rules -> 'properties', '{}') ? member.key
          and not exists (
            select from jsonb_object_keys(coalesce(rules -> 'patternProperties', '{}')) as pattern
            where member.key ~ pattern
          )
          and not @extschema@.jsonb_matches_schema(rule::json, member.value)
      )
      when 'minProperties' then kind <> 'object' or (select count(*) from jsonb_object_keys(instance)) >= rule::int
      when 'maxProperties' then kind <> 'object' or (select count(*) from jsonb_object_keys(instance)) <= rule::int
      when 'items' then kind <> 'array' or not exists (
        select from jsonb_array_elements(instance) as item
        where not @extschema@.jsonb_matches_schema(rule::json, item)
      )
      when 'contains' then kind <> 'array' or exists (
        select from jsonb_array_elements(instance) as item
        where @extschema@.jsonb_matches_schema(rule::json, item)
      )
      when 'minItems' then kind <> 'array' or jsonb_array_length(instance) >= rule::int
      when 'maxItems' then kind <> 'array' or jsonb_array_length(instance) <= rule::int
      when 'uniqueItems' then kind <> 'array' or rule <> 'true'
        or (select count(*) = count(distinct item) from jsonb_array_elements(instance) as item)
      when 'minLength' then kind <> 'string' or length(plain) >= rule::int
      when 'maxLength' then kind <> 'string' or length(plain) <= rule::int
      when 'pattern' then kind <> 'string' or plain ~ (rule #>> '{}')
      when 'minimum' then kind <> 'number' or plain::numeric >= rule::numeric
      when 'maximum' then kind <> 'number' or plain::numeric <= rule::numeric
      when 'exclusiveMinimum' then kind <> 'number' or plain::numeric > rule::numeric
      when 'exclusiveMaximum' then kind <> 'number' or plain::numeric < rule::numeric
      when 'multipleOf' then kind <> 'number' or plain::numeric % rule::numeric = 0
      when 'allOf' then not exists (
        select from jsonb_array_elements(rule) as one where not @extschema@.jsonb_matches_schema(one::json, instance)
      )
      when 'anyOf' then exists (
        select from jsonb_array_elements(rule) as one where @extschema@.jsonb_matches_schema(one::json, instance)
      )
      when 'oneOf' then 1 = (
        select count(*) from jsonb_array_elements(rule) as one where @extschema@.jsonb_matches_schema(one::json, instance)
      )
      when 'not' then not @extschema@.jsonb_matches_schema(rule::json, instance)
      else case
        -- These say nothing about what is valid; a format is only noted by default.
        when keyword in ('$schema', '$id', '$comment', 'title', 'description', 'default', 'examples', 'format',
          'deprecated', 'readOnly', 'writeOnly', '$defs', 'definitions') then true
      end
    end;
    if holds is null then
      raise exception 'LocalSupabase''s stand-in for pg_jsonschema does not support the keyword "%"', keyword
        using errcode = '0A000';
    end if;
    if not holds then
      return false;
    end if;
  end loop;
  return true;
end
$$;

create function @extschema@.json_matches_schema(schema json, instance json) returns boolean
language sql immutable strict as $$
  select @extschema@.jsonb_matches_schema(schema, instance::jsonb)
$$;

create function @extschema@.jsonschema_is_valid(schema json) returns boolean language sql immutable strict as $$
  select jsonb_typeof(schema::jsonb) in ('object', 'boolean')
$$;
