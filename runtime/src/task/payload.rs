//! [`TaskPayload`]: what can be stored between trigger and run.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// What a task can be run with: anything serde can write and read back.
///
/// Implemented for every `Serialize + DeserializeOwned + Send + 'static` type.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the payload of a task",
    label = "a payload is stored as JSON and read back",
    note = "put `#[derive(serde::Serialize, serde::Deserialize)]` on `{Self}`, and let it own its data"
)]
pub trait TaskPayload: Serialize + DeserializeOwned + Send + 'static {}

#[diagnostic::do_not_recommend]
impl<T: Serialize + DeserializeOwned + Send + 'static> TaskPayload for T {}
