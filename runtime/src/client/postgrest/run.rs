//! The last call of a chain: sends it and decodes the answer.

use http::header::CONTENT_RANGE;
use serde::de::DeserializeOwned;

use super::explain::Explain;
use super::media::Media;
use super::parts::Verb;
use super::query::{Query, QueryKind, ReturnsRows, Rpc, Select, Write};
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
        self.parts.media().one_object = true;
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
        self.parts.media().one_object = true;
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
    /// let sum = supabase.rpc("add", json!({ "a": 1, "b": 2 })).execute::<i64>().await?;
    /// # Ok(sum)
    /// # }
    /// ```
    pub async fn execute<T: DeserializeOwned>(self) -> Result<T, ClientError> {
        self.parts.send().await?.decode()
    }

    /// The rows as CSV, with a line of column names at the top.
    pub async fn csv(mut self) -> Result<String, ClientError> {
        self.parts.media().form = Some(Media::CSV);
        text(self.parts.send().await?)
    }

    /// The rows as GeoJSON: one `FeatureCollection`, whose features have a row's `geometry` column
    /// and its other columns as properties. The database needs PostGIS.
    pub async fn geojson<T: DeserializeOwned>(mut self) -> Result<T, ClientError> {
        self.parts.media().form = Some(Media::GEOJSON);
        self.parts.send().await?.decode()
    }
}

impl<K: QueryKind> Query<K> {
    /// How PostgreSQL would run the query: its plan as text, or as JSON if asked for.
    ///
    /// The server must allow it (`db-plan-enabled`), which is for development.
    /// <https://docs.postgrest.org/en/stable/references/observability.html#execution-plan>
    ///
    /// ```
    /// # use supabase_task::client::{ClientError, Explain, ServiceClient};
    /// # async fn example(supabase: ServiceClient) -> Result<(), ClientError> {
    /// let plan = supabase.from("todos").select("id").explain(Explain::new().analyze()).await?;
    /// println!("{plan}");
    /// # Ok(())
    /// # }
    /// ```
    pub async fn explain(mut self, explain: Explain) -> Result<String, ClientError> {
        let media = self.parts.media();
        media.one_object |= explain.single;
        media.explain = Some(explain);
        text(self.parts.send().await?)
    }
}

impl Query<Select> {
    /// How many rows match, without any of them: counted exactly unless [`count`](Self::count) says
    /// otherwise.
    pub async fn head(mut self) -> Result<u64, ClientError> {
        self.parts.set_head();
        self.count_alone().await
    }

    /// Whether the query is answered, without rows and without counting them, which is costly in a large
    /// table.
    ///
    /// ```
    /// # use supabase_task::client::{ClientError, UserClient};
    /// # async fn example(supabase: UserClient) -> Result<(), ClientError> {
    /// // May this user read `todos` at all?
    /// supabase.from("todos").select("id").head_without_count().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Whatever the rows would have given. An answer to HEAD has no body, so the error has the status, and
    /// neither code nor message of PostgreSQL.
    pub async fn head_without_count(mut self) -> Result<(), ClientError> {
        self.parts.set_head();
        self.parts.send().await?.of_the_service()?;
        Ok(())
    }
}

impl Query<Rpc> {
    /// Calls the function by GET, with its arguments in the query: for functions that only read
    /// (`stable`, `immutable`), whose answers a cache can keep.
    ///
    /// Arrays are sent as PostgreSQL's literals, objects as JSON. `null` is sent as the text
    /// `null`, for a query has no NULL: leave the argument out where the function has a default for
    /// it. A text that PostgREST would read as a filter, such as `eq.1`, is an error.
    ///
    /// ```
    /// # use serde_json::json;
    /// # use supabase_task::client::{ClientError, UserClient};
    /// # async fn example(supabase: UserClient) -> Result<i64, ClientError> {
    /// let sum = supabase.rpc("sum", json!({ "of": [1, 2, 3] })).get().execute::<i64>().await?;
    /// # Ok(sum)
    /// # }
    /// ```
    pub fn get(self) -> Self {
        self.with(|parts| parts.set_get())
    }

    /// How many rows the function returns, without any of them: counted exactly unless
    /// [`count`](Self::count) says otherwise. The arguments are sent as [`get`](Self::get) does; if one of them
    /// is an object, or an array with one, they are sent by POST, as supabase-js does, because a query cannot
    /// carry them. Then PostgREST sends the rows too, which are read and dropped, and a function that writes
    /// does so.
    pub async fn head(mut self) -> Result<u64, ClientError> {
        self.parts.set_head_of_call();
        self.count_alone().await
    }
}

impl<K: QueryKind> Query<K> {
    async fn count_alone(mut self) -> Result<u64, ClientError> {
        if !self.parts.prefers("count=") {
            self.parts.prefer("count=", "count=exact");
        }
        let response = self.parts.send().await?.of_the_service()?;
        counted(response).map(|(_, count)| count)
    }
}

impl<K: Write> Query<K> {
    /// Does it, and tells how many rows were written.
    pub async fn affected_rows(self) -> Result<u64, ClientError> {
        self.count_alone().await
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

/// The body of an answer that is no JSON.
fn text(response: Response) -> Result<String, ClientError> {
    if let Some(failure) = Failure::page(response.status, &response.headers, &response.body) {
        return Err(response.fail(failure));
    }
    match String::from_utf8(response.body.to_vec()) {
        Ok(text) => Ok(text),
        Err(_) => {
            let message = "the answer is not text: it is not valid UTF-8";
            Err(response.fail(Failure::new(ClientErrorKind::Decode, message)))
        }
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
