//! The [`macro@supabase_task`] attribute and the derive [`macro@Row`]. Use them through the
//! `supabase-task` crate, which re-exports them.

#![forbid(unsafe_code)]

mod check;
mod cron;
mod errors;
mod expand;
mod fallback;
mod input;
mod model;
mod options;
mod row;
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

/// Makes a struct a row of a table: its fields are what is asked for, and what is filtered by.
///
/// ```
/// use serde::Deserialize;
/// use supabase_task::prelude::*;
///
/// #[derive(Debug, Deserialize, Row)]
/// pub struct Todo {
///     pub id: i64,
///     pub title: String,
///     pub done: bool,
///     pub note: Option<String>,
///     pub tags: Vec<String>,
/// }
///
/// # async fn example(supabase: UserClient) -> TaskResult<Vec<Todo>> {
/// let todos =
///     supabase.table::<Todo>().filter(Todo::done.eq(false)).order(Todo::id.desc()).all().await?;
/// # Ok(todos)
/// # }
/// ```
///
/// The struct derives `serde::Deserialize` too, which reads it. What it gets:
///
/// - an impl of the trait `Row`, with the table and the select list: `id,title,done,note,tags`;
/// - **one constant for each field**, of the field's name and visibility: `Todo::done` is a
///   `Column<Todo, bool>`, whose operators are those of a `bool`. A constant shares its namespace
///   with methods: a method `done` of `Todo` would be a duplicate.
///
/// A column that can be NULL is an `Option`, an array a `Vec`, `jsonb` a `serde_json::Value` or a
/// type of yours. An enum or another type of yours can be filtered by if it implements
/// `FilterValue`.
///
/// # Options of the struct
///
/// | option | value | default |
/// | --- | --- | --- |
/// | `table` | the table or view | the struct's name in snake case, with an `s`: `TodoItem` is read from `todo_items` |
/// | `schema` | the table's schema, which the API must expose | `"public"` |
/// | `crate` | an absolute path to this crate, when it was renamed | `::supabase_task` |
///
/// ```
/// # use serde::Deserialize;
/// # use supabase_task::prelude::*;
/// #[derive(Deserialize, Row)]
/// #[row(table = "people", schema = "crm")]
/// struct Person {
///     id: i64,
/// }
/// assert_eq!((Person::SCHEMA, Person::TABLE), ("crm", "people"));
/// ```
///
/// # Options of a field
///
/// | option | value | default |
/// | --- | --- | --- |
/// | `column` | the column, or a JSON path into one | the field's key in JSON |
/// | `cast` | the type that the server turns it into | none |
/// | `embed` | the related table, with hints | the field's key in JSON |
///
/// The key in JSON is serde's: the field's name, `#[serde(rename = "…")]` or
/// `#[serde(rename_all = "…")]`. A field with `#[serde(skip)]` is not asked for.
///
/// Names are quoted where PostgREST needs it.
///
/// ```
/// # use serde::Deserialize;
/// # use supabase_task::prelude::*;
/// #[derive(Deserialize, Row)]
/// struct Product {
///     #[row(column = "created_at")]
///     created: String,
///     #[row(column = "meta->>city")]
///     city: Option<String>,
///     // `numeric` without loss. Filters compare the column itself, not what it was turned into.
///     #[row(cast = "text")]
///     price: String,
///     #[serde(rename = "in stock")]
///     in_stock: bool,
///     r#type: String,
///     #[serde(skip)]
///     seen: bool,
/// }
/// assert_eq!(
///     Product::SELECT,
///     r#"created:created_at,city:meta->>city,price::text,"in stock",type"#
/// );
/// ```
///
/// ## `embed`
///
/// The field holds rows of a related table: `Vec<Item>` those that refer to this row, `Option<Item>`
/// or `Item` the one it refers to. `Item` is a row itself, and says which columns are asked for.
///
/// The field names the embed. Give the related table where it has another name, the foreign key
/// behind a `!` where there are several, and `!inner` to leave out rows without one.
///
/// ```
/// # use serde::Deserialize;
/// # use supabase_task::prelude::*;
/// #[derive(Deserialize, Row)]
/// struct Order {
///     id: i64,
///     #[row(embed)]
///     items: Vec<Item>,
///     #[row(embed = "customers!orders_customer_fkey")]
///     customer: Option<Customer>,
/// }
///
/// #[derive(Deserialize, Row)]
/// struct Item {
///     sku: String,
///     amount: i32,
/// }
///
/// #[derive(Deserialize, Row)]
/// struct Customer {
///     name: String,
/// }
///
/// assert_eq!(
///     Order::SELECT,
///     "id,items(sku,amount),customer:customers!orders_customer_fkey(name)"
/// );
/// ```
///
/// Rows that embed each other would have no end, and do not compile. Embed a smaller row of the same
/// table: a struct of its own.
///
/// ```compile_fail
/// # use serde::Deserialize;
/// # use supabase_task::prelude::*;
/// #[derive(Deserialize, Row)]
/// struct Team {
///     #[row(embed)]
///     members: Vec<Member>,
/// }
///
/// #[derive(Deserialize, Row)]
/// struct Member {
///     #[row(embed)]
///     teams: Vec<Team>,
/// }
/// ```
///
/// The constant of such a field is an `Embedded`, for `TypedQuery::embedded`, which filters, sorts
/// and limits the rows in it.
#[proc_macro_derive(Row, attributes(row))]
pub fn row(item: TokenStream) -> TokenStream {
    row::expand(item.into()).into()
}
