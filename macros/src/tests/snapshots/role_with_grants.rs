const _: () = {
    use ::supabase_task::__private as __p;
    type __Row0 = Order;
    type __Row1 = crm::Customer;
    type __Row2 = Order;
    const DECLARED: &[__p::Declared] = &[
        __p::declared::<__Row0>(__p::Privilege::Select, &[]),
        __p::declared::<__Row1>(__p::Privilege::Select, &[]),
        __p::declared::<
            __Row2,
        >(
            __p::Privilege::Update,
            &[
                __p::column::<__Row2, _>(__Row2::status),
                __p::column::<__Row2, _>(__Row2::r#type),
            ],
        ),
    ];
    #[automatically_derived]
    impl __p::DatabaseRole for Reporter {
        const NAME: &'static __p::str = "reporter";
        const GRANTS: &'static [__p::Grant] = &__p::grants::<
            { DECLARED.len() },
        >(DECLARED);
    }
    #[automatically_derived]
    impl __p::CanSelect<__Row0> for Reporter {}
    #[automatically_derived]
    impl __p::CanSelect<__Row1> for Reporter {}
    #[automatically_derived]
    impl __p::CanUpdate<__Row2> for Reporter {}
    const _: () = __p::check_reads(DECLARED, 0usize);
    const _: () = __p::check_reads(DECLARED, 1usize);
    __p::inventory::submit! {
        __p::RoleEntry::of:: < Reporter > (__p::file!(), __p::line!())
    }
    __p::inventory::submit! {
        __p::RoleHandles::of:: < Reporter > ()
    }
};
