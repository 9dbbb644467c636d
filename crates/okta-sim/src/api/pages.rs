//! Lists whose pages do not follow one another as they should.

use axum::body::Bytes;
use http::header::LINK;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, Uri};

use super::gate::Work;
use super::tricks::Played;
use crate::mischief::Trick;

/// Answers a call and bends its `next` link. Where there is none, nothing strikes.
pub(super) async fn play(trick: Trick, parts: Parts, body: Bytes, answer: Work) -> Played {
    let asked = parts.clone();
    let mut response = answer(parts, body.clone()).await;
    let links = Links::of(response.headers());
    let Some(next) = links.next.clone().filter(|_| asked.method == Method::GET) else {
        return Played { response, struck: None };
    };
    let bent = match trick {
        Trick::PageRepeated => links.own.clone(),
        Trick::PageSkipped => {
            let over = answer(at(asked, &next), body).await;
            Links::of(over.headers()).next
        }
        _ => None,
    };
    links.put(response.headers_mut(), bent.as_deref());
    Played { response, struck: Some(trick) }
}

fn at(mut parts: Parts, address: &str) -> Parts {
    if let Ok(uri) = address.parse::<Uri>() {
        parts.uri = uri.path_and_query().cloned().map_or(uri, Uri::from);
    }
    parts
}

/// The addresses that the `Link` headers of a page name.
struct Links {
    own: Option<String>,
    next: Option<String>,
}

impl Links {
    fn of(headers: &HeaderMap) -> Self {
        let address = |rel: &str| {
            let end = format!(">; rel=\"{rel}\"");
            let mut links = headers.get_all(LINK).iter().filter_map(|link| link.to_str().ok());
            links.find_map(|link| link.strip_prefix('<')?.strip_suffix(&end)).map(ToOwned::to_owned)
        };
        Self { own: address("self"), next: address("next") }
    }

    /// The same page with another `next`, or with none.
    fn put(&self, headers: &mut HeaderMap, next: Option<&str>) {
        headers.remove(LINK);
        for (address, rel) in [(self.own.as_deref(), "self"), (next, "next")] {
            let line = address.map(|address| format!("<{address}>; rel=\"{rel}\""));
            if let Some(line) = line.and_then(|line| HeaderValue::from_str(&line).ok()) {
                headers.append(LINK, line);
            }
        }
    }
}
