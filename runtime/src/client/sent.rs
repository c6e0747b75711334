//! Requests that are sent when they are awaited.

use std::pin::Pin;

use super::error::ClientError;

/// The future of a request that is sent. Boxed, so that its type can be named.
pub(super) type Sent<T> = Pin<Box<dyn Future<Output = Result<T, ClientError>> + Send>>;

/// Makes a request awaitable: awaiting it calls its `send`.
macro_rules! sent_when_awaited {
    ($(#[$doc:meta])* $request:ty => $output:ty) => {
        $(#[$doc])*
        impl IntoFuture for $request {
            type Output = Result<$output, ClientError>;
            type IntoFuture = $crate::client::sent::Sent<$output>;

            fn into_future(self) -> Self::IntoFuture {
                Box::pin(self.send())
            }
        }
    };
}

pub(super) use sent_when_awaited;
