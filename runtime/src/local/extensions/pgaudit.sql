-- The extension pgaudit. It logs nothing; dumps name these functions.

create function @extschema@.pgaudit_ddl_command_end() returns event_trigger language plpgsql as $$
begin
  null;
end
$$;

create function @extschema@.pgaudit_sql_drop() returns event_trigger language plpgsql as $$
begin
  null;
end
$$;
