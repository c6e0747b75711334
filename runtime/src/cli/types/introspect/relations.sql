-- Tables, views and composite types of the schemas in $1, as one JSON object a row.
select json_build_object(
  'schema', n.nspname,
  'name', c.relname,
  'kind', c.relkind,
  'comment', pg_catalog.obj_description(
    case c.relkind when 'c' then c.reltype else c.oid end,
    case c.relkind when 'c' then 'pg_type' else 'pg_class' end::name
  ),
  -- Bits, by the numbers of the commands: 4 for update, 8 for insert.
  'writable', pg_catalog.pg_relation_is_updatable(c.oid, true),
  -- The same bits, of the commands that a trigger or a rule of a view carries out in its place.
  'instead', instead.commands,
  'columns', (
    select coalesce(json_agg(json_build_object(
      'name', a.attname,
      'type', a.atttypid::bigint,
      -- From PostgreSQL 18 on, rows from before a constraint that is not valid may be NULL.
      'is_not_null', a.attnotnull and not exists (
        select from pg_catalog.pg_constraint k
        where k.conrelid = a.attrelid and k.contype = 'n' and k.conkey = array[a.attnum]
          and not k.convalidated
      ),
      'has_default', a.atthasdef,
      'identity', a.attidentity,
      'is_generated', a.attgenerated <> '',
      -- Whether the view itself can write it. A view's own triggers would answer for all columns.
      'is_updatable', c.relkind in ('r', 'p', 'f')
        or pg_catalog.pg_column_is_updatable(c.oid, a.attnum, instead.commands = 0),
      'comment', pg_catalog.col_description(c.oid, a.attnum)
    ) order by a.attnum), '[]')
    from pg_catalog.pg_attribute a
    where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  )
)::text
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
cross join lateral (
  select coalesce(bit_or(command), 0) as commands
  from (
    select case when t.tgtype & 4 <> 0 then 8 else 0 end | case when t.tgtype & 16 <> 0 then 4 else 0 end
    from pg_catalog.pg_trigger t
    where t.tgrelid = c.oid and t.tgtype & 64 <> 0
    union all
    select case r.ev_type when '2' then 4 when '3' then 8 else 0 end
    from pg_catalog.pg_rewrite r
    where r.ev_class = c.oid and r.is_instead and r.ev_qual::text = '<>'
  ) of_view (command)
) instead
where n.nspname = any ($1)
  and c.relkind in ('r', 'p', 'f', 'v', 'm', 'c')
  and not c.relispartition
  and not exists (
    select from pg_catalog.pg_depend d
    where d.classid = 'pg_catalog.pg_class'::regclass and d.objid = c.oid and d.deptype = 'e'
  )
order by c.relname collate "C"
