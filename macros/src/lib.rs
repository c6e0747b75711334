//! The [`macro@supabase_task`] attribute and the derive [`macro@Row`]. Use them through the
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
mod row;
mod size;
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
/// | [`retry`](#retry) | `retry(…)`: when a failed attempt is made again | three attempts |
/// | [`max_duration`](#durations) | a duration: how long one attempt may take | no limit |
/// | [`queue`](#queue-and-concurrency_key) | a name, or `queue(…)`: where its runs wait, and how many run at once | a queue of its own without a limit |
/// | [`concurrency_key`](#queue-and-concurrency_key) | an expression over the payload: which of the queue's limits a run counts for | one limit for all |
/// | [`schedule`](#schedule-and-timezone) | a cron line of five fields: when it is run by itself | never |
/// | [`timezone`](#schedule-and-timezone) | the IANA name of the time zone of the schedule | `"UTC"` |
/// | [`ttl`](#durations) | a duration: how long a run may wait to be started before it expires | for ever |
/// | [`priority`](#priority) | whole seconds by which its runs are put before others, up to 31,536,000 (a year) | `0` |
/// | [`on_start`](#hooks), `on_success`, `on_failure`, `on_complete`, `catch_error` | the name of an `async fn` that is called beside the task's own | none |
/// | `crate` | an absolute path to this crate, when it was renamed | `::supabase_task` |
///
/// From `retry` on, they say how an engine runs the task; `run` calls it once, at once. They are
/// checked when they are compiled, and are there as values: `Task::OPTIONS`. Their meanings are
/// those of [Trigger.dev](https://trigger.dev/docs/tasks/overview).
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
///     supabase.rpc("transfer", json!({ "to": payload.to })).await?;
///     Ok(())
/// }
/// ```
///
/// ## `retry`
///
/// | part | value | default |
/// | --- | --- | --- |
/// | `max_attempts` | how many attempts in all, the first one counted: 1 to 250 | `3` |
/// | `factor` | by what the wait grows from one attempt to the next: 1 or more | `2.0` |
/// | `min` | a duration: the wait after the first attempt | `"1s"` |
/// | `max` | a duration: the longest wait | `"1m"` |
/// | `jitter` | whether waits are made up to twice as long by chance | `true` |
/// | `none` | alone: one attempt, no retry | |
///
/// An error that says so is not retried at all, or after a time of its own: see `TaskError`.
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
/// A duration is a text of whole numbers and their units, from large to small, each once: `w`, `d`,
/// `h`, `m`, `s` and `ms`, as in `"90s"`, `"1h30m"` or `"2w"`. It is more than nothing, and at most a
/// year.
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
/// `queue = "mail"` names a queue, which tasks can share. `queue(name = "mail", concurrency_limit =
/// 5)` also says how many of its runs may run at once, on all workers together: 1 to 100,000. Without
/// `name` it is the task's own queue, of the name of its id. A queue's name has the same alphabet as
/// an id.
///
/// With `concurrency_key`, each value of the key has the limit for itself. Its type implements
/// `Display`, and values are told apart by their text.
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
/// The five fields of a line are minute, hour, day of the month, month and day of the week. A field
/// is `*`, a value, a list `1,2`, a range `1-5`, or steps `*/15`. Days of the week are `0` to `7`,
/// where `0` and `7` are Sunday, or `SUN` to `SAT`; months also `JAN` to `DEC`; `L` is the last day of
/// a month. `@hourly`, `@daily`, `@weekly`, `@monthly` and `@yearly` stand for a whole line. When both
/// days are given, either is enough, as in Unix. There are no seconds.
///
/// When the clock is set forward, a time that it leaves out is run at the first instant after the
/// gap; all times in the gap together are one run. When it is set back, a time that comes twice is
/// run the first time only. A schedule for every hour, such as `*/15 * * * *` or `0 * * * *`, goes on
/// in real time: it leaves out what the clock leaves out, and is run in both of the two hours.
/// `*/2` as the hour is not every hour; it stands for 0, 2, 4 and so on.
///
/// The payload is a `Tick`, which tells the time that the schedule named, or `()`. A schedule has no
/// user, so the task's mode is `"service"` or `"anon"`; a service client acts as any user with
/// `act_as`. That the time zone exists is checked when a worker starts; it refuses to start
/// otherwise, unless `Worker::skip_invalid_schedules` says that it leaves such schedules out.
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
/// With `priority = 10` a run is started before others that were triggered up to ten seconds
/// earlier, as if it had been triggered then itself.
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
/// | `on_start` | before the task's fn, in the first attempt of a run | `HookContext<'_, T>` |
/// | `on_success` | when the run succeeded | also `&Output` |
/// | `on_failure` | when the run failed for good | also `&TaskError` |
/// | `on_complete` | after either of the two | also `Result<&Output, &TaskError>` |
/// | `catch_error` | when an attempt failed: decides what comes next | also `&TaskError` |
///
/// They return nothing or a `Result` of nothing; `catch_error` a `CatchError` or a `Result` of one.
/// `T` is the task. A hook that is generic over it can be the hook of every task.
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

/// Puts the items of a task beside its type. The attribute [`macro@supabase_task`] writes it.
#[doc(hidden)]
#[proc_macro_attribute]
pub fn task_items(items: TokenStream, structure: TokenStream) -> TokenStream {
    structure.into_iter().chain(items).collect()
}
