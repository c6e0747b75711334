//! Any name arrives at the server unchanged.

use std::sync::LazyLock;

use proptest::prelude::*;

use super::transport;
use crate::client::storage::bucket_ref::BucketRef;
use crate::client::storage::path::cleaned;
use crate::client::test_support::http;
use crate::client::transport::Transport;

/// Shared by all cases: creating an HTTP client takes a while.
static TRANSPORT: LazyLock<Transport> = LazyLock::new(|| {
    let project = "http://p.test".parse().unwrap();
    transport(http(), &project)
});

/// The name of the object, as a server reads it.
fn decoded(url: &url::Url) -> String {
    let path = url.path().strip_prefix("/storage/v1/object/b/").unwrap();
    let mut bytes = Vec::new();
    let mut rest = path.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next().unwrap(), rest.next().unwrap()];
            let digits = std::str::from_utf8(&digits).unwrap();
            bytes.push(u8::from_str_radix(digits, 16).unwrap());
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn a_path_arrives_as_it_is(
        path in prop_oneof![
            "\\PC{1,40}",
            "[a#?%/&+.~ü\\\\ ;:@=\"<>^`{|}\\[\\]]{1,30}",
            "(%2e|%2F|\\.\\.|\\.|a|/){1,10}",
        ]
    ) {
        let bucket = BucketRef::new(TRANSPORT.clone(), "b");
        match bucket.url(&["object"], &path) {
            Ok(url) => {
                prop_assert_eq!(decoded(&url), cleaned(&path));
                prop_assert!(url.query().is_none() && url.fragment().is_none());
            }
            Err(_) => {
                let name = cleaned(&path);
                let dots = name.split('/').any(|part| part == "." || part == "..");
                prop_assert!(name.is_empty() || dots || name.contains(char::is_control));
            }
        }
    }

    #[test]
    fn the_bucket_is_one_segment(id in "\\PC{1,20}") {
        let bucket = BucketRef::new(TRANSPORT.clone(), &id);
        if let Ok(url) = bucket.url(&["object"], "a") {
            prop_assert_eq!(url.path_segments().unwrap().count(), 5);
            prop_assert!(url.path().ends_with("/a"));
        }
    }
}

#[test]
fn slashes_of_an_upload() {
    let cases = [
        ("/dir//a.bin/", "dir/a.bin"),
        ("a", "a"),
        ("a///b", "a/b"),
        ("/", ""),
        ("", ""),
    ];
    for (path, expected) in cases {
        assert_eq!(cleaned(path), expected, "{path}");
    }
}
