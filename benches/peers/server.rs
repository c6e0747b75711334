//! A server of canned answers, as a process of its own, over connections that stay open.

use std::io::{self, BufRead, BufReader, Read};
use std::net::Ipv4Addr;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

use super::Scenario;

const SERVE: &str = "--serve-canned-answers";

const ROW: &str = r#"{"id":7,"title":"water the plants","done":false}"#;

/// The server as a process of its own.
pub(crate) struct Server {
    process: Child,
    url: String,
}

impl Server {
    pub(crate) fn start() -> Self {
        let this_program = std::env::current_exe().expect("a path");
        let mut process = Command::new(this_program)
            .arg(SERVE)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the server starts");
        let mut url = String::new();
        let stdout = process.stdout.take().expect("it is piped");
        BufReader::new(stdout).read_line(&mut url).expect("a line");
        let url = url.trim_end().to_owned();
        Self { process, url }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It exits when its input ends.
        drop(self.process.stdin.take());
        drop(self.process.wait());
    }
}

pub(crate) fn is_asked_to_serve() -> bool {
    std::env::args().any(|argument| argument == SERVE)
}

/// Prints its address to stdout and serves until stdin ends, which also happens if its parent is
/// killed.
pub(crate) fn serve() {
    thread::spawn(|| {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("tokio starts");
        runtime.block_on(accept()).expect("a listener");
    });
    let _ = io::stdin().read_to_end(&mut Vec::new());
}

async fn accept() -> io::Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    println!("http://{}", listener.local_addr()?);
    let answers = Arc::new(Scenario::ALL.map(|scenario| answer_of(scenario.rows())));
    let awake = Arc::new(Awake::default());
    tokio::spawn(Arc::clone(&awake).stay());
    loop {
        let (connection, _) = listener.accept().await?;
        connection.set_nodelay(true)?;
        tokio::spawn(serve_one(
            connection,
            Arc::clone(&answers),
            Arc::clone(&awake),
        ));
    }
}

/// Keeps the server from going to sleep right after a request. The kernel would charge the peer for
/// waking it, which would make a difference of one microsecond look like two.
#[derive(Default)]
struct Awake {
    last_request: Mutex<Option<Instant>>,
    request: Notify,
}

impl Awake {
    const TIME: Duration = Duration::from_micros(200);

    async fn stay(self: Arc<Self>) {
        loop {
            self.request.notified().await;
            while self.last().is_some_and(|last| last.elapsed() < Self::TIME) {
                tokio::task::yield_now().await;
            }
        }
    }

    fn touch(&self) {
        *self.last_request.lock().expect("nobody panics") = Some(Instant::now());
        self.request.notify_one();
    }

    fn last(&self) -> Option<Instant> {
        *self.last_request.lock().expect("nobody panics")
    }
}

fn answer_of(rows: usize) -> Bytes {
    let body = format!("[{}]", vec![ROW; rows].join(","));
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json; charset=utf-8\r\n\
         content-range: 0-{}/*\r\ncontent-length: {}\r\n\r\n",
        rows - 1,
        body.len()
    );
    Bytes::from(head + &body)
}

async fn serve_one(
    mut connection: TcpStream,
    answers: Arc<[Bytes; 2]>,
    awake: Arc<Awake>,
) -> io::Result<()> {
    let mut buffer = [0; 8192];
    let mut filled = 0;
    loop {
        match connection.read(&mut buffer[filled..]).await? {
            0 => return Ok(()),
            read => filled += read,
        }
        let request = &buffer[..filled];
        // Requests without a body, never two at once.
        if !request.ends_with(b"\r\n\r\n") {
            continue;
        }
        let line = request.split(|byte| *byte == b'\r').next();
        let many = line.is_some_and(|line| line.windows(11).any(|part| part == b"limit=10000"));
        filled = 0;
        awake.touch();
        connection.write_all(&answers[usize::from(many)]).await?;
    }
}
