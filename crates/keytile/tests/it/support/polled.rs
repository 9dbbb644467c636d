//! A future that is left alone after so many polls, as the work of a process is that dies.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

/// Lets `future` go on for at most so many `polls`.
pub fn at_most<F: Future>(polls: usize, future: Pin<&mut F>) -> Polled<'_, F> {
    Polled { future, polls_left: polls }
}

/// See [`at_most`].
pub struct Polled<'f, F> {
    future: Pin<&'f mut F>,
    polls_left: usize,
}

impl<F: Future> Future for Polled<'_, F> {
    /// What it came to and the polls that were left, or `None` where it came to nothing yet.
    type Output = Option<(F::Output, usize)>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if self.polls_left == 0 {
            return Poll::Ready(None);
        }
        self.polls_left -= 1;
        let polls_left = self.polls_left;
        self.future.as_mut().poll(cx).map(|output| Some((output, polls_left)))
    }
}
