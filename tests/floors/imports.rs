//! The paths that a file names.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Ident, Item, ItemUse, UseTree, Visibility};

use crate::modules::Module;

/// A path that a file names, from the crate's root.
#[derive(Debug)]
pub(crate) struct Import {
    pub(crate) path: Vec<String>,
    /// Of a `pub use`: the path under which it can be named, too.
    pub(crate) exported_as: Option<Vec<String>>,
}

/// All paths of `items`. Those of other crates are among them, and are in no module.
pub(crate) fn imports_of(module: &Module, items: &[Item]) -> Vec<Import> {
    let mut imports = Vec::new();
    let mut here = module.0.clone();
    // The root has no name in a path.
    if here == ["lib"] {
        here.clear();
    }
    for item in items {
        in_item(&here, item, &mut imports);
    }
    imports
}

fn in_item(here: &[String], item: &Item, imports: &mut Vec<Import>) {
    match item {
        Item::Use(item) => in_use(here, item, imports),
        Item::Mod(item) => {
            let mut inside = here.to_vec();
            inside.push(item.ident.to_string());
            for item in item.content.iter().flat_map(|(_, items)| items) {
                in_item(&inside, item, imports);
            }
        }
        item => in_tokens(here, item.to_token_stream(), imports),
    }
}

fn in_use(here: &[String], item: &ItemUse, imports: &mut Vec<Import>) {
    let is_export = !matches!(item.vis, Visibility::Inherited);
    let mut named = Vec::new();
    in_tree(&item.tree, &mut Vec::new(), &mut named);
    for (path, name) in named {
        let Some(path) = from_root(here, path) else {
            continue;
        };
        let exported_as = |name: String| here.iter().cloned().chain([name]).collect();
        let exported_as = name.filter(|_| is_export).map(exported_as);
        imports.push(Import { path, exported_as });
    }
}

/// Paths, and the name that each has here; a glob has none.
fn in_tree(
    tree: &UseTree,
    before: &mut Vec<String>,
    named: &mut Vec<(Vec<String>, Option<String>)>,
) {
    let ended = |name: &Ident| before.iter().cloned().chain([name.to_string()]).collect();
    match tree {
        UseTree::Path(path) => {
            before.push(path.ident.to_string());
            in_tree(&path.tree, before, named);
            before.pop();
        }
        UseTree::Name(name) => named.push((ended(&name.ident), Some(name.ident.to_string()))),
        UseTree::Rename(name) => named.push((ended(&name.ident), Some(name.rename.to_string()))),
        UseTree::Glob(_) => named.push((before.clone(), None)),
        UseTree::Group(group) => {
            for tree in &group.items {
                in_tree(tree, before, named);
            }
        }
    }
}

/// Also in the bodies of functions and macros. What `pub(in …)` names is not used.
fn in_tokens(here: &[String], tokens: TokenStream, imports: &mut Vec<Import>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let is_colons = |at: usize| {
        let is_colon = |at: usize| matches!(tokens.get(at), Some(TokenTree::Punct(punct)) if punct.as_char() == ':');
        is_colon(at) && is_colon(at + 1)
    };
    let mut at = 0;
    while at < tokens.len() {
        match &tokens[at] {
            TokenTree::Ident(word) if *word == "pub" => {
                let is_restricted = matches!(
                    tokens.get(at + 1),
                    Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis
                );
                at += usize::from(is_restricted);
            }
            TokenTree::Ident(word) if *word == "use" => {
                let is_end = |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ';');
                let end = tokens[at..].iter().position(is_end);
                let end = end.map_or(tokens.len(), |length| at + length + 1);
                // In the body of a macro it may be anything.
                let item = tokens[at..end].iter().cloned().collect();
                if let Ok(item) = syn::parse2::<ItemUse>(item) {
                    in_use(here, &item, imports);
                    at = end - 1;
                }
            }
            TokenTree::Ident(first) => {
                let mut path = vec![first.to_string()];
                while is_colons(at + 1)
                    && let Some(TokenTree::Ident(name)) = tokens.get(at + 3)
                {
                    path.push(name.to_string());
                    at += 3;
                }
                if path.len() > 1
                    && let Some(path) = from_root(here, path)
                {
                    let exported_as = None;
                    imports.push(Import { path, exported_as });
                }
            }
            TokenTree::Group(group) => in_tokens(here, group.stream(), imports),
            _ => {}
        }
        at += 1;
    }
}

fn from_root(here: &[String], path: Vec<String>) -> Option<Vec<String>> {
    let mut from = here.to_vec();
    let mut names = path.into_iter().peekable();
    if names.next_if(|name| name == "crate").is_some() {
        from.clear();
    }
    while names.next_if(|name| name == "self").is_some() {}
    while names.next_if(|name| name == "super").is_some() {
        from.pop()?;
    }
    // The module has this path in the crate, for the macros.
    if from.is_empty() && names.next_if(|name| name == "__private").is_some() {
        from.push("private".to_owned());
    }
    from.extend(names);
    Some(from)
}
