async fn share_todo(
    mut payload: ShareTodo,
    supabase: UserClient,
    State(mailer): State<Mailer>,
) -> anyhow::Result<()> {
    mailer.send(payload.letter()).await
}
/// The task [`share_todo()`]: run it with `share_todo::run(&supabase, payload)`.
#[allow(
    dead_code,
    missing_copy_implementations,
    missing_debug_implementations,
    non_camel_case_types
)]
struct share_todo {}
const _: () = {
    use ::supabase_task::__private as __p;
    #[allow(deprecated)]
    #[automatically_derived]
    impl __p::Task for share_todo {
        const ID: &'static __p::str = "share_todo";
        const TAKES_DATABASE: __p::bool = <UserClient as __p::FromTask<
            __p::User,
        >>::TAKES_DATABASE | <State<Mailer> as __p::FromTask<__p::User>>::TAKES_DATABASE;
        type Auth = __p::User;
        type Payload = ShareTodo;
        type Return = anyhow::Result<()>;
        #[allow(unused_parens, unused_variables)]
        fn identity(payload: &ShareTodo) -> __p::UserId {
            let user = &(payload.owner.id);
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
            let __argument2 = <State<
                Mailer,
            > as __p::FromTask<__p::User>>::inject(&__request)
                .await?;
            __p::TaskResult::Ok(share_todo(__payload, __argument1, __argument2).await)
        }
    }
    __p::inventory::submit! {
        __p::TaskEntry::of:: < share_todo > (__p::file!(), __p::line!())
    }
};
