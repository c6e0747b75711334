//! [`Postgres`]: the state that every part of the engine shares.

use std::time::Duration;

use super::connections::Connections;
use super::events::Events;
use super::waiters::Waiters;
use super::worker::graphile::schema::JobsSchema;

/// The settings that the queue's workers need.
#[derive(Clone, Copy, Debug)]
pub(super) struct Settings {
    pub(super) retention: Duration,
    pub(super) takeover: Duration,
}

/// The engine in Postgres.
#[derive(Debug)]
pub(super) struct Postgres {
    pub(super) connections: Connections,
    pub(super) events: Events,
    pub(super) settings: Settings,
    pub(super) jobs_schema: JobsSchema,
    pub(super) waiters: Waiters,
}
