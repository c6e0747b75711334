-- The function that pg_graphql answers queries with. pg_graphql is not there, so each query answers an error.

create schema graphql;

create function graphql.resolve(
  query text, variables jsonb default '{}', "operationName" text default null, extensions jsonb default null
) returns jsonb language sql immutable as $$
  select '{"errors": [{"message": "LocalSupabase has no pg_graphql: it answers no GraphQL query"}]}'::jsonb
$$;
