//! Which of the environment's variables are settings. One that is none is a typing mistake, unless it is known to be
//! somebody else's.

use std::ffi::OsString;

use super::{Error, KEYS};

const PREFIX: &str = "KEYTILE_";

/// What the command line, the tests, the demo and the benchmarks read themselves; besides, all that begins with `TEST_`.
const NOT_OURS: [&str; 5] = ["CONFIG", "DEMO", "EXTENSIONS", "SHARED", "UPDATE"];

/// How many letters may be wrong in what is still taken for a mistyped name.
const NEAR: usize = 4;

/// The variable that sets `key`.
pub(super) fn variable(key: &str) -> String {
    format!("{PREFIX}{}", key.to_uppercase())
}

/// The settings among these variables, by their key.
///
/// # Errors
/// A variable of ours that no setting has, or whose value is no Unicode. The value is not shown.
pub(super) fn settings(
    variables: impl Iterator<Item = (OsString, OsString)>,
) -> Result<Vec<(String, String)>, Error> {
    let mut settings = Vec::new();
    for (name, value) in variables {
        let Some(name) = name.to_str() else { continue };
        let Some(rest) = name.strip_prefix(PREFIX) else { continue };
        let Some(key) = KEYS.iter().find(|key| variable(key) == name) else {
            if NOT_OURS.contains(&rest) || rest.starts_with("TEST_") || is_a_service(rest) {
                continue;
            }
            let near = match nearest(&rest.to_lowercase()) {
                Some(key) => format!("do you mean {}?", variable(key)),
                None => format!("the settings are {}", KEYS.map(variable).join(", ")),
            };
            return Err(Error::Key(format!("{name} is no setting; {near}")));
        };
        let value = value.into_string();
        let value = value.map_err(|_| Error::Key(format!("the value of {name} is not UTF-8")))?;
        settings.push(((*key).to_owned(), value));
    }
    Ok(settings)
}

/// Kubernetes tells each pod where the services of its namespace are, so that one named `keytile` or `keytile-db` looks like
/// us: <https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables>.
fn is_a_service(rest: &str) -> bool {
    let named = format!("_{rest}");
    let has_port = |text: &str| text.starts_with(|c: char| c.is_ascii_digit());
    named.ends_with("_SERVICE_HOST")
        || named.contains("_SERVICE_PORT")
        || named.ends_with("_PORT")
        || named.split_once("_PORT_").is_some_and(|(_, after)| has_port(after))
}

/// The key that is spelt most like this one, where any is.
pub(super) fn nearest(key: &str) -> Option<&'static str> {
    let far = |known: &str| strsim::osa_distance(known, key);
    KEYS.into_iter().filter(|known| far(known) <= NEAR.min(known.len() / 2)).min_by_key(|k| far(k))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<Vec<(String, String)>, Error> {
        settings(pairs.iter().map(|(name, value)| (name.into(), value.into())))
    }

    #[test]
    fn a_mistyped_variable_is_named_with_the_one_that_it_resembles() {
        for (name, near) in [
            ("KEYTILE_DATABSE", "KEYTILE_DATABASE"),
            ("KEYTILE_TRUSTED_PROXY", "KEYTILE_TRUSTED_PROXIES"),
            ("KEYTILE_ROOT_KEYFILE", "KEYTILE_ROOT_KEY_FILE"),
            ("KEYTILE_database", "KEYTILE_DATABASE"),
            ("KEYTILE_FLAVOUR", "the settings are KEYTILE_PUBLIC_URL"),
        ] {
            let message = read(&[(name, "hunter2")]).unwrap_err().to_string();
            assert!(message.contains(name) && message.contains(near), "{message}");
            assert!(!message.contains("hunter2"), "{message}");
        }
    }

    #[test]
    fn what_is_not_for_the_server_is_left_alone() {
        let others = [
            "PATH",
            "KEYTILE",
            "KEYTILE_CONFIG",
            "KEYTILE_TEST_DATABASE",
            "KEYTILE_DEMO",
            "KEYTILE_SERVICE_HOST",
            "KEYTILE_SERVICE_PORT_HTTP",
            "KEYTILE_PORT",
            "KEYTILE_PORT_8080_TCP_ADDR",
            "KEYTILE_DB_PORT_5432_TCP",
        ];
        assert!(read(&others.map(|name| (name, "x"))).unwrap().is_empty());
        let read = read(&[("KEYTILE_LOG", "debug")]).unwrap();
        assert_eq!(read, [("log".to_owned(), "debug".to_owned())]);
    }
}
