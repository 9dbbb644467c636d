//! What an admin has to put right about the connection, each with a way forward (C2).

/// A reason why the connection cannot work as it is set up.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Misconfigured {
    /// Not a usable address.
    #[error(
        "This is not an address we can use. Enter your Okta domain alone, with https://, for \
         example https://mycompany.okta.com."
    )]
    BadUrl,
    /// The name leads nowhere.
    #[error("No server answers under this name. Check the spelling of your Okta domain.")]
    NoSuchHost,
    /// No trustworthy encrypted connection.
    #[error(
        "The server's certificate is not trusted. Check the domain, and that no proxy on the way \
         replaces certificates."
    )]
    Tls,
    /// Something else answers.
    #[error(
        "A server answers at this address, but not as Okta does. Check the domain, and that no \
         proxy or sign-in page is in between."
    )]
    NotOkta,
    /// The token is wrong, expired or revoked.
    #[error(
        "Okta does not accept the API token. Tokens end after 30 days without use and with their \
         creator's account. Create a new token and save it here; the queue is kept."
    )]
    TokenInvalid,
    /// The token works and lacks a right.
    #[error(
        "The API token lacks a right: it cannot {missing}. Give its creator the Application \
         Administrator and Read-only Administrator roles in Okta, then test again."
    )]
    Forbidden {
        /// What could not be done, as a verb phrase.
        missing: &'static str,
    },
    /// The service app is not let in any more.
    #[error(
        "Okta does not let the service app in any more: it was deactivated, or its access was \
         revoked. Activate it in Okta, or connect another one here; the queue is kept."
    )]
    AppRefused,
    /// The service app is let in and lacks a right.
    #[error(
        "The service app lacks a right: it cannot {missing}. Grant it the scopes that the settings \
         name and the Application Administrator role in Okta, then test again."
    )]
    AppForbidden {
        /// What could not be done, as a verb phrase.
        missing: &'static str,
    },
    /// Another organisation than the connected one answers.
    #[error(
        "Another Okta org answers ({found}) than the one that is connected ({expected}). Nothing \
         was changed there. Put the right domain back, or turn extending off, remove all apps, and connect \
         the other org."
    )]
    WrongOrg {
        /// The org that we are connected with.
        expected: String,
        /// The org that answered.
        found: String,
    },
    /// The name leads into a private network.
    #[error(
        "This name leads to a private or reserved network address, so we do not connect. Check \
         the domain and this server's DNS."
    )]
    PrivateAddress,
    /// Not a host of Okta, nor one that the operator allows.
    #[error(
        "This host is not an Okta domain. Use your domain under okta.com (without -admin), or ask \
         the operator of this server to add your custom domain to its settings."
    )]
    HostNotAllowed,
    /// The credential works, but not from where we are.
    #[error(
        "Nothing has expired, but Okta refuses everything from this server's network address: the \
         API token or service app is bound to a network zone that this server is not in, or its \
         user has no admin role any more. Add the address to that zone in Okta, or give the user \
         the Application Administrator and Read-only Administrator roles."
    )]
    OutsideZone,
    /// The key is none that can sign.
    #[error(
        "This is no private key that we can use. Paste the private key of the service app as PEM \
         (PKCS#8) or as a JWK, RSA or an elliptic curve (P-256, P-384)."
    )]
    BadKey,
    /// No service app has this client id, or it is switched off.
    #[error(
        "Okta knows no active service app with this client id. Compare it with the app in Okta, \
         and that the app's client authentication is a public/private key."
    )]
    ClientUnknown,
    /// The service app has other keys.
    #[error(
        "The service app does not know this key. Add its public half, as Keytile shows it, to the \
         app in Okta, then test again."
    )]
    KeyNotRegistered,
    /// A scope is missing.
    #[error(
        "The service app was not granted everything that we ask for. Grant it the scopes that the \
         settings name in Okta, and an admin role."
    )]
    ScopeNotGranted,
    /// The service app demands bound tokens.
    #[error(
        "The service app requires proof of possession (DPoP). Connect it here again, which notices \
         that, or turn it off for the app in Okta."
    )]
    DpopRequired,
}

impl Misconfigured {
    /// A stable word for it.
    pub fn code(&self) -> &'static str {
        match self {
            Self::BadUrl => "bad_url",
            Self::NoSuchHost => "no_such_host",
            Self::Tls => "tls",
            Self::NotOkta => "not_okta",
            Self::TokenInvalid => "token_invalid",
            Self::AppRefused => "app_refused",
            Self::Forbidden { .. } | Self::AppForbidden { .. } => "forbidden",
            Self::WrongOrg { .. } => "wrong_org",
            Self::PrivateAddress => "private_address",
            Self::HostNotAllowed => "host_not_allowed",
            Self::OutsideZone => "outside_zone",
            Self::BadKey => "bad_key",
            Self::ClientUnknown => "client_unknown",
            Self::KeyNotRegistered => "key_not_registered",
            Self::ScopeNotGranted => "scope_not_granted",
            Self::DpopRequired => "dpop_required",
        }
    }

    /// Whether this very credential is over, so that another one would be let in. A right that is
    /// missing, or a place from which we are not heard, is no end.
    pub fn is_end_of_credential(&self) -> bool {
        match self {
            Self::TokenInvalid
            | Self::AppRefused
            | Self::ClientUnknown
            | Self::KeyNotRegistered => true,
            Self::BadUrl
            | Self::NoSuchHost
            | Self::Tls
            | Self::NotOkta
            | Self::Forbidden { .. }
            | Self::AppForbidden { .. }
            | Self::WrongOrg { .. }
            | Self::PrivateAddress
            | Self::HostNotAllowed
            | Self::OutsideZone
            | Self::BadKey
            | Self::ScopeNotGranted
            | Self::DpopRequired => false,
        }
    }

    /// As it is told of a service app, which has no token and no creator.
    pub(super) fn of_service_app(self) -> Self {
        match self {
            Self::TokenInvalid => Self::AppRefused,
            Self::Forbidden { missing } => Self::AppForbidden { missing },
            other => other,
        }
    }
}
