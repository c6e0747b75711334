const _: () = {
    use ::supabase_task::__private as __p;
    const DECLARED: &[__p::Declared] = &[];
    #[automatically_derived]
    impl __p::DatabaseRole for DailyReporter {
        const NAME: &'static __p::str = "daily_reporter";
        const GRANTS: &'static [__p::Grant] = &__p::grants::<
            { DECLARED.len() },
        >(DECLARED);
    }
    __p::inventory::submit! {
        __p::RoleEntry::of:: < DailyReporter > (__p::file!(), __p::line!())
    }
    __p::inventory::submit! {
        __p::RoleHandles::of:: < DailyReporter > ()
    }
};
