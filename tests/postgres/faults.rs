//! Database URLs that cannot work: the typed error says why and never contains the password.

use std::net::TcpListener;

use sqlx::{Connection, PgConnection};
use supabase_task::{LocalError, LocalSupabase};
use supabase_task_tests::TestDatabase;
use url::Url;

const PASSWORD: &str = "hunter2-hunter2";

async fn refused(url: &Url) -> LocalError {
    let builder = LocalSupabase::builder().database_url(url.as_str());
    let error = builder.start().await.unwrap_err();
    let shown = format!("{error} {error:?}");
    assert!(!shown.contains(PASSWORD), "{shown}");
    error
}

#[tokio::test]
async fn a_closed_port_is_named_with_its_host() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let url = format!("postgresql://postgres:{PASSWORD}@127.0.0.1:{port}/postgres");
    let error = refused(&url.parse().unwrap()).await;
    let LocalError::Connect { address, .. } = &error else {
        panic!("{error:?}")
    };
    assert_eq!(*address, format!("127.0.0.1:{port}"));
    assert!(error.to_string().contains("refused"), "{error}");
}

#[tokio::test]
async fn a_wrong_password_is_postgresqls_own_words() {
    let database = TestDatabase::create().await;
    let mut url = database.url_of_plain_role("the right one").await;
    url.set_password(Some(PASSWORD)).unwrap();
    let error = refused(&url).await;
    // The server under test may accept connections without a password.
    if PgConnection::connect(url.as_str()).await.is_err() {
        assert!(matches!(error, LocalError::Connect { .. }), "{error:?}");
        assert!(
            error.to_string().contains("password authentication failed"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_role_that_is_no_superuser_is_named() {
    let database = TestDatabase::create().await;
    let url = database.url_of_plain_role(PASSWORD).await;
    let error = refused(&url).await;
    let LocalError::NotSuperuser { role } = &error else {
        panic!("{error:?}")
    };
    assert_eq!(role, url.username());
}

#[tokio::test]
async fn a_database_that_is_missing_is_named() {
    let database = TestDatabase::create().await;
    let mut url = database.url();
    url.set_path("no_such_database");
    let error = refused(&url).await;
    assert!(matches!(error, LocalError::Connect { .. }), "{error:?}");
    assert!(error.to_string().contains("no_such_database"), "{error}");
}

#[tokio::test]
async fn what_is_no_url_is_told_before_anything_is_connected_to() {
    for wrong in [
        PASSWORD.to_owned(),
        format!("postgresql://me:{PASSWORD}@host:port/db"),
        format!("https://me:{PASSWORD}@abc.supabase.co"),
    ] {
        let builder = LocalSupabase::builder().database_url(wrong);
        let error = builder.start().await.unwrap_err();
        assert!(matches!(error, LocalError::DatabaseUrl(_)), "{error:?}");
        assert!(
            !format!("{error} {error:?}").contains(PASSWORD),
            "{error:?}"
        );
    }
}
