//! Checks whether the connection to the project's database is encrypted and verified.
//!
//! The connection carries valuable secrets: the database's password, every payload, users' rows, and the right
//! to start any task as any user. So a connection over the internet must be encrypted, and should be verified.
//!
//! The meaning of each `sslmode` is sqlx's, which differs from libpq's: `require` checks
//! nothing, even with an `sslrootcert`, and `allow` never encrypts. For sqlx, and therefore here, no mode is
//! the same as `prefer`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use sqlx::postgres::{PgConnectOptions, PgSslMode};

/// How well a connection is protected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Encryption {
    /// It does not leave the machine.
    Local,
    /// It is encrypted, and the server's identity is verified.
    Verified,
    /// It works but is not fully protected. The text says why, and what to do.
    Weak(String),
}

/// Where a host is, judging by its name or address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// On this machine.
    Local,
    /// In a private network, such as a container's or a company's.
    Private,
    /// Anywhere.
    Public,
}

/// Assesses a connection before it is opened. Refuses it if it crosses the internet and may be
/// unencrypted, unless `allow_unencrypted` is set.
///
/// # Errors
///
/// Why the connection is refused, and what to write instead.
pub(crate) fn assess(
    options: &PgConnectOptions,
    allow_unencrypted: bool,
) -> Result<Encryption, String> {
    let place = place(options);
    let mode = options.get_ssl_mode();
    let danger = match mode {
        _ if place == Place::Local => return Ok(Encryption::Local),
        PgSslMode::VerifyFull => return Ok(Encryption::Verified),
        PgSslMode::VerifyCa => {
            "is encrypted, but another server with a certificate of the same authority could answer \
             in its place (`sslmode=verify-ca`)"
        }
        PgSslMode::Require => {
            "is encrypted, but nothing checks which server answers: anybody in between can read \
             the password and the payloads (`sslmode=require`, which does not use `sslrootcert`)"
        }
        PgSslMode::Prefer => {
            "is encrypted only if the server offers it, and anybody in between can prevent that \
             and read the password and the payloads (`sslmode=prefer`, the default)"
        }
        PgSslMode::Allow => {
            "is not encrypted: anybody in between can read the password and the payloads \
             (`sslmode=allow`, which is the same as `disable` here)"
        }
        PgSslMode::Disable => {
            "is not encrypted: anybody in between can read the password and the payloads \
             (`sslmode=disable`)"
        }
    };
    let host = options.get_host();
    let text = format!(
        "the connection to `{host}` {danger}. Write {}",
        remedy(host)
    );
    let is_surely_encrypted = matches!(mode, PgSslMode::Require | PgSslMode::VerifyCa);
    if place == Place::Public && !is_surely_encrypted && !allow_unencrypted {
        return Err(text);
    }
    Ok(Encryption::Weak(text))
}

/// Explains an error of a verified connection.
pub(super) fn explain(error: &sqlx::Error) -> Option<&'static str> {
    match error {
        sqlx::Error::Io(error) if error.kind() == std::io::ErrorKind::InvalidData => {
            let text = error.to_string();
            let is_about =
                |what: &str| text.contains("invalid peer certificate") && text.contains(what);
            if is_about("UnknownIssuer") {
                return Some(
                    "the server's certificate is from an authority that this program does not know: \
                     add `sslrootcert=FILE` to the database's URL, for Supabase with the \
                     certificate from the dashboard (Project Settings > Database > SSL Configuration)",
                );
            }
            is_about("not valid for name").then_some(
                "the server's certificate is for another host: connect to the host that the \
                 dashboard shows, and not to its address",
            )
        }
        sqlx::Error::Io(error) if error.kind() == std::io::ErrorKind::NotFound => Some(
            "a file that the database's URL names does not exist: `sslrootcert`, `sslcert`, `sslkey` \
             or the socket",
        ),
        sqlx::Error::Tls(error) if error.to_string().contains("does not support TLS") => Some(
            "the server, or the pooler before it, is set up without TLS (`ssl = on` in \
             postgresql.conf, `client_tls_sslmode` in pgbouncer.ini)",
        ),
        _ => None,
    }
}

/// Returns what to write into the URL instead.
fn remedy(host: &str) -> &'static str {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    if [".supabase.co", ".supabase.com"]
        .iter()
        .any(|of| host.ends_with(of))
    {
        "`sslmode=verify-full&sslrootcert=prod-ca-2021.crt` in the database's URL, with the path of \
         the certificate that the dashboard gives (Project Settings > Database > SSL Configuration, \
         \"Download certificate\")"
    } else {
        "`sslmode=verify-full` in the database's URL, and `&sslrootcert=FILE` if the server's \
         certificate is not of a public authority"
    }
}

fn place(options: &PgConnectOptions) -> Place {
    let host = options.get_host();
    if options.get_socket().is_some() || host.starts_with('/') {
        return Place::Local;
    }
    // In a URL, an IPv6 address is in brackets and may name an interface.
    let address = host.trim_start_matches('[').trim_end_matches(']');
    let address = address.split('%').next().unwrap_or(address);
    match address.parse() {
        Ok(IpAddr::V4(address)) => of_v4(address),
        Ok(IpAddr::V6(address)) => of_v6(address),
        Err(_) => of_name(host),
    }
}

fn of_v4(address: Ipv4Addr) -> Place {
    let [first, second, ..] = address.octets();
    // 100.64.0.0/10 is shared by the customers of one provider, and used by overlay networks.
    let is_shared = first == 100 && second & 0b1100_0000 == 64;
    let is_private = address.is_private() || address.is_link_local() || is_shared;
    nearest(address.is_loopback(), is_private)
}

fn of_v6(address: Ipv6Addr) -> Place {
    if let Some(address) = address.to_ipv4_mapped() {
        return of_v4(address);
    }
    let is_private = address.is_unique_local() || address.is_unicast_link_local();
    nearest(address.is_loopback(), is_private)
}

/// Endings of names that no public name server knows: of a container, a cluster or a company.
const PRIVATE_ENDS: [&str; 4] = [".internal", ".local", ".localhost", ".svc"];

fn of_name(host: &str) -> Place {
    let name = host.trim_end_matches('.').to_ascii_lowercase();
    let is_private = !name.contains('.') || PRIVATE_ENDS.iter().any(|end| name.ends_with(end));
    nearest(name == "localhost", is_private)
}

fn nearest(is_local: bool, is_private: bool) -> Place {
    match is_local {
        true => Place::Local,
        false if is_private => Place::Private,
        false => Place::Public,
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    const LOCAL: [&str; 8] = [
        "localhost",
        "LocalHost.",
        "127.0.0.1",
        "127.8.9.10",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "%2Fvar%2Frun%2Fpostgresql",
        "db.abc.supabase.co?host=/var/run/postgresql",
    ];
    const PRIVATE: [&str; 14] = [
        "10.0.0.5",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.2",
        "169.254.1.1",
        "100.100.1.1",
        "[fd00::1]",
        "[fe80::1]",
        "[::ffff:10.0.0.5]",
        "postgres",
        "db.local",
        "my-app.internal",
        "db.localhost",
        "db.prod.svc",
    ];
    const PUBLIC: [&str; 13] = [
        "db.abc.supabase.co",
        "aws-0-eu-central-1.pooler.supabase.com",
        "example.com",
        "8.8.8.8",
        "172.32.0.1",
        "100.128.0.1",
        "[2001:db8::1]",
        "[::ffff:8.8.8.8]",
        "localhost.example.com",
        "127.0.0.1.example.com",
        "notlocalhost.com",
        "mylocal.de",
        "localhost?host=example.com",
    ];
    const MODES: [&str; 7] = [
        "",
        "sslmode=prefer",
        "sslmode=allow",
        "sslmode=disable",
        "sslmode=require",
        "sslmode=verify-ca",
        "sslmode=verify-full",
    ];

    fn judge(host: &str, mode: &str, allow: bool) -> Result<Encryption, String> {
        let mut url = format!("postgresql://me:hunter2@{host}");
        if !mode.is_empty() {
            url.push(if host.contains('?') { '&' } else { '?' });
            url.push_str(mode);
        }
        assess(&crate::reach::options(&url)?, allow)
    }

    #[test]
    fn what_stays_on_the_machine_may_be_unencrypted() {
        for host in LOCAL {
            for mode in MODES {
                let judged = judge(host, mode, false).unwrap();
                assert_eq!(judged, Encryption::Local, "{host} {mode}");
            }
        }
    }

    #[test]
    fn a_private_network_is_warned_of_and_never_refused() {
        for host in PRIVATE {
            for mode in MODES {
                let judged = judge(host, mode, false).unwrap();
                match mode {
                    "sslmode=verify-full" => assert_eq!(judged, Encryption::Verified, "{host}"),
                    _ => assert!(matches!(judged, Encryption::Weak(_)), "{host} {mode}"),
                }
            }
        }
    }

    #[test]
    fn a_public_host_is_refused_what_may_be_unencrypted_unless_it_was_asked_for() {
        for host in PUBLIC {
            for mode in MODES {
                let judged = judge(host, mode, false);
                match mode {
                    "sslmode=verify-full" => {
                        assert_eq!(judged.unwrap(), Encryption::Verified, "{host}");
                    }
                    "sslmode=verify-ca" | "sslmode=require" => {
                        assert!(matches!(judged, Ok(Encryption::Weak(_))), "{host} {mode}");
                    }
                    _ => {
                        assert!(judged.is_err(), "{host} {mode}");
                        let asked_for = judge(host, mode, true).unwrap();
                        assert!(matches!(asked_for, Encryption::Weak(_)), "{host} {mode}");
                    }
                }
            }
        }
    }

    #[test]
    fn it_says_what_to_write_and_never_the_password() {
        let refused = judge("db.abc.supabase.co", "", false).unwrap_err();
        for part in [
            "`db.abc.supabase.co`",
            "sslmode=verify-full&sslrootcert=prod-ca-2021.crt",
            "SSL Configuration",
        ] {
            assert!(refused.contains(part), "{refused}");
        }
        for host in [LOCAL.as_slice(), &PRIVATE, &PUBLIC].concat() {
            for mode in MODES {
                let judged = format!("{:?}", judge(host, mode, false));
                assert!(!judged.contains("hunter2"), "{judged}");
                let is_of_supabase = host.contains("supabase");
                assert!(is_of_supabase || !judged.contains("prod-ca"), "{judged}");
            }
        }
    }

    #[test]
    fn what_a_checked_connection_says_is_explained() {
        let io = |kind, text: &str| sqlx::Error::Io(io::Error::new(kind, text.to_owned()));
        let invalid = io::ErrorKind::InvalidData;
        let issuer = io(invalid, "invalid peer certificate: UnknownIssuer");
        assert!(explain(&issuer).unwrap().contains("sslrootcert"));
        let name = io(
            invalid,
            "invalid peer certificate: certificate not valid for name \"127.0.0.1\"",
        );
        assert!(explain(&name).unwrap().contains("another host"));
        let file = io(io::ErrorKind::NotFound, "No such file or directory");
        assert!(explain(&file).unwrap().contains("sslrootcert"));
        let none = sqlx::Error::Tls("server does not support TLS".into());
        assert!(explain(&none).unwrap().contains("without TLS"));

        for other in [
            io(io::ErrorKind::ConnectionRefused, "connection refused"),
            sqlx::Error::PoolTimedOut,
        ] {
            assert_eq!(explain(&other), None);
        }
    }
}
