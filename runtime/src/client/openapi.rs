//! PostgREST's description of its API, in OpenAPI 2.0.

use bytes::Bytes;
use http::header::ACCEPT;
use http::{HeaderName, HeaderValue, Method};

use super::error::{Failure, Service};
use super::transport::Operation;
use super::{Client, ClientError};
use crate::auth::AuthMode;

const ACCEPT_PROFILE: HeaderName = HeaderName::from_static("accept-profile");
const OPENAPI: HeaderValue = HeaderValue::from_static("application/openapi+json");

impl<M: AuthMode> Client<M> {
    /// Fetches the API's description of `schema`: the tables and functions that this identity may use.
    /// It is JSON if PostgREST itself answers.
    pub(crate) async fn openapi(&self, schema: &str) -> Result<Bytes, ClientError> {
        let transport = &self.transport;
        let operation = Operation::on("describe the schema", schema.to_owned());
        let mut request =
            transport.request(Service::Database, Method::GET, &[], operation.clone())?;
        // The gateway knows the root of the API only with the trailing slash.
        request.url.set_path("/rest/v1/");
        let profile = HeaderValue::try_from(schema).map_err(|_| {
            let failure = Failure::invalid("that cannot be the name of a schema");
            transport.not_sent(operation, failure)
        })?;
        request
            .headers
            .extend([(ACCEPT, OPENAPI), (ACCEPT_PROFILE, profile)]);
        Ok(transport.send(request).await?.raw.body)
    }
}
