//! Login URLs and field limits.

use proptest::prelude::*;

use super::*;

fn parse(text: &str) -> Result<LoginUrl, LoginUrlError> {
    LoginUrl::parse(text, false)
}

fn domain(text: &str) -> Option<String> {
    registrable_domain(&parse(text).unwrap()).map(str::to_owned)
}

#[test]
fn an_https_address_is_kept_normalized() {
    let url = parse("  https://Login.Example.COM:443/a?b=c#d ").unwrap();
    assert_eq!(url.as_str(), "https://login.example.com/a?b=c#d");
    assert_eq!(url.host(), "login.example.com");
    assert_eq!(url.origin(), "https://login.example.com");
    assert_eq!(parse("https://bücher.example/").unwrap().host(), "xn--bcher-kva.example");
}

/// T15.
#[test]
fn every_scheme_but_https_is_refused() {
    for text in [
        "javascript:alert(1)",
        "JavaScript:alert(1)//https://example.com",
        "data:text/html,<script>",
        "file:///etc/passwd",
        "http://example.com/",
        "ftp://example.com/",
        "blob:https://example.com/1",
        "view-source:https://example.com/",
        "chrome://settings",
    ] {
        for allow_http_localhost in [false, true] {
            let answer = LoginUrl::parse(text, allow_http_localhost);
            assert_eq!(answer, Err(LoginUrlError::Scheme), "{text}");
        }
    }
}

/// T15, C27.
#[test]
fn http_reaches_this_machine_only_and_only_by_the_switch() {
    for text in ["http://localhost:8080/", "http://127.0.0.1:3000/login", "http://2130706433/"] {
        assert!(LoginUrl::parse(text, true).is_ok(), "{text}");
        assert_eq!(LoginUrl::parse(text, false), Err(LoginUrlError::Scheme), "{text}");
    }
    for text in ["http://localhost.example.com/", "http://127.0.0.2/", "http://10.0.0.1/"] {
        assert_eq!(LoginUrl::parse(text, true), Err(LoginUrlError::Scheme), "{text}");
    }
}

#[test]
fn userinfo_is_refused() {
    for text in ["https://me@example.com/", "https://me:pw@example.com/", "https://:pw@a.com"] {
        assert_eq!(parse(text), Err(LoginUrlError::UserInfo), "{text}");
    }
}

#[test]
fn hidden_characters_are_refused_rather_than_dropped() {
    for text in ["https://exa\tmple.com/", "https://example.com/\n@evil", "https://a.com/\u{202E}"]
    {
        assert_eq!(parse(text), Err(LoginUrlError::Hidden), "{text:?}");
    }
}

#[test]
fn what_is_not_an_address_is_refused_with_a_way_forward() {
    for text in ["", "example.com", "https://", "https:// ex/", "//example.com"] {
        assert_eq!(parse(text), Err(LoginUrlError::Malformed), "{text}");
    }
    let long = format!("https://example.com/{}", "a".repeat(LOGIN_URL_MAX));
    assert_eq!(parse(&long), Err(LoginUrlError::TooLong));
    let grows = format!("https://example.com/{}", "é".repeat(900));
    assert_eq!(parse(&grows), Err(LoginUrlError::TooLong));
}

#[test]
fn the_registrable_domain_follows_the_public_suffix_list() {
    assert_eq!(domain("https://login.example.com/").as_deref(), Some("example.com"));
    assert_eq!(domain("https://a.b.example.co.uk/").as_deref(), Some("example.co.uk"));
    assert_eq!(domain("https://example.com./").as_deref(), Some("example.com"));
    assert_eq!(domain("https://mine.github.io/").as_deref(), Some("mine.github.io"));
    for none in ["https://127.0.0.1/", "https://[::1]/", "https://localhost/", "https://co.uk/"] {
        assert_eq!(domain(none), None, "{none}");
    }
}

proptest! {
    /// What was stored is read back as the same address: normalizing twice is once.
    #[test]
    fn a_stored_login_url_is_read_back(text in "https://[a-z0-9.@:/?#%é-]{1,30}|.{0,30}", local: bool) {
        if let Ok(url) = LoginUrl::parse(&text, local) {
            prop_assert!(url.as_str().starts_with("https://") || local);
            prop_assert_eq!(LoginUrl::parse(url.as_str(), local), Ok(url));
        }
    }
}
