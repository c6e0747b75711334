//! PostgREST's description of its API, in OpenAPI 2.0.

use http::header::ACCEPT;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde::de::DeserializeOwned;

use super::error::Failure;
use super::request::{Operation, Request};
use super::{Client, ClientError};
use crate::auth::AuthMode;

const ACCEPT_PROFILE: HeaderName = HeaderName::from_static("accept-profile");
const OPENAPI: HeaderValue = HeaderValue::from_static("application/openapi+json");

impl<M: AuthMode> Client<M> {
    /// What the API says of `schema`: the tables and functions that this identity may use.
    pub(crate) async fn openapi<T: DeserializeOwned>(
        &self,
        schema: &str,
    ) -> Result<T, ClientError> {
        let operation = Operation::on("describe the schema", schema.to_owned());
        let refused =
            |failure| ClientError::new(operation.clone(), Some(self.transport.identity()), failure);
        let mut url = self.transport.url_of(&["rest", "v1"]).map_err(refused)?;
        // The gateway knows the root of the API with its slash alone.
        url.set_path("/rest/v1/");
        let profile = HeaderValue::try_from(schema)
            .map_err(|_| refused(Failure::invalid("that cannot be the name of a schema")))?;
        let headers = HeaderMap::from_iter([(ACCEPT, OPENAPI), (ACCEPT_PROFILE, profile)]);
        let request = Request {
            operation,
            method: Method::GET,
            url,
            headers,
            body: None,
        };
        self.transport.send(request).await?.decode()
    }
}
