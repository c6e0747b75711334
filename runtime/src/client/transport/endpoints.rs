//! [`Endpoints`]: the URLs of one project.

use url::Url;

use crate::client::error::{ClientErrorKind, Failure, Service};

/// The project's URL, and the database URL below it, which most requests start with.
pub(crate) struct Endpoints {
    project: Url,
    database: Url,
}

impl Endpoints {
    pub(crate) fn project(&self) -> &Url {
        &self.project
    }

    /// Returns the URL of `service` followed by `path`. Each segment stays one segment, whatever it
    /// contains.
    pub(crate) fn of(&self, service: Service, path: &[&str]) -> Result<Url, Failure> {
        let (mut url, own) = match service {
            Service::Database => (self.database.clone(), [].as_slice()),
            _ => (self.project.clone(), service.path()),
        };
        if let Some(segment) = path.iter().find(|segment| !is_one_segment(segment)) {
            return Err(Failure::invalid(format!(
                "`{}` is not a name: it must not be empty, `.` or `..`, or contain control characters",
                segment.escape_debug()
            )));
        }
        match url.path_segments_mut() {
            Ok(mut segments) => segments.pop_if_empty().extend(own).extend(path),
            Err(()) => {
                let message = "the project's URL is not an http or https URL";
                return Err(Failure::new(ClientErrorKind::Config, message));
            }
        };
        Ok(url)
    }
}

/// From the project's URL, without a path.
impl From<Url> for Endpoints {
    fn from(project: Url) -> Self {
        let mut database = project.clone();
        if let Ok(mut segments) = database.path_segments_mut() {
            segments.pop_if_empty().extend(Service::Database.path());
        }
        Self { project, database }
    }
}

// `Url` drops `.`, `..` and some control characters from a pushed segment instead of encoding them.
fn is_one_segment(segment: &str) -> bool {
    !matches!(segment, "" | "." | "..") && !segment.contains(|c: char| c.is_control())
}
