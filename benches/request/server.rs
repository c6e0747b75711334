//! A server of canned answers, over connections that stay open.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::runtime::Runtime;

const SERVE: &str = "--serve-canned-answers";

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\n\
    content-type: application/vnd.pgrst.object+json; charset=utf-8\r\n\
    content-range: 0-0/*\r\n\
    content-length: 48\r\n\r\n\
    {\"id\":7,\"title\":\"water the plants\",\"done\":false}";

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
    let listener = listener();
    println!("{}", url_of(&listener));
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("tokio starts");
        runtime.block_on(accept(listener)).expect("a listener");
    });
    let _ = io::stdin().read_to_end(&mut Vec::new());
}

async fn accept(listener: TcpListener) -> io::Result<()> {
    listener.set_nonblocking(true)?;
    let listener = tokio::net::TcpListener::from_std(listener)?;
    loop {
        let (connection, _) = listener.accept().await?;
        connection.set_nodelay(true)?;
        tokio::spawn(answer(connection));
    }
}

async fn answer(mut connection: tokio::net::TcpStream) -> io::Result<()> {
    let mut buffer = [0; 4096];
    let mut filled = 0;
    loop {
        match connection.read(&mut buffer[filled..]).await? {
            0 => return Ok(()),
            read => filled += read,
        }
        // Requests without a body, never two at once.
        if buffer[..filled].ends_with(b"\r\n\r\n") {
            filled = 0;
            connection.write_all(ANSWER).await?;
        }
    }
}

/// The one request that `client` sends: with its lines sorted, and the names of the claims in place
/// of its token.
pub(crate) fn request_of<F: Future<Output = ()>>(
    runtime: &Runtime,
    client: impl FnOnce(&str) -> F,
) -> Vec<String> {
    let listener = listener();
    let url = url_of(&listener);
    let server = thread::spawn(move || {
        let (mut connection, _) = listener.accept().expect("a connection");
        let request = read_request(&connection);
        connection.write_all(ANSWER).expect("it is written");
        request
    });
    runtime.block_on(client(&url));
    let host = url.trim_start_matches("http://");
    let request = server.join().expect("the server read a request");
    let mut lines: Vec<String> = request
        .iter()
        .map(|line| match line.split_once("Bearer ") {
            Some((_, token)) => format!("authorization with {}", claims_of(token)),
            None => line.replace(host, "HOST"),
        })
        .collect();
    lines.sort();
    lines
}

fn read_request(connection: &TcpStream) -> Vec<String> {
    BufReader::new(connection)
        .lines()
        .map(|line| line.expect("a line"))
        .take_while(|line| !line.is_empty())
        .collect()
}

fn claims_of(token: &str) -> String {
    let claims = token.split('.').nth(1).expect("a token has three parts");
    let claims = URL_SAFE_NO_PAD.decode(claims).expect("base64url");
    let claims: Value = serde_json::from_slice(&claims).expect("JSON");
    let mut names: Vec<_> = claims.as_object().expect("an object").keys().collect();
    names.sort();
    format!("{names:?} in {} bytes", claims.to_string().len())
}

fn listener() -> TcpListener {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port")
}

fn url_of(listener: &TcpListener) -> String {
    format!("http://{}", listener.local_addr().expect("an address"))
}
