//~ errors: 3

use serde::{Deserialize, Serialize};
use supabase_task::prelude::*;

#[derive(Serialize, Deserialize)]
pub struct AddTodo {
    user_id: UserId,
}

macro_rules! task {
    ($name:ident, $payload:ty, $argument:ty, $returns:ty) => {
        #[supabase_task(auth = "user")]
        async fn $name(_payload: $payload, _argument: $argument) -> $returns {
            Ok(Default::default())
        }
    };
}

task!(reference, &AddTodo, UserClient, TaskResult<()>);
task!(nobody, (), UserClient, TaskResult<()>);
task!(no_client, AddTodo, State<u8>, TaskResult<()>);

fn main() {}
