//! Entity tags: RFC 7644 section 3.14, RFC 9110 section 13. All of SCIM's are weak, so they are
//! compared without regard to the `W/` in front.

use crate::Error;

/// What a request makes its effect depend on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Preconditions {
    /// `If-Match`: only if the resource is still one of these.
    pub if_match: Option<Tags>,
    /// `If-None-Match`: only if the resource is none of these any more.
    pub if_none_match: Option<Tags>,
}

/// The value of such a header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tags {
    /// `*`: whatever there is.
    Any,
    /// One of these, without their `W/`.
    OneOf(Vec<String>),
}

impl Preconditions {
    /// Reads the two headers' values. Without them a request has its effect in any case, as no
    /// identity provider sends them.
    pub fn parse(if_match: Option<&str>, if_none_match: Option<&str>) -> Self {
        Self { if_match: if_match.map(Tags::parse), if_none_match: if_none_match.map(Tags::parse) }
    }

    /// Whether a change of a resource of this version may go on.
    ///
    /// # Errors
    /// 412.
    pub fn check(&self, version: &str) -> Result<(), Error> {
        let is_wanted = self.if_match.as_ref().is_none_or(|tags| tags.contain(version));
        if is_wanted && !self.is_known(version) {
            return Ok(());
        }
        let detail = format!(
            "The resource has been changed in the meantime: its version is {version}. Read it again and repeat the \
             change."
        );
        Err(Error::plain(412, detail))
    }

    /// Whether the client has this version already, so that a read can be answered with 304.
    pub fn is_known(&self, version: &str) -> bool {
        self.if_none_match.as_ref().is_some_and(|tags| tags.contain(version))
    }
}

impl Tags {
    fn parse(header: &str) -> Self {
        if header.trim() == "*" {
            return Self::Any;
        }
        Self::OneOf(header.split(',').map(|tag| opaque(tag).to_owned()).collect())
    }

    fn contain(&self, version: &str) -> bool {
        match self {
            Self::Any => true,
            Self::OneOf(tags) => tags.iter().any(|tag| tag == opaque(version)),
        }
    }
}

/// What is between the quotes. Some clients leave the quotes out.
fn opaque(tag: &str) -> &str {
    let tag = tag.trim();
    tag.strip_prefix("W/").or_else(|| tag.strip_prefix("w/")).unwrap_or(tag).trim_matches('"')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_allowed(if_match: Option<&str>, if_none_match: Option<&str>) -> bool {
        Preconditions::parse(if_match, if_none_match).check("W/\"7\"").is_ok()
    }

    #[test]
    fn a_change_goes_on_where_the_version_is_the_one_that_was_read() {
        assert!(is_allowed(None, None));
        for tag in ["W/\"7\"", "\"7\"", "7", "*", "W/\"6\", W/\"7\""] {
            assert!(is_allowed(Some(tag), None), "{tag}");
            assert!(!is_allowed(None, Some(tag)), "{tag}");
        }
        for tag in ["W/\"6\"", "", "W/\"77\""] {
            assert!(!is_allowed(Some(tag), None), "{tag}");
            assert!(is_allowed(None, Some(tag)), "{tag}");
        }
        let stale = Preconditions::parse(Some("W/\"6\""), None).check("W/\"7\"").unwrap_err();
        assert_eq!(stale.status, 412);
    }
}
