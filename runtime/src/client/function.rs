//! [`Function`]: a database function with typed arguments and a typed result.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Client, ClientError};
use crate::auth::AuthMode;

/// A database function. A value of the type holds the arguments, and the type states the result. Call
/// it with [`Client::call`].
///
/// `supabase-task gen types` (feature `cli`) generates a type for every function. Writing one by hand
/// is short, too:
///
/// ```
/// use serde::Serialize;
/// use supabase_task::client::{ClientError, Function, UserClient};
///
/// /// `create function add(a integer, b integer default 1) returns integer …`
/// #[derive(Serialize)]
/// struct AddArguments {
///     a: i32,
///     #[serde(skip_serializing_if = "Option::is_none")]
///     b: Option<i32>,
/// }
///
/// impl Function for AddArguments {
///     const NAME: &'static str = "add";
///     type Returns = i32;
/// }
///
/// # async fn example(supabase: UserClient) -> Result<i32, ClientError> {
/// let sum = supabase.call(&AddArguments { a: 2, b: None }).await?;
/// # Ok(sum)
/// # }
/// ```
pub trait Function: Serialize {
    /// The function's name.
    const NAME: &'static str;

    /// The function's schema. It must be exposed in the project's API settings.
    const SCHEMA: &'static str = "public";

    /// The type of the result: `()` for `void`, `Vec<T>` for `setof`.
    type Returns: DeserializeOwned;

    /// The columns to request of the returned rows, as a PostgREST select list. Empty, the default,
    /// requests all columns as they are.
    const SELECT: &'static str = "";
}

impl<M: AuthMode> Client<M> {
    /// Calls a function with typed arguments. [`rpc`](Self::rpc) is the untyped form.
    ///
    /// # Errors
    ///
    /// If the server refuses the call or the function raises an error, or if the response is not an
    /// `F::Returns`, such as NULL from a function whose type does not allow it. For such a function
    /// use `rpc(F::NAME, &arguments).execute::<Option<…>>()`.
    pub async fn call<F: Function>(&self, arguments: &F) -> Result<F::Returns, ClientError> {
        let mut call = self.schema(F::SCHEMA).rpc(F::NAME, arguments);
        if !F::SELECT.is_empty() {
            call = call.select(F::SELECT);
        }
        call.execute().await
    }
}
