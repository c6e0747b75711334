//! Two tasks with the same id compile. They are reported at startup, with both places.

use supabase_task::prelude::*;

mod todos {
    use supabase_task::prelude::*;

    #[supabase_task(auth = "anon", id = "sweep")]
    pub async fn sweep(_payload: (), _supabase: AnonClient) -> TaskResult<()> {
        Ok(())
    }
}

mod users {
    use supabase_task::prelude::*;

    #[supabase_task(auth = "anon", id = "sweep")]
    pub async fn clean_up(_payload: (), _supabase: AnonClient) -> TaskResult<()> {
        Ok(())
    }
}

fn main() {
    let built = Supabase::builder().url("http://127.0.0.1:54321").build();

    let error = built.expect_err("two tasks have one id").to_string();
    assert!(error.contains("task id `sweep` is registered twice"), "{error}");
    assert!(error.contains("same_id_twice.rs:9"), "{error}");
    assert!(error.contains("same_id_twice.rs:18"), "{error}");
    assert_eq!(todos::sweep::ID, users::clean_up::ID);
}
