const _: () = {
    use ::supabase_task::__private as __p;
    #[allow(
        dead_code,
        deprecated,
        non_upper_case_globals,
        private_interfaces,
        unreachable_pub
    )]
    #[automatically_derived]
    impl<T> Order<T> {
        /// The column `id`, to filter and sort by.
        const id: __p::Column<Self, T> = __p::Column::new("id");
        /// The column `made`, to filter and sort by.
        const made: __p::Column<Self, String> = __p::Column::new("made");
        /// The rows in `items`, to filter and sort.
        const items: __p::Embedded<Self, Vec<Item>> = __p::Embedded::new("items");
    }
    #[allow(deprecated)]
    #[automatically_derived]
    impl<T> __p::Row for Order<T>
    where
        Self: __p::DeserializeOwned + 'static,
    {
        const TABLE: &'static __p::str = "orders";
        const SELECT: &'static __p::str = "id,made,";
        const COLUMNS: &'static [&'static __p::str] = &["id", "made"];
    }
};
::core::compile_error! {
    "unknown option `tabel`; did you mean `table`? (options: `table`, `schema` and `crate`)"
}
::core::compile_error! {
    "a row cannot be generic, because its columns are constants: write one struct for each table"
}
::core::compile_error! {
    "unknown option `colum`; did you mean `column`? (options: `column`, `cast` and `embed`)"
}
::core::compile_error! {
    "unknown option `embeded`; did you mean `embed`? (options: `column`, `cast` and `embed`)"
}
