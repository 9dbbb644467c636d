//! A click on a chiclet: the org checks that the person has the app and sends them on (S40, C22).

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::super::Shared;
use super::super::page::{found, message, with_query};
use super::super::session::Visitor;
use crate::org::{AppKind, Org};

/// `/home/{kind}/{app}/{number}`. Okta's numbers name the kind once more, so they are not read.
pub async fn open(
    State(people): Shared,
    visitor: Visitor,
    Path((kind, app, number)): Path<(String, String, String)>,
) -> Response {
    let Some((_, person)) = visitor.0 else {
        let here = format!("/home/{kind}/{app}/{number}");
        return found(&with_query("/login", &[("fromURI", &here)]));
    };
    let destination = destination(&people.sim.org(), &app, &person.id);
    match destination {
        Ok(url) => found(&url),
        Err(detail) => {
            let text = "You do not have access to this app. If you should, ask the person who \
                        shared it with you, or an administrator of this org.";
            message(StatusCode::FORBIDDEN, "403 Access forbidden", text, Some(detail))
        }
    }
}

fn destination(org: &Org, app: &str, user: &str) -> Result<String, &'static str> {
    // One answer for an app that does not exist and one that is somebody else's.
    let not_assigned = "User is not assigned to this application.";
    let app = org.app(app).map_err(|_| not_assigned)?;
    if !app.implicit_assignment && !app.users.contains_key(user) {
        return Err(not_assigned);
    }
    if !app.is_active() {
        return Err("This application is not active.");
    }
    match &app.kind {
        AppKind::Bookmark { url, .. } => Ok(url.clone()),
        AppKind::Oidc(client) => {
            let start = client.initiate_login_uri.as_deref().ok_or("It has no sign-in page.")?;
            let mut start = url::Url::parse(start).map_err(|_| "Its sign-in page is no URL.")?;
            // OpenID Connect Core 1.0, section 4: the client learns who sends the person.
            start.query_pairs_mut().append_pair("iss", &org.base_url);
            Ok(start.into())
        }
        AppKind::Other { .. } => Err("This application has no page to open."),
    }
}
