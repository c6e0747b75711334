-- The schema of pg_graphql that the API exposes.

create schema graphql_public;

create function graphql_public.graphql(
  "operationName" text default null, query text default null, variables jsonb default null,
  extensions jsonb default null
) returns jsonb language sql immutable as $$
  select graphql.resolve(query, coalesce(variables, '{}'), "operationName", extensions)
$$;

grant usage on schema graphql, graphql_public to postgres, anon, authenticated, service_role;
grant execute on all functions in schema graphql, graphql_public to postgres, anon, authenticated, service_role;
