//! [`FeaturePostgres`]: the compile error of a call that needs the feature `postgres`.

use std::future::Ready;

/// Never implemented: a call with this bound does not compile, and the error names the missing feature.
#[diagnostic::on_unimplemented(
    message = "`Queue::connect` needs the feature `postgres` of supabase-task",
    label = "switch it on: `cargo add supabase-task --features postgres`"
)]
pub trait FeaturePostgres: Sized {
    #[doc(hidden)]
    fn never<T>(self) -> Ready<T>;
}
