//! Whom a request or an event is about (RFC 9493): the person's id at the issuer, or their address.

use serde_json::Value;

/// Longer texts are nobody.
const LONGEST: usize = 255;

/// Somebody, as an issuer names them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// By their id at an issuer: the one way that is sure.
    AtIssuer {
        /// Which issuer.
        issuer: String,
        /// Their id there.
        id: String,
    },
    /// By an address, which may have been another's.
    Email(String),
}

impl Subject {
    /// Reads a subject identifier; `None` for a format that cannot name a person here.
    pub fn read(value: &Value) -> Option<Self> {
        let text = |name: &str| {
            let text = value.get(name)?.as_str()?;
            ((1..=LONGEST).contains(&text.len())).then(|| text.to_owned())
        };
        match value.get("format").and_then(Value::as_str) {
            Some("iss_sub") => Some(Self::AtIssuer { issuer: text("iss")?, id: text("sub")? }),
            Some("email") => Some(Self::Email(text("email")?)),
            // A subject of several parts: the person is one of them.
            Some("complex") | None => {
                let person = value.get("user")?;
                (person.get("format")?.as_str()? != "complex").then(|| Self::read(person))?
            }
            Some(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_person_is_named_by_their_id_or_their_address() {
        let at = Subject::AtIssuer { issuer: "https://o".into(), id: "00u1".into() };
        let simple = json!({ "format": "iss_sub", "iss": "https://o", "sub": "00u1" });
        assert_eq!(Subject::read(&simple), Some(at.clone()));
        let complex = json!({ "user": simple, "tenant": { "format": "opaque", "id": "t" } });
        assert_eq!(Subject::read(&complex), Some(at.clone()));
        let named = json!({ "format": "complex", "user": simple });
        assert_eq!(Subject::read(&named), Some(at));
        let email = json!({ "format": "email", "email": "a@x" });
        assert_eq!(Subject::read(&email), Some(Subject::Email("a@x".into())));
    }

    #[test]
    fn what_names_nobody_here_is_none() {
        for bad in [
            json!(null),
            json!("a@x"),
            json!({}),
            json!({ "format": "opaque", "id": "1" }),
            json!({ "format": "phone_number", "phone_number": "+1" }),
            json!({ "format": "email" }),
            json!({ "format": "email", "email": "" }),
            json!({ "format": "email", "email": "x".repeat(256) }),
            json!({ "format": "iss_sub", "iss": "https://o" }),
            json!({ "format": "iss_sub", "iss": 1, "sub": 2 }),
            json!({ "format": "complex", "user": { "format": "complex", "user": {} } }),
        ] {
            assert_eq!(Subject::read(&bad), None, "{bad}");
        }
    }
}
