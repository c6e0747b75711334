const _: () = {
    use ::supabase_task::__private as __p;
    type __Row0 = Order;
    const DECLARED: &[__p::Declared] = &[
        __p::declared::<__Row0>(__p::Privilege::Insert, &[]),
    ];
    #[automatically_derived]
    impl __p::DatabaseRole for Reporter {
        const NAME: &'static __p::str = "rejected";
        const GRANTS: &'static [__p::Grant] = &__p::grants::<
            { DECLARED.len() },
        >(DECLARED);
    }
    #[automatically_derived]
    impl __p::CanInsert<__Row0> for Reporter {}
};
::core::compile_error! {
    "a role is a unit struct: `struct Reporter;`"
}
::core::compile_error! {
    "`postgres` is Supabase's own role, and no task runs as it: give this role a name of its own, such as `reporter`"
}
::core::compile_error! {
    "unknown option `selct`; did you mean `select`? (options: `name`, `crate`, `select`, `insert`, `update` and `delete`)"
}
::core::compile_error! {
    "the column `a` is listed twice: keep one of the two"
}
::core::compile_error! {
    "`delete()` is empty: write the rows, as in `delete(Order)`"
}
