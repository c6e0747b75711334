//! Which file knows which.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::imports::imports_of;
use crate::modules::{Module, Modules};

/// That one file knows another, and by what name.
pub(crate) struct Edge {
    pub(crate) from: Module,
    pub(crate) to: Module,
    name: String,
}

impl fmt::Display for Edge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} knows `{}` of {}", self.from, self.name, self.to)
    }
}

pub(crate) struct Graph(BTreeMap<Module, BTreeMap<Module, String>>);

impl Graph {
    pub(crate) fn of(modules: &Modules) -> Self {
        let mut exports = BTreeMap::new();
        let mut uses = Vec::new();
        for (module, items) in &modules.0 {
            for import in imports_of(module, items) {
                match (import.is_export, import.path.last()) {
                    (true, Some(name)) => {
                        let mut here = module.0.clone();
                        if here == ["lib"] {
                            here.clear();
                        }
                        here.push(name.clone());
                        exports.insert(here, import.path);
                    }
                    _ => uses.push((module, import.path)),
                }
            }
        }
        let mut graph: BTreeMap<Module, BTreeMap<Module, String>> = BTreeMap::new();
        for (from, path) in uses {
            let name = path.last().cloned().unwrap_or_default();
            match modules.holding(&defined_at(path, &exports)) {
                Some(to) if to != *from => {
                    graph
                        .entry(from.clone())
                        .or_default()
                        .entry(to)
                        .or_insert(name);
                }
                _ => {}
            }
        }
        Self(graph)
    }

    pub(crate) fn edges(&self) -> impl Iterator<Item = Edge> {
        self.0.iter().flat_map(|(from, known)| {
            known.iter().map(|(to, name)| Edge {
                from: from.clone(),
                to: to.clone(),
                name: name.clone(),
            })
        })
    }

    /// Files that know each other, directly or through others.
    pub(crate) fn circles(&self) -> Vec<Vec<String>> {
        let reached: BTreeMap<&Module, BTreeSet<&Module>> = self
            .0
            .keys()
            .map(|from| (from, self.reached_from(from)))
            .collect();
        let mut circles = BTreeSet::new();
        for (module, beyond) in &reached {
            let circle: Vec<String> = beyond
                .iter()
                .filter(|other| {
                    reached
                        .get(*other)
                        .is_some_and(|back| back.contains(module))
                })
                .map(ToString::to_string)
                .collect();
            if circle.len() > 1 {
                circles.insert(circle);
            }
        }
        circles.into_iter().collect()
    }

    fn reached_from<'a>(&'a self, from: &'a Module) -> BTreeSet<&'a Module> {
        let mut reached = BTreeSet::new();
        let mut next = vec![from];
        while let Some(module) = next.pop() {
            for known in self.0.get(module).into_iter().flat_map(BTreeMap::keys) {
                if reached.insert(known) {
                    next.push(known);
                }
            }
        }
        reached
    }
}

/// The path of what a path names, where it is defined.
fn defined_at(mut path: Vec<String>, exports: &BTreeMap<Vec<String>, Vec<String>>) -> Vec<String> {
    for _ in 0..10 {
        let exported = (1..=path.len()).rev().find_map(|length| {
            let original = exports.get(&path[..length])?;
            (original[..] != path[..length])
                .then(|| original.iter().chain(&path[length..]).cloned().collect())
        });
        match exported {
            Some(original) => path = original,
            None => break,
        }
    }
    path
}
