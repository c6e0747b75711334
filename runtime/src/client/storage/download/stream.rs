//! [`DownloadStream`]: a download as a stream or a reader.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_core::Stream;
use futures_util::TryStreamExt;
use tokio::io::AsyncBufRead;
use tokio_util::io::StreamReader;
use tokio_util::sync::ReusableBoxFuture;

use super::Download;
use crate::client::error::ClientError;
use crate::debug::debug_fields;

/// The pieces of a download. From [`Download::into_stream`].
pub struct DownloadStream {
    next: ReusableBoxFuture<'static, (Result<Option<Bytes>, ClientError>, Download)>,
    ended: bool,
}

async fn next(mut download: Download) -> (Result<Option<Bytes>, ClientError>, Download) {
    (download.chunk().await, download)
}

impl DownloadStream {
    pub(super) fn new(download: Download) -> Self {
        Self {
            next: ReusableBoxFuture::new(next(download)),
            ended: false,
        }
    }

    pub(super) fn into_reader(self) -> impl AsyncBufRead + Send + Unpin + 'static {
        StreamReader::new(self.map_err(io::Error::other))
    }
}

impl Stream for DownloadStream {
    type Item = Result<Bytes, ClientError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.ended {
            return Poll::Ready(None);
        }
        let (outcome, download) = ready!(self.next.poll(context));
        match outcome {
            Ok(Some(chunk)) => {
                self.next.set(next(download));
                Poll::Ready(Some(Ok(chunk)))
            }
            outcome => {
                self.ended = true;
                Poll::Ready(outcome.transpose())
            }
        }
    }
}

debug_fields!(DownloadStream: |this| { ended: this.ended });
