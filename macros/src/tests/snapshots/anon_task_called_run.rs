pub async fn run(payload: Visit, supabase: AnonClient) -> TaskResult<()> {
    supabase.from("visits").insert(&payload).await?;
    Ok(())
}
/// The task [`run()`]: run it with `run::run(&supabase, payload)`.
#[allow(
    dead_code,
    missing_copy_implementations,
    missing_debug_implementations,
    non_camel_case_types
)]
pub struct run {}
const _: () = {
    use crate::framework::__private as __p;
    #[allow(deprecated)]
    #[automatically_derived]
    impl __p::Task for run {
        const ID: &'static __p::str = __p::module_name(__p::module_path!());
        const TAKES_DATABASE: __p::bool = <AnonClient as __p::FromTask<
            __p::Anon,
        >>::TAKES_DATABASE;
        type Auth = __p::Anon;
        type Payload = Visit;
        type Return = TaskResult<()>;
        fn identity(_: &Visit) {}
        async fn call(
            __request: __p::TaskRequest<__p::Anon>,
            __payload: Self::Payload,
        ) -> __p::TaskResult<Self::Return> {
            let __argument1 = <AnonClient as __p::FromTask<
                __p::Anon,
            >>::inject(&__request)
                .await?;
            __p::TaskResult::Ok(run(__payload, __argument1).await)
        }
    }
    __p::inventory::submit! {
        __p::TaskEntry::of:: < run > (__p::file!(), __p::line!())
    }
};
