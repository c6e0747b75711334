// Made by `supabase-task gen types`; do not edit.

//! The tables, views, enums and functions of the database.

#![allow(
    clippy::all,
    clippy::nursery,
    clippy::pedantic,
    clippy::restriction,
    dead_code,
    missing_copy_implementations,
    missing_docs,
    non_upper_case_globals,
    rustdoc::all,
    unreachable_pub,
    unused_qualifications
)]

/// The enum `mood`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum Mood {
    #[serde(rename = "happy")]
    Happy,
    #[serde(rename = "so-so")]
    SoSo,
}

impl Mood {
    /// The label in the database.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Happy => "happy",
            Self::SoSo => "so-so",
        }
    }
}

impl supabase_task::client::FilterValue for Mood {
    fn write_to(&self, text: &mut String) {
        text.push_str(self.as_str());
    }
}

/// A row of the view `open_todos`.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize, supabase_task::Row)]
#[row(table = "open_todos", schema = "public")]
pub struct OpenTodos {
    pub id: Option<i64>,
    pub title: Option<String>,
}

/// What is to do.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize, supabase_task::Row)]
#[row(table = "todos", schema = "public")]
pub struct Todos {
    pub id: i64,
    /// What to do.
    pub title: String,
    pub done: bool,
    #[row(cast = "text")]
    pub price: String,
    pub tags: Vec<String>,
    pub data: supabase_task::client::types::Value,
    pub mood: Mood,
    pub moods: Option<Vec<Mood>>,
    /// Who.
    pub owner: Option<supabase_task::client::types::Uuid>,
    pub created_at: String,
    pub code: Option<String>,
    pub place: Option<supabase_task::client::types::Value>,
    pub r#type: Option<supabase_task::client::types::Value>,
}

/// A new row of [`Todos`]. The database fills in fields that are `None`.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct TodosInsert {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<i64>,
    /// What to do.
    pub title: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub done: Option<bool>,
    pub price: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<supabase_task::client::types::Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mood: Option<Mood>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moods: Option<Vec<Mood>>,
    /// Who.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<supabase_task::client::types::Uuid>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<supabase_task::client::types::Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r#type: Option<supabase_task::client::types::Value>,
}

impl TodosInsert {
    /// Creates a row from its required columns. The rest is `None`.
    pub fn new(title: impl Into<String>, price: impl Into<String>) -> Self {
        Self {
            id: None,
            title: title.into(),
            done: None,
            price: price.into(),
            tags: None,
            data: None,
            mood: None,
            moods: None,
            owner: None,
            created_at: None,
            code: None,
            place: None,
            r#type: None,
        }
    }
}

impl supabase_task::client::InsertRow for TodosInsert {
    type Row = Todos;
}

/// Changes to rows of [`Todos`]. Fields that are `None` stay unchanged.
/// `Some(None)` clears a column that can be NULL.
#[derive(Debug, Clone, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct TodosUpdate {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<i64>,
    /// What to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub done: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<supabase_task::client::types::Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mood: Option<Mood>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[serde(deserialize_with = "supabase_task::client::types::nullable")]
    pub moods: Option<Option<Vec<Mood>>>,
    /// Who.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[serde(deserialize_with = "supabase_task::client::types::nullable")]
    pub owner: Option<Option<supabase_task::client::types::Uuid>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[serde(deserialize_with = "supabase_task::client::types::nullable")]
    pub code: Option<Option<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[serde(deserialize_with = "supabase_task::client::types::nullable")]
    pub place: Option<Option<supabase_task::client::types::Value>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[serde(deserialize_with = "supabase_task::client::types::nullable")]
    pub r#type: Option<Option<supabase_task::client::types::Value>>,
}

impl supabase_task::client::UpdateRow for TodosUpdate {
    type Row = Todos;
}

/// Adds.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct AddArguments {
    pub a: i32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub b: Option<i32>,
}

impl supabase_task::client::Function for AddArguments {
    const NAME: &'static str = "add";
    const SCHEMA: &'static str = "public";
    type Returns = supabase_task::client::types::Value;
}

/// The arguments of the function `echo`.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct EchoArguments(pub supabase_task::client::types::Value);

impl supabase_task::client::Function for EchoArguments {
    const NAME: &'static str = "echo";
    const SCHEMA: &'static str = "public";
    type Returns = supabase_task::client::types::Value;
}

/// The arguments of the function `hello`.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct HelloArguments;

impl supabase_task::client::Function for HelloArguments {
    const NAME: &'static str = "hello";
    const SCHEMA: &'static str = "public";
    type Returns = supabase_task::client::types::Value;
}
