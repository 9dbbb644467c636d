//! The operator's mail server as one address, and whom mail comes from. Errors say what is wrong without what was entered,
//! for a password may stand in it.

use std::net::IpAddr;

use lettre::message::Mailbox;
use model::secret::Secret;
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use url::Url;

/// How an address looks.
const SHAPE: &str =
    "is not the address of a mail server such as smtps://user:password@mail.example.com:465";

/// How mail servers are reached on a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// TLS from the first byte (RFC 8314): `smtps://`.
    Tls,
    /// TLS after STARTTLS (RFC 3207), without which nothing is said: `smtp://`.
    StartTls,
    /// None, for what never leaves this machine: `smtp://` to a loopback host.
    Plain,
}

/// A mail server.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
pub struct Server {
    /// Its name or address, which its certificate must carry.
    pub host: String,
    /// Its port; 465 with TLS, 587 with STARTTLS and 25 on this machine, unless the address says otherwise.
    pub port: u16,
    /// How it is reached.
    pub security: Security,
    /// Who we are to it, where it asks.
    pub login: Option<(String, Secret<String>)>,
}

/// Whom mail comes from.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
pub struct Sender(pub(super) Mailbox);

impl Sender {
    /// The address alone.
    pub fn address(&self) -> &str {
        self.0.email.as_ref()
    }
}

impl TryFrom<String> for Sender {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let parsed = text.trim().parse();
        parsed.map(Self).map_err(|_| "is not a mail address such as Keytile <keytile@example.com>")
    }
}

impl TryFrom<String> for Server {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let text = Secret::new(text);
        let url = Url::parse(text.expose().trim()).map_err(|_| SHAPE)?;
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or(SHAPE)?;
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let is_bare = matches!(url.path(), "" | "/") && url.query().is_none();
        if !is_bare || url.fragment().is_some() {
            return Err("must end after the mail server's port");
        }
        let security = match url.scheme() {
            "smtps" => Security::Tls,
            "smtp" if is_loopback(&host) => Security::Plain,
            "smtp" => Security::StartTls,
            _ => return Err(SHAPE),
        };
        let usual = match security {
            Security::Tls => 465,
            Security::StartTls => 587,
            Security::Plain => 25,
        };
        let login = match (url.username(), url.password()) {
            ("", None) => None,
            (user, Some(password)) if !user.is_empty() => {
                Some((decoded(user)?, Secret::new(decoded(password)?)))
            }
            _ => return Err("needs both a user name and a password, or neither"),
        };
        Ok(Self { host, port: url.port().unwrap_or(usual), security, login })
    }
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn decoded(text: &str) -> Result<String, &'static str> {
    let decoded = percent_decode_str(text).decode_utf8();
    decoded.map(String::from).map_err(|_| "has a user name or password that is not UTF-8")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(text: &str) -> Result<Server, &'static str> {
        Server::try_from(text.to_owned())
    }

    #[test]
    fn only_what_stays_on_this_machine_goes_without_tls() {
        for (text, security, port) in [
            ("smtps://mail.example.com", Security::Tls, 465),
            ("smtps://localhost", Security::Tls, 465),
            ("smtp://mail.example.com", Security::StartTls, 587),
            ("smtp://192.0.2.1:25", Security::StartTls, 25),
            ("smtp://localhost.example.com", Security::StartTls, 587),
            ("smtp://localhost", Security::Plain, 25),
            ("smtp://127.0.0.1:2525/", Security::Plain, 2525),
            ("smtp://[::1]:2525", Security::Plain, 2525),
        ] {
            let server = server(text).unwrap();
            assert_eq!((server.security, server.port), (security, port), "{text}");
        }
        assert_eq!(server("smtp://[::1]").unwrap().host, "::1");
    }

    #[test]
    fn a_login_is_decoded_and_whole() {
        let (user, password) =
            server("smtps://ada%40k.example:a%2Fb%3A@m.example").unwrap().login.unwrap();
        assert_eq!((user.as_str(), password.expose().as_str()), ("ada@k.example", "a/b:"));
        assert!(server("smtps://ada@m.example").is_err());
        assert!(server("smtps://m.example/name").is_err());
        assert!(server("smtps://m.example?tls=none").is_err());
        assert!(server("ftp://m.example").is_err());
    }
}
