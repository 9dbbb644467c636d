//! One conversation with a mail server (RFC 5321): over TLS, signed in, one mail. What it answers is told in words that an
//! admin understands; its own words are for the operator's log and `keytile check`.

use std::time::Duration;

use lettre::Address;
use lettre::address::Envelope;
use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use tokio::time::timeout;

use super::letter::Letter;
use super::server::{Security, Server};
use crate::config::Config;

/// How long a server may take to let us in, and then to take a mail over. Less than a try may take in all.
const PATIENCE: Duration = Duration::from_secs(20);

/// Why a mail is not with the mail server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// No connection.
    #[error("No connection to the mail server.")]
    Unreachable,
    /// A connection, and no proof of who is at its other end.
    #[error("The mail server's certificate could not be trusted, so nothing was sent.")]
    Untrusted,
    /// It would have to be said in the clear.
    #[error("The mail server offers no encryption, so nothing was sent.")]
    InTheClear,
    /// Neither the user name and password nor going without is accepted.
    #[error("The mail server refuses the sign-in that the operator of this server configured.")]
    SignIn,
    /// Not now.
    #[error("The mail server asks to try again later ({0}).")]
    Later(u16),
    /// Never.
    #[error("The mail server refused the mail for good ({0}).")]
    Refused(u16),
    /// The address cannot be written, or not to this server.
    #[error("The mail address cannot be used.")]
    Address,
    /// Nothing came.
    #[error("The mail server did not answer in time.")]
    Silent,
    /// Whether it has the mail is not known.
    #[error("The connection broke off before the mail server confirmed that it has the mail.")]
    BrokeOff,
}

impl Problem {
    /// True where another try would end the same.
    pub fn is_final(self) -> bool {
        match self {
            Self::Refused(_) | Self::Address => true,
            Self::Unreachable
            | Self::Untrusted
            | Self::InTheClear
            | Self::SignIn
            | Self::Later(_)
            | Self::Silent
            | Self::BrokeOff => false,
        }
    }
}

/// A problem, and what was said about it.
#[derive(Debug)]
pub struct Failure {
    /// What it comes to.
    pub problem: Problem,
    /// In the words of the server or of the system; never ours to it.
    pub said: String,
}

/// As whom we greet: the name by which people reach us.
pub(super) fn hello(config: &Config) -> ClientId {
    match config.public_url.host() {
        Some(url::Host::Ipv4(address)) => ClientId::Ipv4(address),
        Some(url::Host::Ipv6(address)) => ClientId::Ipv6(address),
        Some(url::Host::Domain(name)) => ClientId::Domain(name.to_owned()),
        None => ClientId::default(),
    }
}

/// Connects, greets, signs in and takes leave. Sends nothing.
pub(super) async fn knock(server: &Server, hello: &ClientId) -> Result<(), Failure> {
    let connection = patiently(open(server, hello)).await?;
    leave(connection).await;
    Ok(())
}

/// Hands one mail over.
pub(super) async fn send(
    server: &Server,
    hello: &ClientId,
    from: &Address,
    to: &Address,
    letter: &Letter,
) -> Result<(), Failure> {
    let envelope = Envelope::new(Some(from.clone()), vec![to.clone()])
        .map_err(|error| Failure { problem: Problem::Address, said: error.to_string() })?;
    let mut connection = patiently(open(server, hello)).await?;
    patiently(async {
        let sent = connection.send(&envelope, letter.bytes()).await;
        sent.map(drop).map_err(|error| failure(Stage::Mail, &error))
    })
    .await?;
    // It has the mail, however it takes our leave.
    leave(connection).await;
    Ok(())
}

async fn open(server: &Server, hello: &ClientId) -> Result<AsyncSmtpConnection, Failure> {
    let tls = match server.security {
        Security::Plain => None,
        Security::Tls | Security::StartTls => {
            let made = TlsParameters::new(server.host.clone());
            Some(made.map_err(|error| failure(Stage::Connect, &error))?)
        }
    };
    let at_once = tls.clone().filter(|_| server.security == Security::Tls);
    let place = (server.host.as_str(), server.port);
    let connected =
        AsyncSmtpConnection::connect_tokio1(place, Some(PATIENCE), hello, at_once, None).await;
    let mut connection = connected.map_err(|error| failure(Stage::Connect, &error))?;
    if let Some(tls) = tls.filter(|_| server.security == Security::StartTls) {
        if !connection.can_starttls() {
            leave(connection).await;
            let said = "STARTTLS is not among what it offers".into();
            return Err(Failure { problem: Problem::InTheClear, said });
        }
        let encrypted = connection.starttls(tls, hello).await;
        encrypted.map_err(|error| failure(Stage::Connect, &error))?;
    }
    if let Some((user, password)) = &server.login {
        let credentials = Credentials::new(user.clone(), password.expose().clone());
        let signed_in = connection.auth(&[Mechanism::Plain, Mechanism::Login], &credentials).await;
        if let Err(error) = signed_in {
            leave(connection).await;
            return Err(failure(Stage::SignIn, &error));
        }
    }
    Ok(connection)
}

/// Says goodbye, without caring whether that is heard.
async fn leave(mut connection: AsyncSmtpConnection) {
    let _ = timeout(PATIENCE / 10, connection.abort()).await;
}

async fn patiently<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let silent = || Failure { problem: Problem::Silent, said: "no answer in time".into() };
    timeout(PATIENCE, work).await.unwrap_or_else(|_| Err(silent()))
}

/// How far a conversation came.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Connect,
    SignIn,
    Mail,
}

fn failure(stage: Stage, error: &SmtpError) -> Failure {
    let code = error.status().map(u16::from);
    let problem = match (stage, code) {
        // RFC 4954, section 6: sign-in wanted, too weak, wrong.
        (_, Some(530 | 534 | 535 | 538)) => Problem::SignIn,
        (Stage::SignIn, Some(_)) if error.is_permanent() => Problem::SignIn,
        (Stage::Mail, Some(code)) if error.is_permanent() => Problem::Refused(code),
        // What a server says before it has seen a mail is about us and no mail: an operator may put it right.
        (Stage::Connect | Stage::SignIn | Stage::Mail, Some(code)) => Problem::Later(code),
        (_, None) if error.is_timeout() => Problem::Silent,
        (_, None) if error.is_tls() => Problem::Untrusted,
        (Stage::Connect, None) => unconnected(error),
        (Stage::SignIn, None) if error.is_client() => Problem::SignIn,
        (Stage::Mail, None) if error.is_client() => Problem::Address,
        (Stage::SignIn | Stage::Mail, None) => Problem::BrokeOff,
    };
    Failure { problem, said: error.to_string() }
}

/// A handshake that fails is told as a failure of the connection.
fn unconnected(error: &SmtpError) -> Problem {
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        let io = inner.downcast_ref::<std::io::Error>();
        if io.is_some_and(|io| io.kind() == std::io::ErrorKind::InvalidData) {
            return Problem::Untrusted;
        }
        source = inner.source();
    }
    Problem::Unreachable
}
