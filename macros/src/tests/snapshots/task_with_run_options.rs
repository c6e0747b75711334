async fn send_mail(payload: SendMail, supabase: ServiceClient) -> TaskResult<()> {
    supabase.rpc("send_mail", &payload).await
}
/// The task [`send_mail()`]: run it with `send_mail::run(&supabase, payload)`.
#[allow(
    dead_code,
    missing_copy_implementations,
    missing_debug_implementations,
    non_camel_case_types
)]
struct send_mail {}
const _: () = {
    use ::supabase_task::__private as __p;
    #[allow(deprecated)]
    #[automatically_derived]
    impl __p::Task for send_mail {
        const ID: &'static __p::str = "send_mail";
        const TAKES_DATABASE: __p::bool = <ServiceClient as __p::FromTask<
            __p::Service,
        >>::TAKES_DATABASE;
        type Auth = __p::Service;
        type Payload = SendMail;
        type Return = TaskResult<()>;
        fn identity(_: &SendMail) {}
        const OPTIONS: __p::TaskOptions = __p::TaskOptions::new()
            .retry(
                __p::RetryPolicy::new()
                    .max_attempts(5)
                    .factor(1.8)
                    .min(__p::Duration::from_millis(500))
                    .jitter(false),
            )
            .max_duration(__p::Duration::from_secs(300))
            .queue(
                __p::QueueOptions::named(<Self as __p::Task>::ID).concurrency_limit(2),
            )
            .ttl(__p::Duration::from_secs(86400))
            .priority(10);
        #[allow(unused_parens, unused_variables)]
        fn concurrency_key(payload: &SendMail) -> __p::Option<__p::String> {
            let key = &(payload.team);
            __p::Option::Some(__p::ConcurrencyKey::to_key(key))
        }
        fn hooks() -> __p::Hooks<Self> {
            let hooks = __p::Hooks::new();
            let hooks = hooks.on_start(|hook| __p::hook(announce(hook)));
            let hooks = hooks
                .catch_error(|hook, error| __p::catch_error(hooks::judge(hook, error)));
            hooks
        }
        async fn call(
            __request: __p::TaskRequest<__p::Service>,
            __payload: Self::Payload,
        ) -> __p::TaskResult<Self::Return> {
            let __argument1 = <ServiceClient as __p::FromTask<
                __p::Service,
            >>::inject(&__request)
                .await?;
            __p::TaskResult::Ok(send_mail(__payload, __argument1).await)
        }
    }
    __p::inventory::submit! {
        __p::TaskEntry::of:: < send_mail > (__p::file!(), __p::line!())
    }
};
