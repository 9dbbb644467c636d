//! T13: no bad address gets through.

use super::*;

fn guard() -> Guard {
    Guard::new(Policy {
        custom_hosts: ["login.Example.com".to_owned()].into(),
        allowed_insecure_hosts: BTreeSet::new(),
    })
}

/// T13: the list of addresses to which nothing may be sent.
const BAD: &[&str] = &[
    "",
    " ",
    "mycompany.okta.com",
    "//mycompany.okta.com",
    "https://",
    "https:///mycompany.okta.com",
    "https:mycompany.okta.com",
    "https:/mycompany.okta.com",
    "http://mycompany.okta.com",
    "ftp://mycompany.okta.com",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "data:text/html,hi",
    "gopher://mycompany.okta.com",
    "ws://mycompany.okta.com",
    "https://okta.com",
    "https://.okta.com",
    "https://www.okta.com",
    "https://login.okta.com",
    "https://mycompany-admin.okta.com",
    "https://mycompany-admin.oktapreview.com",
    "https://MYCOMPANY-ADMIN.okta.com",
    "https://a.b.okta.com",
    "https://-.okta.com",
    "https://my_company.okta.com",
    "https://xn--mycompany-9za.okta.com",
    "https://mycompany.okta.com.",
    "https://mycompany.okta.com..",
    "https://mycompany..okta.com",
    "https://mycompany.okta.com.evil.com",
    "https://mycompany.okta.com.evil.com/?okta.com",
    "https://evilokta.com",
    "https://mycompany.evilokta.com",
    "https://mycompany-okta.com",
    "https://okta.com.evil.com",
    "https://evil.com",
    "https://evil.com/mycompany.okta.com",
    "https://evil.com?mycompany.okta.com",
    "https://evil.com#mycompany.okta.com",
    "https://evil.com#.okta.com",
    "https://mycompany.okta.com@evil.com",
    "https://mycompany.okta.com:password@evil.com",
    "https://user@mycompany.okta.com",
    "https://user:secret@mycompany.okta.com",
    "https://@mycompany.okta.com",
    "https://:@mycompany.okta.com",
    "https://mycompany.okta.com%40evil.com",
    "https://evil.com%2f.okta.com",
    "https://evil.com%23.okta.com",
    "https://%6dycompany.okta.com",
    "https://mycompany.okta.com%00",
    "https://evil.com\\@mycompany.okta.com",
    "https://evil.com\\.okta.com",
    "https:\\\\mycompany.okta.com",
    "https://mycompany.okta.com:8443",
    "https://mycompany.okta.com:80",
    "https://mycompany.okta.com:22",
    "https://mycompany.okta.com:0",
    "https://mycompany.okta.com:99999",
    "https://mycompany.okta.com:abc",
    "https://mycompany.okta.com#fragment",
    "https://mycompany\u{3002}okta\u{3002}com",
    "https://mycompany\u{ff0e}okta.com",
    "https://mycompany\u{ff61}okta.com",
    "https://myc\u{043e}mpany.okta.com",
    "https://mycompany.\u{043e}kta.com",
    "https://mycompany.okta\u{ff0f}.com",
    "https://my\tcompany.okta.com",
    "https://mycompany.okta.com\n",
    "https://mycompany.okta.com\r\nHost: evil.com",
    "ht\ntps://mycompany.okta.com",
    " https://mycompany.okta.com",
    "https://mycompany.okta.com ",
    "https://my company.okta.com",
    "https://mycompany.okta.com\0.evil.com",
    "https://localhost",
    "https://localhost.okta.com.",
    "https://127.0.0.1",
    "https://127.1",
    "https://127.0.0.1:8443",
    "https://2130706433",
    "https://0x7f000001",
    "https://0x7f.0.0.1",
    "https://017700000001",
    "https://0177.0.0.1",
    "https://0",
    "https://10.0.0.1",
    "https://192.168.1.1",
    "https://169.254.169.254",
    "https://169.254.169.254/latest/meta-data/",
    "https://2852039166",
    "https://0xa9fea9fe",
    "https://8.8.8.8",
    "https://[::1]",
    "https://[::]",
    "https://[::ffff:127.0.0.1]",
    "https://[::ffff:a9fe:a9fe]",
    "https://[fd00:ec2::254]",
    "https://[fe80::1]",
    "https://[fe80::1%25eth0]",
    "https://[2001:4860:4860::8888]",
    "https://\u{2460}\u{2461}\u{2466}.0.0.1",
    "https://metadata.google.internal",
    "https://mycompany.okta.com.nip.io",
    "https://127.0.0.1.nip.io",
    "https://sub.login.example.com",
    "https://login.example.com.evil.com",
    "https://login.example.com:444",
    "http://login.example.com",
];

/// T13.
#[test]
fn no_bad_address_gets_through() {
    assert!(BAD.len() >= 60, "T13 asks for sixty");
    let guard = guard();
    for bad in BAD {
        assert!(guard.check(bad).is_err(), "{bad:?} got through");
        assert!(guard.domain(bad).is_err(), "{bad:?} got through as a domain");
    }
}

#[test]
fn an_org_gets_through() {
    let guard = guard();
    for good in [
        "https://mycompany.okta.com",
        "https://mycompany.okta.com/",
        "https://mycompany.okta.com:443",
        "https://MyCompany.Okta.com",
        "https://dev-20982288.okta.com",
        "https://mycompany.oktapreview.com",
        "https://mycompany.okta-emea.com",
        "https://mycompany.okta-gov.com",
        "https://mycompany.okta.mil",
        "https://login.example.com",
    ] {
        assert!(guard.domain(good).is_ok(), "{good} was refused");
    }
    assert!(guard.check("https://mycompany.okta.com/oauth2/v1/keys?x=1").is_ok());
}

#[test]
fn a_domain_has_no_path_and_no_query() {
    let guard = guard();
    for bad in [
        "https://mycompany.okta.com/admin",
        "https://mycompany.okta.com//",
        "https://mycompany.okta.com/?x=1",
        "https://mycompany.okta.com?",
    ] {
        assert_eq!(guard.domain(bad), Err(Misconfigured::BadUrl), "{bad}");
    }
}

#[test]
fn hosts_on_this_machine_need_the_operators_word() {
    let local = |host: &str| {
        Guard::new(Policy { allowed_insecure_hosts: [host.to_owned()].into(), ..Policy::default() })
    };
    assert!(local("127.0.0.1").check("http://127.0.0.1:8080/x").is_ok());
    assert!(local("[::1]").check("http://[::1]:8080").is_ok());
    assert!(local("localhost").check("http://localhost:8080").is_ok());
    assert!(local("localhost").check("http://127.0.0.1:8080").is_err());
    assert!(local("localhost").check("ftp://localhost").is_err());
    for not_local in ["10.0.0.1", "169.254.169.254", "8.8.8.8"] {
        let url = format!("http://{not_local}");
        assert!(local(not_local).check(&url).is_err(), "{not_local} is no host of this machine");
    }
}

/// T13, DNS rebinding: the judgement falls at the moment of connecting.
#[test]
fn a_name_that_leads_to_any_private_address_is_refused() {
    for bad in [
        "0.0.0.0",
        "10.1.2.3",
        "100.64.0.1",
        "100.100.100.200",
        "127.0.0.1",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.192",
        "192.0.2.1",
        "192.168.0.1",
        "198.18.0.1",
        "198.51.100.1",
        "203.0.113.9",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "168.63.129.16",
        "192.88.99.1",
        "::",
        "::1",
        "::ffff:8.8.8.8",
        "::ffff:127.0.0.1",
        "::127.0.0.1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fec0::1",
        "ff02::1",
        "2001:db8::1",
        "2001::1",
        "2002:7f00:1::1",
        "3fff::1",
        "64:ff9b::7f00:1",
        "64:ff9b:1::1",
        "100::1",
        "5f00::1",
    ] {
        let bad = SocketAddr::new(bad.parse().expect("an address"), 0);
        let good = SocketAddr::new("8.8.8.8".parse().expect("an address"), 0);
        assert!(judge("x.okta.com", &[bad], false).is_err(), "{bad} got through");
        assert!(judge("x.okta.com", &[good, bad], false).is_err(), "{bad} got through second");
    }
    for good in ["8.8.8.8", "52.13.97.1", "172.32.0.1", "2600:1f14::1", "64:ff9b::808:808"] {
        let good = SocketAddr::new(good.parse().expect("an address"), 0);
        assert!(judge("x.okta.com", &[good], false).is_ok(), "{good} was refused");
        assert!(judge("localhost", &[good], true).is_err(), "{good} is not on this machine");
    }
}

/// T13: the client itself refuses, whoever forgot to check.
#[tokio::test]
async fn the_client_does_not_connect_to_a_name_that_leads_home() {
    let error = guard().client().get("https://localhost/").send().await.expect_err("refused");
    let mut cause: Option<&dyn std::error::Error> = Some(&error);
    let mut is_refused = false;
    while let Some(error) = cause {
        is_refused |= error.is::<Refused>();
        cause = error.source();
    }
    assert!(is_refused, "{error:?}");
}

/// T13, for addresses that are not Okta's: named, over TLS, and nobody's password in them.
#[test]
fn a_public_address_is_named_and_over_tls() {
    let guard = guard();
    for fine in ["https://hooks.example.com/a?b=c", "https://hooks.example.com:8443/"] {
        assert!(guard.public(fine).is_ok(), "{fine}");
    }
    for bad in [
        "",
        "hooks.example.com",
        "http://hooks.example.com/",
        "ftp://hooks.example.com/",
        "https://user:secret@hooks.example.com/",
        "https://hooks.example.com/#part",
        "https://hooks.example.com\\@10.0.0.1/",
        "https://localhost/",
        "https://127.0.0.1/",
        "https://2130706433/",
        "https://0x7f.1/",
        "https://[::1]/",
        "https://169.254.169.254/latest/meta-data",
        "https://metadata/",
    ] {
        assert_eq!(guard.public(bad), Err(Misconfigured::BadUrl), "{bad}");
    }
}

#[tokio::test]
async fn the_address_that_a_call_leaves_from_is_known_without_a_call() {
    let local = guard().local_address(&Url::parse("http://127.0.0.1:9/").unwrap()).await;
    assert_eq!(local, Some(IpAddr::V4(Ipv4Addr::LOCALHOST)));
    assert!(!Guard::is_public(local.unwrap()));
}
