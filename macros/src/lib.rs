//! The [`macro@supabase_task`] attribute and the derives [`macro@Row`] and [`macro@DatabaseRole`]. Use them through the
//! `supabase-task` crate, which re-exports them.

#![forbid(unsafe_code)]

mod check;
mod cron;
mod errors;
mod expand;
mod fallback;
mod input;
mod items;
mod model;
mod options;
mod role;
mod row;
mod size;
mod suggest;
mod task;
#[cfg(test)]
mod tests;
mod values;

use proc_macro::TokenStream;

/// Turns an `async fn` into a task, which runs with a Supabase client of exactly one identity.
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
///         .insert(json!({ "user_id": payload.user_id, "title": payload.title }))
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
/// The function stays as written, so you can call it with a client of your own, for example in a
/// unit test. The macro adds a type of the same name that implements `Task`; `add_todo::run` above
/// belongs to it.
///
/// # The signature
///
/// - The **first** argument is the payload. Its type must be `Serialize + DeserializeOwned + Send +
///   'static`. Write `_payload: ()` if the task needs none.
/// - **All other** arguments are injected through `FromTask`: the client of the task's auth mode,
///   `TaskContext`, `State<T>`, and any other type that implements it.
/// - The return type is a `Result`, usually `TaskResult<T>`. `T` is `Serialize`.
///
/// # Options
///
/// | option | value | default |
/// | --- | --- | --- |
/// | `auth` | `"user"`, `"service"`, `"anon"` or `"role"` | none, it is required |
/// | `role` | with `auth = "role"`: the role, a type with [`#[derive(DatabaseRole)]`](macro@DatabaseRole) | none |
/// | `id` | the task's id, unique in the program | the function's name; for a function named `run`, its module's |
/// | `user` | an expression over the payload that gives the user's id | `payload.user_id`; none for a role |
/// | [`retry`](#retry) | `retry(…)`: whether and when a failed attempt is retried | three attempts |
/// | [`max_duration`](#durations) | a duration: how long one attempt may take | no limit |
/// | [`queue`](#queue-and-concurrency_key) | a name, or `queue(…)`: the queue that its runs wait in, and how many run at once | a queue of its own, without a limit |
/// | [`concurrency_key`](#queue-and-concurrency_key) | an expression over the payload: runs with the same key share one limit | one limit for all runs |
/// | [`schedule`](#schedule-and-timezone) | a cron expression of five fields: when the task runs automatically | never |
/// | [`timezone`](#schedule-and-timezone) | the IANA name of the schedule's time zone | `"UTC"` |
/// | [`ttl`](#durations) | a duration: how long a run may wait to start before it expires | forever |
/// | [`priority`](#priority) | by how many whole seconds its runs go ahead of others, up to 31,536,000 (a year) | `0` |
/// | [`on_start`](#hooks), `on_success`, `on_failure`, `on_complete`, `catch_error` | the name of an `async fn` to call at that point of a run | none |
/// | `crate` | an absolute path to this crate, if you renamed it | `::supabase_task` |
///
/// The options from `retry` on say how an engine runs the task; `run` calls it once, immediately.
/// They are checked at compile time and are available as `Task::OPTIONS`. They mean the same as in
/// [Trigger.dev](https://trigger.dev/docs/tasks/overview).
///
/// ## `auth`
///
/// `"user"` signs a JWT for the payload's user, so Row Level Security applies; `"service"` uses the
/// secret (service role) key and bypasses it; `"anon"` acts as a visitor who is not signed in.
/// Taking the client of another mode does not compile:
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
/// The expression's type must be `UserId` or `uuid::Uuid`, because a JWT's `sub` must be a UUID for
/// `auth.uid()` to work.
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
///     supabase.rpc("transfer", json!({ "to": payload.to })).await?;
///     Ok(())
/// }
/// ```
///
/// ## `retry`
///
/// | part | value | default |
/// | --- | --- | --- |
/// | `max_attempts` | the number of attempts, including the first: 1 to 250 | `3` |
/// | `factor` | the factor by which the wait grows from one attempt to the next: 1 or more | `2.0` |
/// | `min` | a duration: the wait after the first attempt | `"1s"` |
/// | `max` | a duration: the longest wait | `"1m"` |
/// | `jitter` | whether each wait is made up to twice as long, at random | `true` |
/// | `none` | on its own: one attempt, no retries | |
///
/// An error can rule out further attempts, or set the time of the next one: see `TaskError`.
///
/// ```
/// # use supabase_task::prelude::*;
/// #[supabase_task(auth = "service", retry(max_attempts = 10, factor = 1.8, min = "500ms"))]
/// async fn sync(_payload: (), supabase: ServiceClient) -> TaskResult<()> {
///     Ok(())
/// }
///
/// #[supabase_task(auth = "service", retry(none))]
/// async fn charge(_payload: (), supabase: ServiceClient) -> TaskResult<()> {
///     Ok(())
/// }
/// assert_eq!(sync::OPTIONS.retry_policy().attempts(), 10);
/// assert_eq!(charge::OPTIONS.retry_policy().attempts(), 1);
/// ```
///
/// ## Durations
///
/// A duration is a string of whole numbers and units, from large to small, each at most once: `w`,
/// `d`, `h`, `m`, `s` and `ms`, as in `"90s"`, `"1h30m"` or `"2w"`. It must be longer than zero,
/// and at most a year.
///
/// ```
/// # use std::time::Duration;
/// # use supabase_task::prelude::*;
/// #[supabase_task(auth = "service", max_duration = "1m30s", ttl = "1d")]
/// async fn digest(_payload: (), supabase: ServiceClient) -> TaskResult<()> {
///     Ok(())
/// }
/// assert_eq!(digest::OPTIONS.longest_attempt(), Some(Duration::from_secs(90)));
/// assert_eq!(digest::OPTIONS.time_to_live(), Some(Duration::from_secs(24 * 60 * 60)));
/// ```
///
/// ## `queue` and `concurrency_key`
///
/// `queue = "mail"` names a queue, which several tasks can share. `queue(name = "mail",
/// concurrency_limit = 5)` also limits how many of its runs may run at once, across all workers: 1
/// to 100,000. Without `name`, the queue is the task's own and is named after its id. Queue names
/// use the same alphabet as ids.
///
/// With `concurrency_key`, the limit applies to each key separately. The key's type implements
/// `Display`, and keys are compared by their text.
///
/// ```
/// # use serde::{Deserialize, Serialize};
/// # use supabase_task::prelude::*;
/// #[derive(Serialize, Deserialize)]
/// struct SendMail {
///     team: u64,
/// }
///
/// /// Two at once for each team.
/// #[supabase_task(
///     auth = "service",
///     queue(name = "mail", concurrency_limit = 2),
///     concurrency_key = payload.team
/// )]
/// async fn send_mail(payload: SendMail, supabase: ServiceClient) -> TaskResult<()> {
///     Ok(())
/// }
/// assert_eq!(send_mail::concurrency_key(&SendMail { team: 7 }).as_deref(), Some("7"));
/// ```
///
/// ## `schedule` and `timezone`
///
/// The five fields of a cron expression are minute, hour, day of the month, month and day of the
/// week. A field is `*`, a value, a list `1,2`, a range `1-5`, or steps `*/15`. Days of the week
/// are `0` to `7`, where `0` and `7` are Sunday, or `SUN` to `SAT`; months can also be `JAN` to
/// `DEC`; `L` is the last day of a month. `@hourly`, `@daily`, `@weekly`, `@monthly` and `@yearly`
/// stand for all five fields. If both a day of the month and a day of the week are given, either
/// one is enough, as in Unix. There is no field for seconds.
///
/// When clocks go forward, a time that falls into the gap runs at the first instant after it; all
/// times in the same gap make one run. When clocks go back, a time that occurs twice runs only the
/// first time. A schedule for every hour, such as `*/15 * * * *` or `0 * * * *`, follows real time
/// instead: it skips what the clock skips, and runs in both of the repeated hours. `*/2` as the
/// hour does not count as every hour; it stands for 0, 2, 4 and so on.
///
/// The payload is `()` or a `Tick`, which holds the time that the schedule named. A schedule has no
/// user, so the task's mode is `"service"` or `"anon"`; a service client can act as any user with
/// `act_as`. A worker checks on startup that the time zone exists. If it does not, the worker
/// refuses to start, unless `Worker::skip_invalid_schedules` tells it to leave such schedules out.
///
/// ```
/// # use supabase_task::prelude::*;
/// #[supabase_task(auth = "service", schedule = "0 3 * * MON-FRI", timezone = "Europe/Berlin")]
/// async fn sweep(tick: Tick, supabase: ServiceClient) -> TaskResult<()> {
///     let due = tick.timestamp.to_rfc3339();
///     supabase.from("todos").delete().lt("due", due).await?;
///     Ok(())
/// }
/// ```
///
/// ## `priority`
///
/// With `priority = 10`, a run starts before others that were triggered up to ten seconds earlier,
/// as if it had been triggered ten seconds earlier itself.
///
/// ```
/// # use supabase_task::prelude::*;
/// #[supabase_task(auth = "anon", priority = 10)]
/// async fn greet(name: String, supabase: AnonClient) -> TaskResult<()> {
///     Ok(())
/// }
/// assert_eq!(greet::OPTIONS.priority_seconds(), 10);
/// ```
///
/// ## Hooks
///
/// | option | called | with |
/// | --- | --- | --- |
/// | `on_start` | before the task's function, in the first attempt of a run | `HookContext<'_, T>` |
/// | `on_success` | when the run has succeeded | also `&Output` |
/// | `on_failure` | when the run has failed for good | also `&TaskError` |
/// | `on_complete` | after either of the two | also `Result<&Output, &TaskError>` |
/// | `catch_error` | when an attempt has failed; it decides what happens next | also `&TaskError` |
///
/// Hooks return `()` or a `Result` of it; `catch_error` returns a `CatchError` or a `Result` of
/// one. `T` is the task. A hook that is generic over `T` can be used for every task.
///
/// ```
/// # use supabase_task::prelude::*;
/// use supabase_task::task::{CatchError, HookContext};
///
/// #[supabase_task(auth = "service", on_failure = notify, catch_error = judge)]
/// async fn charge(_payload: (), supabase: ServiceClient) -> TaskResult<u64> {
///     Ok(supabase.from("charges").select("*").head().await?)
/// }
///
/// async fn notify<T: Task>(hook: HookContext<'_, T>, error: &TaskError) {
///     eprintln!("{} failed in {}: {error}", T::ID, hook.context().run_id());
/// }
///
/// async fn judge(hook: HookContext<'_, charge>, _error: &TaskError) -> CatchError {
///     match hook.context().attempt() {
///         1 => CatchError::Default,
///         _ => CatchError::SkipRetrying,
///     }
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

/// Makes a struct a row of a table: its fields are the columns to select and to filter by.
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
///     supabase.table::<Todo>().filter(Todo::done.eq(false)).order(Todo::id.desc()).rows().await?;
/// # Ok(todos)
/// # }
/// ```
///
/// The struct must also derive `serde::Deserialize`, which reads the rows. This derive adds:
///
/// - an impl of the trait `Row`, with the table and the select list: `id,title,done,note,tags`;
/// - **one constant for each field**, with the field's name and visibility: `Todo::done` is a
///   `Column<Todo, bool>`, with the operators of a `bool`. Constants share a namespace with
///   methods, so `Todo` cannot also have a method `done`.
///
/// Use an `Option` for a column that can be NULL, a `Vec` for an array, and a `serde_json::Value`
/// or a type of your own for `jsonb`. To filter by an enum or another type of your own, implement
/// `FilterValue` for it.
///
/// # Options of the struct
///
/// | option | value | default |
/// | --- | --- | --- |
/// | `table` | the table or view | the struct's name in snake case, with an `s`: `TodoItem` is read from `todo_items` |
/// | `schema` | the table's schema, which the API must expose | `"public"` |
/// | `crate` | an absolute path to this crate, if you renamed it | `::supabase_task` |
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
/// | `cast` | the type that the server casts it to | none |
/// | `embed` | the related table, with hints | the field's key in JSON |
///
/// The key in JSON is the one that serde uses: the field's name, `#[serde(rename = "…")]` or
/// `#[serde(rename_all = "…")]`. A field with `#[serde(skip)]` is not selected.
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
///     // Reads `numeric` without loss. Filters compare the column itself, not the cast value.
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
/// The field holds rows of a related table: a `Vec<Item>` holds the rows that refer to this row, an
/// `Option<Item>` or `Item` the one that it refers to. `Item` is a row itself, and its fields are
/// the columns to select.
///
/// The embed is named after the field. Give the related table if it has another name, the foreign
/// key after a `!` if there are several, and `!inner` to leave out rows that have no related row.
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
/// Rows that embed each other would nest endlessly, and do not compile. Embed another, smaller
/// struct that reads the same table.
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
/// The constant of such a field is an `Embedded`. Pass it to `TypedQuery::embedded` to filter, sort
/// and limit the embedded rows.
#[proc_macro_derive(Row, attributes(row))]
pub fn row(item: TokenStream) -> TokenStream {
    row::expand(item.into()).into()
}

/// Makes a unit struct a role of the database, between a user and the service role.
///
/// ```
/// use serde::Deserialize;
/// use supabase_task::prelude::*;
///
/// #[derive(Deserialize, Row)]
/// struct Order {
///     id: i64,
///     status: String,
///     shipped_at: Option<String>,
/// }
///
/// #[derive(Deserialize, Row)]
/// struct Report {
///     id: i64,
/// }
///
/// /// Reads orders, marks them as shipped, and writes reports. Nothing else.
/// #[derive(DatabaseRole)]
/// #[role(
///     name = "reporter",
///     select(Order, Report),
///     insert(Report),
///     update(Order: status, shipped_at)
/// )]
/// struct Reporter;
///
/// #[supabase_task(auth = "role", role = Reporter)]
/// async fn count_orders(_payload: (), supabase: RoleClient<Reporter>) -> TaskResult<u64> {
///     Ok(supabase.table::<Order>().count().await?)
/// }
/// ```
///
/// | option | value | default |
/// | --- | --- | --- |
/// | `name` | the role's name in the database | the struct's name in snake case |
/// | `select(…)` | the rows whose tables it may read | none |
/// | `insert(…)` | those that it may insert into | none |
/// | `update(…)` | those that it may update | none |
/// | `delete(…)` | those that it may delete from | none |
/// | `crate` | an absolute path to this crate, if you renamed it | `::supabase_task` |
///
/// A row is a type with [`#[derive(Row)]`](macro@Row). After a `:` come the columns that the privilege is
/// limited to, by the names of the row's fields: `update(Order: status, shipped_at)`. Such a list has one
/// row; write the privilege again for the next.
///
/// `supabase.table::<Order>()` of a [`RoleClient`] then has the methods that the role declares for
/// `Order`, and no others:
///
/// ```compile_fail
/// # use serde::Deserialize;
/// # use supabase_task::prelude::*;
/// # #[derive(Deserialize, Row)]
/// # struct Order { id: i64 }
/// #[derive(DatabaseRole)]
/// #[role(name = "reporter", select(Order))]
/// struct Reporter;
///
/// async fn clear(supabase: RoleClient<Reporter>) -> TaskResult<()> {
///     supabase.table::<Order>().delete().all_rows().await?;
///     Ok(())
/// }
/// ```
///
/// The same declaration makes the grants: the command `roles sql` of your program prints the migration, and
/// `roles check` compares a database with it.
///
/// A filter or a `returning` reads columns, so a role that updates or deletes rows by a filter needs
/// `select` as well.
///
/// The names of PostgreSQL's and Supabase's own roles are refused.
///
/// [`RoleClient`]: https://docs.rs/supabase-task/latest/supabase_task/type.RoleClient.html
#[proc_macro_derive(DatabaseRole, attributes(role))]
pub fn database_role(item: TokenStream) -> TokenStream {
    role::expand(item.into()).into()
}

/// Puts the items of a task next to its type. The expansion of [`macro@supabase_task`] uses it.
#[doc(hidden)]
#[proc_macro_attribute]
pub fn task_items(items: TokenStream, structure: TokenStream) -> TokenStream {
    structure.into_iter().chain(items).collect()
}
