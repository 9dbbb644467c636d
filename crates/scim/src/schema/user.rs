//! The attributes of a user: RFC 7643 sections 4.1 and 4.3. `password` is left out: no password is
//! taken, and one that comes is dropped when a body is read.

use super::{Attribute, binary, boolean, complex, reference, text};

pub(super) const USER: &[Attribute] = &[
    text("userName", "The name the user signs in with.").required().unique(),
    complex(
        "name",
        "The parts of the user's name.",
        &[
            text("formatted", "The whole name."),
            text("familyName", "The family name."),
            text("givenName", "The given name."),
            text("middleName", "The middle names."),
            text("honorificPrefix", "A title before the name."),
            text("honorificSuffix", "A title after the name."),
        ],
    ),
    text("displayName", "The user's name for people."),
    text("nickName", "What the user likes to be called."),
    reference("profileUrl", "The user's page.", &["external"]),
    text("title", "The user's position."),
    text("userType", "The user's relation to the organisation."),
    text("preferredLanguage", "The language the user likes to read."),
    text("locale", "How dates and numbers are written for the user."),
    text("timezone", "The user's time zone."),
    // RFC 7643 does not require it, and a body may leave it out. It is said to be required since it cannot be unset:
    // scim2-tester would wait for it to be gone.
    boolean("active", "Whether the user may sign in.").required(),
    complex("emails", "The user's e-mail addresses.", PLURAL_TEXT).list(),
    complex("phoneNumbers", "The user's telephone numbers.", PLURAL_TEXT).list(),
    complex("ims", "The user's messaging addresses.", PLURAL_TEXT).list(),
    complex("photos", "Pictures of the user.", PLURAL_REFERENCE).list(),
    complex(
        "addresses",
        "The user's postal addresses.",
        &[
            text("formatted", "The whole address."),
            text("streetAddress", "The street."),
            text("locality", "The town."),
            text("region", "The state or region."),
            text("postalCode", "The postal code."),
            text("country", "The country."),
            TYPE,
            PRIMARY,
        ],
    )
    .list(),
    complex(
        "groups",
        "The groups that the user belongs to.",
        &[
            text("value", "The group's id.").exact().read_only(),
            reference("$ref", "The group's URL.", &["Group"]).read_only(),
            text("display", "The group's name for people.").read_only(),
            text("type", "Whether the user belongs to it directly.").read_only(),
        ],
    )
    .list()
    .read_only(),
    complex("entitlements", "What the user is entitled to, as noted.", PLURAL_TEXT).list(),
    complex("roles", "The user's roles, as noted. They give no rights here.", PLURAL_TEXT).list(),
    complex("x509Certificates", "The user's certificates.", PLURAL_BINARY).list(),
];

pub(super) const ENTERPRISE: &[Attribute] = &[
    text("employeeNumber", "The number that the organisation gave."),
    text("costCenter", "The cost centre."),
    text("organization", "The organisation."),
    text("division", "The division."),
    text("department", "The department."),
    complex(
        "manager",
        "The user's manager.",
        &[
            text("value", "The manager's id.").exact(),
            reference("$ref", "The manager's URL.", &["User"]),
            text("displayName", "The manager's name for people.").read_only(),
        ],
    ),
];

const DISPLAY: Attribute = text("display", "The value for people.");
const TYPE: Attribute = text("type", "What the value is used for, such as work.");
const PRIMARY: Attribute = boolean("primary", "Whether this is the preferred value.");
const PLURAL_TEXT: &[Attribute] = &[text("value", "The value."), DISPLAY, TYPE, PRIMARY];
const PLURAL_REFERENCE: &[Attribute] =
    &[reference("value", "The URL.", &["external"]), DISPLAY, TYPE, PRIMARY];
const PLURAL_BINARY: &[Attribute] = &[binary("value", "The value."), DISPLAY, TYPE, PRIMARY];
