//! The ids in a page's address. What is no id at all is answered like an id that does not exist: it cannot be told from
//! one that the person may not know of.

use axum::extract::FromRequestParts;
use axum::extract::rejection::PathRejection;

use super::Failure;

/// The ids of the path, parsed.
#[derive(Debug, FromRequestParts)]
#[from_request(via(axum::extract::Path), rejection(Failure))]
pub struct Path<T>(pub T);

impl From<PathRejection> for Failure {
    fn from(rejection: PathRejection) -> Self {
        if rejection.status().is_server_error() {
            return Self::internal(rejection.body_text());
        }
        Self::not_found()
    }
}
