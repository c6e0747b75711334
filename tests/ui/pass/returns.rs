//! Any `Result` whose error is an error, by any name.

use std::fmt;

use supabase_task::prelude::*;
use supabase_task::task::TaskOutput;

#[derive(Debug)]
struct Failed;

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("failed")
    }
}

impl std::error::Error for Failed {}

/// A user-defined error may decide what happens next.
impl From<Failed> for TaskError {
    fn from(failed: Failed) -> Self {
        Self::abort(failed)
    }
}

type Outcome<T> = Result<T, Failed>;

#[supabase_task(auth = "service")]
async fn anyhow_result(_payload: (), supabase: ServiceClient) -> anyhow::Result<u32> {
    supabase.from("todos").delete().eq("done", true).await?;
    let number = "3".parse()?;
    Ok(number)
}

#[supabase_task(auth = "service")]
async fn own_error(_payload: (), _supabase: ServiceClient) -> Result<(), Failed> {
    Err(Failed)
}

#[supabase_task(auth = "service")]
async fn own_conversion(_payload: (), _supabase: ServiceClient) -> TaskResult<()> {
    let outcome: Outcome<()> = Err(Failed);
    Ok(outcome?)
}

#[supabase_task(auth = "service")]
async fn alias(_payload: (), _supabase: ServiceClient) -> Outcome<Vec<String>> {
    Ok(Vec::new())
}

#[supabase_task(auth = "service")]
async fn text(_payload: (), _supabase: ServiceClient) -> Result<(), String> {
    Err(String::from("no"))
}

#[supabase_task(auth = "service")]
async fn boxed(
    _payload: (),
    _supabase: ServiceClient,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    Ok("7".parse().map(|_: u8| ())?)
}

/// Compiles only if the task's output is the named type.
fn output<T: Task<Return: supabase_task::task::TaskReturn<Output = O>>, O>() {
    fn same<T>(_: Option<T>, _: Option<T>) {}
    same::<O>(None, None::<TaskOutput<T>>);
}

fn main() {
    output::<anyhow_result, u32>();
    output::<own_error, ()>();
    output::<own_conversion, ()>();
    output::<alias, Vec<String>>();
    output::<text, ()>();
    output::<boxed, ()>();
    assert_eq!(alias::ID, "alias");
}
