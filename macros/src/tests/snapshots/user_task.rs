/// Adds a todo as the user who asked for it.
pub async fn add_todo(payload: AddTodo, supabase: UserClient) -> TaskResult<Todo> {
    let row = json!({ "user_id" : payload.user_id, "title" : payload.title });
    Ok(supabase.from("todos").insert(&row).select("id,title").single().await?)
}
/// The task [`add_todo()`]: run it with `add_todo::run(&supabase, payload)`.
#[allow(
    dead_code,
    missing_copy_implementations,
    missing_debug_implementations,
    non_camel_case_types
)]
pub struct add_todo {}
const _: () = {
    use ::supabase_task::__private as __p;
    #[allow(deprecated)]
    #[automatically_derived]
    impl __p::Task for add_todo {
        const ID: &'static __p::str = "add_todo";
        const TAKES_DATABASE: __p::bool = <UserClient as __p::FromTask<
            __p::User,
        >>::TAKES_DATABASE;
        type Auth = __p::User;
        type Payload = AddTodo;
        type Return = TaskResult<Todo>;
        fn identity(payload: &AddTodo) -> __p::UserId {
            let payload = __p::PayloadNeedsFieldUserIdOrOptionUser::new(payload);
            let user = &payload.user_id;
            __p::TaskUser::user_id(user)
        }
        async fn call(
            __request: __p::TaskRequest<__p::User>,
            __payload: Self::Payload,
        ) -> __p::TaskResult<Self::Return> {
            let __argument1 = <UserClient as __p::FromTask<
                __p::User,
            >>::inject(&__request)
                .await?;
            __p::TaskResult::Ok(add_todo(__payload, __argument1).await)
        }
    }
    __p::inventory::submit! {
        __p::TaskEntry::of:: < add_todo > (__p::file!(), __p::line!())
    }
};
