//! Everything that we send differently from supabase-js, and why.

use crate::cases::Request;

/// Headers that every request of ours has and the recording leaves out.
pub(crate) const OUR_HEADERS: [(&str, &str); 5] = [
    ("host", "HTTP has it; the recorder left it out"),
    ("content-length", "HTTP has it; the recorder left it out"),
    (
        "user-agent",
        "names this crate, as Supabase asks of servers",
    ),
    (
        "accept-encoding",
        "asks for gzip, as Node does; the recorder left it out",
    ),
    (
        "x-retry-count",
        "on a repeated request, as supabase-js has it",
    ),
];

/// What one case sends instead of the recorded request.
pub(crate) struct Difference {
    pub(crate) case: &'static str,
    instead: Instead,
    pub(crate) reason: &'static str,
}

enum Instead {
    /// These parameters.
    Query(&'static [(&'static str, &'static str)]),
    /// This path.
    Path(&'static str),
    /// All but the first request.
    WithoutTheFirst,
    /// The file of the form as the body, with the form's information about it in headers.
    RawFile,
}

impl Difference {
    /// The requests that we are expected to send, given the recorded ones.
    pub(crate) fn apply(&self, recorded: &[Request]) -> Vec<Request> {
        let mut requests = recorded.to_vec();
        match self.instead {
            Instead::Query(query) => {
                if let Some(request) = requests.first_mut() {
                    let owned = |(key, value): &(&str, &str)| (key.to_string(), value.to_string());
                    request.query = query.iter().map(owned).collect();
                }
            }
            Instead::Path(path) => {
                if let Some(request) = requests.first_mut() {
                    request.path = path.to_owned();
                }
            }
            Instead::WithoutTheFirst => drop(requests.drain(..1)),
            Instead::RawFile => requests.iter_mut().for_each(raw_file),
        }
        requests
    }
}

fn raw_file(request: &mut Request) {
    for part in request.multipart.take().unwrap_or_default() {
        match part.filename {
            Some(_) => {
                let media_type = part.content_type.unwrap_or_default();
                request.headers.insert("content-type".into(), media_type);
                request.body_text = Some(part.body);
            }
            None => {
                let max_age = format!("max-age={}", part.body);
                request.headers.insert("cache-control".into(), max_age);
            }
        }
    }
}

/// For `au-delete` and `au-delete-soft`.
const DELETES_AT_ONCE: &str = "supabase-js reads the user before it deletes it, to return what it \
    once returned (supabase-js#2751); ours returns nothing, and deletes at once";

/// For `st-download` and `st-exists`.
const TELLS_THE_TRUTH: &str = "the shorter path takes a token that it refuses for none, and says that \
    there is no such bucket; this one does the same otherwise, and says that the token is refused";

pub(crate) fn differences() -> Vec<Difference> {
    vec![
        Difference {
            case: "au-delete",
            instead: Instead::WithoutTheFirst,
            reason: DELETES_AT_ONCE,
        },
        Difference {
            case: "au-delete-soft",
            instead: Instead::WithoutTheFirst,
            reason: DELETES_AT_ONCE,
        },
        Difference {
            case: "in-single-empty-string",
            instead: Instead::Query(&[("select", "*"), ("title", "in.(\"\",\"\")")]),
            reason: "PostgREST takes a list of one empty text for the empty list, quoted or not \
                     (`SqlFragment.hs`, `In [\"\"]`), so `in.(\"\")` finds no row; given twice it \
                     is found",
        },
        Difference {
            case: "st-download",
            instead: Instead::Path("/storage/v1/object/authenticated/b/dir/a b.txt"),
            reason: TELLS_THE_TRUTH,
        },
        Difference {
            case: "st-exists",
            instead: Instead::Path("/storage/v1/object/info/authenticated/b/a.txt"),
            reason: TELLS_THE_TRUTH,
        },
        Difference {
            case: "st-upload-blob",
            instead: Instead::RawFile,
            reason: "a form is how a browser sends a file; Storage makes the same object of the \
                     bytes alone, and only they have a length while they are streamed",
        },
        Difference {
            case: "match-null",
            instead: Instead::Query(&[("select", "*"), ("a", "is.null")]),
            reason: "nothing equals NULL, and `eq.null` compares with the text `null`",
        },
    ]
}
