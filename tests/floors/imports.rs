//! The paths that a file names.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Item, UseTree, Visibility};

use crate::modules::Module;

/// A path that a file names, from the crate's root.
#[derive(Debug)]
pub(crate) struct Import {
    pub(crate) path: Vec<String>,
    /// `pub use`: only a further name for what is there.
    pub(crate) is_export: bool,
}

/// All paths of `items` that begin with `crate`, `self` or `super`, or with one of its own modules.
pub(crate) fn imports_of(module: &Module, items: &[Item]) -> Vec<Import> {
    let mut imports = Vec::new();
    let mut add = |path: Vec<String>, is_export| {
        if let Some(path) = from_root(module, path) {
            imports.push(Import { path, is_export });
        }
    };
    for item in items {
        if let Item::Use(item) = item {
            let is_export = !matches!(item.vis, Visibility::Inherited);
            let mut paths = Vec::new();
            in_tree(&item.tree, &mut Vec::new(), &mut paths);
            paths.into_iter().for_each(|path| add(path, is_export));
        } else {
            let mut paths = Vec::new();
            in_tokens(item.to_token_stream(), &mut paths);
            paths.into_iter().for_each(|path| add(path, false));
        }
    }
    imports
}

fn in_tree(tree: &UseTree, before: &mut Vec<String>, paths: &mut Vec<Vec<String>>) {
    let ended = |name: String| before.iter().cloned().chain([name]).collect();
    match tree {
        UseTree::Path(path) => {
            before.push(path.ident.to_string());
            in_tree(&path.tree, before, paths);
            before.pop();
        }
        UseTree::Name(name) => paths.push(ended(name.ident.to_string())),
        UseTree::Rename(name) => paths.push(ended(name.ident.to_string())),
        UseTree::Glob(_) => paths.push(before.clone()),
        UseTree::Group(group) => {
            for tree in &group.items {
                in_tree(tree, before, paths);
            }
        }
    }
}

/// Also in the bodies of macros, which are tokens alone. What `pub(in …)` names is not used.
fn in_tokens(tokens: TokenStream, paths: &mut Vec<Vec<String>>) {
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
            TokenTree::Ident(first)
                if *first == "crate" || *first == "super" || *first == "self" =>
            {
                let mut path = vec![first.to_string()];
                while is_colons(at + 1)
                    && let Some(TokenTree::Ident(name)) = tokens.get(at + 3)
                {
                    path.push(name.to_string());
                    at += 3;
                }
                if path.len() > 1 {
                    paths.push(path);
                }
            }
            TokenTree::Group(group) => in_tokens(group.stream(), paths),
            _ => {}
        }
        at += 1;
    }
}

fn from_root(module: &Module, path: Vec<String>) -> Option<Vec<String>> {
    let mut here = module.0.clone();
    // The root has no name in a path.
    if here == ["lib"] {
        here.clear();
    }
    let mut names = path.into_iter().peekable();
    match names.peek()?.as_str() {
        "crate" => {
            names.next();
            here.clear();
        }
        "self" => {
            names.next();
        }
        "super" => {}
        // A crate of this name, or a module of the file's own: the resolver knows the modules.
        _ => {}
    }
    while names.next_if(|name| name == "super").is_some() {
        here.pop()?;
    }
    here.extend(names);
    Some(here)
}
