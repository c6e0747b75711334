//! [`gather`]: what comes together is written down in one statement.

use tokio::sync::mpsc;

/// Adds what is on its way to what has come. Tickets are handed out many at a time, and attempts that
/// began together end together; each statement waits for the disk.
pub(super) async fn gather<T>(received: &mut mpsc::Receiver<T>, items: &mut Vec<T>, most: usize) {
    let mut heard = 0;
    while heard < items.len() && items.len() < most {
        heard = items.len();
        tokio::task::yield_now().await;
        while items.len() < most
            && let Ok(item) = received.try_recv()
        {
            items.push(item);
        }
    }
}
