//! The variables that a command reads.

/// Where variables are looked up.
pub(super) type Variables<'a> = &'a (dyn Fn(&str) -> Option<String> + Sync);

/// Returns the first variable that is not empty.
pub(super) fn first_of(names: &[&str], variables: Variables<'_>) -> Option<String> {
    let mut values = names.iter().filter_map(|name| variables(name));
    values.find(|value| !value.trim().is_empty())
}
