async fn report(payload: Ask, supabase: RoleClient<Reporter>) -> TaskResult<()> {
    Ok(())
}
/// The task [`report()`]: run it with `report::run(&supabase, payload)`.
#[allow(
    dead_code,
    missing_copy_implementations,
    missing_debug_implementations,
    non_camel_case_types
)]
struct report {}
const _: () = {
    use ::supabase_task::__private as __p;
    #[allow(deprecated)]
    #[automatically_derived]
    impl __p::Task for report {
        const ID: &'static __p::str = "report";
        const TAKES_DATABASE: __p::bool = <RoleClient<
            Reporter,
        > as __p::FromTask<__p::Role<Reporter>>>::TAKES_DATABASE;
        type Auth = __p::Role<Reporter>;
        type Payload = Ask;
        type Return = TaskResult<()>;
        #[allow(unused_parens, unused_variables)]
        fn identity(payload: &Ask) -> __p::Option<__p::UserId> {
            let user = &(payload.asked_by);
            __p::Option::Some(__p::TaskUser::user_id(user))
        }
        async fn call(
            __request: __p::TaskRequest<__p::Role<Reporter>>,
            __payload: Self::Payload,
        ) -> __p::TaskResult<Self::Return> {
            let __argument1 = <RoleClient<
                Reporter,
            > as __p::FromTask<__p::Role<Reporter>>>::inject(&__request)
                .await?;
            __p::TaskResult::Ok(report(__payload, __argument1).await)
        }
    }
    __p::inventory::submit! {
        __p::TaskEntry::of:: < report > (__p::file!(), __p::line!())
    }
};
