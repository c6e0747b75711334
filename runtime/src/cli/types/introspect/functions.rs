//! Functions, as PostgREST calls them: arguments by name.

use std::collections::BTreeMap;

use super::rows::FunctionRow;
use super::schema_mut;
use super::types::Types;
use crate::cli::types::catalog::{
    Argument, Arguments, Catalog, Field, Function, Many, Returns, Type, UNNAMED_ARGUMENT,
};

/// PostgREST's name for the only column of a function's result, if that has no name.
const UNNAMED_RESULT: &str = "pgrst_call";

/// An input or output argument of a function.
struct Parameter {
    name: String,
    mode: char,
    oid: i64,
}

impl Parameter {
    fn goes_in(&self) -> bool {
        matches!(self.mode, 'i' | 'b' | 'v')
    }

    fn comes_out(&self) -> bool {
        matches!(self.mode, 'o' | 'b' | 't')
    }
}

/// Adds `row`, or records why it is left out.
pub(super) fn add(catalog: &mut Catalog, row: FunctionRow, types: &Types) {
    let parameters = parameters(&row);
    let arguments = match arguments(&row, &parameters, types) {
        Ok(arguments) => arguments,
        Err(reason) => {
            let sentence = format!("the function `{}` has no types: {reason}", row.signature);
            return catalog.left_out.push(sentence);
        }
    };
    let returns = returns(&row, parameters, types);
    if let Some(schema) = schema_mut(catalog, &row.schema) {
        schema.functions.push(Function {
            name: row.name,
            comment: row.comment,
            arguments,
            returns,
        });
    }
}

fn parameters(row: &FunctionRow) -> Vec<Parameter> {
    let name = |index| row.argument_names.as_ref()?.get(index).cloned();
    let mode = |index| row.argument_modes.as_ref()?.get(index).copied();
    row.argument_types
        .iter()
        .enumerate()
        .map(|(index, &oid)| Parameter {
            name: name(index).unwrap_or_default(),
            mode: mode(index).unwrap_or('i'),
            oid,
        })
        .collect()
}

fn arguments(
    row: &FunctionRow,
    parameters: &[Parameter],
    types: &Types,
) -> Result<Arguments, &'static str> {
    let inputs: Vec<&Parameter> = parameters.iter().filter(|given| given.goes_in()).collect();
    if inputs.iter().any(|input| types.is_pseudo(input.oid)) {
        return Err("an argument can be of any type, and the API cannot choose one");
    }
    // PostgREST takes the first names of all arguments for those of the inputs.
    let first_output = parameters.iter().position(|given| !given.goes_in());
    if first_output.is_some_and(|first| first < inputs.len()) {
        return Err(
            "an output argument comes before an input argument, and the API mistakes one for the \
             other: declare output arguments last",
        );
    }
    if let [only] = inputs.as_slice()
        && only.name.is_empty()
        && matches!(types.get(only.oid), Type::Builtin(name) if name == "json" || name == "jsonb")
    {
        return Ok(Arguments::Body);
    }
    let first_default = inputs.len().saturating_sub(row.defaults);
    // An argument with a default needs no name if others have one: without any names, the API has no such
    // function.
    let is_left_out = |index| index >= first_default && row.argument_names.is_some();
    let mut arguments = Vec::with_capacity(inputs.len());
    for (index, input) in inputs.iter().enumerate() {
        match input.name.as_str() {
            "" if is_left_out(index) => {}
            "" => return Err(UNNAMED_ARGUMENT),
            name => arguments.push(Argument {
                name: name.to_owned(),
                r#type: types.get(input.oid),
                has_default: index >= first_default,
            }),
        }
    }
    Ok(Arguments::Named(arguments))
}

fn returns(row: &FunctionRow, parameters: Vec<Parameter>, types: &Types) -> Returns {
    let many = if row.is_set { Many::Set } else { Many::One };
    let mut outputs: Vec<Parameter> = parameters;
    outputs.retain(Parameter::comes_out);
    let is_alone = outputs.len() == 1;
    let outputs: Vec<Field> = outputs
        .into_iter()
        .enumerate()
        .map(|(index, output)| Field {
            name: match output.name.as_str() {
                "" if is_alone => UNNAMED_RESULT.to_owned(),
                // PostgreSQL's own name for it.
                "" => format!("column{}", index + 1),
                _ => output.name,
            },
            comment: None,
            r#type: types.get(output.oid),
        })
        .collect();
    if !outputs.is_empty() {
        return Returns::Row(outputs, many);
    }
    match types.get(row.returns) {
        Type::Builtin(name) if name == "void" => Returns::Nothing,
        _ if types.is_pseudo(row.returns) => {
            Returns::Value(Type::Builtin("record".to_owned()), many)
        }
        value => Returns::Value(value, many),
    }
}

/// Removes functions that no call can choose between: those with the same name and argument names.
pub(super) fn leave_out_ambiguous(catalog: &mut Catalog) {
    for schema in &mut catalog.schemas {
        let mut alike: BTreeMap<(String, Vec<(String, bool)>), usize> = BTreeMap::new();
        for function in &schema.functions {
            *alike.entry(call(function)).or_default() += 1;
        }
        schema
            .functions
            .retain(|function| alike[&call(function)] == 1);
        for ((name, arguments), count) in alike.into_iter().filter(|(_, count)| *count > 1) {
            let names: Vec<String> = arguments.into_iter().map(|(name, _)| name).collect();
            catalog.left_out.push(format!(
                "{count} functions `{name}({})` have no types: the API chooses a function by the \
                 names of its arguments, and theirs are the same; rename one of them",
                names.join(", ")
            ));
        }
    }
}

/// How the API chooses a function: by its name, its arguments' names, and whether each has a default.
fn call(function: &Function) -> (String, Vec<(String, bool)>) {
    let mut arguments: Vec<(String, bool)> = match &function.arguments {
        Arguments::Body => vec![(String::new(), false)],
        Arguments::Named(arguments) => arguments
            .iter()
            .map(|argument| (argument.name.clone(), argument.has_default))
            .collect(),
    };
    arguments.sort();
    (function.name.clone(), arguments)
}
