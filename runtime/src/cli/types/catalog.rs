//! A database, as far as generated types can describe it.

/// The requested schemas.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Catalog {
    pub(super) schemas: Vec<Schema>,
    /// What has no types, and why, as sentences for people.
    pub(super) left_out: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Schema {
    pub(super) name: String,
    pub(super) comment: Option<String>,
    pub(super) relations: Vec<Relation>,
    pub(super) enums: Vec<Enum>,
    pub(super) composites: Vec<Composite>,
    pub(super) functions: Vec<Function>,
}

/// A table or a view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Relation {
    pub(super) name: String,
    pub(super) comment: Option<String>,
    pub(super) is_view: bool,
    pub(super) columns: Vec<Column>,
    pub(super) is_insertable: bool,
    pub(super) is_updatable: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) comment: Option<String>,
    pub(super) r#type: Type,
    pub(super) is_nullable: bool,
    pub(super) on_insert: OnInsert,
    pub(super) is_updatable: bool,
}

/// Whether a new row gives the value of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OnInsert {
    Required,
    /// The column has a default, or can be NULL.
    Optional,
    /// Only the database writes it.
    Never,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Enum {
    pub(super) name: String,
    pub(super) comment: Option<String>,
    pub(super) labels: Vec<String>,
}

/// A type made with `create type … as (…)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Composite {
    pub(super) name: String,
    pub(super) comment: Option<String>,
    pub(super) fields: Vec<Field>,
}

/// A named value of a composite type, or of the rows a function returns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) comment: Option<String>,
    pub(super) r#type: Type,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Function {
    pub(super) name: String,
    pub(super) comment: Option<String>,
    pub(super) arguments: Arguments,
    pub(super) returns: Returns,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Arguments {
    Named(Vec<Argument>),
    /// One JSON argument without a name, which is the whole body of the call.
    Body,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Argument {
    pub(super) name: String,
    pub(super) r#type: Type,
    pub(super) has_default: bool,
}

/// Why a function with such an argument has no types.
pub(super) const UNNAMED_ARGUMENT: &str =
    "an argument has no name, and the API passes arguments by name: give it one";

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Returns {
    Nothing,
    /// The type, and whether it is a set of them.
    Value(Type, Many),
    /// Columns named by `returns table (…)` or `out` arguments.
    Row(Vec<Field>, Many),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Many {
    One,
    Set,
}

/// The name of a type, with its schema.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Name {
    pub(super) schema: String,
    pub(super) name: String,
}

/// The type of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Type {
    /// A built-in type of PostgreSQL, by its name in the catalog: `int8`, not `bigint`.
    Builtin(String),
    Enum(Name),
    Composite(Name),
    /// The rows of a table or view.
    Row(Name),
    Domain(Name, Box<Type>),
    Array(Box<Type>),
    /// An unknown type, such as one of an extension.
    Unknown(Name),
}

impl Name {
    pub(super) fn new(schema: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            schema: schema.into(),
            name: name.into(),
        }
    }
}

impl Catalog {
    /// Sorts everything by name alone, so that the same schema gives the same text.
    pub(super) fn sorted(mut self) -> Self {
        for schema in &mut self.schemas {
            schema.relations.sort_by(|a, b| a.name.cmp(&b.name));
            schema.enums.sort_by(|a, b| a.name.cmp(&b.name));
            schema.composites.sort_by(|a, b| a.name.cmp(&b.name));
            // Overloads stay in the order they came in.
            schema.functions.sort_by(|a, b| a.name.cmp(&b.name));
        }
        self
    }
}
