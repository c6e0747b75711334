-- Functions of the schemas in $1, as one JSON object a row. Procedures, aggregates, window functions
-- and those that only a trigger can call are not part of the API.
select json_build_object(
  'schema', n.nspname,
  'name', p.proname,
  'signature', pg_catalog.format('%I(%s)', p.proname, pg_catalog.pg_get_function_identity_arguments(p.oid)),
  'comment', pg_catalog.obj_description(p.oid, 'pg_proc'),
  'argument_names', p.proargnames,
  -- One letter an argument: in, out, both, variadic, table. Null if all are `in`.
  'argument_modes', p.proargmodes,
  'argument_types', coalesce(p.proallargtypes, p.proargtypes::oid[])::bigint[],
  -- How many of the last arguments that go in have a default.
  'defaults', p.pronargdefaults,
  'returns', p.prorettype::bigint,
  'is_set', p.proretset
)::text
from pg_catalog.pg_proc p
join pg_catalog.pg_namespace n on n.oid = p.pronamespace
where n.nspname = any ($1)
  and p.prokind = 'f'
  and p.prorettype not in ('pg_catalog.trigger'::regtype, 'pg_catalog.event_trigger'::regtype)
  and not exists (
    select from pg_catalog.pg_depend d
    where d.classid = 'pg_catalog.pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e'
  )
order by p.proname collate "C", p.pronargs,
  pg_catalog.pg_get_function_identity_arguments(p.oid) collate "C"
