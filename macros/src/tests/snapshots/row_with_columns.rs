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
    impl Todo {
        /// The column `id`, to filter and sort by.
        pub const id: __p::Column<Self, i64> = __p::Column::new("id");
        /// The column `title`, to filter and sort by.
        pub(crate) const title: __p::Column<Self, String> = __p::Column::new("title");
        /// The column `"unit count"`, to filter and sort by.
        const units: __p::Column<Self, i32> = __p::Column::new("\"unit count\"");
        /// The column `meta->>city`, to filter and sort by.
        const city: __p::Column<Self, Option<String>> = __p::Column::new("meta->>city");
        /// The column `price`, to filter and sort by.
        const price: __p::Column<Self, String> = __p::Column::new("price");
        /// The column `type`, to filter and sort by.
        const r#type: __p::Column<Self, Kind> = __p::Column::new("type");
    }
    #[allow(deprecated)]
    #[automatically_derived]
    impl __p::Row for Todo {
        const TABLE: &'static __p::str = "todos";
        const SELECT: &'static __p::str = "id,title,\"unit count\",city:meta->>city,price::text,type";
        const COLUMNS: &'static [&'static __p::str] = &[
            "id",
            "title",
            "\"unit count\"",
            "meta->>city",
            "price",
            "type",
        ];
    }
};
