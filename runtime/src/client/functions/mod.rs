//! Edge Functions: the project's code that runs on Supabase's servers.
//!
//! [`Client::functions`](super::Client::functions) calls a function as the client's identity. It sends
//! what supabase-js sends, with these differences:
//!
//! - A name, a path segment or a query value arrives unchanged, whatever characters it contains.
//! - A body of `0`, `""` or `false` is a body like any other.
//! - There is no support for multipart forms: send the bytes of one with its
//!   [`Content-Type`](Invoke::header).
//!
//! No call is ever sent twice, whatever its method: only you know what a function does.
//!
//! Tested on the wire, against the requests recorded from supabase-js 2.119 and a server that fails
//! in every way listed in `functions/wire_tests.rs`; not against Supabase's own edge runtime.

mod events;
mod invoke;
mod region;
mod response;
mod stream;
#[cfg(test)]
mod wire_tests;

pub use self::events::ServerEvent;
pub use self::invoke::{FunctionMethod, Invoke};
pub use self::region::FunctionRegion;
pub use self::response::FunctionResponse;
pub use self::stream::FunctionStream;
use super::transport::Transport;
use crate::debug::debug_fields;

/// Calls Edge Functions as one identity. From [`Client::functions`](super::Client::functions).
#[derive(Clone)]
#[must_use = "it does nothing by itself; call `invoke`"]
pub struct Functions {
    transport: Transport,
    region: FunctionRegion,
}

impl Functions {
    pub(super) fn new(transport: Transport) -> Self {
        Self {
            transport,
            region: FunctionRegion::Any,
        }
    }

    /// Sets where calls run, unless a call sets its own region.
    pub fn region(mut self, region: FunctionRegion) -> Self {
        self.region = region;
        self
    }

    /// Creates a call of `function`: by default, a POST without a body.
    ///
    /// The name can be followed by a path that the function sees, and by a query: `hello/world?x=a`.
    /// Add parts that come from elsewhere with [`Invoke::segment`] and [`Invoke::query`].
    ///
    /// Await the call if you only need its effect, or send it with [`execute`](Invoke::execute),
    /// [`response`](Invoke::response) or [`stream`](Invoke::stream) to read the answer.
    ///
    /// ```
    /// # use serde_json::json;
    /// # use supabase_task::client::{ClientError, UserClient};
    /// # #[derive(serde::Deserialize)]
    /// # struct Greeting { text: String }
    /// # async fn example(supabase: UserClient) -> Result<Greeting, ClientError> {
    /// supabase.functions().invoke("warm-up").await?;
    /// let greeting = supabase
    ///     .functions()
    ///     .invoke("hello")
    ///     .json(&json!({ "name": "Ada" }))
    ///     .execute::<Greeting>()
    ///     .await?;
    /// # Ok(greeting)
    /// # }
    /// ```
    pub fn invoke(&self, function: &str) -> Invoke {
        Invoke::new(self.transport.clone(), function, self.region.clone())
    }
}

debug_fields!(Functions: |this| {
    host: this.transport.host(),
    identity: this.transport.identity(),
});
