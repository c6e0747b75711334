//! [`FeaturePostgres`]: what a call says that needs the feature `postgres`.

use std::future::Ready;

/// Implemented by nothing: a call with this bound names the feature that it needs.
#[diagnostic::on_unimplemented(
    message = "`Queue::connect` needs the feature `postgres` of supabase-task",
    label = "switch it on: `cargo add supabase-task --features postgres`"
)]
pub trait FeaturePostgres: Sized {
    #[doc(hidden)]
    fn never<T>(self) -> Ready<T>;
}
