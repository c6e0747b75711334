//! [`EngineLink`]: what a running attempt has of its engine.

use std::sync::Arc;

use super::Queue;
use super::backend::Slots;

/// What a running attempt has of its engine.
#[derive(Clone)]
pub(crate) struct EngineLink {
    pub(crate) queue: Queue,
    pub(crate) slots: Arc<dyn Slots>,
}
