pub(crate) async fn sweep(
    _payload: (),
    supabase: ServiceClient,
    ctx: TaskContext,
) -> TaskResult<u64> {
    Ok(supabase.from("todos").delete().eq("done", true).count().await?)
}
/// The task [`sweep()`]: run it with `sweep::run(&supabase, payload)`.
#[allow(
    dead_code,
    missing_copy_implementations,
    missing_debug_implementations,
    non_camel_case_types
)]
pub(crate) struct sweep {}
const _: () = {
    use ::supabase_task::__private as __p;
    #[allow(deprecated)]
    #[automatically_derived]
    impl __p::Task for sweep {
        const ID: &'static __p::str = "todos.sweep";
        const TAKES_DATABASE: __p::bool = <ServiceClient as __p::FromTask<
            __p::Service,
        >>::TAKES_DATABASE
            | <TaskContext as __p::FromTask<__p::Service>>::TAKES_DATABASE;
        type Auth = __p::Service;
        type Payload = ();
        type Return = TaskResult<u64>;
        fn identity(_: &()) {}
        async fn call(
            __request: __p::TaskRequest<__p::Service>,
            __payload: Self::Payload,
        ) -> __p::TaskResult<Self::Return> {
            let __argument1 = <ServiceClient as __p::FromTask<
                __p::Service,
            >>::inject(&__request)
                .await?;
            let __argument2 = <TaskContext as __p::FromTask<
                __p::Service,
            >>::inject(&__request)
                .await?;
            __p::TaskResult::Ok(sweep(__payload, __argument1, __argument2).await)
        }
    }
    __p::inventory::submit! {
        __p::TaskEntry::of:: < sweep > (__p::file!(), __p::line!())
    }
};
