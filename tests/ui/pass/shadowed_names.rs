//! A module that shadows the names that careless generated code would use.

#![allow(dead_code, non_camel_case_types, unused_imports, unused_macros)]

use serde::{Deserialize, Serialize};
use supabase_task::UserId;

#[derive(Serialize, Deserialize)]
pub struct AddTodo {
    pub user_id: UserId,
}

mod todos {
    use ::supabase_task::prelude::{ServiceClient, Task, TaskContext, UserClient, supabase_task};

    use super::AddTodo;

    pub struct Option;
    pub struct Result;
    pub struct Some;
    pub struct None;
    pub struct Ok;
    pub struct Err;
    pub struct String;
    pub struct Vec;
    pub struct Box;
    pub struct str;
    pub struct UserId;
    pub struct User;
    pub struct Service;
    pub struct TaskEntry;
    pub trait Send {}
    pub trait Sync {}
    pub trait Future {}
    pub trait Into {}
    pub trait From {}
    pub trait FromTask {}
    pub trait TaskReturn {}
    pub trait TaskUser {}
    pub mod core {}
    pub mod std {}
    pub mod alloc {}
    pub mod inventory {}
    pub mod supabase_task {}
    pub mod __private {}
    pub fn drop() {}
    pub fn inject() {}
    pub fn user_id() {}
    pub fn hook() {}
    pub fn catch_error() {}
    pub struct Duration;
    pub struct Tick;
    pub struct TaskOptions;
    pub struct Hooks;
    macro_rules! file {
        () => {
            compile_error!("not this one")
        };
    }
    macro_rules! line {
        () => {
            compile_error!("not this one")
        };
    }
    macro_rules! module_path {
        () => {
            compile_error!("not this one")
        };
    }
    pub(crate) use {file, line, module_path};

    #[supabase_task(auth = "user")]
    pub async fn add_todo(
        payload: AddTodo,
        supabase: UserClient,
    ) -> ::supabase_task::task::TaskResult<()> {
        supabase.from("todos").insert(&payload).await?;
        ::core::result::Result::Ok(())
    }

    #[supabase_task(auth = "user", user = payload.user_id)]
    pub async fn share_todo(
        payload: AddTodo,
        supabase: UserClient,
    ) -> ::core::result::Result<(), ::supabase_task::TaskError> {
        supabase.from("todos").insert(&payload).await?;
        ::core::result::Result::Ok(())
    }

    pub async fn hooks(_: ::supabase_task::task::HookContext<'_, sweep_todos>) {}

    pub async fn error(
        _: ::supabase_task::task::HookContext<'_, sweep_todos>,
        _: &::supabase_task::TaskError,
    ) -> ::supabase_task::task::CatchError {
        ::supabase_task::task::CatchError::SkipRetrying
    }

    #[supabase_task(
        auth = "service",
        retry(min = "1s"),
        max_duration = "1m",
        queue(concurrency_limit = 1),
        concurrency_key = "none".len(),
        schedule = "0 3 * * *",
        timezone = "UTC",
        on_start = hooks,
        catch_error = error
    )]
    pub async fn sweep_todos(
        __payload: ::supabase_task::prelude::Tick,
        __request: ServiceClient,
    ) -> ::supabase_task::task::TaskResult<()> {
        ::core::result::Result::Ok(())
    }

    /// One task per module: its id is made from the module's path.
    pub mod digest {
        use super::*;
        use ::supabase_task::prelude::supabase_task;

        #[supabase_task(auth = "service")]
        pub async fn run(
            __payload: (),
            __request: ServiceClient,
            __argument1: TaskContext,
        ) -> ::supabase_task::task::TaskResult<()> {
            ::core::result::Result::Ok(())
        }
    }

    pub fn ids() -> [&'static ::core::primitive::str; 4] {
        [add_todo::ID, share_todo::ID, sweep_todos::ID, digest::run::ID]
    }
}

fn main() {
    assert_eq!(todos::ids(), ["add_todo", "share_todo", "sweep_todos", "digest"]);
}
