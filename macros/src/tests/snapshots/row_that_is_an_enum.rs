const _: () = {
    use ::supabase_task::__private as __p;
    #[allow(deprecated)]
    #[automatically_derived]
    impl __p::Row for Mood {
        const TABLE: &'static __p::str = "moods";
        const SELECT: &'static __p::str = "";
        const COLUMNS: &'static [&'static __p::str] = &[];
    }
};
::core::compile_error! {
    "a row is a struct with a field for each column, not an enum; an enum that a column holds implements `FilterValue`"
}
