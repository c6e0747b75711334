const _: () = {
    use crate::framework::__private as __p;
    #[allow(
        dead_code,
        deprecated,
        non_upper_case_globals,
        private_interfaces,
        unreachable_pub
    )]
    #[automatically_derived]
    impl Order {
        /// The column `id`, to filter and sort by.
        const id: __p::Column<Self, i64> = __p::Column::new("id");
        /// The rows in `items`, to filter and sort.
        const items: __p::Embedded<Self, Vec<Item>> = __p::Embedded::new("items");
        /// The rows in `customer`, to filter and sort.
        const customer: __p::Embedded<Self, Option<Customer>> = __p::Embedded::new(
            "customer",
        );
        /// The column `note`, to filter and sort by.
        const note: __p::Column<Self, Option<String>> = __p::Column::new("note");
    }
    #[allow(deprecated)]
    #[automatically_derived]
    impl __p::Row for Order {
        const TABLE: &'static __p::str = "orders";
        const SCHEMA: &'static __p::str = "crm";
        const SELECT: &'static __p::str = {
            const PARTS: &[&__p::str] = &[
                "id,items(",
                <Order as __p::Row>::EMBEDS[0usize].select(),
                "),customer:customers!orders_customer_fkey(",
                <Order as __p::Row>::EMBEDS[1usize].select(),
                "),note",
            ];
            const LIST: [__p::u8; __p::select_list::length(PARTS)] = __p::select_list::join(
                PARTS,
            );
            __p::select_list::text(&LIST)
        };
        const COLUMNS: &'static [&'static __p::str] = &["id", "note"];
        const EMBEDS: &'static [__p::Embeds] = &[
            __p::Embeds::of::<Vec<Item>>(),
            __p::Embeds::of::<Option<Customer>>(),
        ];
    }
};
