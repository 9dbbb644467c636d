//! Which requests a step made: the portal's recorder tells, and the step's record names the last of them.

use std::sync::{Arc, Mutex, PoisonError};

use portal::okta::Recorder;

use crate::metrics;

tokio::task_local! {
    static LAST: Arc<Mutex<Option<String>>>;
}

/// A recorder to build the portal with: it counts calls, and notes Okta's request ids for the steps' timeline.
pub fn recorder() -> Recorder {
    Arc::new(|exchange| {
        metrics::count(exchange.status);
        // Outside of a step, as in "Test connection", nobody asks.
        let _ = LAST.try_with(|last| {
            let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
            last.clone_from(&exchange.request_id);
        });
    })
}

/// Runs `calls` and answers with the id of their last request.
pub(super) async fn of<T>(calls: impl Future<Output = T>) -> (T, Option<String>) {
    let last = Arc::default();
    let value = LAST.scope(Arc::clone(&last), calls).await;
    let id = last.lock().unwrap_or_else(PoisonError::into_inner).take();
    (value, id)
}
