//! Where a task can be declared, and which visibility it can have.

use supabase_task::prelude::*;

mod tasks {
    use supabase_task::prelude::*;

    #[supabase_task(auth = "service")]
    pub(crate) async fn of_the_crate(_payload: (), _supabase: ServiceClient) -> TaskResult<()> {
        Ok(())
    }

    #[supabase_task(auth = "service")]
    pub(in crate::tasks) async fn of_the_module(
        _payload: (),
        _supabase: ServiceClient,
    ) -> TaskResult<()> {
        Ok(())
    }

    pub fn id() -> &'static str {
        of_the_module::ID
    }
}

/// A private payload is fine in a private task.
#[derive(serde::Serialize, serde::Deserialize)]
struct Private;

#[supabase_task(auth = "service")]
async fn private(_payload: Private, _supabase: ServiceClient) -> TaskResult<()> {
    Ok(())
}

macro_rules! task {
    ($name:ident, $auth:literal, $client:ty) => {
        #[supabase_task(auth = $auth)]
        async fn $name(_payload: (), _supabase: $client) -> TaskResult<()> {
            Ok(())
        }
    };
}

task!(from_a_macro, "service", ServiceClient);

fn main() {
    #[supabase_task(auth = "service")]
    async fn inside_a_fn(_payload: (), _supabase: ServiceClient) -> TaskResult<()> {
        Ok(())
    }

    // One name imports both the function and the task.
    use tasks::of_the_crate;
    let _ = of_the_crate;
    assert_eq!(of_the_crate::ID, "of_the_crate");
    assert_eq!(tasks::id(), "of_the_module");
    assert_eq!(private::ID, "private");
    assert_eq!(inside_a_fn::ID, "inside_a_fn");
    assert_eq!(from_a_macro::ID, "from_a_macro");
    assert_eq!(supabase_task::task::linked_tasks().count(), 5);
}
