//! The names in the generated module.

use std::collections::HashMap;

use super::super::catalog::{Catalog, Function, Name, Returns, Schema};
use super::super::names::{self, Namespace, pascal_case};

/// The identifiers of a whole catalog.
#[derive(Debug)]
pub(crate) struct Identifiers {
    /// Whether each schema has a module of its own.
    has_modules: bool,
    pub(super) schemas: Vec<SchemaIdentifiers>,
    types: HashMap<Name, (usize, String)>,
    rows: HashMap<Name, (usize, String)>,
}

/// The identifiers of one schema, in the order of the catalog.
#[derive(Debug)]
pub(super) struct SchemaIdentifiers {
    pub(super) module: String,
    pub(super) enums: Vec<String>,
    pub(super) composites: Vec<String>,
    pub(super) relations: Vec<RelationIdentifiers>,
    pub(super) functions: Vec<FunctionIdentifiers>,
}

#[derive(Debug)]
pub(super) struct RelationIdentifiers {
    pub(super) row: String,
    pub(super) insert: String,
    pub(super) update: String,
}

#[derive(Debug)]
pub(super) struct FunctionIdentifiers {
    pub(super) arguments: String,
    /// Empty if it returns no rows of its own.
    pub(super) row: String,
}

/// Names as they are written in one schema's module.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scope<'a> {
    all: &'a Identifiers,
    schema: usize,
}

impl Identifiers {
    /// Rows, enums and composite types get their names first, then the types derived from them.
    pub(super) fn of(catalog: &Catalog) -> Self {
        let modules = names::fields(catalog.schemas.iter().map(|schema| schema.name.as_str()));
        let mut all = Self {
            has_modules: catalog.schemas.len() > 1,
            schemas: Vec::new(),
            types: HashMap::new(),
            rows: HashMap::new(),
        };
        for (index, (schema, module)) in catalog.schemas.iter().zip(modules).enumerate() {
            let identifiers = SchemaIdentifiers::of(schema, module);
            let name = |name: &str| Name::new(&schema.name, name);
            let enums = schema.enums.iter().map(|r#enum| &r#enum.name);
            let composites = schema.composites.iter().map(|composite| &composite.name);
            let enums = enums.zip(&identifiers.enums);
            for (of, identifier) in enums.chain(composites.zip(&identifiers.composites)) {
                all.types.insert(name(of), (index, identifier.clone()));
            }
            for (relation, identifiers) in schema.relations.iter().zip(&identifiers.relations) {
                let place = (index, identifiers.row.clone());
                all.rows.insert(name(&relation.name), place);
            }
            all.schemas.push(identifiers);
        }
        all
    }

    pub(super) fn scope(&self, schema: usize) -> Scope<'_> {
        Scope { all: self, schema }
    }
}

impl SchemaIdentifiers {
    fn of(schema: &Schema, module: String) -> Self {
        let mut types = Namespace::of_types();
        let mut take = |name: &String| types.take(pascal_case(name));
        let relations = schema.relations.iter().map(|relation| &relation.name);
        let rows: Vec<String> = relations.map(&mut take).collect();
        let enums = schema.enums.iter().map(|r#enum| &r#enum.name);
        let enums = enums.map(&mut take).collect();
        let composites = schema.composites.iter().map(|composite| &composite.name);
        let composites = composites.map(&mut take).collect();
        let relations = rows
            .into_iter()
            .map(|row| RelationIdentifiers {
                insert: types.take(format!("{row}Insert")),
                update: types.take(format!("{row}Update")),
                row,
            })
            .collect();
        let functions = schema
            .functions
            .iter()
            .map(|function| FunctionIdentifiers::of(function, &mut types))
            .collect();
        Self {
            module,
            enums,
            composites,
            relations,
            functions,
        }
    }
}

impl FunctionIdentifiers {
    fn of(function: &Function, types: &mut Namespace) -> Self {
        let name = pascal_case(&function.name);
        Self {
            arguments: types.take(format!("{name}Arguments")),
            row: match function.returns {
                Returns::Row(..) => types.take(format!("{name}Row")),
                Returns::Nothing | Returns::Value(..) => String::new(),
            },
        }
    }
}

impl Scope<'_> {
    /// The path of an enum or a composite type. `None` if its schema was not requested.
    pub(crate) fn path(&self, name: &Name) -> Option<String> {
        self.all.types.get(name).map(|place| self.path_to(place))
    }

    /// The path of the row type of a table or view.
    pub(super) fn row(&self, name: &Name) -> Option<String> {
        self.all.rows.get(name).map(|place| self.path_to(place))
    }

    fn path_to(&self, (schema, identifier): &(usize, String)) -> String {
        if self.all.has_modules && *schema != self.schema {
            format!("super::{}::{identifier}", self.all.schemas[*schema].module)
        } else {
            identifier.clone()
        }
    }
}
