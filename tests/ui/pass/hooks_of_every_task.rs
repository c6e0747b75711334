//! Hooks that are generic over tasks, and hooks given by path.

use supabase_task::prelude::*;

mod hooks {
    use std::fmt::Debug;

    use supabase_task::task::{CatchError, HookContext, Task, TaskError, TaskOutput};

    pub async fn announce<T: Task>(hook: HookContext<'_, T>) {
        println!("{} of {} begins", hook.context().run_id(), T::ID);
    }

    pub async fn report<T: Task<Payload: Debug>>(
        hook: HookContext<'_, T>,
        result: Result<&TaskOutput<T>, &TaskError>,
    ) {
        println!("{:?}: {}", hook.payload(), result.is_ok());
    }

    pub async fn give_up<T>(_hook: HookContext<'_, T>, _error: &TaskError) -> CatchError
    where
        T: Task,
    {
        CatchError::SkipRetrying
    }

    /// For any output: an `impl Trait` argument.
    pub async fn print<T: Task>(_hook: HookContext<'_, T>, output: &impl Debug) {
        println!("{output:?}");
    }

    /// Not an `async fn`, but equivalent to one.
    pub fn by_hand<'a, T: Task>(
        _hook: HookContext<'a, T>,
        error: &'a TaskError,
    ) -> impl Future<Output = ()> + Send + 'a {
        async move { println!("{error}") }
    }
}

#[supabase_task(
    auth = "service",
    on_start = hooks::announce,
    on_success = crate::hooks::print,
    on_failure = self::hooks::by_hand,
    on_complete = hooks::report::<count_todos>,
    catch_error = hooks::give_up
)]
async fn count_todos(_payload: (), supabase: ServiceClient) -> TaskResult<u64> {
    Ok(supabase.from("todos").select("*").head().await?)
}

mod visits {
    use supabase_task::prelude::*;

    use super::hooks;

    // The same names as the arguments that hooks are called with.
    #[supabase_task(auth = "anon", on_start = hook, on_complete = result)]
    pub async fn run(day: String, supabase: AnonClient) -> TaskResult<Vec<String>> {
        supabase.from("visits").insert(&day).await?;
        Ok(vec![day])
    }

    use hooks::{announce as hook, report as result};
}

fn main() {
    assert_eq!((count_todos::ID, visits::run::ID), ("count_todos", "visits"));
}
