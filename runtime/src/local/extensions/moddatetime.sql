-- The extension moddatetime: sets the column that the trigger names to the current time.

create function @extschema@.moddatetime() returns trigger language plpgsql as $$
begin
  return jsonb_populate_record(new, jsonb_build_object(tg_argv[0], now()));
end
$$;
