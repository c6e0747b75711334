//! Turns the options and the function into a [`Task`], or reports every mistake.

use proc_macro2::Span;
use quote::{ToTokens, quote};
use syn::{FnArg, Ident, LitStr, PatType, ReturnType, Safety, Signature, Type};

use crate::errors::Errors;
use crate::input::TaskFn;
use crate::model::{Id, Task};
use crate::options::{Given, Options};
use crate::values::{Mode, invalid_id};

mod arguments;
mod identity;
mod over_payload;
mod role;
mod running;

pub(crate) use arguments::own_type;

/// Checks everything, so that all mistakes are reported at once.
pub(crate) fn check<'a>(
    options: &'a Options,
    function: &'a TaskFn,
    mut errors: Errors,
) -> Result<Task<'a>, Errors> {
    let signature = &function.signature;
    attributes(function, &mut errors);
    modifiers(function, &mut errors);
    generics(signature, &mut errors);
    let mode = mode(options, &mut errors);
    let id = id(options, signature, &mut errors);
    let returns = returns(signature, &mut errors);
    let arguments = arguments::check(signature, mode, &mut errors);
    let role = role::check(options, mode, &mut errors);
    let identity = identity::check(options, mode, arguments.as_ref(), &mut errors);
    let running = running::check(options, mode, arguments.as_ref(), &mut errors);
    match (mode, id, returns, arguments, identity, running) {
        (Some(mode), Some(id), Some(returns), Some(arguments), Some(identity), Some(running))
            if errors.is_empty() =>
        {
            Ok(Task {
                id,
                mode,
                role,
                identity,
                payload: &arguments.payload.ty,
                injected: arguments
                    .injected
                    .iter()
                    .map(|argument| &*argument.ty)
                    .collect(),
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

/// Whether this is another `#[supabase_task]`, below the one that is expanded.
pub(crate) fn is_task_attribute(attribute: &syn::Attribute) -> bool {
    attribute
        .path()
        .segments
        .last()
        .is_some_and(|last| last.ident == "supabase_task")
}

fn attributes(function: &TaskFn, errors: &mut Errors) {
    for attribute in &function.attributes {
        if is_task_attribute(attribute) {
            errors.on(
                attribute,
                "this fn already is a task: put all options into one `#[supabase_task(…)]`",
            );
        } else if let Some(name) = blocking_attribute(attribute) {
            errors.on(
                attribute,
                format!(
                    "`#[{name}]` makes a fn that blocks, and a worker awaits its tasks: leave it \
                     out, and call the task from your `#[tokio::main] async fn main`"
                ),
            );
        }
    }
}

/// `#[tokio::main]`, `#[tokio::test]` and the like, which remove the `async`.
fn blocking_attribute(attribute: &syn::Attribute) -> Option<String> {
    let segments = &attribute.path().segments;
    let last = &segments.last()?.ident;
    (segments.len() > 1 && (last == "main" || last == "test")).then(|| as_written(attribute.path()))
}

fn modifiers(function: &TaskFn, errors: &mut Errors) {
    let signature = &function.signature;
    if signature.asyncness.is_none() {
        // A `#[tokio::main]` above this attribute leaves a `block_on` behind.
        let blocks = arguments::find_ident(function.body.clone(), "block_on").is_some();
        let message = match blocks {
            false => "a task must be an `async fn`",
            true => {
                "a task must be an `async fn`, and this one blocks: leave out the `#[tokio::main]` \
                 above it, or the `block_on` in it"
            }
        };
        errors.at(signature.fn_token.span, message);
    }
    // rustc itself reports that `const` and `async` exclude each other.
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
    match (&options.auth, &options.role) {
        (Some(_), _) => {}
        (None, Some(role)) if role.value.is_some() => {
            errors.at(role.key, "missing `auth`: write `auth = \"role\"` before it");
        }
        // The wrong value was reported already.
        (None, Some(_)) => {}
        (None, None) => errors.at(
            Span::call_site(),
            "missing `auth`: write `auth = \"user\"` to act as the payload's user, \
             `auth = \"service\"` to bypass Row Level Security, `auth = \"role\"` to act as a role of \
             the database, or `auth = \"anon\"`",
        ),
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
        ReturnType::Type(_, ty) if has_impl_trait(ty) => {
            errors.on(
                ty,
                "name the type: a task's output is stored, so it cannot be `impl Trait`",
            );
            None
        }
        ReturnType::Type(_, ty) if is_no_result(ty) => {
            let output = match plain_type(ty) {
                Type::Never(_) => "()".to_owned(),
                ty => as_written(ty),
            };
            let message = format!("a task returns a `Result`: write `TaskResult<{output}>`");
            errors.on(ty, message);
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

fn has_impl_trait(ty: &Type) -> bool {
    arguments::find_ident(ty.to_token_stream(), "impl").is_some()
}

/// A type or an expression as people write it: tokens alone print as `Option < u64 >`.
pub(crate) fn as_written(tokens: impl ToTokens) -> String {
    let tokens = tokens.to_token_stream().to_string();
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

/// The type inside parentheses, including the invisible ones around a `$name:ty` of `macro_rules!`.
pub(crate) fn plain_type(mut ty: &Type) -> &Type {
    loop {
        ty = match ty {
            Type::Group(group) => &group.elem,
            Type::Paren(paren) => &paren.elem,
            ty => return ty,
        }
    }
}

/// Whether a type is certainly not a `Result`. An unknown name may be an alias of one.
pub(crate) fn is_no_result(ty: &Type) -> bool {
    const NAMES: &[&str] = &[
        "bool", "char", "f32", "f64", "i8", "i16", "i32", "i64", "i128", "isize", "u8", "u16",
        "u32", "u64", "u128", "usize", "Option", "String", "Vec",
    ];
    match plain_type(ty) {
        Type::Tuple(_) | Type::Array(_) | Type::Never(_) => true,
        Type::Path(path) => match path.path.segments.last() {
            Some(last) => NAMES.iter().any(|name| last.ident == name),
            None => false,
        },
        _ => false,
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
