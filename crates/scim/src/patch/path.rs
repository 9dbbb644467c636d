//! The path of an operation: an attribute, a filter that selects from its list, a sub-attribute
//! (RFC 7644 section 3.5.2).

use crate::filter::Filter;
use crate::path::is_name;
use crate::{AttrPath, Error, ScimType};

/// Where an operation of a patch applies.
#[derive(Debug, Clone, PartialEq)]
pub struct PatchPath {
    /// The attribute. Its own `sub` is always `None`.
    pub attr: AttrPath,
    /// Which values of the list, `None` for the whole.
    pub filter: Option<Filter>,
    /// The sub-attribute.
    pub sub: Option<String>,
}

impl PatchPath {
    /// Reads a path such as `name.givenName` or `emails[type eq "work"].value`.
    ///
    /// # Errors
    /// `invalidPath`, or `invalidFilter` for what is between the brackets.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let refuse = || Error::new(ScimType::InvalidPath, format!("{text:?} is not a path"));
        let Some((name, rest)) = text.split_once('[') else {
            let mut attr = AttrPath::parse(text).ok_or_else(refuse)?;
            let sub = attr.sub.take();
            return Ok(Self { attr, filter: None, sub });
        };
        let (filter, after) = rest.rsplit_once(']').ok_or_else(refuse)?;
        let attr = AttrPath::parse(name).ok_or_else(refuse)?;
        if attr.sub.is_some() || attr.is_schema() {
            return Err(refuse());
        }
        let sub = match after {
            "" => None,
            after => {
                let sub = after.strip_prefix('.').filter(|sub| is_name(sub)).ok_or_else(refuse)?;
                let known = attr.attribute().and_then(|attribute| attribute.sub(sub));
                Some(known.map_or(sub, |sub| sub.name).to_owned())
            }
        };
        Ok(Self { attr, filter: Some(Filter::parse(filter)?), sub })
    }
}
