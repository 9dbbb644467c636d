//! What the large clients expect differently, where one answer cannot serve all of them.

/// What a SCIM client is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// Any client that keeps to RFC 7644.
    Generic,
    /// Okta. Its `externalId` is the id by which the person signs in.
    Okta,
    /// Microsoft Entra ID.
    Entra,
}

impl Dialect {
    /// Every dialect, in the order in which people choose from them.
    pub const ALL: [Self; 3] = [Self::Okta, Self::Entra, Self::Generic];

    /// Whether a patch is answered 204 without the resource. RFC 7644 section 3.5.2 allows both;
    /// Entra's own collection insists on this one.
    pub const fn patches_in_silence(self) -> bool {
        matches!(self, Self::Entra)
    }

    /// Whether another `externalId` for an active user says that they are another person. Elsewhere
    /// it is a label that a client may change as it likes, and that two users may share.
    pub const fn external_id_is_the_person(self) -> bool {
        matches!(self, Self::Okta)
    }

    /// Its name in the database and in forms.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Generic => "generic",
            Self::Okta => "okta",
            Self::Entra => "entra",
        }
    }

    /// The dialect of a name.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|dialect| dialect.code() == code)
    }
}
