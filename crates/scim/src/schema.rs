//! What the schemas say about attributes (RFC 7643 sections 3, 4 and 7): one table, from which the
//! `/Schemas` documents are printed and by which bodies, filters and patches are read.

mod group;
mod user;

use crate::urn;

/// One attribute, or sub-attribute, of a resource.
#[expect(clippy::struct_excessive_bools, reason = "RFC 7643 section 7 names these characteristics")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attribute {
    /// Its name, in the RFC's spelling.
    pub name: &'static str,
    /// The type of its value.
    pub kind: Kind,
    /// What it holds, in a sentence.
    pub description: &'static str,
    /// Whether it is a list.
    pub multi_valued: bool,
    /// Whether a resource cannot do without it.
    pub required: bool,
    /// Whether upper and lower case differ when values are compared.
    pub case_exact: bool,
    /// Who may write it.
    pub mutability: Mutability,
    /// Whether every answer has it, whatever was asked for.
    pub always_returned: bool,
    /// Whether no two resources of a server share a value.
    pub unique: bool,
    /// The only values that it takes, where they are few.
    pub canonical_values: &'static [&'static str],
    /// What a reference may lead to.
    pub reference_types: &'static [&'static str],
    /// The attributes within it.
    pub subs: &'static [Attribute],
}

/// The type of an attribute's value: RFC 7643 section 2.3.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A string.
    Text,
    /// `true` or `false`.
    Boolean,
    /// An RFC 3339 time.
    DateTime,
    /// A URI.
    Reference,
    /// Base64.
    Binary,
    /// An object.
    Complex,
}

/// Who may write an attribute: RFC 7643 section 7.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mutability {
    /// Only the server.
    ReadOnly,
    /// Clients.
    ReadWrite,
    /// Clients, once.
    Immutable,
}

/// A schema: its URN, its name, and its attributes.
#[derive(Debug, Clone, Copy)]
pub struct Schema {
    /// Its URN.
    pub id: &'static str,
    /// Its name for people.
    pub name: &'static str,
    /// What it describes, in a sentence.
    pub description: &'static str,
    /// Its attributes, without the common ones that every resource has.
    pub attributes: &'static [Attribute],
}

/// The schemas of this server.
pub const ALL: [Schema; 3] = [
    Schema { id: urn::USER, name: "User", description: "User Account", attributes: user::USER },
    Schema { id: urn::GROUP, name: "Group", description: "Group", attributes: group::GROUP },
    Schema {
        id: urn::ENTERPRISE_USER,
        name: "Enterprise user",
        description: "Enterprise User",
        attributes: user::ENTERPRISE,
    },
];

/// Attributes that every resource has: RFC 7643 section 3.1.
const COMMON: &[Attribute] = &[
    reference("schemas", "The schemas of this resource.", &["uri"]).list().exact().always(),
    text("id", "The server's name for the resource.").exact().read_only().always(),
    text("externalId", "The client's name for the resource.").exact(),
    complex(
        "meta",
        "When the resource was made and changed, and where it is.",
        &[
            text("resourceType", "The kind of resource.").exact().read_only(),
            date_time("created", "When it was made.").read_only(),
            date_time("lastModified", "When it was last changed.").read_only(),
            reference("location", "Its URL.", &["uri"]).exact().read_only(),
            text("version", "Its entity tag.").exact().read_only(),
        ],
    )
    .read_only(),
];

/// What the schemas say about an attribute, in any case. `schema` is `None` for the core ones.
pub fn find(schema: Option<&str>, name: &str) -> Option<&'static Attribute> {
    let named = |attribute: &&Attribute| attribute.name.eq_ignore_ascii_case(name);
    match schema {
        None => COMMON.iter().chain(user::USER).chain(group::GROUP).find(named),
        Some(urn::ENTERPRISE_USER) => user::ENTERPRISE.iter().find(named),
        Some(_) => None,
    }
}

impl Attribute {
    /// A sub-attribute by its name, in any case.
    pub fn sub(&self, name: &str) -> Option<&'static Attribute> {
        self.subs.iter().find(|sub| sub.name.eq_ignore_ascii_case(name))
    }

    const fn new(name: &'static str, kind: Kind, description: &'static str) -> Self {
        Self {
            name,
            kind,
            description,
            multi_valued: false,
            required: false,
            case_exact: false,
            mutability: Mutability::ReadWrite,
            always_returned: false,
            unique: false,
            canonical_values: &[],
            reference_types: &[],
            subs: &[],
        }
    }

    const fn one_of(self, values: &'static [&'static str]) -> Self {
        Self { canonical_values: values, ..self }
    }

    const fn list(self) -> Self {
        Self { multi_valued: true, ..self }
    }

    const fn required(self) -> Self {
        Self { required: true, ..self }
    }

    const fn exact(self) -> Self {
        Self { case_exact: true, ..self }
    }

    const fn read_only(self) -> Self {
        Self { mutability: Mutability::ReadOnly, ..self }
    }

    const fn immutable(self) -> Self {
        Self { mutability: Mutability::Immutable, ..self }
    }

    const fn always(self) -> Self {
        Self { always_returned: true, ..self }
    }

    const fn unique(self) -> Self {
        Self { unique: true, ..self }
    }
}

const fn text(name: &'static str, description: &'static str) -> Attribute {
    Attribute::new(name, Kind::Text, description)
}

const fn boolean(name: &'static str, description: &'static str) -> Attribute {
    Attribute::new(name, Kind::Boolean, description)
}

const fn date_time(name: &'static str, description: &'static str) -> Attribute {
    Attribute::new(name, Kind::DateTime, description)
}

const fn binary(name: &'static str, description: &'static str) -> Attribute {
    Attribute::new(name, Kind::Binary, description).exact()
}

const fn reference(
    name: &'static str,
    description: &'static str,
    to: &'static [&'static str],
) -> Attribute {
    Attribute { reference_types: to, ..Attribute::new(name, Kind::Reference, description).exact() }
}

const fn complex(
    name: &'static str,
    description: &'static str,
    subs: &'static [Attribute],
) -> Attribute {
    Attribute { subs, ..Attribute::new(name, Kind::Complex, description) }
}
