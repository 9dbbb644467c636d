//! Signing in: through the directory's identity provider (OIDC), or with a passkey; and the sessions that come of it.
//! What a signed-in person may do is left to `model::access`.

mod attempt;
pub mod oidc;
pub mod pages;
pub mod passkey;
pub mod session;
pub mod signed;
mod store;

use jiff::SignedDuration;
use model::access::Actor;
use model::workspace::MemberStatus;
use model::{InviteId, MemberId, WorkspaceId};
use seal::token::{self, TokenText};
use serde_json::json;

use self::oidc::{Identified, Registration};
use crate::activity::{self, Event};
use crate::actor::By;
use crate::app::App;
use crate::db::Tx;
use crate::directories;
use crate::error::Result;

pub use directories::{Directory, find as directory};
pub use session::{
    Device, Means, Proof, end_access, end_all, end_sessions, open_session, sign_out_member,
};

/// How long a one-time link waits for its person.
const INVITE_LASTS: SignedDuration = SignedDuration::from_hours(24);
/// How old a proof may be by the time that it arrives.
const PROOF_LASTS: SignedDuration = SignedDuration::from_mins(5);

/// A workspace that people can sign in to.
#[derive(Debug, Clone)]
pub struct Door {
    /// Which one.
    pub workspace: WorkspaceId,
    /// Its name.
    pub name: String,
    /// True where a directory's identity provider signs people in.
    pub by_oidc: bool,
}

/// Whom a one-time link is for.
#[derive(Debug, Clone)]
pub struct Invited {
    /// The invitation.
    pub id: InviteId,
    /// Into which workspace.
    pub workspace: WorkspaceId,
    /// Who.
    pub member: MemberId,
    /// Their name.
    pub name: String,
    /// Their e-mail address.
    pub email: String,
    /// The workspace's name.
    pub workspace_name: String,
}

/// What became of a sign-in that the identity provider vouches for.
pub enum Outcome {
    /// They are in; the token goes into a cookie.
    Opened(TokenText),
    /// The person is nobody here: SCIM has not told of them yet.
    Unknown,
    /// They are suspended.
    Suspended,
    /// Asked to confirm, somebody else signed in, or the proof is too old.
    NotConfirmed,
}

/// The workspaces that there are.
pub async fn doors(app: &App) -> Result<Vec<Door>> {
    Ok(store::doors(&mut app.db.read().await?).await?)
}

/// Makes a one-time link's token, which lets a member set up a passkey. It is shown this once.
pub async fn create_invite(tx: &mut Tx, by: &mut By, member: MemberId) -> Result<TokenText> {
    let (text, hash) = token::mint("kti", &mut by.rng);
    store::insert_invite(tx, by, member, &hash.0, by.now + INVITE_LASTS).await?;
    activity::record(tx, by, Event::new("invite.created").member(member)).await?;
    Ok(text)
}

/// As [`create_invite`], for the command line.
pub async fn invite(app: &App, workspace: WorkspaceId, member: MemberId) -> Result<TokenText> {
    let mut by = By::process(app, workspace, "cli");
    app.db
        .write(workspace, move |tx| {
            Box::pin(async move { create_invite(tx, &mut by, member).await })
        })
        .await
}

/// As [`invite`], in place of the one-time links that the member has not used: these end.
pub async fn renew_invite(
    app: &App,
    workspace: WorkspaceId,
    member: MemberId,
) -> Result<TokenText> {
    let mut by = By::process(app, workspace, "cli");
    app.db
        .write(workspace, move |tx| {
            Box::pin(async move {
                store::end_invites(tx, &by, member).await?;
                create_invite(tx, &mut by, member).await
            })
        })
        .await
}

/// Whom a one-time link's token is for, while it can be used.
pub async fn invited(app: &App, token: &str) -> Result<Option<Invited>> {
    let now = app.now();
    Ok(store::find_invite(&mut app.db.read().await?, &token::hash(token), now).await?)
}

/// How the people of a workspace sign in at their identity provider; `None` where that is not set up.
pub async fn registration(
    app: &App,
    workspace: WorkspaceId,
) -> Result<Option<(Directory, Registration)>> {
    let mut tx = app.db.read().await?;
    let Some(directory) = directories::find(&mut tx, workspace).await? else { return Ok(None) };
    let (Some(issuer), Some(client_id)) = (directory.issuer.clone(), directory.client_id.clone())
    else {
        return Ok(None);
    };
    let client_secret = directories::client_secret(app, &mut tx, &directory).await?;
    Ok(Some((directory, Registration { issuer, client_id, client_secret })))
}

/// Lets in whom the identity provider vouches for: the member who has this id in the directory, and nobody else (T6).
/// With `confirms`, it must be that very person, who has proved it just now (C41, ASVS 6.8.4).
pub async fn arrive(
    app: &App,
    directory: &Directory,
    identified: Identified,
    confirms: Option<Actor>,
    device: Device,
) -> Result<Outcome> {
    let (directory, workspace) = (directory.id, directory.workspace);
    let mut by = By::process(app, workspace, "member");
    app.db
        .write(workspace, move |tx| {
            Box::pin(async move {
                let Identified { subject, authenticated_at, acr } = identified;
                let found = store::find_by_subject(tx, workspace, directory, &subject).await?;
                let member = match found {
                    None | Some((_, MemberStatus::Removed)) => {
                        refuse(tx, &mut by, None, "unknown", Some(&subject)).await?;
                        return Ok(Outcome::Unknown);
                    }
                    Some((member, MemberStatus::Suspended)) => {
                        refuse(tx, &mut by, Some(member), "suspended", Some(&subject)).await?;
                        return Ok(Outcome::Suspended);
                    }
                    Some((member, MemberStatus::Active)) => member,
                };
                // Nothing said of when: then it is no proof for anything that needs a recent one.
                let at = authenticated_at.unwrap_or(model::Timestamp::UNIX_EPOCH);
                if let Some(actor) = confirms {
                    let is_fresh = by.now.duration_since(at) <= PROOF_LASTS;
                    if actor.member != member || !is_fresh {
                        refuse(tx, &mut by, Some(actor.member), "not_confirmed", Some(&subject))
                            .await?;
                        return Ok(Outcome::NotConfirmed);
                    }
                }
                by.member = Some(member);
                let proof = Proof { means: Means::Oidc, at };
                let token =
                    session::open(tx, &mut by, member, proof, acr.as_deref(), &device).await?;
                Ok(Outcome::Opened(token))
            })
        })
        .await
}

/// Records that somebody was not let in: `subject` is who the identity provider says that they are.
async fn refuse(
    tx: &mut Tx,
    by: &mut By,
    member: Option<MemberId>,
    reason: &str,
    subject: Option<&str>,
) -> Result<()> {
    let mut detail = json!({ "reason": reason });
    if let Some(subject) = subject {
        detail["subject"] = subject.into();
    }
    let mut event = Event::new("sign_in.refused").detail(detail);
    event.member = member;
    Ok(activity::record(tx, by, event).await?)
}

/// How a signed-in person can prove that it is them.
pub struct Proofs {
    /// At the identity provider.
    pub oidc: bool,
    /// With a passkey: they have one, and may use it.
    pub passkey: bool,
    /// They have a passkey, and no admin allows them to use it.
    pub is_unapproved: bool,
}

/// How this person can prove that it is them.
pub async fn proofs(app: &App, actor: &Actor) -> Result<Proofs> {
    let mut tx = app.db.read().await?;
    let standing = passkey::standing(&mut tx, actor.workspace, actor.member).await?;
    let passkeys = store::passkey::of_member(&mut tx, actor.workspace, actor.member).await?;
    Ok(Proofs {
        oidc: store::has_identity(&mut tx, actor).await?,
        passkey: standing.holds() && !passkeys.is_empty(),
        is_unapproved: !standing.holds() && !passkeys.is_empty(),
    })
}
