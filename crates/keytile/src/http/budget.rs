//! What one client address may do before it has shown who it is: begin sign-ins, and offer keys that are none. Whoever
//! holds a valid session or key is never limited by it, so that a flood costs its sender and nobody else.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{ConnectInfo, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use governor::clock::Clock as _;
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};
use http::header::RETRY_AFTER;
use http::{Extensions, HeaderMap, StatusCode};
use ipnet::IpNet;

use super::Failure;
use crate::app::App;
use crate::clock::Clock;
use crate::devices::refused::Refused;
use crate::scim;

/// Sign-ins that one address may begin at once, and in each minute after: a whole office behind one address comes in
/// on a Monday morning. It also bounds the rows that unfinished sign-ins leave, which live for ten minutes.
pub const SIGN_INS: NonZeroU32 = NonZeroU32::new(300).expect("it is not zero");
/// Keys and tokens that are none which one address may offer at once, and in each minute after.
pub const FAILURES: NonZeroU32 = NonZeroU32::new(60).expect("it is not zero");
/// Deliveries of events that one address may bring at once, and in each minute after: a directory sends at most 400,000
/// a day, many in one delivery.
pub const DELIVERIES: NonZeroU32 = NonZeroU32::new(600).expect("it is not zero");
/// So many addresses are remembered before those are forgotten that have their whole budget again.
const REMEMBERED: usize = 10_000;

const FORWARDED: &str = "x-forwarded-for";

type Limiter = RateLimiter<IpAddr, HashMapStateStore<IpAddr>, AppClock, NoOpMiddleware<Duration>>;

/// The budgets of all addresses. Cheap to clone.
#[derive(Clone)]
pub struct Budget(Arc<Limits>);

struct Limits {
    sign_ins: Limiter,
    failures: Limiter,
    deliveries: Limiter,
    clock: AppClock,
}

/// The application's clock, as the limiter reads it.
#[derive(Clone)]
struct AppClock(Clock);

impl governor::clock::Clock for AppClock {
    type Instant = Duration;

    fn now(&self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.now().as_millisecond()).unwrap_or(0))
    }
}

impl Budget {
    /// Whole budgets for everybody.
    pub fn new(clock: &Clock) -> Self {
        let clock = AppClock(clock.clone());
        let limiter =
            |burst| RateLimiter::hashmap_with_clock(Quota::per_minute(burst), clock.clone());
        let (sign_ins, failures) = (limiter(SIGN_INS), limiter(FAILURES));
        let deliveries = limiter(DELIVERIES);
        Self(Arc::new(Limits { sign_ins, failures, deliveries, clock }))
    }

    /// Spends one beginning of a sign-in.
    ///
    /// # Errors
    /// The answer that says when to come again, where nothing is left.
    #[expect(clippy::result_large_err, reason = "an answer is what its caller returns")]
    pub fn begin_sign_in(&self, from: IpAddr) -> Result<(), Response> {
        self.spend(&self.0.sign_ins, from).map_err(too_many)
    }

    /// Spends one delivery of events.
    ///
    /// # Errors
    /// As [`Budget::begin_sign_in`].
    #[expect(clippy::result_large_err, reason = "an answer is what its caller returns")]
    pub fn deliver(&self, from: IpAddr) -> Result<(), Response> {
        self.spend(&self.0.deliveries, from).map_err(too_many)
    }

    /// The seconds until one more is there, where none is left.
    fn spend(&self, limiter: &Limiter, from: IpAddr) -> Result<(), u64> {
        if limiter.len() > REMEMBERED {
            limiter.retain_recent();
        }
        limiter.check_key(&from).map_err(|refused| {
            refused
                .wait_time_from(self.0.clock.now())
                .as_millis()
                .div_ceil(1_000)
                .try_into()
                .unwrap_or(60)
        })
    }
}

fn too_many(wait: u64) -> Response {
    ([(RETRY_AFTER, wait.to_string())], Failure::too_many(wait)).into_response()
}

/// Around what takes keys: one that is none costs its sender a part of their budget. It is asked first whether the key
/// is valid, so whoever has one gets through in any case.
pub async fn count_failures(
    State((app, budget)): State<(App, Budget)>,
    request: Request,
    next: Next,
) -> Response {
    let from = client(&app, request.headers(), request.extensions());
    let path = request.uri().path();
    let (is_api, is_scim) = (path.starts_with("/api/"), path.starts_with(scim::http::PATH));
    let is_stream = path.starts_with("/ssf/");
    let is_signal =
        is_stream || ["/hooks/", "/universal-logout/"].iter().any(|start| path.starts_with(start));
    let response = next.run(request).await;
    let is_failure = match response.status() {
        StatusCode::UNAUTHORIZED => is_api || is_scim || is_signal,
        // A security event that is refused is answered so, whatever is wrong with it (RFC 8935).
        StatusCode::BAD_REQUEST => is_stream,
        _ => false,
    };
    // Of what devices are refused, only a signature that fits none: the others have shown who they are.
    let is_unknown = matches!(response.extensions().get(), Some(Refused::UnknownDevice));
    if !is_failure && !is_unknown {
        return response;
    }
    let Err(wait) = budget.spend(&budget.0.failures, from) else { return response };
    if is_unknown {
        return Refused::TooMany(wait).into_response();
    }
    let failure = Failure::too_many(wait);
    let retry = [(RETRY_AFTER, wait.to_string())];
    if is_scim {
        return (retry, scim::http::refused(429, failure.text)).into_response();
    }
    (retry, failure).into_response()
}

/// Whose budget it is that a request spends.
pub fn client(app: &App, headers: &HeaderMap, extensions: &Extensions) -> IpAddr {
    let peer = extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    let peer = peer.unwrap_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED));
    network(address(headers, peer, &app.config.trusted_proxies))
}

/// The address of the client: the peer's, or, behind proxies that the operator trusts, the last one that none of them
/// has. What stands before that one could be anybody's invention (ASVS 4.1.3).
fn address(headers: &HeaderMap, peer: IpAddr, trusted: &[IpNet]) -> IpAddr {
    let is_trusted = |ip: IpAddr| trusted.iter().any(|net| net.contains(&ip.to_canonical()));
    let told = headers.get_all(FORWARDED).iter().filter_map(|value| value.to_str().ok());
    let hops: Vec<&str> = told.flat_map(|value| value.split(',')).map(str::trim).collect();
    let mut client = peer.to_canonical();
    for hop in hops.into_iter().rev() {
        if !is_trusted(client) {
            break;
        }
        let Ok(ip) = hop.parse::<IpAddr>() else { break };
        client = ip.to_canonical();
    }
    client
}

/// A customer of a provider gets a whole /64 of IPv6, so that is one client.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(ip) => {
            let [a, b, c, d, ..] = ip.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(peer: &str, trusted: &[&str], told: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for value in told {
            headers.append(FORWARDED, value.parse().unwrap());
        }
        let trusted: Vec<IpNet> = trusted.iter().map(|net| net.parse().unwrap()).collect();
        address(&headers, peer.parse().unwrap(), &trusted).to_string()
    }

    /// ASVS 4.1.3.
    #[test]
    fn only_what_a_trusted_proxy_adds_is_believed() {
        let (proxy, ours) = ("10.0.0.5", ["10.0.0.0/8"]);
        assert_eq!(from(proxy, &[], &["203.0.113.9"]), proxy, "nobody is trusted by default");
        assert_eq!(from("198.51.100.7", &ours, &["203.0.113.9"]), "198.51.100.7");
        assert_eq!(from(proxy, &ours, &["203.0.113.9"]), "203.0.113.9");
        assert_eq!(
            from(proxy, &ours, &["6.6.6.6, 203.0.113.9"]),
            "203.0.113.9",
            "6.6.6.6 is made up"
        );
        assert_eq!(from(proxy, &ours, &["6.6.6.6", "203.0.113.9, 10.0.0.6"]), "203.0.113.9");
        assert_eq!(from(proxy, &ours, &["nonsense"]), proxy);
        assert_eq!(from("::ffff:10.0.0.5", &ours, &["203.0.113.9"]), "203.0.113.9");
    }

    #[test]
    fn one_customers_ipv6_addresses_are_one_client() {
        let of = |text: &str| network(text.parse().unwrap());
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::9"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
    }
}
