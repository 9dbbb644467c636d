//! The name of an attribute as clients write it: in any case, with a sub-attribute after a dot,
//! with a schema's URN in front (RFC 7644 section 3.10).

use std::fmt;

use crate::schema::{self, Attribute};
use crate::urn;

/// An attribute, in the schema's spelling where the schema knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttrPath {
    /// The extension that the attribute belongs to. `None` for core attributes, even where their
    /// URN was written out.
    pub schema: Option<String>,
    /// The attribute's name. Empty when the path names a whole schema.
    pub name: String,
    /// The sub-attribute's name.
    pub sub: Option<String>,
}

impl AttrPath {
    /// Reads a path. `None` where it is not one.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.ends_with(':') {
            return None;
        }
        let (schema, rest) = split_schema(text);
        if rest.is_empty() {
            return schema.map(|_| Self {
                schema: extension(schema),
                name: String::new(),
                sub: None,
            });
        }
        let (name, sub) = match rest.split_once('.') {
            Some((name, sub)) => (name, Some(sub)),
            None => (rest, None),
        };
        if !is_name(name) || !sub.is_none_or(is_name) {
            return None;
        }
        let schema = extension(schema);
        let known = schema::find(schema.as_deref(), name);
        let sub = sub.map(|sub| {
            let known = known.and_then(|attribute| attribute.sub(sub));
            known.map_or(sub, |attribute| attribute.name).to_owned()
        });
        Some(Self { schema, name: known.map_or(name, |found| found.name).to_owned(), sub })
    }

    /// What the schemas say about the attribute itself, without its sub-attribute.
    pub fn attribute(&self) -> Option<&'static Attribute> {
        schema::find(self.schema.as_deref(), &self.name)
    }

    /// Whether the path names a whole schema, the core one (`schema` is `None`) or an extension.
    pub fn is_schema(&self) -> bool {
        self.name.is_empty()
    }
}

impl fmt::Display for AttrPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.schema {
            Some(schema) if self.is_schema() => f.write_str(schema)?,
            Some(schema) => write!(f, "{schema}:{}", self.name)?,
            None => f.write_str(&self.name)?,
        }
        self.sub.iter().try_for_each(|sub| write!(f, ".{sub}"))
    }
}

/// Splits `urn:…:2.0:User:manager.value` before `manager`. The dot of `2.0` separates nothing, and
/// the part after a version is the schema's own name.
fn split_schema(text: &str) -> (Option<&str>, &str) {
    if !text.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("urn:")) {
        return (None, text);
    }
    let is_version = |part: &str| {
        part.contains('.')
            && part.split('.').all(|number| {
                !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
            })
    };
    let Some((before, last)) = text.rsplit_once(':') else { return (None, text) };
    if before.rsplit(':').next().is_some_and(is_version) || is_version(last) {
        return (Some(text), "");
    }
    (Some(before), last)
}

/// The schema in its own spelling, or `None` for the core ones, whose attributes are bare.
fn extension(schema: Option<&str>) -> Option<String> {
    let schema = schema?;
    if [urn::USER, urn::GROUP].iter().any(|core| core.eq_ignore_ascii_case(schema)) {
        return None;
    }
    let known = urn::ENTERPRISE_USER;
    Some(if known.eq_ignore_ascii_case(schema) { known } else { schema }.to_owned())
}

/// RFC 7643 section 2.1, and `$ref`.
pub(crate) fn is_name(text: &str) -> bool {
    let text = text.strip_prefix('$').unwrap_or(text);
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_read_in_any_case_and_spelt_as_the_schema_does() {
        let cases = [
            ("USERNAME", "userName"),
            ("name.FAMILYname", "name.familyName"),
            ("emails.Value", "emails.value"),
            ("members.$REF", "members.$ref"),
            ("urn:ietf:params:scim:schemas:core:2.0:User:username", "userName"),
            ("URN:IETF:params:scim:schemas:core:2.0:Group:Members.Value", "members.value"),
            (
                "urn:ietf:params:scim:schemas:extension:enterprise:2.0:user:Manager.VALUE",
                "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value",
            ),
            ("urn:acme:scim:1.0:Badge", "urn:acme:scim:1.0:Badge"),
            ("urn:acme:scim:1.0:Badge:colour.hue", "urn:acme:scim:1.0:Badge:colour.hue"),
            ("shoeSize", "shoeSize"),
        ];
        for (written, read) in cases {
            assert_eq!(AttrPath::parse(written).unwrap().to_string(), read);
        }
        assert!(AttrPath::parse("urn:acme:scim:1.0:Badge").unwrap().is_schema());
        assert!(AttrPath::parse(urn::USER).unwrap().is_schema());
    }

    #[test]
    fn what_is_not_a_path_is_refused() {
        let bare = ["", ".", "a.", ".a", "a.b.c", "1a", "a b", "a[", "é", "$", "urn:"];
        let below_schemas = ["urn:.:u,v", "urn:acme:1.:u,v", "urn:acme:1.0:Badge:u,v"];
        for text in bare.into_iter().chain(below_schemas) {
            assert_eq!(AttrPath::parse(text), None, "{text:?}");
        }
    }
}
