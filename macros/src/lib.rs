//! The [`macro@supabase_task`] attribute. Use it through the `supabase-task` crate, which
//! re-exports it.

#![forbid(unsafe_code)]

mod check;
mod errors;
mod expand;
mod fallback;
mod input;
mod model;
mod options;
mod suggest;
mod task;
#[cfg(test)]
mod tests;
mod values;

use proc_macro::TokenStream;

/// Makes an `async fn` a task: runs it with a Supabase client of exactly one identity.
///
/// ```
/// use supabase_task::prelude::*;
/// # use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize)]
/// pub struct AddTodo {
///     pub user_id: UserId,
///     pub title: String,
/// }
///
/// /// Adds a todo as the user who asked for it. Row Level Security applies.
/// #[supabase_task(auth = "user")]
/// pub async fn add_todo(payload: AddTodo, supabase: UserClient) -> TaskResult<()> {
///     supabase
///         .from("todos")
///         .insert(&json!({ "user_id": payload.user_id, "title": payload.title }))
///         .await?;
///     Ok(())
/// }
///
/// # async fn example(supabase: Supabase, payload: AddTodo) -> TaskResult<()> {
/// add_todo::run(&supabase, payload).await?;
/// # Ok(())
/// # }
/// ```
///
/// The fn stays as written, so it can be called with a client of your own, in a unit test for
/// example. Beside it stands a type of the same name that implements `Task`: `add_todo::run`
/// above.
///
/// # The signature
///
/// - The **first** argument is the payload: `Serialize + DeserializeOwned + Send + 'static`. Write
///   `_payload: ()` when there is none.
/// - **Every further** argument is injected through `FromTask`: the client of the task's mode,
///   `TaskContext`, `State<T>`, and whatever else implements it.
/// - It returns a `Result`, `TaskResult<T>` as a rule. `T` is `Serialize`.
///
/// # Options
///
/// | option | value | default |
/// | --- | --- | --- |
/// | `auth` | `"user"`, `"service"` or `"anon"` | none: it must be written |
/// | `id` | the task's id, unique in the program | the fn's name; for a fn named `run`, its module's |
/// | `user` | an expression over the payload: who the user is | `payload.user_id` |
/// | `crate` | an absolute path to this crate, when it was renamed | `::supabase_task` |
///
/// ## `auth`
///
/// `"user"` signs a JWT for the payload's user, so Row Level Security applies; `"service"` uses the
/// secret (service role) key and bypasses it; `"anon"` is a visitor who is not signed in. A client
/// of another mode does not compile:
///
/// ```compile_fail
/// # use supabase_task::prelude::*;
/// #[supabase_task(auth = "user")]
/// async fn sweep(user_id: UserId, supabase: ServiceClient) -> TaskResult<()> {
///     Ok(())
/// }
/// ```
///
/// ## `id`
///
/// ```
/// # use supabase_task::prelude::*;
/// #[supabase_task(auth = "service", id = "todos.sweep")]
/// async fn sweep(_payload: (), supabase: ServiceClient) -> TaskResult<()> {
///     supabase.from("todos").delete().eq("done", true).await?;
///     Ok(())
/// }
/// assert_eq!(sweep::ID, "todos.sweep");
/// ```
///
/// ## `user`
///
/// Its type must be `UserId` or `uuid::Uuid`, because a JWT's `sub` must be a UUID for `auth.uid()`
/// to work.
///
/// ```
/// # use supabase_task::prelude::*;
/// # use serde::{Deserialize, Serialize};
/// #[derive(Serialize, Deserialize)]
/// struct Transfer {
///     from: UserId,
///     to: UserId,
/// }
///
/// #[supabase_task(auth = "user", user = payload.from)]
/// async fn transfer(payload: Transfer, supabase: UserClient) -> TaskResult<()> {
///     supabase.rpc("transfer", &json!({ "to": payload.to })).await?;
///     Ok(())
/// }
/// ```
///
/// ## `crate`
///
/// ```
/// # mod framework { pub use supabase_task::*; }
/// # use framework::prelude::*;
/// #[supabase_task(auth = "anon", crate = crate::framework)]
/// async fn ping(_payload: (), supabase: AnonClient) -> TaskResult<()> {
///     Ok(())
/// }
/// # fn main() {}
/// ```
#[proc_macro_attribute]
pub fn supabase_task(attribute: TokenStream, item: TokenStream) -> TokenStream {
    task::expand(attribute.into(), item.into()).into()
}
