//! [`Silence`]: which of a pool's idle connections can be used.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use sqlx::Connection;
use sqlx::postgres::PgConnection;
use tokio::time::{Instant, timeout};

use crate::lock::lock;

/// A connection that was used this recently is not pinged before use.
const SURELY_ALIVE: Duration = Duration::from_millis(200);

/// How long an idle connection may take to answer a ping.
const PING: Duration = Duration::from_secs(2);

/// When a connection last did not answer. The cause may have silenced every connection that was open then,
/// and pinging each of them would take a timeout each.
#[derive(Clone, Debug, Default)]
pub(crate) struct Silence(Arc<Mutex<Option<Instant>>>);

impl Silence {
    /// Records that a connection did not answer.
    pub(crate) fn record(&self) {
        *lock(&self.0) = Some(Instant::now());
    }

    /// Returns whether a connection that was idle for this long still answers. Pings it if nothing else tells: a ping
    /// before each use would double the number of statements. Without pings, all connections of a program that was
    /// idle during a server restart would be dead, and each would cost a try.
    pub(crate) async fn is_alive(&self, connection: &mut PgConnection, idle_for: Duration) -> bool {
        if idle_for < SURELY_ALIVE {
            return true;
        }
        if self.covers(idle_for) {
            return false;
        }
        match timeout(PING, connection.ping()).await {
            Ok(ping) => ping.is_ok(),
            Err(_) => {
                self.record();
                false
            }
        }
    }

    /// Returns whether a connection that was idle for this long was last used before the silence.
    fn covers(&self, idle_for: Duration) -> bool {
        lock(&self.0).is_some_and(|met| met.elapsed() < idle_for)
    }
}
