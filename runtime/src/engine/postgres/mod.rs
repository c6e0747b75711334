//! The durable engine (feature `postgres`): runs in the project's own Postgres.
