//! Host names as the operator writes them: bare, since they are compared with those of addresses.

use url::Host;

use super::Error;

/// Names in the domain name system, such as `id.acme.com`.
pub(super) fn check_custom(hosts: &[String]) -> Result<(), Error> {
    let wrong = hosts.iter().find(|host| !is_name(host));
    wrong.map_or(Ok(()), |host| {
        Err(Error::Key(format!(
            "`okta_custom_hosts`: {host:?} is not a bare host name; write it without scheme, port and path, such as \
             id.acme.com"
        )))
    })
}

/// Names and addresses of this machine alone: without TLS nothing else proves who answers.
pub(super) fn check_insecure(hosts: &[String]) -> Result<(), Error> {
    let wrong = hosts.iter().find(|host| !is_here(host));
    wrong.map_or(Ok(()), |host| {
        Err(Error::Key(format!(
            "`okta_insecure_hosts`: {host:?} is not this machine, and only that may be used without TLS, for the demo and \
             tests; write localhost or a loopback address such as 127.0.0.1"
        )))
    })
}

fn is_here(host: &str) -> bool {
    match Host::parse(host) {
        Ok(Host::Domain(name)) => {
            is_name(host) && (name == "localhost" || name.ends_with(".localhost"))
        }
        Ok(Host::Ipv4(address)) => address.is_loopback(),
        Ok(Host::Ipv6(address)) => address.is_loopback(),
        Err(_) => false,
    }
}

fn is_name(host: &str) -> bool {
    let is_label = |label: &str| {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        (1..=63).contains(&label.len()) && label.bytes().all(is_plain)
    };
    host.split('.').all(is_label) && matches!(Host::parse(host), Ok(Host::Domain(_)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(hosts: Result<(), Error>) -> String {
        hosts.unwrap_err().to_string()
    }

    #[test]
    fn a_custom_host_is_a_bare_name() {
        let one = |host: &str| check_custom(&[host.to_owned()]);
        for fine in ["id.acme.com", "ID.acme.com", "xn--bcher-kva.example"] {
            assert!(one(fine).is_ok(), "{fine}");
        }
        for bad in [
            "https://id.acme.com",
            "id.acme.com/",
            "id.acme.com:443",
            "*.acme.com",
            "ada@acme.com",
            "id..com",
            "192.0.2.1",
            "",
        ] {
            let message = refused(one(bad));
            assert!(message.contains("`okta_custom_hosts`") && message.contains(bad), "{message}");
        }
    }

    #[test]
    fn only_this_machine_may_do_without_tls() {
        let one = |host: &str| check_insecure(&[host.to_owned()]);
        for fine in ["localhost", "okta.localhost", "127.0.0.1", "127.0.0.2", "[::1]"] {
            assert!(one(fine).is_ok(), "{fine}");
        }
        for bad in
            ["acme.com", "10.0.0.1", "localhost:8080", "http://localhost", "localhost.acme.com"]
        {
            let message = refused(one(bad));
            assert!(
                message.contains("`okta_insecure_hosts`") && message.contains(bad),
                "{message}"
            );
        }
    }
}
