//! When the process is told to stop.

/// Ready when the process gets SIGTERM or SIGINT; on Windows, Ctrl-C. On Unix they are listened for
/// from the call on, which must be inside of a Tokio runtime.
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
}

/// Ready when the process gets SIGTERM or SIGINT; on Windows, Ctrl-C.
#[cfg(not(unix))]
pub(crate) async fn shutdown_signal() {
    match tokio::signal::ctrl_c().await {
        Ok(()) => tracing::info!("told to stop by Ctrl-C"),
        Err(error) => {
            tracing::warn!(%error, "Ctrl-C cannot be heard: only the program itself can stop what it does");
            std::future::pending().await
        }
    }
}
