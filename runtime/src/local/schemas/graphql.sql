-- The door of pg_graphql, which is not there: each query answers an error.

create schema graphql;

create function graphql.resolve(
  query text, variables jsonb default '{}', "operationName" text default null, extensions jsonb default null
) returns jsonb language sql immutable as $$
  select '{"errors": [{"message": "LocalSupabase has no pg_graphql: it answers no GraphQL query"}]}'::jsonb
$$;
