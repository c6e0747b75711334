//! [`Function`]: a function of the database with typed arguments and a typed result.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Client, ClientError};
use crate::auth::AuthMode;

/// A function of the database: a value holds its arguments, and the type says what it returns. Called
/// with [`Client::call`].
///
/// `supabase-task gen types` (feature `cli`) writes one for every function; by hand it is short too:
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

    /// The schema it is in. It must be exposed in the project's API settings.
    const SCHEMA: &'static str = "public";

    /// What it returns: `()` for `void`, `Vec<T>` for `setof`.
    type Returns: DeserializeOwned;

    /// Which columns of the rows returned are asked for, as PostgREST's select list. Nothing, the
    /// default, asks for all as they are.
    const SELECT: &'static str = "";
}

impl<M: AuthMode> Client<M> {
    /// Calls a function with typed arguments, as [`rpc`](Self::rpc) does with others.
    ///
    /// # Errors
    ///
    /// What the server refused or the function raised; and an answer that is not `F::Returns`, such
    /// as NULL from a function whose type does not say so. For those use
    /// `rpc(F::NAME, &arguments).execute::<Option<…>>()`.
    pub async fn call<F: Function>(&self, arguments: &F) -> Result<F::Returns, ClientError> {
        let mut call = self.schema(F::SCHEMA).rpc(F::NAME, arguments);
        if !F::SELECT.is_empty() {
            call = call.select(F::SELECT);
        }
        call.execute().await
    }
}
