//! The signals that stop the process.

/// Waits until the process receives SIGTERM or SIGINT; on Windows, Ctrl-C. On Unix it listens from the
/// moment it is called, which must be inside a Tokio runtime.
#[cfg(unix)]
pub(crate) fn shutdown_signal() -> impl Future<Output = ()> + Send {
    use tokio::signal::unix::{SignalKind, signal};

    let signals = (
        signal(SignalKind::terminate()),
        signal(SignalKind::interrupt()),
    );
    async move {
        match signals {
            (Ok(mut terminate), Ok(mut interrupt)) => {
                tokio::select! {
                    _ = terminate.recv() => tracing::info!("received SIGTERM; stopping"),
                    _ = interrupt.recv() => tracing::info!("received SIGINT; stopping"),
                }
            }
            (Err(error), _) | (_, Err(error)) => {
                tracing::warn!(%error, "cannot listen for signals: only the program itself can stop this");
                std::future::pending().await
            }
        }
    }
}

/// Waits until the process receives SIGTERM or SIGINT; on Windows, Ctrl-C.
#[cfg(not(unix))]
pub(crate) async fn shutdown_signal() {
    match tokio::signal::ctrl_c().await {
        Ok(()) => tracing::info!("received Ctrl-C; stopping"),
        Err(error) => {
            tracing::warn!(%error, "cannot listen for Ctrl-C: only the program itself can stop this");
            std::future::pending().await
        }
    }
}
