//! What all pages share: the frame around them, small values that templates show, and the assets.
//! Which page shows what is each slice's own `pages.rs`.

mod assets;
pub mod picker;

use model::Timestamp;

pub use assets::{Asset, asset, build};
pub use picker::Choices;

/// The frame of a signed-in person's page (`layout.html`).
#[derive(Debug, Clone)]
pub struct Shell {
    /// The workspace's name.
    pub workspace: String,
    /// Where the person is in the navigation: `accounts`, `collections`, `teams`, `members`,
    /// `rotations`, `activity`, `sync`, `settings`, or nothing.
    pub section: &'static str,
    /// Who is signed in.
    pub person: Person,
    /// What the navigation offers them.
    pub sees: Sees,
    /// What was searched for.
    pub query: String,
    /// What everyone concerned should know now, above the page.
    pub banners: Vec<Message>,
    /// What has just happened, once.
    pub toasts: Vec<Message>,
}

/// A person as pages name them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Their id, as URLs write it.
    pub id: String,
    /// Their full name.
    pub name: String,
    /// Their e-mail address.
    pub email: String,
    /// Their workspace role's title.
    pub role: String,
    /// One or two letters; see [`initials`].
    pub initials: String,
    /// A colour, 0 to 7; see [`hue`].
    pub hue: u8,
}

/// Which parts of the workspace a person may open.
#[expect(clippy::struct_excessive_bools, reason = "each is one entry of the navigation")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sees {
    /// Collections.
    pub collections: bool,
    /// Teams.
    pub teams: bool,
    /// The list of members.
    pub members: bool,
    /// Settings.
    pub settings: bool,
    /// What is to be rotated after somebody left.
    pub rotations: bool,
    /// How the portal stands.
    pub sync: bool,
}

/// An entry of the navigation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NavItem {
    /// See [`Shell::section`].
    pub section: &'static str,
    /// Its words.
    pub title: &'static str,
    /// Where it leads.
    pub href: &'static str,
    /// A symbol of `icons.svg`.
    pub icon: &'static str,
}

impl Shell {
    /// The navigation, as far as the person may open it.
    pub fn nav(&self) -> Vec<NavItem> {
        let item = |section, title, href| NavItem { section, title, href, icon: section };
        [
            (true, item("accounts", "Accounts", "/accounts")),
            (self.sees.collections, item("collections", "Collections", "/collections")),
            (self.sees.teams, item("teams", "Teams", "/teams")),
            (self.sees.members, item("members", "Members", "/members")),
            (
                self.sees.rotations,
                NavItem { icon: "key", ..item("rotations", "Rotations", "/rotations") },
            ),
            (true, item("activity", "Activity", "/activity")),
            (self.sees.sync, item("sync", "Okta sync", "/sync")),
            (self.sees.settings, item("settings", "Settings", "/settings")),
        ]
        .into_iter()
        .filter_map(|(seen, item)| seen.then_some(item))
        .collect()
    }
}

/// Words for a banner or a toast.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// `good`, `warn`, `bad` or `info`: the colour and the icon.
    pub kind: &'static str,
    /// The sentence.
    pub text: String,
    /// Where to go on.
    pub link: Option<Link>,
}

/// A link with its words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The words.
    pub text: String,
    /// The address.
    pub href: String,
}

/// A short mark beside a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Badge {
    /// Its words.
    pub text: String,
    /// Nothing, or `good`, `warn`, `bad`, `info`.
    pub kind: &'static str,
    /// Nothing, or a symbol of `icons.svg`.
    pub icon: &'static str,
}

/// A field of a form: what was entered, and what is wrong with it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Field {
    /// What was entered. Never a secret: those are typed again.
    pub value: String,
    /// What is wrong, and what to do.
    pub error: Option<String>,
}

impl Field {
    /// A field that holds this value.
    pub fn of(value: impl Into<String>) -> Self {
        Self { value: value.into(), error: None }
    }

    /// A field that holds this value and is refused.
    pub fn refused(value: impl Into<String>, error: impl Into<String>) -> Self {
        Self { value: value.into(), error: Some(error.into()) }
    }
}

/// A number and what it counts, in the singular or the plural.
pub fn counted(n: i64, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

/// One choice of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What the form sends.
    pub value: String,
    /// What people read.
    pub label: String,
}

impl Choice {
    /// What people read, and the e-mail address in parentheses after it, where there is one.
    pub fn words(&self) -> (&str, &str) {
        let address = self.label.strip_suffix(')').and_then(|label| label.rsplit_once(" ("));
        address.filter(|(_, address)| address.contains('@')).unwrap_or((&self.label, ""))
    }
}

/// An instant: `app.js` shows it in the reader's time zone, and the words say it without a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct When {
    /// RFC 3339, to the second.
    pub iso: String,
    /// In UTC, for people.
    pub text: String,
}

impl From<Timestamp> for When {
    fn from(at: Timestamp) -> Self {
        Self {
            iso: at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            text: at.strftime("%-d %b %Y, %H:%M UTC").to_string(),
        }
    }
}

/// The first letters of the first and the last word of a name.
pub fn initials(name: &str) -> String {
    let mut words =
        name.split_whitespace().filter_map(|word| word.chars().find(|c| c.is_alphanumeric()));
    let first = words.next();
    let last = words.next_back();
    first.into_iter().chain(last).flat_map(char::to_uppercase).collect()
}

/// A colour for a name, 0 to 7: always the same one (FNV-1a).
pub fn hue(name: &str) -> u8 {
    let hash = name
        .bytes()
        .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    hash.to_le_bytes()[1] & 7
}

#[cfg(test)]
impl Shell {
    /// A frame for tests of pages.
    pub(crate) fn sample(section: &'static str) -> Self {
        Self {
            workspace: "Acme".into(),
            section,
            person: Person {
                id: "mem_01".into(),
                name: "Ada Byron".into(),
                email: "ada@acme.example".into(),
                role: "User".into(),
                initials: "AB".into(),
                hue: 1,
            },
            sees: Sees {
                collections: true,
                teams: true,
                members: true,
                settings: true,
                rotations: true,
                sync: true,
            },
            query: String::new(),
            banners: Vec::new(),
            toasts: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_are_the_first_and_the_last_words_letters() {
        assert_eq!(initials("Ana María de la Cruz"), "AC");
        assert_eq!(initials("contentzilla"), "C");
        assert_eq!(initials("(ops) 9th floor"), "OF");
        assert_eq!(initials(" ?! "), "");
    }

    #[test]
    fn a_name_keeps_its_colour() {
        assert_eq!(hue("Contentzilla"), hue("Contentzilla"));
        assert!(["a", "b", "c", "Instagram", "", "Ünïcode"].iter().all(|name| hue(name) < 8));
    }

    #[test]
    fn an_instant_reads_in_utc_without_a_script() {
        let when = When::from(Timestamp::from_second(1_700_000_000).unwrap());
        assert_eq!(when.iso, "2023-11-14T22:13:20Z");
        assert_eq!(when.text, "14 Nov 2023, 22:13 UTC");
    }

    #[test]
    fn the_navigation_offers_only_what_the_person_may_open() {
        let shell = Shell {
            workspace: String::new(),
            section: "",
            person: Person {
                id: String::new(),
                name: String::new(),
                email: String::new(),
                role: String::new(),
                initials: String::new(),
                hue: 0,
            },
            sees: Sees {
                collections: true,
                teams: false,
                members: false,
                settings: false,
                rotations: false,
                sync: false,
            },
            query: String::new(),
            banners: Vec::new(),
            toasts: Vec::new(),
        };
        let titles: Vec<_> = shell.nav().iter().map(|item| item.title).collect();
        assert_eq!(titles, ["Accounts", "Collections", "Activity"]);
    }
}
