//! Everything a file of tasks needs: `use supabase_task::prelude::*;`.

pub use serde_json::json;
pub use supabase_task_macros::{DatabaseRole, Row, supabase_task};

pub use crate::auth::DatabaseRole;
pub use crate::client::{AnonClient, RoleClient, Row, ServiceClient, UserClient};
#[cfg(feature = "postgres")]
pub use crate::engine::postgres::sqlx_0_9::TriggerWithin as _;
#[cfg(feature = "sql")]
pub use crate::sql::{AnonDatabase, RoleDatabase, ServiceDatabase, UserDatabase};
pub use crate::supabase::Supabase;
pub use crate::task::{CatchError, State, Task, TaskContext, TaskError, TaskResult, Tick};
pub use crate::user_id::UserId;
