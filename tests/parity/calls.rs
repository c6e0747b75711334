//! [`Calls`]: our calls, by the name of their case.

use std::future::{Future, IntoFuture};
use std::pin::Pin;

use serde_json::Value;
use supabase_task::client::{ClientError, Query, ReturnsRows};

use crate::clients::Clients;

/// The result of a call: `()`, or the error as text. Only the request matters.
type Outcome = Pin<Box<dyn Future<Output = Result<(), String>>>>;

pub(crate) type Call = Box<dyn FnOnce(&Clients) -> Outcome>;

#[derive(Default)]
pub(crate) struct Calls(Vec<(&'static str, Call)>);

impl Calls {
    /// Adds a call that ends in something awaitable.
    pub(crate) fn call<F, R, T>(&mut self, name: &'static str, call: F)
    where
        F: FnOnce(&Clients) -> R + 'static,
        R: IntoFuture<Output = Result<T, ClientError>>,
        R::IntoFuture: 'static,
    {
        let call = move |clients: &Clients| -> Outcome {
            let answer = call(clients).into_future();
            Box::pin(async move { answer.await.map(drop).map_err(|error| error.to_string()) })
        };
        self.0.push((name, Box::new(call)));
    }

    /// Adds a call that ends in `rows`.
    pub(crate) fn rows<F, K>(&mut self, name: &'static str, query: F)
    where
        F: FnOnce(&Clients) -> Query<K> + 'static,
        K: ReturnsRows + 'static,
    {
        self.call(name, |clients| query(clients).rows::<Value>());
    }

    pub(crate) fn extend(&mut self, calls: Self) {
        self.0.extend(calls.0);
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.0.iter().map(|(name, _)| *name)
    }
}

impl IntoIterator for Calls {
    type Item = (&'static str, Call);
    type IntoIter = std::vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}
