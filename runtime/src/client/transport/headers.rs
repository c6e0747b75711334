//! [`Headers`]: the headers of a request that has not been sent yet.

use http::{HeaderMap, HeaderName, HeaderValue};

/// A few headers in a list, which is cheaper than copying a map into another one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Headers(Vec<(HeaderName, HeaderValue)>);

impl Headers {
    /// Sets a header, replacing one with the same name.
    pub(crate) fn insert(&mut self, name: HeaderName, value: HeaderValue) {
        match self.0.iter_mut().find(|(present, _)| *present == name) {
            Some((_, present)) => *present = value,
            None => self.0.push((name, value)),
        }
    }

    /// Sets a header unless it is already set.
    pub(crate) fn insert_if_absent(&mut self, name: HeaderName, value: HeaderValue) {
        if self.get(&name).is_none() {
            self.0.push((name, value));
        }
    }

    pub(crate) fn get(&self, name: &HeaderName) -> Option<&HeaderValue> {
        let found = self.0.iter().find(|(present, _)| present == name)?;
        Some(&found.1)
    }

    /// Returns a map with room for `more` further headers.
    pub(crate) fn to_map(&self, more: usize) -> HeaderMap {
        let mut map = HeaderMap::with_capacity(self.0.len() + more);
        for (name, value) in &self.0 {
            map.insert(name, value.clone());
        }
        map
    }
}

impl Extend<(HeaderName, HeaderValue)> for Headers {
    fn extend<I: IntoIterator<Item = (HeaderName, HeaderValue)>>(&mut self, headers: I) {
        for (name, value) in headers {
            self.insert(name, value);
        }
    }
}

impl IntoIterator for Headers {
    type Item = (HeaderName, HeaderValue);
    type IntoIter = std::vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}
