//! Requests whose URL is longer than a server accepts. Filters are part of the URL, and so are the names of
//! objects.

use http::StatusCode;
use url::Url;

use super::failure::Failure;
use super::kind::ClientErrorKind;
use super::service::Service;

/// The longest URL in bytes that HTTP libraries send.
const LONGEST: usize = 65_534;

/// Many servers and gateways accept URLs up to this length (nginx: 8 KiB, including the method), and close
/// the connection without a response if one is longer.
const TAKEN_BY_MOST: usize = 8_000;

/// Hardly any server accepts a longer URL, so a broken connection is final then.
const TAKEN_BY_FEW: usize = 16_000;

/// Returns why a request cannot be sent, if its URL is too long for any server.
pub(crate) fn too_long(service: Service, url: &Url) -> Option<Failure> {
    let length = url.as_str().len();
    let message = || format!("its URL has {length} bytes; the limit is {LONGEST}");
    (length > LONGEST).then(|| Failure::invalid(format!("{}{}", message(), advice(service))))
}

impl Failure {
    /// Explains the failure if the server refused, or probably refused, the length of the URL.
    pub(crate) fn of_url(mut self, service: Service, url: &Url) -> Self {
        let length = url.as_str().len();
        // A function can refuse for reasons of its own, and other headers may be long as well.
        let is_told = service != Service::Functions
            && match self.status {
                Some(StatusCode::URI_TOO_LONG) => true,
                Some(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE) => length > TAKEN_BY_MOST,
                _ => false,
            };
        let is_likely = self.is_unanswered && length > TAKEN_BY_MOST;
        if is_told {
            let message = format!(
                "its URL has {length} bytes, more than the server takes{}",
                advice(service)
            );
            self.message = message.into();
        } else if self.status == Some(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE)
            && service == Service::Storage
        {
            let message = "the headers of the request are larger than the server takes; if it is an upload, \
                           shorten its metadata, which is sent as a header";
            self.message = message.into();
        } else if is_likely {
            if length > TAKEN_BY_FEW {
                self.kind = ClientErrorKind::TooLarge;
            }
            let message = format!(
                "{} (its URL has {length} bytes, and most servers take about {TAKEN_BY_MOST}){}",
                self.message,
                advice(service)
            );
            self.message = message.into();
        }
        self
    }
}

fn advice(service: Service) -> &'static str {
    match service {
        Service::Database => {
            "; send several requests with shorter lists, or pass the list to a function (`rpc`), \
             whose arguments are not in the URL"
        }
        Service::Storage => "; use a shorter path: Storage takes at most 1,024 bytes",
        _ => "",
    }
}
