//! Copies a video from a URL into a bucket. It is streamed, so it may be larger than memory. Its path
//! contains the id of the run, so a second attempt overwrites what the first one left.
//!
//! ```text
//! cargo run --example storage_upload
//! ```
//!
//! `LocalSupabase` has no Storage. Without `SUPABASE_URL` the example starts a small stand-in for the
//! part of Storage that it calls. With `SUPABASE_URL` and `SUPABASE_SECRET_KEY`, in the environment
//! or in `.env`, it uploads to that project, into the bucket `videos`, which it creates if necessary. The
//! example also serves the video, unless `VIDEO_URL` names one.

mod stand_in;

use std::env;

use anyhow::{Context, ensure};
use serde::{Deserialize, Serialize};
use supabase_task::client::storage::UploadBody;
use supabase_task::prelude::*;

#[derive(Debug, Serialize, Deserialize)]
struct Video {
    url: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct Stored {
    path: String,
    size: Option<u64>,
}

/// Creates the bucket, if it does not exist yet.
#[supabase_task(auth = "service")]
async fn make_bucket(_payload: (), supabase: ServiceClient) -> TaskResult<()> {
    match supabase.storage().create_bucket("videos").await {
        Err(error) if !error.is_conflict() => Err(error.into()),
        _ => Ok(()),
    }
}

/// Copies a video into the bucket. Only a piece of it is in memory at a time.
#[supabase_task(auth = "service")]
async fn store_video(
    payload: Video,
    supabase: ServiceClient,
    ctx: TaskContext,
    State(http): State<reqwest::Client>,
) -> TaskResult<Stored> {
    let response = http.get(&payload.url).send().await;
    let response = response.and_then(|response| response.error_for_status());
    let video = response.map_err(|error| TaskError::retry(error.without_url()))?;
    let media_type = (video.headers().get("content-type"))
        .and_then(|value| value.to_str().ok())
        .unwrap_or("video/mp4")
        .to_owned();
    let length = video.content_length();
    let mut body = UploadBody::stream(video.bytes_stream());
    if let Some(length) = length {
        body = body.with_length(length);
    }

    let mut next_quarter = 1;
    let object = supabase
        .storage()
        .from("videos")
        .upload(&format!("runs/{}.mp4", ctx.run_id()), body)
        .content_type(&media_type)
        // An earlier attempt may have uploaded the object without learning of it.
        .upsert(true)
        .progress(move |progress| {
            let Some(total) = progress.total else { return };
            while next_quarter <= 4 && progress.bytes * 4 >= total * next_quarter {
                println!("  {:3} % of {total} bytes", next_quarter * 25);
                next_quarter += 1;
            }
        })
        .await?;
    let info = supabase.storage().from("videos").info(&object.path).await?;
    Ok(Stored {
        path: object.full_path,
        size: info.size,
    })
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    // Values already in the environment win over those in the file; no file is fine.
    let _ = dotenvy::dotenv();
    let stand_in = stand_in::start().await?;
    let supabase = match env::var_os("SUPABASE_URL") {
        Some(_) => Supabase::from_env().context("the example needs SUPABASE_SECRET_KEY")?,
        None => {
            println!("No SUPABASE_URL is set, so this uploads to a stand-in for Storage.");
            Supabase::builder()
                .url(stand_in.url())
                .secret_key("sb_secret_of_the_stand_in")
                .build()?
        }
    };
    let (http, url) = match env::var("VIDEO_URL") {
        Ok(url) => (reqwest::Client::new(), url),
        // If you have a proxy, it cannot reach this process.
        Err(_) => (
            reqwest::Client::builder().no_proxy().build()?,
            stand_in.video_url(),
        ),
    };
    println!(
        "Uploading to the Storage of {}. The video is {url}\n",
        supabase.url()
    );
    let supabase = supabase.with_state(http);

    make_bucket::run(&supabase, ()).await?;
    println!("make_bucket  the bucket `videos` exists");
    println!("store_video  begins");
    let stored = store_video::run(&supabase, Video { url }).await?;
    println!(
        "store_video  stored {}, {:?} bytes",
        stored.path, stored.size
    );
    ensure!(stored.size.is_some_and(|size| size > 0), "nothing arrived");
    Ok(())
}
