//! When the process is told to stop.

/// Ready when the process gets SIGTERM or SIGINT; on Windows, Ctrl-C.
#[cfg(unix)]
pub(crate) async fn told_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};

    match (
        signal(SignalKind::terminate()),
        signal(SignalKind::interrupt()),
    ) {
        (Ok(mut terminate), Ok(mut interrupt)) => {
            tokio::select! {
                _ = terminate.recv() => tracing::info!("told to stop by SIGTERM"),
                _ = interrupt.recv() => tracing::info!("told to stop by SIGINT"),
            }
        }
        (Err(error), _) | (_, Err(error)) => {
            tracing::warn!(%error, "signals cannot be heard: only the program itself can stop what it does");
            std::future::pending().await
        }
    }
}

/// Ready when the process gets SIGTERM or SIGINT; on Windows, Ctrl-C.
#[cfg(not(unix))]
pub(crate) async fn told_to_stop() {
    match tokio::signal::ctrl_c().await {
        Ok(()) => tracing::info!("told to stop by Ctrl-C"),
        Err(error) => {
            tracing::warn!(%error, "Ctrl-C cannot be heard: only the program itself can stop what it does");
            std::future::pending().await
        }
    }
}
