//! Answers of pages: HTML from a template, a fragment of it, and the page that says why there is none.

use std::error::Error as _;
use std::fmt::Write as _;

use askama::Template;
use axum::response::{Html, IntoResponse, Response};
use http::{HeaderName, HeaderValue, StatusCode};

use crate::error::Error;
use crate::ui::Link;

/// Tells `app.js` which element of the page the answer replaces.
pub const FRAGMENT: HeaderName = HeaderName::from_static("x-fragment");

/// What a page handler returns.
pub type Page = Result<Response, Failure>;

/// A whole page.
pub fn html(template: &impl Template) -> Page {
    Ok(Html(render(template)?).into_response())
}

/// A page that shows a form again, with what is wrong in it.
pub fn again(template: &impl Template) -> Page {
    Ok((StatusCode::UNPROCESSABLE_ENTITY, html(template)?).into_response())
}

/// What takes something from more than ten people is confirmed by typing how many they are (U6).
///
/// # Errors
/// [`Error::Invalid`] of the field `confirm`, where another number was typed.
pub fn check_number(people: usize, typed: &str) -> Result<(), Error> {
    if people > 10 && typed.trim() != people.to_string() {
        return Err(Error::invalid(
            "confirm",
            format!("Nothing was changed. Type {people} to confirm it."),
        ));
    }
    Ok(())
}

/// The part of a page whose element has the id `target`.
pub fn fragment(target: &'static str, template: &impl Template) -> Page {
    let headers = [(FRAGMENT, HeaderValue::from_static(target))];
    Ok((headers, Html(render(template)?)).into_response())
}

/// The text of a template, for server-sent fragments.
pub fn render(template: &impl Template) -> Result<String, Failure> {
    template.render().map_err(|error| Failure::internal(format!("render a page: {error}")))
}

/// Why there is no page. It travels in the answer's extensions: the layer in `request` knows the id to quote and
/// whether the browser wants HTML or JSON, logs the cause once, and writes the body.
#[derive(Debug, Clone)]
pub struct Failure {
    pub(super) status: StatusCode,
    pub(super) code: &'static str,
    pub(super) title: &'static str,
    pub(super) text: String,
    /// What operators read, and nobody else.
    pub(super) cause: Option<String>,
}

impl Failure {
    /// A page that was not found, or that the person may not know of.
    pub fn not_found() -> Self {
        Error::NotFound.into()
    }

    /// Nobody is signed in, and the caller cannot be sent to a page.
    pub fn signed_out() -> Self {
        Self {
            status: StatusCode::UNAUTHORIZED,
            code: "signed_out",
            title: "You are signed out",
            text: "Your session has ended. Reload the page to sign in again.".into(),
            cause: None,
        }
    }

    /// Another site sent it.
    pub fn cross_site() -> Self {
        Self {
            status: StatusCode::FORBIDDEN,
            code: "cross_site",
            title: "This did not come from Keytile",
            text: "The request came from another site, so nothing was changed. Open Keytile and try again there."
                .into(),
            cause: None,
        }
    }

    /// Too much came from this address; after `wait` seconds there is room again.
    pub fn too_many(wait: u64) -> Self {
        Self {
            status: StatusCode::TOO_MANY_REQUESTS,
            code: "too_many",
            title: "That was too often",
            text: format!(
                "Too many tries came from your network. Wait {wait} seconds, then try again."
            ),
            cause: None,
        }
    }

    /// A bug, or a broken machine. `cause` goes to the log only.
    pub fn internal(cause: String) -> Self {
        Self {
            status: StatusCode::INTERNAL_SERVER_ERROR,
            code: "internal",
            title: "Something went wrong on our side",
            text: "Nothing was changed as far as we know. Try again; if it happens again, tell whoever runs Keytile."
                .into(),
            cause: Some(cause),
        }
    }

    /// A method that the path does not have, told to a program. `allowed` are those that it has.
    pub(super) fn method(allowed: &str) -> Self {
        let status = StatusCode::METHOD_NOT_ALLOWED;
        let text = format!("This path does not have that method. It has {allowed}.");
        Self { code: "method_not_allowed", text, ..Self::from_status(status) }
    }

    /// What a library refused, by its status alone: a broken form, too large a body, a wrong method.
    pub(super) fn from_status(status: StatusCode) -> Self {
        let (title, text) = match status {
            StatusCode::NOT_FOUND => return Self::not_found(),
            StatusCode::PAYLOAD_TOO_LARGE => {
                ("This is too large", "At most 1 MB can be sent at once. Nothing was changed.")
            }
            StatusCode::METHOD_NOT_ALLOWED => {
                ("This cannot be opened directly", "Go back and use the button on the page.")
            }
            status if status.is_server_error() => return Self::internal(status.to_string()),
            _ => ("This could not be read", "Go back, check what you entered, and try again."),
        };
        Self { status, code: "refused", title, text: text.into(), cause: None }
    }

    /// The way forward on the page.
    pub(super) fn back(&self) -> Link {
        match self.status {
            StatusCode::UNAUTHORIZED => Link { text: "Sign in".into(), href: "/sign-in".into() },
            _ => Link { text: "Go to your accounts".into(), href: "/".into() },
        }
    }
}

impl<E: Into<Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        let error = error.into();
        let (status, title) = match &error {
            Error::NotFound => (StatusCode::NOT_FOUND, "There is nothing here"),
            Error::Forbidden(_) => (StatusCode::FORBIDDEN, "You cannot do this"),
            Error::Invalid { .. } => (StatusCode::UNPROCESSABLE_ENTITY, "Something needs a change"),
            Error::Conflict(_) => (StatusCode::CONFLICT, "This clashes with what is there"),
            Error::FeatureOff => (StatusCode::CONFLICT, "This is turned off"),
            Error::ConfirmIdentity => (StatusCode::FORBIDDEN, "Please confirm that it is you"),
            Error::Portal(_) => (StatusCode::BAD_GATEWAY, "Okta did not do this"),
            Error::Seal(_) => (StatusCode::INTERNAL_SERVER_ERROR, "A secret could not be opened"),
            Error::Database(_) => {
                (StatusCode::INTERNAL_SERVER_ERROR, "Something went wrong on our side")
            }
        };
        Self {
            status,
            code: error.code(),
            title,
            text: error.to_string(),
            cause: status.is_server_error().then(|| chain(&error)),
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// An error with everything that caused it, for the log.
fn chain(error: &Error) -> String {
    let mut text = error.code().to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let _ = write!(text, ": {error}");
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// U6.
    #[test]
    fn more_than_ten_people_are_confirmed_by_their_number() {
        assert!(check_number(10, "").is_ok());
        assert!(check_number(11, " 11 ").is_ok());
        assert!(check_number(11, "").is_err() && check_number(11, "10").is_err());
    }
}
