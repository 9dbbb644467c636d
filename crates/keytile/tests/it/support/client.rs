//! People and programs in front of Keytile's own front door: a browser with a session, or a holder of an API key.
//! Requests go through the whole router, without a socket.

use std::collections::BTreeMap;

use axum::Router;
use axum::body::Body;
use http::{HeaderMap, Method, Request, StatusCode, header};
use keytile::{App, http::router, http::session, signin};
use seal::token::TokenText;
use tower::ServiceExt as _;
use url::form_urlencoded;

use super::{Person, TestApp};

/// A browser or a program. A browser keeps its cookies.
#[derive(Clone)]
pub struct Client {
    router: Router,
    origin: String,
    cookies: BTreeMap<String, String>,
    bearer: Option<String>,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: String,
}

impl Answer {
    /// Where it sends the browser.
    pub fn location(&self) -> &str {
        self.header(header::LOCATION.as_str()).unwrap_or_default()
    }

    /// One header, where it is there.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The body as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body)
            .unwrap_or_else(|e| panic!("{} is not JSON: {e}: {}", self.status, self.body))
    }
}

impl Client {
    /// Asks for a page.
    pub async fn get(&mut self, path: &str) -> Answer {
        let request = self
            .request(Method::GET, path)
            .header("sec-fetch-dest", "document")
            .header("sec-fetch-mode", "navigate");
        self.send(request.body(Body::empty()).expect("a request")).await
    }

    /// Sends a form.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = self
            .request(Method::POST, path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(body));
        self.send(request.expect("a request")).await
    }

    /// Sends JSON, with whichever method.
    pub async fn json(&mut self, method: Method, path: &str, body: &serde_json::Value) -> Answer {
        let request = self
            .request(method, path)
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(body.to_string()));
        self.send(request.expect("a request")).await
    }

    /// Sends a request without a body, with whichever method.
    pub async fn call(&mut self, method: Method, path: &str) -> Answer {
        self.send(self.request(method, path).body(Body::empty()).expect("a request")).await
    }

    /// A request as this client would begin it, for tests that finish it in their own way.
    pub fn request(&self, method: Method, path: &str) -> http::request::Builder {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(key) = &self.bearer {
            return request.header(header::AUTHORIZATION, format!("Bearer {key}"));
        }
        if !self.cookies.is_empty() {
            let cookies = self.cookies.iter().map(|(name, value)| format!("{name}={value}"));
            request = request.header(header::COOKIE, cookies.collect::<Vec<_>>().join("; "));
        }
        request.header(header::ORIGIN, &self.origin).header("sec-fetch-site", "same-origin")
    }

    /// Sends a request, and keeps the cookies that come back.
    pub async fn send(&mut self, request: Request<Body>) -> Answer {
        let answer = self.router.clone().oneshot(request).await.expect("a router always answers");
        let (parts, body) = answer.into_parts();
        for cookie in parts.headers.get_all(header::SET_COOKIE) {
            self.keep(cookie.to_str().expect("a cookie is text"));
        }
        let body = axum::body::to_bytes(body, usize::MAX).await.expect("the whole body");
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: String::from_utf8_lossy(&body).into_owned(),
        }
    }

    /// The same browser or program, in front of another process.
    pub fn before(self, app: &App) -> Self {
        Self { router: router::router(app.clone()), ..self }
    }

    /// The value of a cookie that the browser holds.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.get(name).map(String::as_str)
    }

    fn keep(&mut self, cookie: &str) {
        let pair = cookie.split(';').next().unwrap_or_default();
        let Some((name, value)) = pair.split_once('=') else { return };
        if value.is_empty() {
            self.cookies.remove(name.trim());
        } else {
            self.cookies.insert(name.trim().to_owned(), value.to_owned());
        }
    }
}

impl TestApp {
    /// A browser in which nobody is signed in.
    pub fn client(&self) -> Client {
        client(&self.app)
    }

    /// A browser in which the person has just signed in.
    pub async fn client_as(&self, person: &Person) -> Client {
        let mut client = client(&self.app);
        self.sign_in_here(&mut client, person).await;
        client
    }

    /// The person signs in with this very browser.
    pub async fn sign_in_here(&self, client: &mut Client, person: &Person) {
        let cookie = session::cookie(&self.app.config, &self.session_of(person).await);
        client.cookies.insert(cookie.name().to_owned(), cookie.value().to_owned());
    }

    /// The token of a session that the person has just opened.
    pub async fn session_of(&self, person: &Person) -> TokenText {
        let id = person.id;
        self.write(move |tx, by| {
            Box::pin(async move {
                let proof = signin::Proof { means: signin::Means::Oidc, at: by.now };
                let device = signin::Device::of("Test browser", None);
                signin::open_session(tx, by, id, proof, &device).await
            })
        })
        .await
    }

    /// A program that holds the person's API key.
    pub async fn api_as(&self, person: &Person) -> Client {
        let id = person.id;
        let key = self.write(move |tx, by| Box::pin(keytile::apikeys::add(tx, by, id))).await;
        Client { bearer: Some(key.expose().clone()), ..client(&self.app) }
    }

    /// Serves Keytile at its `public_url`, for those who come by the network: Okta's SCIM pushes, redirects.
    pub fn serve(&mut self) -> String {
        let listener = self.listener.take().expect("it is served once");
        listener.set_nonblocking(true).expect("a listener can be asynchronous");
        let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
        let router = router::router(self.app.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        self.app.config.origin()
    }
}

/// The fields of an account's form.
pub fn account_form<'a>(name: &'a str, app: &'a str, url: &'a str) -> [(&'a str, &'a str); 8] {
    let (username, password) = (("username", "ada"), ("password", ""));
    let (totp, notes) = (("totp", ""), ("notes", ""));
    let (site, version) = (("login_url", url), ("version", ""));
    [("name", name), ("app_name", app), site, username, password, totp, notes, version]
}

/// A browser in front of this process.
pub fn client(app: &App) -> Client {
    Client {
        router: router::router(app.clone()),
        origin: app.config.origin(),
        cookies: BTreeMap::new(),
        bearer: None,
    }
}
