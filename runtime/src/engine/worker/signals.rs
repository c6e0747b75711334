//! When the process is told to stop.

/// Ready when the process gets SIGTERM or SIGINT; on Windows, Ctrl-C.
#[cfg(unix)]
pub(super) async fn told_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};

    match (
        signal(SignalKind::terminate()),
        signal(SignalKind::interrupt()),
    ) {
        (Ok(mut terminate), Ok(mut interrupt)) => {
            tokio::select! {
                _ = terminate.recv() => tracing::info!("SIGTERM: the worker drains"),
                _ = interrupt.recv() => tracing::info!("SIGINT: the worker drains"),
            }
        }
        (Err(error), _) | (_, Err(error)) => {
            tracing::warn!(%error, "signals cannot be heard: the worker drains only if it is asked to");
            std::future::pending().await
        }
    }
}

/// Ready when the process gets SIGTERM or SIGINT; on Windows, Ctrl-C.
#[cfg(not(unix))]
pub(super) async fn told_to_stop() {
    match tokio::signal::ctrl_c().await {
        Ok(()) => tracing::info!("Ctrl-C: the worker drains"),
        Err(error) => {
            tracing::warn!(%error, "Ctrl-C cannot be heard: the worker drains only if it is asked to");
            std::future::pending().await
        }
    }
}
