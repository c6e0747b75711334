//! Functions, as PostgREST calls them: arguments by name.

use super::rows::FunctionRow;
use super::schema_mut;
use super::types::Types;
use crate::cli::types::catalog::{
    Argument, Arguments, Catalog, Field, Function, Many, Returns, Type,
};

/// A function's argument, whichever way it goes.
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

/// Adds `row`, or says why it is left out.
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
        return Err("an argument can be of any type, which the API does not know to choose");
    }
    if let [only] = inputs.as_slice()
        && only.name.is_empty()
        && matches!(types.get(only.oid), Type::Builtin(name) if name == "json" || name == "jsonb")
    {
        return Ok(Arguments::Body);
    }
    if inputs.iter().any(|input| input.name.is_empty()) {
        return Err("an argument has no name, and the API passes arguments by name");
    }
    let first_default = inputs.len().saturating_sub(row.defaults);
    let arguments = inputs.iter().enumerate().map(|(index, input)| Argument {
        name: input.name.clone(),
        r#type: types.get(input.oid),
        has_default: index >= first_default,
    });
    Ok(Arguments::Named(arguments.collect()))
}

fn returns(row: &FunctionRow, parameters: Vec<Parameter>, types: &Types) -> Returns {
    let many = if row.is_set { Many::Set } else { Many::One };
    let outputs: Vec<Field> = parameters
        .into_iter()
        .filter(Parameter::comes_out)
        .enumerate()
        .map(|(index, output)| Field {
            // As PostgreSQL calls it.
            name: match output.name.as_str() {
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
