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
    /// Another organisation than the connected one answers.
    #[error(
        "Another Okta org answers ({found}) than the one that is connected ({expected}). Nothing \
         was changed there. Put the right domain back, or turn the feature off and on again."
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
    /// The token works, but not from where we are.
    #[error(
        "Okta accepts the API token, but not from this server's network address: the token is \
         bound to a network zone. Add this server's address to that zone in Okta."
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
        "The service app does not know this key. Add its public half to the app in Okta, and when \
         the app has several keys, give the key's id here too."
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
        "The service app requires proof of possession (DPoP). Turn it on for this connection, or \
         off for the app in Okta."
    )]
    DpopRequired,
}
