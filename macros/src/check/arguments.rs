//! The arguments: the payload first, then the injected ones.
//!
//! Tokens are inspected for good messages, types decide: a mistake that is recognised here gets its
//! own message; one that is hidden by an alias or a wrapper is caught by the `FromTask` bound in
//! the generated code.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{FnArg, Ident, PatType, Signature, Type, TypeReference};

use super::plain_type;
use crate::errors::Errors;
use crate::values::{Handle, Mode, ModeKind};

pub(crate) struct Arguments<'a> {
    pub(crate) payload: &'a PatType,
    /// The arguments after the payload, in order.
    pub(crate) injected: Vec<&'a PatType>,
}

pub(crate) fn check<'a>(
    signature: &'a Signature,
    mode: Option<Mode>,
    errors: &mut Errors,
) -> Option<Arguments<'a>> {
    if let Some(receiver) = signature.receiver() {
        errors.on(
            receiver,
            "a task is a free fn: move it out of the `impl` or the trait, and take what it needs of \
             `self` as payload or `State`",
        );
        return None;
    }
    if let Some(name) = own_type(signature) {
        errors.at(
            name.span(),
            "a task is a free fn: move it out of the `impl` or the trait, and name the type in place \
             of `Self`",
        );
        return None;
    }
    let mut typed = signature
        .inputs
        .iter()
        .filter_map(|argument| match argument {
            FnArg::Typed(argument) => Some(argument),
            FnArg::Receiver(_) => None,
        });
    let Some(payload) = typed.next() else {
        let client = mode.map_or("UserClient", |mode| mode.kind.client());
        errors.on(
            &signature.ident,
            format!(
                "a task takes its payload first, then what is injected: write \
                 `(payload: MyPayload, supabase: {client})`, or `_payload: ()` if there is none"
            ),
        );
        return None;
    };
    let injected: Vec<&PatType> = typed.collect();
    let payload_is_right = check_payload(payload, errors);
    for argument in &injected {
        check_injected(argument, mode, errors);
    }
    if payload_is_right {
        check_client(signature, &injected, mode, errors);
    }
    for argument in &signature.inputs {
        check_attributes(argument, errors);
    }
    Some(Arguments { payload, injected })
}

/// `Self` in a signature. It means that the function is in an `impl` or a trait.
pub(crate) fn own_type(signature: &Signature) -> Option<Ident> {
    find_ident(signature.to_token_stream(), "Self")
}

fn check_payload(payload: &PatType, errors: &mut Errors) -> bool {
    let ty = plain_type(&payload.ty);
    if let Some((name, span)) = find_injected(ty) {
        errors.at(
            span,
            format!(
                "the payload goes first, and `{name}` is injected after it: move the payload \
                 here, or write `_payload: ()` if there is none"
            ),
        );
        return false;
    }
    let borrowed = match ty {
        Type::Reference(reference) => Some((reference.and_token.span, owned_name(reference))),
        ty => find_lifetime(ty.to_token_stream()).map(|span| {
            let remedy = "let its fields be owned, such as `String` in place of `&str`";
            (span, remedy.to_owned())
        }),
    };
    if let Some((span, remedy)) = borrowed {
        errors.at(
            span,
            format!(
                "a payload owns its data, because it is stored between trigger and run: {remedy}"
            ),
        );
        return false;
    }
    if let Type::ImplTrait(_) = ty {
        errors.on(
            ty,
            "name the payload's type: `impl Trait` cannot be stored and read back",
        );
        return false;
    }
    true
}

/// What to write in place of a reference.
fn owned_name(reference: &TypeReference) -> String {
    let borrow = match reference.mutability {
        Some(_) => "&mut",
        None => "&",
    };
    match super::as_written(&reference.elem).as_str() {
        "str" => "write `String`".to_owned(),
        owned => format!("write `{owned}` without the `{borrow}`"),
    }
}

fn check_injected(argument: &PatType, mode: Option<Mode>, errors: &mut Errors) {
    match plain_type(&argument.ty) {
        Type::Reference(reference) => {
            errors.at(
                reference.and_token.span,
                format!("arguments are injected by value: {}", owned_name(reference)),
            );
        }
        Type::ImplTrait(implementation) => {
            errors.on(
                implementation,
                "name the type: `impl Trait` cannot be injected",
            );
        }
        ty => check_mode(ty, mode, errors),
    }
}

/// Reports a client of another mode, or the factory of all clients, anywhere in the type.
fn check_mode(ty: &Type, mode: Option<Mode>, errors: &mut Errors) {
    let Some(mode) = mode else { return };
    if let Some(factory) = find_ident(ty.to_token_stream(), "Supabase") {
        let own = mode.kind.client();
        errors.at(
            factory.span(),
            format!(
                "`Supabase` makes clients of every identity, so no task takes it: take `{own}`"
            ),
        );
        return;
    }
    let Some(Found { handle, kind, span }) = find_handle(ty.to_token_stream(), Some(mode.kind))
    else {
        return;
    };
    let (task, own) = (mode.kind.word(), handle.name(mode.kind));
    let (name, other) = (handle.name(kind), kind.word());
    let remedy = match (handle, mode.kind, kind) {
        (Handle::Client, ModeKind::Service, ModeKind::User) => {
            format!("take `{own}` and call `act_as(user_id)` on it")
        }
        (Handle::Client, ModeKind::Service, ModeKind::Role) => {
            format!("take `{own}` and call `act_as_role::<…>()` on it")
        }
        (_, _, ModeKind::Role) => {
            format!("take `{own}`, or change the task to `auth = \"role\"` with its `role = …`")
        }
        (_, ModeKind::Role, _) => {
            format!("take the `{own}` of its role, or change the task to `auth = \"{other}\"`")
        }
        _ => format!("take `{own}`, or change the task to `auth = \"{other}\"`"),
    };
    errors.at(
        span,
        format!("`{name}` is not available in an `auth = \"{task}\"` task: {remedy}"),
    );
}

/// A user task that cannot reach Supabase as its user is almost certainly a mistake.
fn check_client(
    signature: &Signature,
    injected: &[&PatType],
    mode: Option<Mode>,
    errors: &mut Errors,
) {
    let missing = match mode.map(|mode| mode.kind) {
        Some(ModeKind::User) => {
            "this task runs as a user but takes no client: add `supabase: UserClient` after the \
             payload"
        }
        Some(ModeKind::Role) => {
            "this task runs as a role but takes no client: add a `RoleClient` of its role after the \
             payload"
        }
        _ => return,
    };
    // An unknown type may contain the client: an alias, or an extractor of the user's own.
    if injected
        .iter()
        .all(|argument| is_never_a_client(&argument.ty))
    {
        errors.on(&signature.ident, missing);
    }
}

fn is_never_a_client(ty: &Type) -> bool {
    find_extractor(ty).is_some() && find_handle(ty.to_token_stream(), None).is_none()
}

/// `TaskContext` or `State<…>`.
fn find_extractor(ty: &Type) -> Option<&Ident> {
    let Type::Path(path) = plain_type(ty) else {
        return None;
    };
    let last = &path.path.segments.last()?.ident;
    (last == "TaskContext" || last == "State").then_some(last)
}

/// The name and span of a type that is injected and so cannot be the payload.
pub(crate) fn find_injected(ty: &Type) -> Option<(String, Span)> {
    match find_handle(ty.to_token_stream(), None) {
        Some(Found { handle, kind, span }) => Some((handle.name(kind).to_owned(), span)),
        None => find_extractor(ty).map(|name| (name.to_string(), name.span())),
    }
}

/// `cfg` on an argument would have to be repeated where the fn is called, which Rust has no syntax
/// for.
fn check_attributes(argument: &FnArg, errors: &mut Errors) {
    let FnArg::Typed(argument) = argument else {
        return;
    };
    for attribute in argument
        .attrs
        .iter()
        .filter(|attribute| attribute.path().is_ident("cfg"))
    {
        errors.on(
            attribute,
            "an argument of a task cannot depend on `cfg`: put `#[cfg(…)]` on the whole task",
        );
    }
}

/// A client or a database that a type names.
struct Found {
    handle: Handle,
    kind: ModeKind,
    span: Span,
}

/// The first client or database named anywhere in a type. Those of the `legal` mode do not count.
fn find_handle(tokens: TokenStream, legal: Option<ModeKind>) -> Option<Found> {
    tokens.into_iter().find_map(|token| match token {
        TokenTree::Ident(ident) => {
            let (handle, kind) = Handle::named(&ident)?;
            let span = ident.span();
            (Some(kind) != legal).then_some(Found { handle, kind, span })
        }
        TokenTree::Group(group) => find_handle(group.stream(), legal),
        _ => None,
    })
}

/// The first use of a name anywhere in a type.
pub(crate) fn find_ident(tokens: TokenStream, name: &str) -> Option<Ident> {
    tokens.into_iter().find_map(|token| match token {
        TokenTree::Ident(ident) => (ident == name).then_some(ident),
        TokenTree::Group(group) => find_ident(group.stream(), name),
        _ => None,
    })
}

/// A lifetime other than `'static` anywhere in a type.
fn find_lifetime(tokens: TokenStream) -> Option<Span> {
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Punct(punct) if punct.as_char() == '\'' => match tokens.peek() {
                Some(TokenTree::Ident(name)) if name == "static" => {}
                _ => return Some(punct.span()),
            },
            TokenTree::Punct(punct) if punct.as_char() == '&' => return Some(punct.span()),
            TokenTree::Group(group) => {
                if let Some(span) = find_lifetime(group.stream()) {
                    return Some(span);
                }
            }
            _ => {}
        }
    }
    None
}
