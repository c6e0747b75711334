//! Answers of the database that never arrive: what was asked for is done, and who asked does not know.

use std::io;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sqlx::postgres::PgConnectOptions;
use supabase_task::engine::AttemptOutcome::Completed;
use supabase_task::prelude::*;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::task::JoinSet;
use url::Url;

use crate::process::WorkerProcess;
use crate::stage::{Stage, outcomes};
use crate::tasks::step;

/// How many runs drain meanwhile.
const RUNS: u64 = 2_000;

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// A way to the database on which every connection loses an answer some time, and is closed then.
struct LossyWay {
    url: Url,
    lost: Arc<AtomicU64>,
    _accepting: JoinSet<()>,
}

impl LossyWay {
    async fn to(url: &str) -> Self {
        let database = PgConnectOptions::from_str(url).unwrap();
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let mut way = Url::parse(url).unwrap();
        way.set_query(None);
        way.set_host(Some("127.0.0.1")).unwrap();
        way.set_port(Some(listener.local_addr().unwrap().port()))
            .unwrap();
        let lost = Arc::new(AtomicU64::new(0));
        let mut accepting = JoinSet::new();
        let counter = lost.clone();
        accepting.spawn(async move {
            let mut connections = JoinSet::new();
            // The first ones are there until all is set up.
            let mut answers = 60;
            while let Ok((client, _)) = listener.accept().await {
                let server = connect(&database).await.unwrap();
                let counter = counter.clone();
                connections.spawn(async move {
                    if pass_on(client, server, answers).await.is_ok() {
                        counter.fetch_add(1, Ordering::Relaxed);
                    }
                });
                answers = 20 + (answers * 7) % 83;
            }
        });
        Self {
            url: way,
            lost,
            _accepting: accepting,
        }
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

/// Passes so many answers on, and keeps the one after them. An error is a connection that was closed
/// before.
async fn pass_on(client: TcpStream, server: Box<dyn Stream>, answers: u64) -> io::Result<()> {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = tokio::io::split(server);
    let there =
        tokio::spawn(async move { tokio::io::copy(&mut from_client, &mut to_server).await });
    let mut answer = vec![0; 1 << 16];
    for number in 0..=answers {
        let length = from_server.read(&mut answer).await?;
        if length == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if number < answers {
            to_client.write_all(&answer[..length]).await?;
        }
    }
    there.abort();
    Ok(())
}

#[tokio::test]
async fn answers_that_are_lost_lose_no_run_and_charge_none() {
    let stage = Stage::new().await;
    let way = LossyWay::to(&stage.url).await;
    let worker = WorkerProcess::start(way.url.as_str(), &[("ENGINE_CONCURRENCY", "10")]);
    let runs = step::trigger_batch(&stage.queue, 0..RUNS).await.unwrap();
    for run in &runs {
        let run = stage.finished(run.id()).await;
        assert_eq!(outcomes(&run), [(1, Completed)], "{}", run.id);
    }
    let lost = way.lost.load(Ordering::Relaxed);
    let given_back = worker.log().matches("were given back").count();
    println!("{lost} answers were lost, {given_back} of them with tickets");
    assert!(lost > 10 && given_back > 0, "{lost}, {given_back}");
    stage.nothing_is_left().await;
}
