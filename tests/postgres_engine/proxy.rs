//! [`Proxy`]: a proxy for the database that causes faults.

use std::io;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sqlx::postgres::PgConnectOptions;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::runtime::{self, Runtime};
use tokio::sync::watch;
use tokio::task::JoinSet;
use url::Url;

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// The connections that no longer forward anything, in either direction. Data sent to them is
/// accepted.
#[derive(Clone, Copy, Default)]
struct Frozen {
    /// Connections with a lower number, forever.
    before: u64,
    /// All connections, including new ones, until they thaw.
    all: bool,
}

/// A proxy for the database, on a runtime of its own: while a test's database is dropped, the test's runtime
/// is blocked, and the server would wait a minute for a half-open connection.
pub(crate) struct Proxy {
    url: Url,
    opened: Arc<AtomicU64>,
    lost: Arc<AtomicU64>,
    frozen: watch::Sender<Frozen>,
    runtime: Option<Runtime>,
}

impl Proxy {
    /// A proxy that causes no faults until it is told to.
    pub(crate) async fn to(url: &str) -> Self {
        Self::new(url, |_| u64::MAX).await
    }

    /// A proxy that loses an answer on every connection at some point, and then closes it.
    pub(crate) async fn lossy(url: &str) -> Self {
        // The first connections last until everything is set up.
        let answers = |number: u64| match number {
            0 => 60,
            number => 20 + (number * 37) % 83,
        };
        Self::new(url, answers).await
    }

    async fn new(url: &str, answers: fn(u64) -> u64) -> Self {
        let database = PgConnectOptions::from_str(url).unwrap();
        let runtime = runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let listening = runtime.spawn(TcpListener::bind(("127.0.0.1", 0)));
        let listener = listening.await.unwrap().unwrap();
        let mut way = Url::parse(url).unwrap();
        way.set_query(None);
        way.set_host(Some("127.0.0.1")).unwrap();
        way.set_port(Some(listener.local_addr().unwrap().port()))
            .unwrap();
        let (opened, lost) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
        let (frozen, freezes) = watch::channel(Frozen::default());
        let (count, counter) = (opened.clone(), lost.clone());
        runtime.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                let number = count.fetch_add(1, Ordering::SeqCst);
                let (database, counter) = (database.clone(), counter.clone());
                let gate = Gate {
                    number,
                    frozen: freezes.clone(),
                };
                connections.spawn(async move {
                    // Without a server, the client's connection is closed.
                    let Ok(server) = connect(&database).await else {
                        return;
                    };
                    if pass_on(client, server, gate, answers(number)).await.is_ok() {
                        counter.fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
        });
        Self {
            url: way,
            opened,
            lost,
            frozen,
            runtime: Some(runtime),
        }
    }

    pub(crate) fn url(&self) -> &str {
        self.url.as_str()
    }

    /// The number of answers lost so far.
    pub(crate) fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }

    /// The number of connections opened so far.
    pub(crate) fn opened(&self) -> u64 {
        self.opened.load(Ordering::SeqCst)
    }

    /// Freezes all open connections, forever. New ones work.
    pub(crate) fn freeze_open(&self) {
        let before = self.opened();
        self.frozen.send_modify(|frozen| frozen.before = before);
    }

    /// Freezes all open and all new connections, until they thaw.
    pub(crate) fn freeze_all(&self) {
        self.frozen.send_modify(|frozen| frozen.all = true);
    }

    pub(crate) fn thaw(&self) {
        self.frozen.send_modify(|frozen| frozen.all = false);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// The gate of one connection.
#[derive(Clone)]
struct Gate {
    number: u64,
    frozen: watch::Receiver<Frozen>,
}

impl Gate {
    /// Waits until the connection is not frozen.
    async fn is_open(&mut self) {
        let number = self.number;
        let is_open = |frozen: &Frozen| !frozen.all && number >= frozen.before;
        // An error means that the proxy and its connections are gone.
        let _ = self.frozen.wait_for(is_open).await;
    }
}

async fn connect(database: &PgConnectOptions) -> io::Result<Box<dyn Stream>> {
    let (host, port) = (database.get_host(), database.get_port());
    let folder = match database.get_socket() {
        Some(folder) => folder.clone(),
        None if host.starts_with('/') => host.into(),
        None => return Ok(Box::new(TcpStream::connect((host, port)).await?)),
    };
    let socket = folder.join(format!(".s.PGSQL.{port}"));
    Ok(Box::new(UnixStream::connect(socket).await?))
}

/// Forwards the given number of answers and withholds the next one. Returns an error if the
/// connection was closed before.
async fn pass_on(
    client: TcpStream,
    server: Box<dyn Stream>,
    mut gate: Gate,
    answers: u64,
) -> io::Result<()> {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = tokio::io::split(server);
    let mut there_gate = gate.clone();
    let there = async move {
        let mut asked = vec![0; 1 << 16];
        // Data that is read while the connection is frozen is accepted but not forwarded.
        loop {
            let length = from_client.read(&mut asked).await?;
            there_gate.is_open().await;
            if length == 0 {
                // The client has disconnected: tell the server.
                return to_server.shutdown().await;
            }
            to_server.write_all(&asked[..length]).await?;
        }
    };
    let back = async move {
        let mut answer = vec![0; 1 << 16];
        let mut number = 0;
        loop {
            let length = from_server.read(&mut answer).await?;
            gate.is_open().await;
            if length == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if number == answers {
                return Ok(());
            }
            number += 1;
            to_client.write_all(&answer[..length]).await?;
        }
    };
    tokio::pin!(there, back);
    let mut is_asking = true;
    loop {
        tokio::select! {
            passed = &mut back => return passed,
            ended = &mut there, if is_asking => {
                ended?;
                is_asking = false;
            }
        }
    }
}
