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

/// standard public schema
pub mod public {
    /// The enum `Ticket State`.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
    pub enum TicketState {
        #[serde(rename = "open")]
        Open,
        Closed,
    }

    impl TicketState {
        /// The label in the database.
        pub fn as_str(&self) -> &'static str {
            match self {
                Self::Open => "open",
                Self::Closed => "Closed",
            }
        }
    }

    impl supabase_task::client::FilterValue for TicketState {
        fn write_to(&self, text: &mut String) {
            text.push_str(self.as_str());
        }
    }

    /// How someone feels.
    ///
    /// Not code, though it is indented.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
    pub enum Mood {
        #[serde(rename = "happy")]
        Happy,
        #[serde(rename = "so-so")]
        SoSo,
        #[serde(rename = "SAD")]
        Sad,
        #[serde(rename = "2 tired")]
        _2Tired,
        #[serde(rename = "")]
        Unnamed,
    }

    impl Mood {
        /// The label in the database.
        pub fn as_str(&self) -> &'static str {
            match self {
                Self::Happy => "happy",
                Self::SoSo => "so-so",
                Self::Sad => "SAD",
                Self::_2Tired => "2 tired",
                Self::Unnamed => "",
            }
        }
    }

    impl supabase_task::client::FilterValue for Mood {
        fn write_to(&self, text: &mut String) {
            text.push_str(self.as_str());
        }
    }

    /// The composite type `address`.
    #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
    pub struct Address {
        /// With the number of the house.
        pub street: Option<String>,
        #[serde(rename = "zip code")]
        pub zip_code: Option<String>,
        pub r#type: Option<Mood>,
        pub rent: Option<supabase_task::client::types::Numeric>,
    }

    /// A row of the table `Odd names`.
    #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize, supabase_task::Row)]
    #[row(table = "Odd names", schema = "public")]
    pub struct OddNames {
        pub r#type: String,
        #[serde(rename = "self")]
        pub self_: Option<i32>,
        #[serde(rename = "2fa")]
        pub _2fa: Option<bool>,
        #[serde(rename = "createdAt")]
        pub created_at2: Option<String>,
        pub created_at: Option<String>,
        pub größe: Option<i32>,
        #[serde(rename = "a.b,c")]
        pub a_b_c: Option<String>,
        #[serde(rename = "say \"hi\"")]
        pub say_hi: Option<String>,
        pub state: Option<TicketState>,
        pub a_column_whose_name_is_as_long_as_a_name_can_be_in_a_database_1:
            Option<supabase_task::client::types::Uuid>,
        pub a_column_whose_name_is_as_long_as_a_name_can_be_in_a_database_2: String,
    }

    /// A new row of [`OddNames`]. The database fills in fields that are `None`.
    #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
    pub struct OddNamesInsert {
        pub r#type: String,
        #[serde(rename = "self")]
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub self_: Option<i32>,
        #[serde(rename = "2fa")]
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub _2fa: Option<bool>,
        #[serde(rename = "createdAt")]
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub created_at2: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub created_at: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub größe: Option<i32>,
        #[serde(rename = "a.b,c")]
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub a_b_c: Option<String>,
        #[serde(rename = "say \"hi\"")]
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub say_hi: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub state: Option<TicketState>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub a_column_whose_name_is_as_long_as_a_name_can_be_in_a_database_1:
            Option<supabase_task::client::types::Uuid>,
        pub a_column_whose_name_is_as_long_as_a_name_can_be_in_a_database_2: String,
    }

    impl OddNamesInsert {
        /// Creates a row from its required columns. The rest is `None`.
        pub fn new(
            r#type: impl Into<String>,
            a_column_whose_name_is_as_long_as_a_name_can_be_in_a_database_2: String,
        ) -> Self {
            Self {
                r#type: r#type.into(),
                self_: None,
                _2fa: None,
                created_at2: None,
                created_at: None,
                größe: None,
                a_b_c: None,
                say_hi: None,
                state: None,
                a_column_whose_name_is_as_long_as_a_name_can_be_in_a_database_1: None,
                a_column_whose_name_is_as_long_as_a_name_can_be_in_a_database_2,
            }
        }
    }

    impl supabase_task::client::InsertRow for OddNamesInsert {
        type Row = OddNames;
    }

    /// Changes to rows of [`OddNames`]. Fields that are `None` stay unchanged.
    /// `Some(None)` clears a column that can be NULL.
    #[derive(Debug, Clone, Default, PartialEq, serde::Serialize, serde::Deserialize)]
    pub struct OddNamesUpdate {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub r#type: Option<String>,
        #[serde(rename = "self")]
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[serde(deserialize_with = "supabase_task::client::types::nullable")]
        pub self_: Option<Option<i32>>,
        #[serde(rename = "2fa")]
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[serde(deserialize_with = "supabase_task::client::types::nullable")]
        pub _2fa: Option<Option<bool>>,
        #[serde(rename = "createdAt")]
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[serde(deserialize_with = "supabase_task::client::types::nullable")]
        pub created_at2: Option<Option<String>>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[serde(deserialize_with = "supabase_task::client::types::nullable")]
        pub created_at: Option<Option<String>>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[serde(deserialize_with = "supabase_task::client::types::nullable")]
        pub größe: Option<Option<i32>>,
        #[serde(rename = "a.b,c")]
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[serde(deserialize_with = "supabase_task::client::types::nullable")]
        pub a_b_c: Option<Option<String>>,
        #[serde(rename = "say \"hi\"")]
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[serde(deserialize_with = "supabase_task::client::types::nullable")]
        pub say_hi: Option<Option<String>>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[serde(deserialize_with = "supabase_task::client::types::nullable")]
        pub state: Option<Option<TicketState>>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[serde(deserialize_with = "supabase_task::client::types::nullable")]
        pub a_column_whose_name_is_as_long_as_a_name_can_be_in_a_database_1:
            Option<Option<supabase_task::client::types::Uuid>>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub a_column_whose_name_is_as_long_as_a_name_can_be_in_a_database_2: Option<String>,
    }

    impl supabase_task::client::UpdateRow for OddNamesUpdate {
        type Row = OddNames;
    }

    /// A row of the table `a_table_whose_name_is_as_long_as_a_name_can_be_in_a_database_01`.
    #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize, supabase_task::Row)]
    #[row(
        table = "a_table_whose_name_is_as_long_as_a_name_can_be_in_a_database_01",
        schema = "public"
    )]
    pub struct ATableWhoseNameIsAsLongAsANameCanBeInADatabase01 {
        pub id: i32,
    }

    /// A new row of [`ATableWhoseNameIsAsLongAsANameCanBeInADatabase01`]. The database fills in fields that are `None`.
    #[derive(Debug, Clone, Default, PartialEq, serde::Serialize, serde::Deserialize)]
    pub struct ATableWhoseNameIsAsLongAsANameCanBeInADatabase01Insert {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub id: Option<i32>,
    }

    impl supabase_task::client::InsertRow for ATableWhoseNameIsAsLongAsANameCanBeInADatabase01Insert {
        type Row = ATableWhoseNameIsAsLongAsANameCanBeInADatabase01;
    }

    /// Changes to rows of [`ATableWhoseNameIsAsLongAsANameCanBeInADatabase01`]. Fields that are `None` stay unchanged.
    /// `Some(None)` clears a column that can be NULL.
    #[derive(Debug, Clone, Default, PartialEq, serde::Serialize, serde::Deserialize)]
    pub struct ATableWhoseNameIsAsLongAsANameCanBeInADatabase01Update {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub id: Option<i32>,
    }

    impl supabase_task::client::UpdateRow for ATableWhoseNameIsAsLongAsANameCanBeInADatabase01Update {
        type Row = ATableWhoseNameIsAsLongAsANameCanBeInADatabase01;
    }

    /// A row of the table `café 🦀`.
    #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize, supabase_task::Row)]
    #[row(table = "café 🦀", schema = "public")]
    pub struct Café {
        pub id: i32,
        #[serde(rename = "é")]
        pub é2: Option<String>,
        pub é: Option<String>,
        #[serde(rename = "🦀")]
        pub unnamed: Option<String>,
        #[serde(rename = "🎉")]
        pub unnamed2: Option<String>,
    }

    /// A new row of [`Café`]. The database fills in fields that are `None`.
    #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
    pub struct CaféInsert {
        pub id: i32,
        #[serde(rename = "é")]
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub é2: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub é: Option<String>,
        #[serde(rename = "🦀")]
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub unnamed: Option<String>,
        #[serde(rename = "🎉")]
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub unnamed2: Option<String>,
    }

    impl CaféInsert {
        /// Creates a row from its required columns. The rest is `None`.
        pub fn new(id: i32) -> Self {
            Self {
                id,
                é2: None,
                é: None,
                unnamed: None,
                unnamed2: None,
            }
        }
    }

    impl supabase_task::client::InsertRow for CaféInsert {
        type Row = Café;
    }

    /// Changes to rows of [`Café`]. Fields that are `None` stay unchanged.
    /// `Some(None)` clears a column that can be NULL.
    #[derive(Debug, Clone, Default, PartialEq, serde::Serialize, serde::Deserialize)]
    pub struct CaféUpdate {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub id: Option<i32>,
        #[serde(rename = "é")]
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[serde(deserialize_with = "supabase_task::client::types::nullable")]
        pub é2: Option<Option<String>>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[serde(deserialize_with = "supabase_task::client::types::nullable")]
        pub é: Option<Option<String>>,
        #[serde(rename = "🦀")]
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[serde(deserialize_with = "supabase_task::client::types::nullable")]
        pub unnamed: Option<Option<String>>,
        #[serde(rename = "🎉")]
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[serde(deserialize_with = "supabase_task::client::types::nullable")]
        pub unnamed2: Option<Option<String>>,
    }

    impl supabase_task::client::UpdateRow for CaféUpdate {
        type Row = Café;
    }

    /// A row of the view `counts_added`.
    #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize, supabase_task::Row)]
    #[row(table = "counts_added", schema = "public")]
    pub struct CountsAdded {
        pub feeling: Option<Mood>,
        pub how_many: Option<i64>,
    }

    /// A new row of [`CountsAdded`]. The database fills in fields that are `None`.
    #[derive(Debug, Clone, Default, PartialEq, serde::Serialize, serde::Deserialize)]
    pub struct CountsAddedInsert {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub feeling: Option<Mood>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub how_many: Option<i64>,
    }

    impl supabase_task::client::InsertRow for CountsAddedInsert {
        type Row = CountsAdded;
    }

    /// A row of the view `counts_changed`.
    #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize, supabase_task::Row)]
    #[row(table = "counts_changed", schema = "public")]
    pub struct CountsChanged {
        pub feeling: Option<Mood>,
        pub how_many: Option<i64>,
    }

    /// Changes to rows of [`CountsChanged`]. Fields that are `None` stay unchanged.
    /// `Some(None)` clears a column that can be NULL.
    #[derive(Debug, Clone, Default, PartialEq, serde::Serialize, serde::Deserialize)]
    pub struct CountsChangedUpdate {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[serde(deserialize_with = "supabase_task::client::types::nullable")]
        pub feeling: Option<Option<Mood>>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[serde(deserialize_with = "supabase_task::client::types::nullable")]
        pub how_many: Option<Option<i64>>,
    }

    impl supabase_task::client::UpdateRow for CountsChangedUpdate {
        type Row = CountsChanged;
    }

    /// A row of the view `counts_deleted`.
    #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize, supabase_task::Row)]
    #[row(table = "counts_deleted", schema = "public")]
    pub struct CountsDeleted {
        pub feeling: Option<Mood>,
        pub how_many: Option<i64>,
    }

    /// A row of the view `counts_ruled`.
    #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize, supabase_task::Row)]
    #[row(table = "counts_ruled", schema = "public")]
    pub struct CountsRuled {
        pub feeling: Option<Mood>,
        pub how_many: Option<i64>,
    }

    /// A new row of [`CountsRuled`]. The database fills in fields that are `None`.
    #[derive(Debug, Clone, Default, PartialEq, serde::Serialize, serde::Deserialize)]
    pub struct CountsRuledInsert {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub feeling: Option<Mood>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub how_many: Option<i64>,
    }

    impl supabase_task::client::InsertRow for CountsRuledInsert {
        type Row = CountsRuled;
    }

    /// A row of the view `loud_samples`.
    #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize, supabase_task::Row)]
    #[row(table = "loud_samples", schema = "public")]
    pub struct LoudSamples {
        pub id: Option<i64>,
        pub title: Option<String>,
        pub loud: Option<String>,
    }

    /// A new row of [`LoudSamples`]. The database fills in fields that are `None`.
    #[derive(Debug, Clone, Default, PartialEq, serde::Serialize, serde::Deserialize)]
    pub struct LoudSamplesInsert {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub id: Option<i64>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub title: Option<String>,
    }

    impl supabase_task::client::InsertRow for LoudSamplesInsert {
        type Row = LoudSamples;
    }

    /// Changes to rows of [`LoudSamples`]. Fields that are `None` stay unchanged.
    /// `Some(None)` clears a column that can be NULL.
    #[derive(Debug, Clone, Default, PartialEq, serde::Serialize, serde::Deserialize)]
    pub struct LoudSamplesUpdate {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[serde(deserialize_with = "supabase_task::client::types::nullable")]
        pub id: Option<Option<i64>>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[serde(deserialize_with = "supabase_task::client::types::nullable")]
        pub title: Option<Option<String>>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[serde(deserialize_with = "supabase_task::client::types::nullable")]
        pub loud: Option<Option<String>>,
    }

    impl supabase_task::client::UpdateRow for LoudSamplesUpdate {
        type Row = LoudSamples;
    }

    /// A row of the table `nothing`.
    #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
    pub struct Nothing {}

    impl supabase_task::client::Row for Nothing {
        const TABLE: &'static str = "nothing";
        const SCHEMA: &'static str = "public";
        const SELECT: &'static str = "*";
    }

    /// A new row of [`Nothing`]. The database fills in fields that are `None`.
    #[derive(Debug, Clone, Default, PartialEq, serde::Serialize, serde::Deserialize)]
    pub struct NothingInsert {}

    impl supabase_task::client::InsertRow for NothingInsert {
        type Row = Nothing;
    }

    /// What is not done. Takes new rows.
    #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize, supabase_task::Row)]
    #[row(table = "open_samples", schema = "public")]
    pub struct OpenSamples {
        pub id: Option<i64>,
        pub title: Option<String>,
        pub is_done: Option<bool>,
    }

    /// A new row of [`OpenSamples`]. The database fills in fields that are `None`.
    #[derive(Debug, Clone, Default, PartialEq, serde::Serialize, serde::Deserialize)]
    pub struct OpenSamplesInsert {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub id: Option<i64>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub title: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub is_done: Option<bool>,
    }

    impl supabase_task::client::InsertRow for OpenSamplesInsert {
        type Row = OpenSamples;
    }

    /// Changes to rows of [`OpenSamples`]. Fields that are `None` stay unchanged.
    /// `Some(None)` clears a column that can be NULL.
    #[derive(Debug, Clone, Default, PartialEq, serde::Serialize, serde::Deserialize)]
    pub struct OpenSamplesUpdate {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[serde(deserialize_with = "supabase_task::client::types::nullable")]
        pub id: Option<Option<i64>>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[serde(deserialize_with = "supabase_task::client::types::nullable")]
        pub title: Option<Option<String>>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[serde(deserialize_with = "supabase_task::client::types::nullable")]
        pub is_done: Option<Option<bool>>,
    }

    impl supabase_task::client::UpdateRow for OpenSamplesUpdate {
        type Row = OpenSamples;
    }

    /// A row of the table `option`.
    #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize, supabase_task::Row)]
    #[row(table = "option", schema = "public")]
    pub struct Option2 {
        pub id: i32,
    }

    /// A new row of [`Option2`]. The database fills in fields that are `None`.
    #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
    pub struct Option2Insert {
        pub id: i32,
    }

    impl Option2Insert {
        /// Creates a row from its required columns. The rest is `None`.
        pub fn new(id: i32) -> Self {
            Self { id }
        }
    }

    impl supabase_task::client::InsertRow for Option2Insert {
        type Row = Option2;
    }

    /// Changes to rows of [`Option2`]. Fields that are `None` stay unchanged.
    /// `Some(None)` clears a column that can be NULL.
    #[derive(Debug, Clone, Default, PartialEq, serde::Serialize, serde::Deserialize)]
    pub struct Option2Update {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub id: Option<i32>,
    }

    impl supabase_task::client::UpdateRow for Option2Update {
        type Row = Option2;
    }

    /// A row of the view `sample_counts`.
    #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize, supabase_task::Row)]
    #[row(table = "sample_counts", schema = "public")]
    pub struct SampleCounts {
        pub feeling: Option<Mood>,
        pub how_many: Option<i64>,
    }

    /// A row of the view `sample_titles`.
    #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize, supabase_task::Row)]
    #[row(table = "sample_titles", schema = "public")]
    pub struct SampleTitles {
        pub title: Option<String>,
    }

    /// One column of each type.
    #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize, supabase_task::Row)]
    #[row(table = "samples", schema = "public")]
    pub struct Samples {
        pub id: i64,
        pub small: i16,
        pub medium: i32,
        pub large: Option<i64>,
        pub ratio: Option<f32>,
        pub amount: Option<f64>,
        /// With all its digits: `12.3400`.
        #[row(cast = "text")]
        pub price: String,
        pub prices: Option<Vec<supabase_task::client::types::Numeric>>,
        #[row(cast = "text")]
        pub cash: Option<String>,
        pub is_done: bool,
        pub title: String,
        pub short: Option<String>,
        pub code: Option<String>,
        pub owner: Option<supabase_task::client::types::Uuid>,
        pub meta: Option<supabase_task::client::types::Value>,
        pub data: supabase_task::client::types::Value,
        pub day: Option<String>,
        pub clock: Option<String>,
        pub moment: Option<String>,
        pub created_at: String,
        pub duration: Option<String>,
        pub bytes: Option<String>,
        pub host: Option<String>,
        pub words: Option<String>,
        pub span: Option<String>,
        pub bits: Option<String>,
        pub tags: Vec<String>,
        pub numbers: Option<Vec<i32>>,
        pub feeling: Mood,
        pub feelings: Option<Vec<Mood>>,
        pub home: Option<Address>,
        pub contact: Option<String>,
        pub visits: i32,
        pub title_length: Option<i32>,
    }

    /// A new row of [`Samples`]. The database fills in fields that are `None`.
    #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
    pub struct SamplesInsert {
        pub small: i16,
        pub medium: i32,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub large: Option<i64>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub ratio: Option<f32>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub amount: Option<f64>,
        /// With all its digits: `12.3400`.
        pub price: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub prices: Option<Vec<supabase_task::client::types::Numeric>>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub cash: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub is_done: Option<bool>,
        pub title: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub short: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub code: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub owner: Option<supabase_task::client::types::Uuid>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub meta: Option<supabase_task::client::types::Value>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub data: Option<supabase_task::client::types::Value>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub day: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub clock: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub moment: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub created_at: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub duration: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub bytes: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub host: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub words: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub span: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub bits: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub tags: Option<Vec<String>>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub numbers: Option<Vec<i32>>,
        pub feeling: Mood,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub feelings: Option<Vec<Mood>>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub home: Option<Address>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub contact: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub visits: Option<i32>,
    }

    impl SamplesInsert {
        /// Creates a row from its required columns. The rest is `None`.
        pub fn new(
            small: i16,
            medium: i32,
            price: impl Into<String>,
            title: impl Into<String>,
            feeling: Mood,
        ) -> Self {
            Self {
                small,
                medium,
                large: None,
                ratio: None,
                amount: None,
                price: price.into(),
                prices: None,
                cash: None,
                is_done: None,
                title: title.into(),
                short: None,
                code: None,
                owner: None,
                meta: None,
                data: None,
                day: None,
                clock: None,
                moment: None,
                created_at: None,
                duration: None,
                bytes: None,
                host: None,
                words: None,
                span: None,
                bits: None,
                tags: None,
                numbers: None,
                feeling,
                feelings: None,
                home: None,
                contact: None,
                visits: None,
            }
        }
    }

    impl supabase_task::client::InsertRow for SamplesInsert {
        type Row = Samples;
    }

    /// Changes to rows of [`Samples`]. Fields that are `None` stay unchanged.
    /// `Some(None)` clears a column that can be NULL.
    #[derive(Debug, Clone, Default, PartialEq, serde::Serialize, serde::Deserialize)]
    pub struct SamplesUpdate {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub small: Option<i16>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub medium: Option<i32>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[serde(deserialize_with = "supabase_task::client::types::nullable")]
        pub large: Option<Option<i64>>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[serde(deserialize_with = "supabase_task::client::types::nullable")]
        pub ratio: Option<Option<f32>>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[serde(deserialize_with = "supabase_task::client::types::nullable")]
        pub amount: Option<Option<f64>>,
        /// With all its digits: `12.3400`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub price: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[serde(deserialize_with = "supabase_task::client::types::nullable")]
        pub prices: Option<Option<Vec<supabase_task::client::types::Numeric>>>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[serde(deserialize_with = "supabase_task::client::types::nullable")]
        pub cash: Option<Option<String>>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub is_done: Option<bool>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub title: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[serde(deserialize_with = "supabase_task::client::types::nullable")]
        pub short: Option<Option<String>>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[serde(deserialize_with = "supabase_task::client::types::nullable")]
        pub code: Option<Option<String>>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[serde(deserialize_with = "supabase_task::client::types::nullable")]
        pub owner: Option<Option<supabase_task::client::types::Uuid>>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[serde(deserialize_with = "supabase_task::client::types::nullable")]
        pub meta: Option<Option<supabase_task::client::types::Value>>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub data: Option<supabase_task::client::types::Value>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[serde(deserialize_with = "supabase_task::client::types::nullable")]
        pub day: Option<Option<String>>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[serde(deserialize_with = "supabase_task::client::types::nullable")]
        pub clock: Option<Option<String>>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[serde(deserialize_with = "supabase_task::client::types::nullable")]
        pub moment: Option<Option<String>>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub created_at: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[serde(deserialize_with = "supabase_task::client::types::nullable")]
        pub duration: Option<Option<String>>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[serde(deserialize_with = "supabase_task::client::types::nullable")]
        pub bytes: Option<Option<String>>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[serde(deserialize_with = "supabase_task::client::types::nullable")]
        pub host: Option<Option<String>>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[serde(deserialize_with = "supabase_task::client::types::nullable")]
        pub words: Option<Option<String>>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[serde(deserialize_with = "supabase_task::client::types::nullable")]
        pub span: Option<Option<String>>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[serde(deserialize_with = "supabase_task::client::types::nullable")]
        pub bits: Option<Option<String>>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub tags: Option<Vec<String>>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[serde(deserialize_with = "supabase_task::client::types::nullable")]
        pub numbers: Option<Option<Vec<i32>>>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub feeling: Option<Mood>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[serde(deserialize_with = "supabase_task::client::types::nullable")]
        pub feelings: Option<Option<Vec<Mood>>>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[serde(deserialize_with = "supabase_task::client::types::nullable")]
        pub home: Option<Option<Address>>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[serde(deserialize_with = "supabase_task::client::types::nullable")]
        pub contact: Option<Option<String>>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub visits: Option<i32>,
    }

    impl supabase_task::client::UpdateRow for SamplesUpdate {
        type Row = Samples;
    }

    /// Adds one, or what it is given.
    #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
    pub struct AddArguments {
        pub a: i32,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub b: Option<i32>,
    }

    impl supabase_task::client::Function for AddArguments {
        const NAME: &'static str = "add";
        const SCHEMA: &'static str = "public";
        type Returns = i32;
    }

    /// The arguments of the function `add`.
    #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
    pub struct AddArguments2 {
        pub a: String,
        pub b: String,
        pub separator: String,
    }

    impl supabase_task::client::Function for AddArguments2 {
        const NAME: &'static str = "add";
        const SCHEMA: &'static str = "public";
        type Returns = String;
    }

    /// The arguments of the function `any_rows`.
    #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
    pub struct AnyRowsArguments;

    impl supabase_task::client::Function for AnyRowsArguments {
        const NAME: &'static str = "any_rows";
        const SCHEMA: &'static str = "public";
        type Returns = Vec<supabase_task::client::types::Value>;
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

    /// The arguments of the function `extremes`.
    #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
    pub struct ExtremesArguments;

    /// A row from the function `extremes`.
    #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
    pub struct ExtremesRow {
        pub lowest: Option<supabase_task::client::types::Numeric>,
        pub r#type: Option<String>,
    }

    impl supabase_task::client::Function for ExtremesArguments {
        const NAME: &'static str = "extremes";
        const SCHEMA: &'static str = "public";
        type Returns = ExtremesRow;
    }

    /// The arguments of the function `forget`.
    #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
    pub struct ForgetArguments {
        pub older_than: String,
    }

    impl supabase_task::client::Function for ForgetArguments {
        const NAME: &'static str = "forget";
        const SCHEMA: &'static str = "public";
        type Returns = ();
    }

    /// The arguments of the function `hello`.
    #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
    pub struct HelloArguments;

    impl supabase_task::client::Function for HelloArguments {
        const NAME: &'static str = "hello";
        const SCHEMA: &'static str = "public";
        type Returns = String;
    }

    /// The arguments of the function `home_of`.
    #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
    pub struct HomeOfArguments {
        pub sample: i64,
    }

    impl supabase_task::client::Function for HomeOfArguments {
        const NAME: &'static str = "home_of";
        const SCHEMA: &'static str = "public";
        type Returns = Address;
    }

    /// The arguments of the function `long_names`.
    #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
    pub struct LongNamesArguments;

    /// A row from the function `long_names`.
    #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
    pub struct LongNamesRow {
        pub a_column_whose_name_is_as_long_as_a_name_can_be_in_a_database_1:
            Option<supabase_task::client::types::Numeric>,
        #[serde(rename = "A column whose name is as long as a name can be in a database!")]
        pub a_column_whose_name_is_as_long_as_a_name_can_be_in_a_database:
            Option<supabase_task::client::types::Numeric>,
    }

    impl supabase_task::client::Function for LongNamesArguments {
        const NAME: &'static str = "long_names";
        const SCHEMA: &'static str = "public";
        type Returns = LongNamesRow;
    }

    /// The arguments of the function `match`.
    #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
    pub struct MatchArguments {
        pub r#type: Mood,
    }

    impl supabase_task::client::Function for MatchArguments {
        const NAME: &'static str = "match";
        const SCHEMA: &'static str = "public";
        type Returns = Mood;
    }

    /// The arguments of the function `mix`.
    #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
    pub struct MixArguments {
        pub first: Address,
        pub rest: Vec<i32>,
    }

    impl supabase_task::client::Function for MixArguments {
        const NAME: &'static str = "mix";
        const SCHEMA: &'static str = "public";
        type Returns = supabase_task::client::types::Value;
    }

    /// The arguments of the function `newest_sample`.
    #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
    pub struct NewestSampleArguments;

    impl supabase_task::client::Function for NewestSampleArguments {
        const NAME: &'static str = "newest_sample";
        const SCHEMA: &'static str = "public";
        const SELECT: &'static str = <Samples as supabase_task::client::Row>::SELECT;
        type Returns = Samples;
    }

    /// The arguments of the function `one_result`.
    #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
    pub struct OneResultArguments {
        pub a: i32,
    }

    /// A row from the function `one_result`.
    #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
    pub struct OneResultRow {
        pub pgrst_call: Option<i32>,
    }

    impl supabase_task::client::Function for OneResultArguments {
        const NAME: &'static str = "one_result";
        const SCHEMA: &'static str = "public";
        type Returns = OneResultRow;
    }

    /// The arguments of the function `part_named`.
    #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
    pub struct PartNamedArguments {
        pub a: i32,
    }

    impl supabase_task::client::Function for PartNamedArguments {
        const NAME: &'static str = "part_named";
        const SCHEMA: &'static str = "public";
        type Returns = i32;
    }

    /// The arguments of the function `prices`.
    #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
    pub struct PricesArguments {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub at_least: Option<String>,
    }

    /// A row from the function `prices`.
    #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
    pub struct PricesRow {
        pub title: Option<String>,
        pub price: Option<supabase_task::client::types::Numeric>,
    }

    impl supabase_task::client::Function for PricesArguments {
        const NAME: &'static str = "prices";
        const SCHEMA: &'static str = "public";
        type Returns = Vec<PricesRow>;
    }

    /// The arguments of the function `samples_of`.
    #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
    pub struct SamplesOfArguments {
        pub feeling: Mood,
    }

    impl supabase_task::client::Function for SamplesOfArguments {
        const NAME: &'static str = "samples_of";
        const SCHEMA: &'static str = "public";
        const SELECT: &'static str = <Samples as supabase_task::client::Row>::SELECT;
        type Returns = Vec<Samples>;
    }

    /// The arguments of the function `sum_of`.
    #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
    pub struct SumOfArguments {
        pub numbers: Vec<i32>,
    }

    impl supabase_task::client::Function for SumOfArguments {
        const NAME: &'static str = "sum_of";
        const SCHEMA: &'static str = "public";
        type Returns = i64;
    }

    /// The arguments of the function `titles`.
    #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
    pub struct TitlesArguments;

    impl supabase_task::client::Function for TitlesArguments {
        const NAME: &'static str = "titles";
        const SCHEMA: &'static str = "public";
        type Returns = Vec<String>;
    }

    /// The arguments of the function `total`.
    #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
    pub struct TotalArguments;

    impl supabase_task::client::Function for TotalArguments {
        const NAME: &'static str = "total";
        const SCHEMA: &'static str = "public";
        type Returns = supabase_task::client::types::Numeric;
    }

    /// The arguments of the function `two_results`.
    #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
    pub struct TwoResultsArguments {
        pub a: i32,
    }

    /// A row from the function `two_results`.
    #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
    pub struct TwoResultsRow {
        pub column1: Option<i32>,
        pub column2: Option<String>,
    }

    impl supabase_task::client::Function for TwoResultsArguments {
        const NAME: &'static str = "two_results";
        const SCHEMA: &'static str = "public";
        type Returns = TwoResultsRow;
    }
}

/// What the reports read.
pub mod reporting {
    /// The enum `period`.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
    pub enum Period {
        #[serde(rename = "day")]
        Day,
        #[serde(rename = "week")]
        Week,
    }

    impl Period {
        /// The label in the database.
        pub fn as_str(&self) -> &'static str {
            match self {
                Self::Day => "day",
                Self::Week => "week",
            }
        }
    }

    impl supabase_task::client::FilterValue for Period {
        fn write_to(&self, text: &mut String) {
            text.push_str(self.as_str());
        }
    }

    /// A row of the table `numbers`.
    #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize, supabase_task::Row)]
    #[row(table = "numbers", schema = "reporting")]
    pub struct Numbers {
        pub period: Period,
        pub feeling: Option<super::public::Mood>,
        pub value: f64,
    }

    /// A new row of [`Numbers`]. The database fills in fields that are `None`.
    #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
    pub struct NumbersInsert {
        pub period: Period,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub feeling: Option<super::public::Mood>,
        pub value: f64,
    }

    impl NumbersInsert {
        /// Creates a row from its required columns. The rest is `None`.
        pub fn new(period: Period, value: f64) -> Self {
            Self {
                period,
                feeling: None,
                value,
            }
        }
    }

    impl supabase_task::client::InsertRow for NumbersInsert {
        type Row = Numbers;
    }

    /// Changes to rows of [`Numbers`]. Fields that are `None` stay unchanged.
    /// `Some(None)` clears a column that can be NULL.
    #[derive(Debug, Clone, Default, PartialEq, serde::Serialize, serde::Deserialize)]
    pub struct NumbersUpdate {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub period: Option<Period>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[serde(deserialize_with = "supabase_task::client::types::nullable")]
        pub feeling: Option<Option<super::public::Mood>>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub value: Option<f64>,
    }

    impl supabase_task::client::UpdateRow for NumbersUpdate {
        type Row = Numbers;
    }

    /// The arguments of the function `latest`.
    #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
    pub struct LatestArguments;

    impl supabase_task::client::Function for LatestArguments {
        const NAME: &'static str = "latest";
        const SCHEMA: &'static str = "reporting";
        const SELECT: &'static str = <super::public::Samples as supabase_task::client::Row>::SELECT;
        type Returns = Vec<super::public::Samples>;
    }
}
