pub fn add_todo(payload: AddTodo, supabase: &UserClient) -> TaskResult<Todo> {
    todo
}
/// The task [`add_todo()`]: run it with `add_todo::run(&supabase, payload)`.
#[allow(
    dead_code,
    missing_copy_implementations,
    missing_debug_implementations,
    non_camel_case_types
)]
pub struct add_todo {}
::core::compile_error! {
    "unknown auth mode `usr`; did you mean `\"user\"`? (expected `\"user\"`, `\"service\"`, `\"anon\"` or `\"role\"`)"
}
::core::compile_error! {
    "duplicate `auth`: keep one of the two"
}
::core::compile_error! {
    "a task id is 1 to 128 of `a-z A-Z 0-9 - _ . /`; found a space"
}
::core::compile_error! {
    "a task must be an `async fn`"
}
::core::compile_error! {
    "arguments are injected by value: write `UserClient` without the `&`"
}
const _: () = {
    use ::supabase_task::__private as __p;
    #[automatically_derived]
    impl __p::Task for add_todo {
        const ID: &'static __p::str = __p::REJECTED;
        type Auth = __p::Anon;
        type Payload = AddTodo;
        type Return = TaskResult<Todo>;
        fn identity(_: &Self::Payload) {}
        async fn call(
            _: __p::TaskRequest<__p::Anon>,
            _: Self::Payload,
        ) -> __p::TaskResult<Self::Return> {
            __p::rejected()
        }
    }
};
