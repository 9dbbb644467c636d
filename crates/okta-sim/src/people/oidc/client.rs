//! Who the client is: finding its registration, and checking its secret at the token endpoint
//! (RFC 6749, section 2.3).

use aws_lc_rs::constant_time::verify_slices_are_equal;
use axum::http::{HeaderMap, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::org::{App, OidcClient, Org};

/// The active app with this client id.
pub fn find<'a>(org: &'a Org, client_id: &str) -> Option<(&'a App, &'a OidcClient)> {
    let registered = org.apps.values().filter(|app| app.is_active());
    registered
        .filter_map(|app| Some((app, app.oidc()?)))
        .find(|(_, client)| client.client_id == client_id)
}

/// What a client says about itself: `client_secret_basic`, `client_secret_post` or `none`.
#[derive(Debug, PartialEq, Eq)]
pub struct Credentials {
    pub client_id: String,
    pub secret: Option<String>,
}

impl Credentials {
    /// From the header or from the form, never from both: a client "MUST NOT use more than one
    /// authentication method in each request".
    pub fn read(
        headers: &HeaderMap,
        form_id: Option<&str>,
        form_secret: Option<&str>,
    ) -> Result<Self, &'static str> {
        let Some(header) = headers.get(header::AUTHORIZATION) else {
            let client_id = form_id.ok_or("'client_id' is missing.")?.to_owned();
            return Ok(Self { client_id, secret: form_secret.map(ToOwned::to_owned) });
        };
        if form_secret.is_some() {
            return Err("Cannot supply multiple client credentials.");
        }
        let credentials = header
            .to_str()
            .ok()
            .and_then(basic)
            .ok_or("The Authorization header does not hold Basic credentials.")?;
        if form_id.is_some_and(|id| id != credentials.client_id) {
            return Err("The 'client_id' in the body is not that of the Authorization header.");
        }
        Ok(credentials)
    }

    /// Whether they fit the registration. A client without a secret is a public one.
    pub fn fit(&self, client: &OidcClient) -> bool {
        let given = self.secret.as_deref().unwrap_or_default();
        verify_slices_are_equal(given.as_bytes(), client.client_secret.as_bytes()).is_ok()
    }
}

fn basic(header: &str) -> Option<Credentials> {
    let (scheme, encoded) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    Some(Credentials { client_id: form_decoded(id), secret: Some(form_decoded(secret)) })
}

/// Id and secret are form-encoded before they are put into the header (RFC 6749, section 2.3.1).
fn form_decoded(text: &str) -> String {
    url::form_urlencoded::parse(format!("v={text}").as_bytes())
        .next()
        .map_or_else(String::new, |(_, value)| value.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn with_basic(text: &str) -> HeaderMap {
        let value = format!("Basic {}", STANDARD.encode(text));
        HeaderMap::from_iter([(header::AUTHORIZATION, HeaderValue::try_from(value).unwrap())])
    }

    #[test]
    fn basic_credentials_are_form_decoded() {
        let read = Credentials::read(&with_basic("id:a%2Bb%3Ac"), Some("id"), None).unwrap();
        assert_eq!(read, Credentials { client_id: "id".into(), secret: Some("a+b:c".into()) });
    }

    #[test]
    fn two_ways_of_authentication_at_once_are_refused() {
        assert!(Credentials::read(&with_basic("id:s"), None, Some("s")).is_err());
        assert!(Credentials::read(&with_basic("id:s"), Some("other"), None).is_err());
        assert!(Credentials::read(&HeaderMap::new(), None, Some("s")).is_err());
    }

    #[test]
    fn a_confidential_client_does_not_pass_without_its_secret() {
        let client = OidcClient { client_secret: "s".into(), ..OidcClient::default() };
        let with = |secret: Option<&str>| Credentials {
            client_id: String::new(),
            secret: secret.map(ToOwned::to_owned),
        };
        assert!(with(Some("s")).fit(&client));
        assert!(!with(Some("t")).fit(&client) && !with(Some("")).fit(&client));
        assert!(!with(None).fit(&client));
        assert!(with(None).fit(&OidcClient::default()));
    }
}
