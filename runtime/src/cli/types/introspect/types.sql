-- Every type, as one JSON object a row.
select json_build_object(
  'oid', t.oid::bigint,
  'schema', n.nspname,
  'name', t.typname,
  'kind', t.typtype,
  -- Of arrays proper, not of `oidvector` and the like.
  'element', element.oid::bigint,
  'base', nullif(t.typbasetype, 0)::bigint,
  'relation_kind', (select c.relkind from pg_catalog.pg_class c where c.oid = t.typrelid),
  'is_not_null', t.typnotnull,
  'has_default', t.typdefault is not null,
  'is_of_extension', exists (
    select from pg_catalog.pg_depend d
    where d.classid = 'pg_catalog.pg_type'::regclass and d.objid = t.oid and d.deptype = 'e'
  ),
  'labels', (
    select json_agg(e.enumlabel order by e.enumsortorder)
    from pg_catalog.pg_enum e where e.enumtypid = t.oid
  ),
  'comment', pg_catalog.obj_description(t.oid, 'pg_type')
)::text
from pg_catalog.pg_type t
join pg_catalog.pg_namespace n on n.oid = t.typnamespace
left join pg_catalog.pg_type element on element.typarray = t.oid
