//! Configuration: a TOML file, each key of which an environment variable may override. The only reader of the
//! environment.

mod hosts;
mod variables;

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use ipnet::IpNet;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use url::Url;

use self::variables::{nearest, variable};
use crate::mail::{Sender, Server};

/// What the operator decides. Every key may be given as `KEYTILE_` and its name in capitals.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where people reach this server, such as `https://keytile.example.com`: tiles point here.
    pub public_url: Url,
    /// The address and port to listen on. Put a TLS proxy before it.
    #[serde(default = "default_listen")]
    pub listen: SocketAddr,
    /// `sqlite:/path/keytile.db` or `postgres://user:password@host/database`.
    #[serde(default = "default_database")]
    pub database: String,
    /// The file that holds the root keys. Keep it apart from the database's backups.
    #[serde(default = "default_root_key_file")]
    pub root_key_file: PathBuf,
    /// Own domains of Okta orgs that do not end in an Okta host name.
    #[serde(default)]
    pub okta_custom_hosts: Vec<String>,
    /// Host names of this machine that may be used over plain http, on any port: for the demo and tests.
    #[serde(default)]
    pub okta_insecure_hosts: Vec<String>,
    /// Proxies before this server, as addresses or networks: only their `X-Forwarded-For` tells who a client is.
    #[serde(default, deserialize_with = "networks")]
    pub trusted_proxies: Vec<IpNet>,
    /// Where monitoring reads `/metrics`, such as `127.0.0.1:9464`; nowhere where it is not set.
    #[serde(default)]
    pub metrics_listen: Option<SocketAddr>,
    /// The mail server that alerts go through, such as `smtps://user:password@mail.example.com:465`; no mail where it is
    /// not set.
    #[serde(default)]
    pub mail: Option<Server>,
    /// Whom that mail comes from, such as `Keytile <keytile@example.com>`.
    #[serde(default)]
    pub mail_from: Option<Sender>,
    /// The extension for Chromium's browsers, signed elsewhere with a key that this server never sees; without it, the
    /// server signs with a key of its own.
    #[serde(default)]
    pub extension_file: Option<PathBuf>,
    /// What to log: `info`, `debug`, or a filter such as `keytile=debug,info`.
    #[serde(default = "default_log")]
    pub log: String,
}

/// Why the configuration cannot be used; it names the key.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file is missing or unreadable.
    #[error("read the configuration file {path}: {source}")]
    Read {
        /// The file that was tried.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is not TOML.
    #[error("the configuration file {path} is not valid TOML: {why}")]
    Syntax {
        /// The file.
        path: PathBuf,
        /// Where and why.
        why: String,
    },
    /// A key is missing, unknown or has a bad value.
    #[error("configuration: {0}")]
    Key(String),
}

const KEYS: [&str; 12] = [
    "public_url",
    "listen",
    "database",
    "root_key_file",
    "okta_custom_hosts",
    "okta_insecure_hosts",
    "trusted_proxies",
    "metrics_listen",
    "mail",
    "mail_from",
    "extension_file",
    "log",
];

impl Config {
    /// Reads `file` (where given) and the environment of this process.
    pub fn load(file: Option<&Path>) -> Result<Self, Error> {
        let environment = variables::settings(std::env::vars_os())?;
        Self::from_parts(file, environment.into_iter().collect())
    }

    /// Reads `file` and lets `environment` (by key) win.
    pub fn from_parts(
        file: Option<&Path>,
        environment: HashMap<String, String>,
    ) -> Result<Self, Error> {
        let mut table = match file {
            None => toml::Table::new(),
            Some(path) => {
                let text = std::fs::read_to_string(path)
                    .map_err(|source| Error::Read { path: path.into(), source })?;
                let table = text.parse::<toml::Table>();
                table.map_err(|e| Error::Syntax { path: path.into(), why: place(&text, &e) })?
            }
        };
        for (key, text) in environment {
            let value = if key.ends_with("_hosts") || key == "trusted_proxies" {
                text.split(',').map(str::trim).filter(|s| !s.is_empty()).collect::<Vec<_>>().into()
            } else {
                toml::Value::from(text)
            };
            table.insert(key, value);
        }
        if let Some(unknown) = table.keys().find(|key| !KEYS.contains(&key.as_str())) {
            let known = match nearest(unknown) {
                Some(key) => format!("do you mean `{key}`?"),
                None => format!("the keys are {}", KEYS.join(", ")),
            };
            return Err(Error::Key(format!("unknown key `{unknown}`; {known}")));
        }
        if !table.contains_key("public_url") {
            return Err(Error::Key(format!(
                "`public_url` is missing; set it in the file or as {}, for example https://keytile.example.com",
                variable("public_url")
            )));
        }
        for (key, value) in &table {
            check_one(key, value)?;
        }
        let config: Self =
            table.try_into().map_err(|e: toml::de::Error| Error::Key(e.message().into()))?;
        config.checked()
    }

    fn checked(self) -> Result<Self, Error> {
        if self.public_url.scheme() != "https" && !self.is_local() {
            return Err(Error::Key(
                "`public_url` must begin with https://; only localhost may use http".into(),
            ));
        }
        if self.public_url.path() != "/" || self.public_url.query().is_some() {
            return Err(Error::Key("`public_url` must be an origin without a path".into()));
        }
        // What was entered may hold a password, so it is not shown.
        if !["sqlite:", "postgres://", "postgresql://"].iter().any(|s| self.database.starts_with(s))
        {
            return Err(Error::Key(
                "`database` must begin with sqlite: or postgres://, for example sqlite:/var/lib/keytile/keytile.db".into(),
            ));
        }
        hosts::check_custom(&self.okta_custom_hosts)?;
        hosts::check_insecure(&self.okta_insecure_hosts)?;
        match (&self.mail, &self.mail_from) {
            (Some(_), None) => {
                let example = "for example Keytile <keytile@example.com>";
                return Err(Error::Key(format!("`mail` needs `mail_from` beside it, {example}")));
            }
            (None, Some(_)) => {
                return Err(Error::Key("`mail_from` says nothing without `mail`".into()));
            }
            (Some(_), Some(_)) | (None, None) => {}
        }
        Ok(self)
    }

    /// True where browsers reach us over TLS, so that cookies can be `Secure` and carry the `__Host-` prefix.
    pub fn is_https(&self) -> bool {
        self.public_url.scheme() == "https"
    }

    /// True where this server is on the very machine of whoever uses it: for the demo and tests.
    pub fn is_local(&self) -> bool {
        matches!(self.public_url.host_str(), Some("localhost" | "127.0.0.1"))
    }

    /// By which way mail goes and whom it comes from, where the operator wants any.
    pub fn mailer(&self) -> Option<(&Server, &Sender)> {
        self.mail.as_ref().zip(self.mail_from.as_ref())
    }

    /// Our origin without a trailing slash.
    pub fn origin(&self) -> String {
        self.public_url.origin().ascii_serialization()
    }
}

/// Where and why, without the line itself: it may hold a password.
fn place(text: &str, error: &toml::de::Error) -> String {
    let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
    format!("line {}: {}", before.matches('\n').count() + 1, error.message())
}

/// Deserialising a table of one key tells which key is wrong.
fn check_one(key: &str, value: &toml::Value) -> Result<(), Error> {
    let mut one = toml::Table::new();
    one.insert("public_url".into(), "https://check.invalid".into());
    one.insert(key.into(), value.clone());
    let parsed: Result<Config, toml::de::Error> = one.try_into();
    parsed.map(drop).map_err(|e| Error::Key(format!("`{key}`: {}", e.message())))
}

/// `10.0.0.0/8`, or one address.
fn networks<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<IpNet>, D::Error> {
    let texts = Vec::<String>::deserialize(deserializer)?;
    let parse = |text: String| {
        let one = text.parse::<IpAddr>().map(IpNet::from);
        one.or_else(|_| text.parse::<IpNet>()).map_err(|_| {
            D::Error::custom(format!("{text:?} is not an address or a network such as 10.0.0.0/8"))
        })
    };
    texts.into_iter().map(parse).collect()
}

fn default_listen() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 8080))
}

fn default_database() -> String {
    "sqlite:keytile.db".into()
}

fn default_root_key_file() -> PathBuf {
    "keytile-root.key".into()
}

fn default_log() -> String {
    "info".into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(pairs: &[(&str, &str)]) -> Result<Config, Error> {
        let environment = pairs.iter().map(|(k, v)| ((*k).to_string(), (*v).to_string())).collect();
        Config::from_parts(None, environment)
    }

    #[test]
    fn an_error_names_the_key() {
        let missing = from(&[]).unwrap_err().to_string();
        assert!(
            missing.contains("`public_url`") && missing.contains("KEYTILE_PUBLIC_URL"),
            "{missing}"
        );
        for (key, value) in [("public_url", "nonsense"), ("listen", "everywhere")] {
            let pairs = [("public_url", "https://keytile.example"), (key, value)];
            let message = from(&pairs).unwrap_err().to_string();
            assert!(message.contains(&format!("`{key}`")), "{message}");
        }
    }

    #[test]
    fn plain_http_is_refused_but_on_localhost() {
        assert!(from(&[("public_url", "http://keytile.example")]).is_err());
        assert!(from(&[("public_url", "http://localhost:8080")]).is_ok());
    }

    #[test]
    fn proxies_are_addresses_or_networks() {
        let with =
            |proxies| from(&[("public_url", "https://k.example"), ("trusted_proxies", proxies)]);
        assert_eq!(with("127.0.0.1, ::1, 10.0.0.0/8").unwrap().trusted_proxies.len(), 3);
        let message = with("proxy.example").unwrap_err().to_string();
        assert!(message.contains("`trusted_proxies`") && message.contains("proxy.example"));
    }

    #[test]
    fn metrics_are_off_until_a_place_is_named() {
        let url = ("public_url", "https://k.example");
        assert_eq!(from(&[url]).unwrap().metrics_listen, None);
        let named = from(&[url, ("metrics_listen", "127.0.0.1:9464")]).unwrap();
        assert_eq!(named.metrics_listen, Some(([127, 0, 0, 1], 9464).into()));
        let message = from(&[url, ("metrics_listen", "yes")]).unwrap_err().to_string();
        assert!(message.contains("`metrics_listen`"), "{message}");
    }

    /// T26: what is wrong is said without what was entered.
    #[test]
    fn a_bad_mail_server_is_named_by_its_key_and_never_shown() {
        let url = ("public_url", "https://k.example");
        let from_keytile = ("mail_from", "Keytile <keytile@k.example>");
        let mail = ("mail", "smtps://keytile:hunter2@mail.k.example");
        assert!(from(&[url]).unwrap().mailer().is_none());
        let config = from(&[url, mail, from_keytile]).unwrap();
        assert!(config.mailer().is_some() && !format!("{config:?}").contains("hunter2"));
        for bad in [
            "https://k:hunter2@mail.k.example",
            "hunter2",
            "smtps://k:hunter2@",
            "smtps://:hunter2@k.example",
        ] {
            let message = from(&[url, ("mail", bad), from_keytile]).unwrap_err().to_string();
            assert!(message.contains("`mail`") && !message.contains("hunter2"), "{message}");
        }
        let message = from(&[url, mail]).unwrap_err().to_string();
        assert!(message.contains("`mail_from`"), "{message}");
        assert!(from(&[url, from_keytile]).unwrap_err().to_string().contains("`mail`"));
        let message = from(&[url, mail, ("mail_from", "nobody")]).unwrap_err().to_string();
        assert!(message.contains("`mail_from`") && message.contains("mail address"), "{message}");
    }

    /// T26.
    #[test]
    fn a_bad_database_is_named_by_its_key_and_never_shown() {
        let url = ("public_url", "https://k.example");
        for bad in ["mysql://root:hunter2@db/x", "hunter2", "postgres:hunter2", "root:hunter2@db"] {
            let message = from(&[url, ("database", bad)]).unwrap_err().to_string();
            assert!(message.contains("`database`") && !message.contains("hunter2"), "{message}");
        }
        let mut file = tempfile::NamedTempFile::new().unwrap();
        let unquoted = b"# ours\ndatabase = postgres://root:hunter2@db/x\n";
        std::io::Write::write_all(&mut file, unquoted).unwrap();
        let message =
            Config::from_parts(Some(file.path()), HashMap::new()).unwrap_err().to_string();
        assert!(message.contains("line 2") && !message.contains("hunter2"), "{message}");
    }

    #[test]
    fn an_unknown_key_is_named_with_the_one_that_it_resembles() {
        let url = ("public_url", "https://k.example");
        let message = from(&[url, ("root_keyfile", "x")]).unwrap_err().to_string();
        assert!(
            message.contains("`root_keyfile`") && message.contains("`root_key_file`"),
            "{message}"
        );
    }

    #[test]
    fn hosts_are_a_list_separated_by_commas() {
        let config = from(&[
            ("public_url", "https://k.example"),
            ("okta_custom_hosts", "id.acme.com, sso.acme.com"),
        ]);
        assert_eq!(config.unwrap().okta_custom_hosts, ["id.acme.com", "sso.acme.com"]);
    }
}
