//! The user that the task runs as: `payload.user_id`, or `user = …`.

use syn::{GenericArgument, Pat, PatType, PathArguments, Type, TypePath, TypeTuple};

use super::arguments::Arguments;
use super::{as_written, over_payload, plain_name, plain_type};
use crate::errors::Errors;
use crate::model::Identity;
use crate::options::{Given, Options};
use crate::values::{Mode, ModeKind};

pub(super) fn check<'a>(
    options: &'a Options,
    mode: Option<Mode>,
    arguments: Option<&Arguments<'a>>,
    errors: &mut Errors,
) -> Option<Identity<'a>> {
    let kind = mode.map(|mode| mode.kind);
    match (&options.user, kind) {
        (Some(user), Some(kind @ (ModeKind::Service | ModeKind::Anon))) => {
            let why = if kind == ModeKind::Service {
                "service tasks bypass Row Level Security"
            } else {
                "anon tasks run as a visitor who is not signed in"
            };
            errors.at(
                user.key,
                format!(
                    "`user` has no meaning with `auth = \"{}\"`: {why}",
                    kind.word()
                ),
            );
            None
        }
        (Some(_), _) => {
            let expression = &Given::value_of(&options.user)?.0;
            over_payload::check("user", expression, arguments?, errors).map(Identity::Expression)
        }
        // `running::check` reports that a schedule has no user.
        (None, Some(ModeKind::User)) if options.schedule.is_some() => None,
        (None, Some(ModeKind::User)) => {
            let payload = arguments.map(|arguments| arguments.payload);
            if let Some((place, message)) = payload.and_then(without_user) {
                errors.on(place, message);
                return None;
            }
            Some(Identity::Field)
        }
        (None, _) => Some(Identity::Nobody),
    }
}

/// A payload that is known to have no `user_id`, and what to write instead.
fn without_user(argument: &PatType) -> Option<(&Type, String)> {
    let ty = plain_type(&argument.ty);
    let message = match ty {
        Type::Tuple(tuple) if tuple.elems.is_empty() => {
            "this task runs as the user that its payload names: take a payload with a field \
             `user_id: UserId`"
                .to_owned()
        }
        Type::Tuple(tuple) => tuple_without_user(tuple, &name_of(argument, "payload")),
        Type::Path(_) if is_user_id(ty) => {
            let name = name_of(argument, "user_id");
            format!("the payload itself is the user's id: write `auth = \"user\", user = {name}`")
        }
        Type::Array(_) => no_fields(ty, &name_of(argument, "payload")),
        Type::Path(path) if has_no_fields(path) => no_fields(ty, &name_of(argument, "payload")),
        _ => return None,
    };
    Some((ty, message))
}

/// The payload's name, for the suggested fix.
fn name_of(argument: &PatType, otherwise: &str) -> String {
    match &*argument.pat {
        Pat::Ident(pattern) => plain_name(&pattern.ident),
        _ => otherwise.to_owned(),
    }
}

fn is_user_id(ty: &Type) -> bool {
    match plain_type(ty) {
        Type::Path(path) => path
            .path
            .segments
            .last()
            .is_some_and(|last| last.ident == "UserId" || last.ident == "Uuid"),
        _ => false,
    }
}

fn tuple_without_user(tuple: &TypeTuple, name: &str) -> String {
    let position = tuple.elems.iter().position(is_user_id);
    let remedy = match position {
        Some(position) => format!("write `user = {name}.{position}`"),
        None => {
            format!("write `user = {name}.0`, or another part of `{name}` that is a `UserId`")
        }
    };
    let fields: Vec<String> = tuple
        .elems
        .iter()
        .enumerate()
        .map(|(position, ty)| format!("`{position}: {}`", as_written(ty)))
        .collect();
    format!(
        "this task runs as a user, and a tuple has no field `user_id`: {remedy} (fields: {})",
        fields.join(", ")
    )
}

fn no_fields(ty: &Type, name: &str) -> String {
    let ty = as_written(ty);
    format!(
        "this task runs as a user, and `{ty}` has no field `user_id`: take a struct with a field \
         `user_id: UserId` and a field of type `{ty}`, or write `user = {name}.…`, with an \
         expression that gives the `UserId`"
    )
}

/// Whether a type is a usual payload type without fields.
fn has_no_fields(path: &TypePath) -> bool {
    const NAMES: &[&str] = &[
        "bool", "char", "f32", "f64", "i8", "i16", "i32", "i64", "i128", "isize", "u8", "u16",
        "u32", "u64", "u128", "usize", "String", "Option", "Vec", "VecDeque", "HashMap", "HashSet",
        "BTreeMap", "BTreeSet",
    ];
    let Some(last) = path.path.segments.last() else {
        return false;
    };
    let arguments = match &last.arguments {
        PathArguments::AngleBracketed(list) => list
            .args
            .iter()
            .filter(|argument| matches!(argument, GenericArgument::Type(_)))
            .count(),
        _ => 0,
    };
    // JSON: `Value`, and `Map<String, Value>`. Users may have a type of their own called `Map`. If their own
    // type is called `Value` and has the field, they have to write `user = payload.user_id`.
    let is_json = last.ident == "Value" && arguments == 0 || last.ident == "Map" && arguments == 2;
    is_json || NAMES.iter().any(|name| last.ident == name)
}
