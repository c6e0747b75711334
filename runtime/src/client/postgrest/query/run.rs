//! The last call of a chain: sends it and decodes the response.

use http::header::CONTENT_RANGE;
use serde::de::DeserializeOwned;

use super::super::explain::Explain;
use super::super::media::Media;
use super::super::parts::Verb;
use super::{Query, QueryKind, ReturnsRows, Rpc, Select, Write};
use crate::client::error::{ClientError, Failure};
use crate::client::transport::Response;

/// Rows, and the total number of rows that match.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counted<T> {
    /// The rows of this page.
    pub rows: Vec<T>,
    /// How many rows match, regardless of limit and range.
    pub count: u64,
}

impl<K: ReturnsRows> Query<K> {
    /// Returns all rows.
    ///
    /// A project returns at most 1,000 rows at once unless its settings say otherwise; page through
    /// more with [`range`](Query::range).
    pub async fn rows<T: DeserializeOwned>(self) -> Result<Vec<T>, ClientError> {
        self.execute().await
    }

    /// Returns the only row. No row or several rows are an error, and a write that would have affected
    /// several rows is rolled back.
    pub async fn single<T: DeserializeOwned>(mut self) -> Result<T, ClientError> {
        self.parts.media.one_object = true;
        self.execute().await
    }

    /// Returns the only row, or `None` if there is no row. Several rows are an error.
    ///
    /// A write that would have affected several rows is rolled back (supabase-js reports the error
    /// after the write is done). The effects of a function are not rolled back, as in supabase-js.
    pub async fn maybe_single<T: DeserializeOwned>(mut self) -> Result<Option<T>, ClientError> {
        if let Verb::Select | Verb::Call = self.parts.verb {
            let response = self.parts.send().await?;
            return at_most_one(response);
        }
        self.parts.media.one_object = true;
        match self.execute().await {
            Err(error) if error.is_not_found() => Ok(None),
            outcome => outcome.map(Some),
        }
    }

    /// Returns the rows, and how many match in total: counted exactly unless [`count`](Self::count)
    /// says otherwise.
    pub async fn with_count<T: DeserializeOwned>(mut self) -> Result<Counted<T>, ClientError> {
        self.parts.set_counted();
        let response = self.parts.send().await?;
        let (response, count) = counted(response)?;
        let rows = response.decode()?;
        Ok(Counted { rows, count })
    }

    /// Returns the whole response as `T`, whatever it is: `Vec<Todo>` for rows, a number for a function
    /// that returns one, or `()` for a function that returns nothing.
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

    /// Returns the rows as CSV, with a line of column names at the top.
    pub async fn csv(mut self) -> Result<String, ClientError> {
        self.parts.media.form = Some(Media::CSV);
        text(self.parts.send().await?)
    }

    /// Returns the rows as GeoJSON: one `FeatureCollection`, whose features have a row's `geometry`
    /// column, and its other columns as properties. The database needs PostGIS.
    pub async fn geojson<T: DeserializeOwned>(mut self) -> Result<T, ClientError> {
        self.parts.media.form = Some(Media::GEOJSON);
        self.parts.send().await?.decode()
    }
}

impl<K: QueryKind> Query<K> {
    /// Returns how PostgreSQL would run the query: its plan as text, or as JSON if requested.
    ///
    /// The server must allow it (`db-plan-enabled`), which is meant for development.
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
        let media = &mut self.parts.media;
        media.one_object |= explain.single;
        media.explain = Some(explain);
        text(self.parts.send().await?)
    }

    async fn count_alone(mut self) -> Result<u64, ClientError> {
        self.parts.set_counted();
        let response = self.parts.send().await?.of_the_service()?;
        counted(response).map(|(_, count)| count)
    }
}

impl Query<Select> {
    /// Returns how many rows match, without fetching them: counted exactly unless
    /// [`count`](Self::count) says otherwise.
    pub async fn head(mut self) -> Result<u64, ClientError> {
        self.parts.set_head();
        self.count_alone().await
    }

    /// Checks that the query succeeds, without fetching rows, and without counting them, which is costly
    /// in a large table.
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
    /// If fetching the rows would fail. A response to HEAD has no body, so the error has the status, but
    /// neither PostgreSQL's code nor its message.
    pub async fn head_without_count(mut self) -> Result<(), ClientError> {
        self.parts.set_head();
        self.parts.send().await?.of_the_service()?;
        Ok(())
    }
}

impl Query<Rpc> {
    /// Calls the function by GET, with its arguments in the URL's query. Use it for functions that only
    /// read (`stable`, `immutable`), whose responses a cache can keep.
    ///
    /// Arrays are sent as PostgreSQL literals, objects as JSON. `null` is sent as the text `null`,
    /// because a URL's query has no NULL: leave the argument out if the function has a default for it.
    /// A text that PostgREST would read as a filter, such as `eq.1`, is an error.
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

    /// Returns how many rows the function returns, without fetching them: counted exactly unless
    /// [`count`](Self::count) says otherwise.
    ///
    /// The arguments are sent as [`get`](Self::get) sends them. If one of them is an object, or an array
    /// with one, they are sent by POST, as in supabase-js, because a URL's query cannot carry them. Then
    /// PostgREST also sends the rows, which are read and dropped, and the writes of a function take
    /// effect.
    pub async fn head(mut self) -> Result<u64, ClientError> {
        self.parts.set_head_of_call();
        self.count_alone().await
    }
}

impl<K: Write> Query<K> {
    /// Runs the write, and returns how many rows were written.
    pub async fn affected_rows(self) -> Result<u64, ClientError> {
        self.count_alone().await
    }
}

fn at_most_one<T: DeserializeOwned>(response: Response) -> Result<Option<T>, ClientError> {
    // The response of a function that returns one composite value is not an array.
    if !response.raw.body.trim_ascii_start().starts_with(b"[") {
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

/// Returns the body of a response that is not JSON.
fn text(response: Response) -> Result<String, ClientError> {
    if let Some(failure) = Failure::page(&response.raw) {
        return Err(response.fail(failure));
    }
    String::from_utf8(response.raw.body.to_vec())
        .map_err(|_| response.unusable("the response is not text: it is not valid UTF-8"))
}

/// Reads the count in `Content-Range: 0-9/42`.
fn counted(response: Response) -> Result<(Response, u64), ClientError> {
    let range = response.raw.headers.get(CONTENT_RANGE);
    let count = range.and_then(|range| range.to_str().ok()?.rsplit_once('/')?.1.parse().ok());
    match count {
        Some(count) => Ok((response, count)),
        None => Err(response.unusable("the server did not say how many rows there are")),
    }
}
