//! Filters: RFC 7644 section 3.4.2.2. Running one over many resources is the server's: it looks for
//! [`as_equality`] first and uses an index where there is one.
//!
//! The parser is our own, about 200 lines. The `scim_v2` crate has a good one, but it refuses the
//! unquoted literals that Microsoft's collection sends and the `emails[type eq "work"].value eq …`
//! that Entra sends, keeps no limit on the length, and brings a generated automaton of 15,000 lines
//! with a table of regular expressions for a grammar of a dozen rules.

mod lexer;
mod matches;
mod parse;

use serde_json::{Number, Value};

use crate::{AttrPath, Error};

pub(crate) use matches::element_matches;

/// Longest filter that is read, in bytes.
pub const LONGEST: usize = 4096;
/// Deepest nesting of parentheses, brackets and `not` that is read.
pub const DEEPEST: usize = 32;

/// A filter.
#[derive(Debug, Clone, PartialEq)]
pub enum Filter {
    /// All of these hold.
    And(Vec<Filter>),
    /// At least one of these holds.
    Or(Vec<Filter>),
    /// This does not hold.
    Not(Box<Filter>),
    /// The attribute has a value: `pr`.
    Present(AttrPath),
    /// A value of the attribute compares so to the literal.
    Compare(AttrPath, Op, Literal),
    /// One value of the attribute fulfils all of the inner filter: `emails[…]`.
    ValuePath(AttrPath, Box<Filter>),
}

/// How a value and a literal are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// `eq`: they are equal.
    Equal,
    /// `ne`: no value of the attribute is equal.
    NotEqual,
    /// `co`: the value contains it.
    Contains,
    /// `sw`: the value starts with it.
    StartsWith,
    /// `ew`: the value ends with it.
    EndsWith,
    /// `gt`: the value is greater, or later.
    Greater,
    /// `ge`: the value is greater or equal.
    GreaterOrEqual,
    /// `lt`: the value is less, or earlier.
    Less,
    /// `le`: the value is less or equal.
    LessOrEqual,
}

/// What an attribute is compared to.
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    /// A string, or an unquoted word.
    Text(String),
    /// A number.
    Number(Number),
    /// `true` or `false`.
    Bool(bool),
    /// `null`: the attribute has no value.
    Null,
}

impl Filter {
    /// Reads a filter.
    ///
    /// # Errors
    /// `invalidFilter`, with what was expected instead.
    pub fn parse(text: &str) -> Result<Self, Error> {
        parse::parse(text)
    }
}

/// Whether a resource fulfils a filter.
///
/// Strings are compared without regard to case, except those that the schema calls exact; times are
/// compared as instants. `ne` is the opposite of `eq`, so it holds where the attribute has no value.
pub fn matches(filter: &Filter, resource: &Value) -> bool {
    matches::matches(filter, resource)
}

/// The attribute and the value of a filter that asks for one exact value, such as
/// `userName eq "x"`: `("userName", "x")`. A list stands for its values: `emails eq "x"` and
/// `emails[value eq "x"]` are both `("emails.value", "x")`.
///
/// Whether case matters is the attribute's: it does for `id` and `externalId`, not for `userName`.
pub fn as_equality(filter: &Filter) -> Option<(String, String)> {
    match filter {
        Filter::Compare(path, Op::Equal, literal) => {
            let mut path = path.clone();
            let implied = path.attribute().and_then(|attribute| attribute.sub("value"));
            if let (None, Some(value)) = (&path.sub, implied) {
                path.sub = Some(value.name.to_owned());
            }
            Some((path.to_string(), literal.text()?))
        }
        Filter::ValuePath(outer, inner) => match &**inner {
            Filter::Compare(sub, Op::Equal, literal)
                if sub.schema.is_none() && sub.sub.is_none() =>
            {
                let known = outer.attribute().and_then(|attribute| attribute.sub(&sub.name));
                let name = known.map_or(sub.name.as_str(), |known| known.name);
                Some((format!("{outer}.{name}"), literal.text()?))
            }
            _ => None,
        },
        Filter::And(_)
        | Filter::Or(_)
        | Filter::Not(_)
        | Filter::Present(_)
        | Filter::Compare(..) => None,
    }
}

/// All equalities without which a filter cannot hold, such as `userName eq "x"` of
/// `userName eq "x" and active eq true`, or `emails.value eq "x"` of `emails[type eq "work" and
/// value eq "x"]`. Whatever fulfils the filter is found by any of them; the rest of the filter is
/// then for [`matches`] to judge.
pub fn implied_equalities(filter: &Filter) -> Vec<(String, String)> {
    match filter {
        Filter::And(all) => all.iter().flat_map(implied_equalities).collect(),
        Filter::ValuePath(outer, inner) => {
            let parts = match &**inner {
                Filter::And(all) => all.as_slice(),
                one => std::slice::from_ref(one),
            };
            let within = |part: &Filter| {
                as_equality(&Filter::ValuePath(outer.clone(), Box::new(part.clone())))
            };
            parts.iter().filter_map(within).collect()
        }
        one => as_equality(one).into_iter().collect(),
    }
}

/// Whether a filter looks at an attribute, so that a server need not load what it does not ask for.
pub fn mentions(filter: &Filter, name: &str) -> bool {
    let is_named = |path: &AttrPath| path.schema.is_none() && path.name.eq_ignore_ascii_case(name);
    match filter {
        Filter::And(all) | Filter::Or(all) => all.iter().any(|filter| mentions(filter, name)),
        Filter::Not(inner) => mentions(inner, name),
        Filter::Present(path) | Filter::Compare(path, ..) | Filter::ValuePath(path, _) => {
            is_named(path)
        }
    }
}

impl Literal {
    /// The literal as a string: quoted, unquoted, or a number. `None` for the other kinds.
    fn text(&self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text.clone()),
            Self::Number(number) => Some(number.to_string()),
            Self::Bool(_) | Self::Null => None,
        }
    }

    /// The literal as JSON.
    pub(crate) fn to_value(&self) -> Value {
        match self {
            Self::Text(text) => Value::String(text.clone()),
            Self::Number(number) => Value::Number(number.clone()),
            Self::Bool(flag) => Value::Bool(*flag),
            Self::Null => Value::Null,
        }
    }
}
