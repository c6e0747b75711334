//! The last call of a chain: sends it and decodes the answer.

use std::future::{Future, IntoFuture};
use std::pin::Pin;

use http::header::CONTENT_RANGE;
use serde::de::DeserializeOwned;

use super::parts::Verb;
use super::query::{Query, ReturnsRows, Runnable, Select, Write};
use crate::client::error::{ClientError, ClientErrorKind, Failure};
use crate::client::request::Response;

/// Rows, and how many there are in all.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counted<T> {
    /// The rows of this page.
    pub rows: Vec<T>,
    /// How many rows match without limit and range.
    pub count: u64,
}

impl<K: ReturnsRows> Query<K> {
    /// All rows.
    ///
    /// A project returns at most 1,000 rows at once unless its settings say otherwise; page through
    /// more with [`range`](Query::range).
    pub async fn rows<T: DeserializeOwned>(self) -> Result<Vec<T>, ClientError> {
        self.execute().await
    }

    /// The one row there is. No row or several are an error, and a write that would have touched
    /// several is rolled back.
    pub async fn single<T: DeserializeOwned>(mut self) -> Result<T, ClientError> {
        self.parts.set_one_object();
        self.execute().await
    }

    /// The one row there is, or `None`. Several are an error.
    ///
    /// A write that would have touched several is rolled back (supabase-js reports the error after
    /// the write is done). What a function did stays done, as with supabase-js.
    pub async fn maybe_single<T: DeserializeOwned>(mut self) -> Result<Option<T>, ClientError> {
        if let Verb::Select | Verb::Call = self.parts.verb() {
            let response = self.parts.send().await?;
            return at_most_one(response);
        }
        self.parts.set_one_object();
        match self.execute().await {
            Err(error) if error.is_not_found() => Ok(None),
            outcome => outcome.map(Some),
        }
    }

    /// The rows, and how many match in all: counted exactly unless [`count`](Self::count) says
    /// otherwise.
    pub async fn with_count<T: DeserializeOwned>(mut self) -> Result<Counted<T>, ClientError> {
        if !self.parts.prefers("count=") {
            self.parts.prefer("count=", "count=exact");
        }
        let response = self.parts.send().await?;
        let (response, count) = counted(response)?;
        let rows = response.decode()?;
        Ok(Counted { rows, count })
    }

    /// The whole answer as `T`, whatever it is: `Vec<Todo>` for rows, a number or `()` for a
    /// function that returns one or nothing.
    ///
    /// ```
    /// # use serde_json::json;
    /// # use supabase_task::client::{ClientError, UserClient};
    /// # async fn example(supabase: UserClient) -> Result<i64, ClientError> {
    /// let sum = supabase.rpc("add", &json!({ "a": 1, "b": 2 })).execute::<i64>().await?;
    /// # Ok(sum)
    /// # }
    /// ```
    pub async fn execute<T: DeserializeOwned>(self) -> Result<T, ClientError> {
        self.parts.send().await?.decode()
    }
}

impl Query<Select> {
    /// How many rows match, without any of them: counted exactly unless [`count`](Self::count) says
    /// otherwise.
    pub async fn head(mut self) -> Result<u64, ClientError> {
        self.parts.set_head();
        if !self.parts.prefers("count=") {
            self.parts.prefer("count=", "count=exact");
        }
        let (_, count) = counted(self.parts.send().await?)?;
        Ok(count)
    }
}

impl<K: Write> Query<K> {
    /// Does it, and tells how many rows were written.
    pub async fn affected_rows(mut self) -> Result<u64, ClientError> {
        self.parts.prefer("count=", "count=exact");
        let (_, count) = counted(self.parts.send().await?)?;
        Ok(count)
    }
}

/// Does it, and ignores what is returned.
impl<K: Runnable> IntoFuture for Query<K> {
    type Output = Result<(), ClientError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        let answer = self.parts.send();
        Box::pin(async move { answer.await.map(drop) })
    }
}

fn at_most_one<T: DeserializeOwned>(response: Response) -> Result<Option<T>, ClientError> {
    // A function that returns one composite value is no array.
    if !response.body.trim_ascii_start().starts_with(b"[") {
        return response.decode();
    }
    let (operation, identity) = (response.operation.clone(), response.identity);
    let mut rows: Vec<T> = response.decode()?;
    match rows.len() {
        0 | 1 => Ok(rows.pop()),
        more => Err(ClientError::new(
            operation,
            Some(identity),
            Failure::too_many_rows(more),
        )),
    }
}

/// The count in `Content-Range: 0-9/42`.
fn counted(response: Response) -> Result<(Response, u64), ClientError> {
    let range = response.headers.get(CONTENT_RANGE);
    let count = range.and_then(|range| range.to_str().ok()?.rsplit_once('/')?.1.parse().ok());
    match count {
        Some(count) => Ok((response, count)),
        None => {
            let message = "the server did not say how many rows there are";
            Err(response.fail(Failure::new(ClientErrorKind::Decode, message)))
        }
    }
}
