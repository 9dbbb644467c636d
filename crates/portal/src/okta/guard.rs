//! Which servers we talk to at all, and the one HTTP client of the product (T13, T14).
//!
//! [`Guard::check`] judges an address before anything is sent; the client's resolver judges what a
//! name leads to at the moment of connecting, so that a name cannot change its mind in between.

mod address;
#[cfg(test)]
mod tests;

use super::misconfigured::Misconfigured;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use url::{Host, Url};

/// Okta's own domains. An org is exactly one label under one of them.
const OKTA_DOMAINS: [&str; 5] =
    ["okta.com", "oktapreview.com", "okta-emea.com", "okta-gov.com", "okta.mil"];

/// Names under Okta's domains that are no orgs.
const NOT_ORGS: [&str; 8] =
    ["www", "login", "developer", "support", "help", "trust", "status", "system"];

const CONNECT: Duration = Duration::from_secs(5);
const TOTAL: Duration = Duration::from_secs(30);

/// What the operator of this server allows beyond Okta's own domains.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// Custom domains of Okta orgs, exactly as they are written in a URL.
    pub custom_hosts: BTreeSet<String>,
    /// Hosts on this machine that may be reached without TLS, on any port: demo and tests only.
    pub allowed_insecure_hosts: BTreeSet<String>,
}

/// Judges addresses, and owns the HTTP client that can reach no others.
#[derive(Clone, Debug)]
pub struct Guard {
    policy: Arc<Policy>,
    client: reqwest::Client,
}

impl Guard {
    /// A guard with this policy. Names are compared in lower case.
    pub fn new(policy: Policy) -> Self {
        let lower = |hosts: BTreeSet<String>| {
            hosts.into_iter().map(|host| host.to_ascii_lowercase()).collect()
        };
        let policy = Arc::new(Policy {
            custom_hosts: lower(policy.custom_hosts),
            allowed_insecure_hosts: lower(policy.allowed_insecure_hosts),
        });
        let client = build_client(Arc::clone(&policy));
        Self { policy, client }
    }

    /// The HTTP client: no redirects, no proxy, no retry, 5 s to connect, 30 s in all.
    ///
    /// Its resolver refuses names that lead to private addresses, but an address written as
    /// numbers is not resolved: pass every URL through [`Guard::check`] first.
    pub fn client(&self) -> reqwest::Client {
        self.client.clone()
    }

    /// The URL, if it leads to a host that we may talk to.
    ///
    /// # Errors
    /// [`Misconfigured::BadUrl`] or [`Misconfigured::HostNotAllowed`]; nothing is sent or resolved.
    pub fn check(&self, text: &str) -> Result<Url, Misconfigured> {
        let url = self.parse(text)?;
        let host = url.host().ok_or(Misconfigured::BadUrl)?;
        if self.is_allowed_insecure(&host) {
            return Ok(url);
        }
        if url.port().is_some() {
            return Err(Misconfigured::BadUrl);
        }
        match host {
            Host::Domain(name) if self.is_allowed_name(name) => Ok(url),
            Host::Domain(_) | Host::Ipv4(_) | Host::Ipv6(_) => Err(Misconfigured::HostNotAllowed),
        }
    }

    /// The URL, if it leads to a named server on the public internet, whoever's that is: for what an
    /// admin wants told elsewhere. What the name leads to is judged when we connect.
    ///
    /// # Errors
    /// [`Misconfigured::BadUrl`]; nothing is sent or resolved.
    pub fn public(&self, text: &str) -> Result<Url, Misconfigured> {
        let url = self.parse(text)?;
        let host = url.host().ok_or(Misconfigured::BadUrl)?;
        let is_named = matches!(host, Host::Domain(name) if name.contains('.'));
        if is_named || self.is_allowed_insecure(&host) {
            return Ok(url);
        }
        Err(Misconfigured::BadUrl)
    }

    /// The address of this machine from which a call to `url` leaves. Behind a gateway the other
    /// side sees that one's address. Nothing is sent.
    pub async fn local_address(&self, url: &Url) -> Option<IpAddr> {
        let name = url.host_str()?.trim_matches(['[', ']']).to_ascii_lowercase();
        let port = url.port_or_known_default()?;
        let to = tokio::net::lookup_host((name.as_str(), port)).await.ok()?.next()?;
        let any: SocketAddr = match to {
            SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
            SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
        };
        // Connecting a datagram socket only chooses the way.
        let socket = tokio::net::UdpSocket::bind(any).await.ok()?;
        socket.connect(to).await.ok()?;
        Some(socket.local_addr().ok()?.ip())
    }

    /// Whether an address can be seen as it is from the public internet.
    pub fn is_public(address: IpAddr) -> bool {
        address::is_public(address)
    }

    /// What may be an address of either kind: written plainly, without a name or password in it, and
    /// over TLS unless it leads to a host of this machine that the operator allows.
    fn parse(&self, text: &str) -> Result<Url, Misconfigured> {
        // The parser repairs tabs, backslashes and look-alike dots; whoever wrote them meant to
        // mislead a reader, so they are refused before it can.
        let is_plain = text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
        if !is_plain || text.len() > 2_000 {
            return Err(Misconfigured::BadUrl);
        }
        let url = Url::parse(text).map_err(|_| Misconfigured::BadUrl)?;
        let Some((scheme, rest)) = text.split_once("://") else {
            return Err(Misconfigured::BadUrl);
        };
        let written = rest.split(['/', '?', '#']).next().unwrap_or(rest);
        if !scheme.eq_ignore_ascii_case(url.scheme())
            || written.contains(['@', '%'])
            || written.is_empty()
            || !url.username().is_empty()
            || url.password().is_some()
            || url.fragment().is_some()
        {
            return Err(Misconfigured::BadUrl);
        }
        let host = url.host().ok_or(Misconfigured::BadUrl)?;
        match url.scheme() {
            "https" => Ok(url),
            "http" if self.is_allowed_insecure(&host) => Ok(url),
            _ => Err(Misconfigured::BadUrl),
        }
    }

    /// The address of an org: like [`Guard::check`], without path or query.
    ///
    /// # Errors
    /// As [`Guard::check`].
    pub fn domain(&self, text: &str) -> Result<Url, Misconfigured> {
        let url = self.check(text)?;
        if url.path() != "/" || url.query().is_some() || text.ends_with("//") {
            return Err(Misconfigured::BadUrl);
        }
        Ok(url)
    }

    fn is_allowed_insecure(&self, host: &Host<&str>) -> bool {
        let is_local = match host {
            Host::Domain(_) => true,
            Host::Ipv4(address) => address.is_loopback(),
            Host::Ipv6(address) => address.is_loopback(),
        };
        is_local && self.policy.allowed_insecure_hosts.contains(&host.to_string())
    }

    fn is_allowed_name(&self, name: &str) -> bool {
        self.policy.custom_hosts.contains(name)
            || OKTA_DOMAINS.iter().any(|domain| {
                name.strip_suffix(domain)
                    .and_then(|rest| rest.strip_suffix('.'))
                    .is_some_and(is_org_label)
            })
    }
}

fn is_org_label(label: &str) -> bool {
    let is_name = label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    is_name
        && !label.is_empty()
        && !label.starts_with('-')
        && !label.ends_with('-')
        && !label.starts_with("xn--")
        // The admin console's host accepts no tokens, and people often copy it.
        && !label.ends_with("-admin")
        && !NOT_ORGS.contains(&label)
}

#[expect(clippy::disallowed_methods, reason = "this is the guarded client that the rule names")]
fn build_client(policy: Arc<Policy>) -> reqwest::Client {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .no_proxy()
        .referer(false)
        .connect_timeout(CONNECT)
        .timeout(TOTAL)
        .dns_resolver(Arc::new(GuardedResolver { policy }))
        .user_agent(concat!("Keytile/", env!("CARGO_PKG_VERSION")))
        .build()
        .expect("the platform's TLS roots can be read")
}

/// The name led to an address that we do not connect to.
#[derive(Debug, thiserror::Error)]
#[error("{name} leads to {address}, a private or reserved address")]
pub(crate) struct Refused {
    name: String,
    address: IpAddr,
}

/// The name led nowhere.
#[derive(Debug, thiserror::Error)]
#[error("resolve {name}")]
pub(crate) struct Unresolved {
    name: String,
    source: std::io::Error,
}

struct GuardedResolver {
    policy: Arc<Policy>,
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let name = name.as_str().to_ascii_lowercase();
        let is_local = self.policy.allowed_insecure_hosts.contains(&name);
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0))
                .await
                .map_err(|source| Unresolved { name: name.clone(), source })?;
            let addresses: Vec<SocketAddr> = found.collect();
            judge(&name, &addresses, is_local)?;
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

/// One bad address spoils the name: which of them would be used is not ours to say.
fn judge(name: &str, addresses: &[SocketAddr], is_local: bool) -> Result<(), Refused> {
    let is_fine = |address: &SocketAddr| {
        if is_local { address.ip().is_loopback() } else { address::is_public(address.ip()) }
    };
    match addresses.iter().find(|address| !is_fine(address)) {
        None => Ok(()),
        Some(address) => Err(Refused { name: name.to_owned(), address: address.ip() }),
    }
}
