//! One call to somebody else, and what came of it.

use std::time::Duration;

use reqwest::RequestBuilder;

/// What came back.
pub(super) struct Answer {
    /// `None`: no answer came.
    pub(super) status: Option<u16>,
    /// The body, or why there is no answer.
    pub(super) text: String,
}

impl Answer {
    pub(super) fn is_success(&self) -> bool {
        self.status.is_some_and(|status| (200..300).contains(&status))
    }

    /// Whether it is worth trying again: Okta does not repeat what was refused (4xx).
    pub(super) fn may_change(&self) -> bool {
        !self.is_success() && !self.status.is_some_and(|status| (400..500).contains(&status))
    }

    /// As much of the body as a list shows.
    pub(super) fn shown(&self) -> String {
        self.text.chars().take(300).collect()
    }
}

/// Okta waits this long for an answer to an event hook; of the other calls it is not documented.
const ANSWER_WITHIN: Duration = Duration::from_secs(3);

pub(super) async fn send(request: RequestBuilder) -> Answer {
    let answer = match request.timeout(ANSWER_WITHIN).send().await {
        Ok(answer) => answer,
        Err(error) => return Answer { status: None, text: format!("no answer: {error}") },
    };
    let status = Some(answer.status().as_u16());
    match answer.text().await {
        Ok(text) => Answer { status, text },
        Err(error) => Answer { status: None, text: format!("the answer broke off: {error}") },
    }
}
