//! [`EngineLink`]: a running attempt's access to its engine.

use std::sync::Arc;

use super::Queue;
use super::backend::Slots;

/// A running attempt's access to its engine.
#[derive(Clone)]
pub(crate) struct EngineLink {
    pub(crate) queue: Queue,
    pub(crate) slots: Arc<dyn Slots>,
}
