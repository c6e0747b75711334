use proptest::prelude::*;

use super::*;

fn problem(text: &str) -> InvalidProjectUrl {
    match ProjectUrl::parse(text) {
        Err(problem) => problem,
        Ok(url) => panic!("{text} was taken as {url}"),
    }
}

#[test]
fn an_origin_is_taken_and_shown_without_a_slash() {
    let cases = [
        ("https://abc.supabase.co", "https://abc.supabase.co"),
        (" https://abc.supabase.co/\n", "https://abc.supabase.co"),
        ("HTTPS://ABC.supabase.co:443", "https://abc.supabase.co"),
        (
            "https://supabase.example.com:8443/",
            "https://supabase.example.com:8443",
        ),
        ("http://127.0.0.1:54321", "http://127.0.0.1:54321"),
    ];
    for (text, shown) in cases {
        let url = ProjectUrl::parse(text).unwrap();
        assert_eq!(url.to_string(), shown);
        assert_eq!(url.as_url().path(), "/");
        assert_eq!(url.issuer(), format!("{shown}/auth/v1"));
    }
}

#[test]
fn plain_http_is_for_private_hosts() {
    let private = [
        "localhost:54321",
        "127.8.9.10",
        "[::1]:54321",
        "10.0.0.5",
        "172.16.0.1",
        "192.168.1.2:8000",
        "169.254.1.1",
        "100.64.0.1",
        "0.0.0.0:8000",
        "[fd00::1]",
        "[fe80::1]",
        "[::ffff:10.0.0.1]",
        "kong:8000",
        "nas.local",
        "kong.supabase.svc.cluster.local:8000",
        "host.docker.internal:54321",
        "project.localhost",
    ];
    for host in private {
        assert!(
            ProjectUrl::parse(&format!("http://{host}")).is_ok(),
            "{host}"
        );
    }
    let public = [
        "abc.supabase.co",
        "example.com",
        "8.8.8.8",
        "172.32.0.1",
        "100.128.0.1",
        "[2606:4700::1]",
        "[::ffff:8.8.8.8]",
        "localhost.example.com",
        "notlocal.thelocal",
    ];
    for host in public {
        assert_eq!(
            problem(&format!("http://{host}")),
            InvalidProjectUrl::PlainHttp,
            "{host}"
        );
        assert!(
            ProjectUrl::parse(&format!("https://{host}")).is_ok(),
            "{host}"
        );
    }
}

#[test]
fn each_mistake_is_told_apart() {
    use InvalidProjectUrl as Problem;

    let cases = [
        ("", Problem::NoScheme),
        ("abc.supabase.co", Problem::NoScheme),
        ("localhost:54321", Problem::NoScheme),
        ("//abc.supabase.co", Problem::NoScheme),
        ("ftp://abc.supabase.co", Problem::OtherScheme),
        ("://abc.supabase.co", Problem::OtherScheme),
        (
            "postgresql://postgres:pw@db.abc.supabase.co:5432/postgres",
            Problem::Database,
        ),
        ("https://", Problem::Malformed(url::ParseError::EmptyHost)),
        (
            "https://abc:port",
            Problem::Malformed(url::ParseError::InvalidPort),
        ),
        ("\"https://abc.supabase.co\"", Problem::Character),
        ("https://abc.supabase.co\"", Problem::Character),
        ("https://abc.supa base.co", Problem::Character),
        ("https://abc.supa\nbase.co", Problem::Character),
        ("https://abc.supabase.co\\rest", Problem::Character),
        ("https://<ref>.supabase.co", Problem::Character),
        ("https://user:pw@abc.supabase.co", Problem::Credentials),
        ("https://key@abc.supabase.co/rest/v1", Problem::Credentials),
        (
            "https://supabase.com/dashboard/project/abc",
            Problem::Dashboard,
        ),
        (
            "https://abc.supabase.co/rest/v1/",
            Problem::Path {
                service: Some("/rest/v1"),
            },
        ),
        (
            "https://abc.supabase.co/auth/v1",
            Problem::Path {
                service: Some("/auth/v1"),
            },
        ),
        ("https://abc.supabase.co/x", Problem::Path { service: None }),
        ("https://abc.supabase.co?apikey=x", Problem::Query),
        ("https://abc.supabase.co/#x", Problem::Fragment),
    ];
    for (text, expected) in cases {
        assert_eq!(problem(text), expected, "{text}");
    }
}

proptest! {
    #[test]
    fn what_is_taken_is_an_origin_and_stays_the_same(text in r"(https?://)?[ -~]{0,30}") {
        if let Ok(url) = ProjectUrl::parse(&text) {
            let (inner, shown) = (url.as_url(), url.to_string());
            prop_assert_eq!(inner.path(), "/");
            prop_assert!(inner.username().is_empty() && inner.password().is_none());
            prop_assert!(inner.query().is_none() && inner.fragment().is_none());
            prop_assert!(!shown.ends_with('/'));
            prop_assert_eq!(ProjectUrl::parse(&shown), Ok(url));
        }
    }

    #[test]
    fn a_password_is_never_shown(password in "[a-z0-9]{12,20}", rest in "[ -~]{0,20}") {
        let text = format!("https://postgres:{password}@{rest}");
        let shown = match ProjectUrl::parse(&text) {
            Ok(url) => format!("{url} {url:?}"),
            Err(problem) => format!("{problem} {problem:?}"),
        };
        prop_assert!(!shown.contains(&password), "{}", shown);
    }
}
