//! What clients asked the management API.

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::super::Shared;
use super::super::page::html;
use super::{Admin, Frame};
use crate::Exchange;
use crate::org::okta_time;

/// How many requests the page shows.
const SHOWN: usize = 100;

#[derive(Template)]
#[template(path = "people/admin/requests.html")]
struct RequestsPage {
    frame: Frame,
    rows: Vec<Request>,
    total: usize,
}

struct Request {
    at: String,
    method: String,
    target: String,
    body: String,
    status: String,
    tone: &'static str,
    error_code: String,
}

pub async fn list(State(people): Shared, _: Admin) -> Response {
    let traffic = people.sim.traffic();
    let rows = traffic.iter().rev().take(SHOWN).map(request).collect();
    let frame = Frame::new(&people.sim.org(), "requests");
    html(&RequestsPage { frame, rows, total: traffic.len() })
}

fn request(exchange: &Exchange) -> Request {
    let query = if exchange.query.is_empty() { "" } else { "?" };
    Request {
        at: okta_time(exchange.at),
        method: exchange.method.clone(),
        target: format!("{}{query}{}", exchange.path, exchange.query),
        body: exchange.request_body.chars().take(400).collect(),
        status: exchange.status.map_or_else(|| "dropped".to_owned(), |it| it.to_string()),
        tone: match exchange.status {
            Some(200..=399) => "good",
            Some(429) => "warn",
            _ => "bad",
        },
        error_code: exchange.error_code.clone().unwrap_or_default(),
    }
}
