//! From options and fn to a [`Task`], or to every reason why not.

use proc_macro2::Span;
use quote::{ToTokens, quote};
use syn::spanned::Spanned;
use syn::{FnArg, Ident, LitStr, Pat, PatType, ReturnType, Safety, Signature, Type};

use crate::errors::Errors;
use crate::input::TaskFn;
use crate::model::{Id, Identity, OverPayload, Task};
use crate::options::{Given, Options};
use crate::values::{Mode, ModeKind, invalid_id};

mod arguments;
mod running;

/// Checks everything, so that all mistakes are reported at once.
pub(crate) fn check<'a>(
    options: &'a Options,
    function: &'a TaskFn,
    mut errors: Errors,
) -> Result<Task<'a>, Errors> {
    let signature = &function.signature;
    repeated_attribute(function, &mut errors);
    modifiers(signature, &mut errors);
    generics(signature, &mut errors);
    let mode = mode(options, &mut errors);
    let id = id(options, signature, &mut errors);
    let returns = returns(signature, &mut errors);
    let arguments = arguments::check(signature, mode, &mut errors);
    let payload_argument = arguments.as_ref().map(|arguments| arguments.payload);
    let identity = identity(options, mode, payload_argument, &mut errors);
    let running = running::check(options, mode, payload_argument, &mut errors);
    match (mode, id, returns, arguments, identity, running) {
        (Some(mode), Some(id), Some(returns), Some(arguments), Some(identity), Some(running))
            if errors.is_empty() =>
        {
            Ok(Task {
                id,
                mode,
                identity,
                payload: &arguments.payload.ty,
                injected: arguments.injected,
                returns,
                running,
                crate_path: crate_path(options),
            })
        }
        _ => Err(errors),
    }
}

/// Where the generated code finds the runtime.
pub(crate) fn crate_path(options: &Options) -> proc_macro2::TokenStream {
    match Given::value_of(&options.crate_path) {
        Some(path) => path.0.clone(),
        None => quote!(::supabase_task),
    }
}

/// The other `#[supabase_task]` below this one, if any.
pub(crate) fn is_task_attribute(attribute: &syn::Attribute) -> bool {
    attribute
        .path()
        .segments
        .last()
        .is_some_and(|last| last.ident == "supabase_task")
}

fn repeated_attribute(function: &TaskFn, errors: &mut Errors) {
    for attribute in function.attributes.iter().filter(|a| is_task_attribute(a)) {
        errors.on(
            attribute,
            "this fn already is a task: put all options into one `#[supabase_task(…)]`",
        );
    }
}

fn modifiers(signature: &Signature, errors: &mut Errors) {
    if signature.asyncness.is_none() {
        errors.at(signature.fn_token.span, "a task must be an `async fn`");
    }
    // `const` needs no word of ours: rustc says that it goes with no `async`.
    if let Safety::Unsafe(unsafety) = signature.safety {
        errors.at(
            unsafety.span,
            "a task cannot be `unsafe`: any worker may call it",
        );
    }
    if let Some(abi) = &signature.abi {
        errors.on(abi, "a task cannot be `extern`");
    }
    if let Some(variadic) = &signature.variadic {
        errors.on(variadic, "a task cannot be variadic");
    }
}

fn generics(signature: &Signature, errors: &mut Errors) {
    let generics = &signature.generics;
    let message = "a task cannot be generic: its payload is stored as JSON and read back by the \
                   task's id alone, so each task has one payload type";
    if !generics.params.is_empty() {
        errors.on(generics, message);
    } else if let Some(clause) = &generics.where_clause {
        errors.on(clause, message);
    }
}

fn mode(options: &Options, errors: &mut Errors) -> Option<Mode> {
    if options.auth.is_none() {
        errors.at(
            Span::call_site(),
            "missing `auth`: write `auth = \"user\"` to act as the payload's user, \
             `auth = \"service\"` to bypass Row Level Security, or `auth = \"anon\"`",
        );
    }
    Given::value_of(&options.auth).copied()
}

fn id(options: &Options, signature: &Signature, errors: &mut Errors) -> Option<Id> {
    if options.id.is_some() {
        return Given::value_of(&options.id).map(|id| Id::Literal(id.0.clone()));
    }
    let name = plain_name(&signature.ident);
    if name == "run" {
        return Some(Id::Module);
    }
    match invalid_id(&name) {
        None => Some(Id::Literal(LitStr::new(&name, signature.ident.span()))),
        Some(reason) => {
            errors.at(
                signature.ident.span(),
                format!("the fn's name cannot be the task's id ({reason}): add `id = \"…\"`"),
            );
            None
        }
    }
}

/// The name without `r#`.
pub(crate) fn plain_name(ident: &Ident) -> String {
    let name = ident.to_string();
    name.strip_prefix("r#").unwrap_or(&name).to_owned()
}

fn returns<'a>(signature: &'a Signature, errors: &mut Errors) -> Option<&'a Type> {
    match &signature.output {
        ReturnType::Type(_, ty) if matches!(plain_type(ty), Type::ImplTrait(_)) => {
            errors.on(
                ty,
                "name the type: a task's output is stored, so it cannot be `impl Trait`",
            );
            None
        }
        ReturnType::Type(_, ty) if is_no_result(ty) => {
            errors.on(
                ty,
                format!(
                    "a task returns a `Result`: write `TaskResult<{}>`",
                    as_written(ty)
                ),
            );
            None
        }
        ReturnType::Type(_, ty) => Some(ty),
        ReturnType::Default => {
            errors.at(
                signature.paren_token.span.close(),
                "a task returns a `Result`: write `-> TaskResult<()>` after the arguments",
            );
            None
        }
    }
}

/// A type as people write it: tokens alone print as `Option < u64 >`.
fn as_written(ty: &Type) -> String {
    let tokens = ty.to_token_stream().to_string();
    let is_word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    let mut written = String::with_capacity(tokens.len());
    for (at, c) in tokens.char_indices() {
        let (before, after) = (
            written.chars().last(),
            tokens[at + c.len_utf8()..].chars().next(),
        );
        let keep = before == Some(',') || is_word(before) && is_word(after);
        if c != ' ' || keep {
            written.push(c);
        }
    }
    written
}

/// The type inside of parentheses, and of the invisible ones around a `$name:ty` of `macro_rules!`.
pub(crate) fn plain_type(mut ty: &Type) -> &Type {
    loop {
        ty = match ty {
            Type::Group(group) => &group.elem,
            Type::Paren(paren) => &paren.elem,
            ty => return ty,
        }
    }
}

/// Whether a type surely is no `Result`. An unknown name may be an alias of one.
pub(crate) fn is_no_result(ty: &Type) -> bool {
    const NAMES: &[&str] = &[
        "bool", "char", "f32", "f64", "i8", "i16", "i32", "i64", "i128", "isize", "u8", "u16",
        "u32", "u64", "u128", "usize", "Option", "String", "Vec",
    ];
    match plain_type(ty) {
        Type::Tuple(_) | Type::Array(_) => true,
        Type::Path(path) => match path.path.segments.last() {
            Some(last) => NAMES.iter().any(|name| last.ident == name),
            None => false,
        },
        _ => false,
    }
}

fn identity<'a>(
    options: &'a Options,
    mode: Option<Mode>,
    payload: Option<&'a PatType>,
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
        (Some(user), _) => {
            let expression = &user.value.as_ref()?.0;
            let payload = payload_name("user", payload?, errors)?;
            Some(Identity::Expression(OverPayload {
                payload,
                expression,
            }))
        }
        // A schedule has no user, which is said once.
        (None, Some(ModeKind::User)) if options.schedule.is_some() => None,
        (None, Some(ModeKind::User)) => {
            if let Some((place, message)) = payload.and_then(payload_without_fields) {
                errors.on(place, message);
                return None;
            }
            Some(Identity::Field)
        }
        (None, _) => Some(Identity::Nobody),
    }
}

/// A payload that is known to have no `user_id`: rustc could only say that the field is missing.
fn payload_without_fields(argument: &PatType) -> Option<(&Type, String)> {
    let ty = plain_type(&argument.ty);
    let message = match ty {
        Type::Tuple(tuple) if tuple.elems.is_empty() => {
            "this task runs as a user, and its payload says who: take a type with a \
             `user_id: UserId`"
                .to_owned()
        }
        Type::Path(path) => {
            let last = &path.path.segments.last()?.ident;
            if last != "UserId" && last != "Uuid" {
                return None;
            }
            let name = match &*argument.pat {
                Pat::Ident(pattern) => pattern.ident.to_string(),
                _ => "user_id".to_owned(),
            };
            format!("the payload itself is the user's id: write `auth = \"user\", user = {name}`")
        }
        _ => return None,
    };
    Some((ty, message))
}

/// The name that the expression of an option can use for the payload.
fn payload_name<'a>(option: &str, argument: &'a PatType, errors: &mut Errors) -> Option<&'a Ident> {
    match &*argument.pat {
        Pat::Ident(pattern) => Some(&pattern.ident),
        pattern => {
            errors.at(
                pattern.span(),
                format!(
                    "`{option} = …` needs the payload by name: write `payload: {}` and take it apart \
                     in the body",
                    as_written(&argument.ty)
                ),
            );
            None
        }
    }
}

/// The argument that was most likely meant as the payload.
pub(crate) fn payload_argument(signature: &Signature) -> Option<&PatType> {
    signature.inputs.iter().find_map(|argument| match argument {
        FnArg::Typed(argument) if arguments::find_injected(&argument.ty).is_none() => {
            Some(argument)
        }
        FnArg::Typed(_) | FnArg::Receiver(_) => None,
    })
}
