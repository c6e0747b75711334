//! A module that shadows the names that a careless expansion of `#[derive(Row)]` would use.

#![allow(dead_code, non_camel_case_types, non_snake_case, unused_imports, unused_macros)]

mod rows {
    use ::supabase_task::Row;

    pub struct Option;
    pub struct String;
    pub struct Vec;
    pub struct Self_;
    pub struct Column;
    pub struct Embedded;
    pub trait Embed {}
    pub trait RowData {}
    pub trait Deserialize {}
    pub trait DeserializeOwned {}
    pub mod core {}
    pub mod std {}
    pub mod serde {}
    pub mod supabase_task {}
    pub mod __private {}
    pub const PARTS: () = ();
    pub const LIST: () = ();
    pub const TABLE: () = ();
    pub const SELECT: () = ();
    pub fn text() {}
    pub fn join() {}
    pub fn length() {}

    #[derive(::serde::Deserialize, Row)]
    pub struct Todo {
        pub id: i64,
        pub text: ::std::string::String,
        pub join: bool,
        pub length: i32,
        pub new: i32,
        pub all: i32,
        #[row(embed)]
        pub items: ::std::vec::Vec<Item>,
    }

    #[derive(::serde::Deserialize, Row)]
    pub struct Item {
        pub TABLE: i64,
        pub SELECT: i64,
    }

    pub fn lists() -> [&'static ::core::primitive::str; 2] {
        [<Todo as Row>::SELECT, <Item as Row>::SELECT]
    }

    pub fn columns() -> [&'static ::core::primitive::str; 2] {
        [Todo::join.name(), Item::TABLE.name()]
    }
}

fn main() {
    assert_eq!(
        rows::lists(),
        ["id,text,join,length,new,all,items(TABLE,SELECT)", "TABLE,SELECT"]
    );
    assert_eq!(rows::columns(), ["join", "TABLE"]);
}
