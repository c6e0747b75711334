async fn sweep(tick: Tick, supabase: ServiceClient) -> TaskResult<()> {
    supabase.rpc("sweep", &tick.timestamp).await
}
/// The task [`sweep()`]: run it with `sweep::run(&supabase, payload)`.
#[allow(
    dead_code,
    missing_copy_implementations,
    missing_debug_implementations,
    non_camel_case_types
)]
struct sweep {}
const _: () = {
    use ::supabase_task::__private as __p;
    #[allow(deprecated)]
    #[automatically_derived]
    impl __p::Task for sweep {
        const ID: &'static __p::str = "sweep";
        const TAKES_DATABASE: __p::bool = <ServiceClient as __p::FromTask<
            __p::Service,
        >>::TAKES_DATABASE;
        type Auth = __p::Service;
        type Payload = Tick;
        type Return = TaskResult<()>;
        fn identity(_: &Tick) {}
        const OPTIONS: __p::TaskOptions = __p::TaskOptions::new()
            .retry(__p::RetryPolicy::none())
            .schedule(__p::ScheduleOptions::cron("0 3 * * *").timezone("Europe/Berlin"));
        fn scheduled(tick: __p::Tick) -> __p::Option<Tick> {
            __p::Option::Some(<Tick as __p::ScheduledPayload>::from_tick(tick))
        }
        async fn call(
            __request: __p::TaskRequest<__p::Service>,
            __payload: Self::Payload,
        ) -> __p::TaskResult<Self::Return> {
            let __argument1 = <ServiceClient as __p::FromTask<
                __p::Service,
            >>::inject(&__request)
                .await?;
            __p::TaskResult::Ok(sweep(__payload, __argument1).await)
        }
    }
    __p::inventory::submit! {
        __p::TaskEntry::of:: < sweep > (__p::file!(), __p::line!())
    }
};
