//! Passkeys (WebAuthn level 3): made with a one-time link or by a signed-in person, and used to sign in or to confirm.
//! They are the way in for who is not in the directory, and, when the identity provider is down, for those whom an admin has
//! allowed it beforehand.

use model::access::Actor;
use model::workspace::WorkspaceRole;
use model::{InviteId, MemberId, PasskeyId, Timestamp, WorkspaceId};
use seal::token::TokenText;
use serde_json::{Value, json};
use webauthn_rs::prelude::{
    CredentialID, DiscoverableAuthentication, DiscoverableKey, Passkey, PasskeyAuthentication,
    PasskeyRegistration, PublicKeyCredential, RegisterPublicKeyCredential,
};
use webauthn_rs::{Webauthn, WebauthnBuilder};

use super::session::{Device, Means, Proof, open_session};
use super::{Invited, refuse, store};
use crate::activity::{self, Event};
use crate::actor::By;
use crate::app::App;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::members;

const MOST: usize = 20;
const NOT_APPROVED: &str = "No admin has allowed you to use a passkey beside Okta yet: ask an admin of Keytile to do so on \
     your page under Members.";

/// Whether somebody may make passkeys and use them, to sign in and to confirm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Nobody has to allow it: no directory signs them in, so that a passkey is their only way; or they are the Owner, who
    /// stands above all who could allow it, and gets in when all else fails.
    Free,
    /// A directory signs them in, and an admin allows passkeys too.
    Approved,
    /// A directory signs them in, and nothing else.
    Unapproved,
}

impl Standing {
    /// The rule: a way in beside the directory needs an admin's word.
    pub(super) fn of(
        by_directory: bool,
        role: WorkspaceRole,
        approved_at: Option<Timestamp>,
    ) -> Self {
        match (by_directory && role != WorkspaceRole::Owner, approved_at) {
            (false, _) => Self::Free,
            (true, Some(_)) => Self::Approved,
            (true, None) => Self::Unapproved,
        }
    }

    /// True where they may.
    pub fn holds(self) -> bool {
        match self {
            Self::Free | Self::Approved => true,
            Self::Unapproved => false,
        }
    }

    fn require(self) -> Result<()> {
        if self.holds() { Ok(()) } else { Err(not_approved()) }
    }
}

/// Whether this member may make passkeys and use them.
pub async fn standing(tx: &mut Tx, workspace: WorkspaceId, member: MemberId) -> Result<Standing> {
    Ok(store::passkey::standing(tx, workspace, member).await?.unwrap_or(Standing::Unapproved))
}

/// Whether this person may make passkeys and use them.
pub async fn is_allowed(app: &App, actor: &Actor) -> Result<bool> {
    let mut tx = app.db.read().await?;
    Ok(standing(&mut tx, actor.workspace, actor.member).await?.holds())
}

fn not_approved() -> Error {
    Error::Forbidden(NOT_APPROVED.into())
}

/// A passkey as its owner sees it in a list.
#[derive(Debug, Clone)]
pub struct View {
    /// Its id.
    pub id: PasskeyId,
    /// What its owner calls it.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last used.
    pub last_used_at: Option<Timestamp>,
}

/// A passkey that somebody presented, and whose it is.
pub struct Holder {
    pub(super) id: PasskeyId,
    pub(super) workspace: WorkspaceId,
    pub(super) member: MemberId,
    pub(super) is_active: bool,
    pub(super) passkey: Passkey,
}

/// For whom a passkey is made.
pub(super) struct Maker {
    pub workspace: WorkspaceId,
    pub member: MemberId,
    pub name: String,
    pub email: String,
}

impl From<&Invited> for Maker {
    fn from(invited: &Invited) -> Self {
        Self {
            workspace: invited.workspace,
            member: invited.member,
            name: invited.name.clone(),
            email: invited.email.clone(),
        }
    }
}

/// The person's passkeys, oldest first.
pub async fn list(app: &App, actor: &Actor) -> Result<Vec<View>> {
    let mut tx = app.db.read().await?;
    let found = store::passkey::of_member(&mut tx, actor.workspace, actor.member).await?;
    Ok(found.into_iter().map(|(view, _)| view).collect())
}

/// Removes one of the person's own passkeys. The only way in stays.
pub async fn remove(app: &App, actor: &Actor, id: PasskeyId) -> Result<()> {
    let (actor, mut by) = (*actor, By::member(app, actor));
    app.db
        .write(actor.workspace, move |tx| {
            Box::pin(async move {
                let all = store::passkey::of_member(tx, actor.workspace, actor.member).await?;
                if all.len() == 1 && !store::has_identity(tx, &actor).await? {
                    return Err(Error::Conflict(
                        "This passkey is your only way to sign in. Add another one first.".into(),
                    ));
                }
                if !store::passkey::end(tx, &by, actor.member, id).await? {
                    return Err(Error::NotFound);
                }
                let event = Event::new("passkey.removed").member(actor.member);
                Ok(activity::record(tx, &mut by, event).await?)
            })
        })
        .await
}

/// What the browser needs to make a passkey, and what we must remember until it has.
pub(super) async fn begin_making(app: &App, maker: &Maker) -> Result<(Value, PasskeyRegistration)> {
    let mut tx = app.db.read().await?;
    standing(&mut tx, maker.workspace, maker.member).await?.require()?;
    let known = store::passkey::of_member(&mut tx, maker.workspace, maker.member).await?;
    if known.len() >= MOST {
        return Err(Error::Conflict(format!("You have {MOST} passkeys. Remove one first.")));
    }
    let known: Vec<CredentialID> = known.iter().map(|(_, p)| p.cred_id().clone()).collect();
    let (challenge, state) = webauthn(app)?
        .start_passkey_registration(maker.member.uuid(), &maker.email, &maker.name, Some(known))
        .map_err(|e| unmade(&e))?;
    let mut options = json!(challenge);
    // The sign-in page does not ask for a name, so the authenticator must keep ours beside the key.
    let selection = &mut options["publicKey"]["authenticatorSelection"];
    selection["residentKey"] = "required".into();
    selection["requireResidentKey"] = true.into();
    Ok((options, state))
}

/// Keeps a new passkey of a member. One made with an invitation uses that up and signs the person in.
pub(super) async fn finish_making(
    app: &App,
    workspace: WorkspaceId,
    member: MemberId,
    made: &RegisterPublicKeyCredential,
    state: &PasskeyRegistration,
    invite: Option<(InviteId, Device)>,
) -> Result<Option<TokenText>> {
    let passkey =
        webauthn(app)?.finish_passkey_registration(made, state).map_err(|e| unmade(&e))?;
    let mut by = By::process(app, workspace, "member");
    by.member = Some(member);
    app.db
        .write(workspace, move |tx| {
            Box::pin(async move {
                // They may have left since the ceremony began.
                if !members::is_active(tx, workspace, member).await? {
                    return Err(Error::NotFound);
                }
                standing(tx, workspace, member).await?.require()?;
                if store::passkey::find(tx, passkey.cred_id().as_slice()).await?.is_some() {
                    return Err(Error::Conflict("This passkey is in use already.".into()));
                }
                let name = format!("Passkey of {}", by.now.strftime("%-d %B %Y"));
                store::passkey::insert(tx, &mut by, member, &name, &passkey).await?;
                let event = Event::new("passkey.created").member(member);
                activity::record(tx, &mut by, event).await?;
                let Some((invite, device)) = invite else { return Ok(None) };
                if !store::use_invite(tx, &by, invite).await? {
                    return Err(Error::Conflict(
                        "This link has been used already. Sign in with your passkey.".into(),
                    ));
                }
                let proof = Proof { means: Means::Passkey, at: by.now };
                Ok(Some(open_session(tx, &mut by, member, proof, &device).await?))
            })
        })
        .await
}

/// What the browser needs so that whoever holds a passkey of ours can use it.
pub(super) fn begin_sign_in(app: &App) -> Result<(Value, DiscoverableAuthentication)> {
    let (challenge, state) =
        webauthn(app)?.start_discoverable_authentication().map_err(|e| unused(&e))?;
    Ok((json!({ "publicKey": challenge.public_key }), state))
}

/// Lets in whoever holds the passkey.
pub(super) async fn finish_sign_in(
    app: &App,
    used: &PublicKeyCredential,
    state: DiscoverableAuthentication,
    device: Device,
) -> Result<TokenText> {
    let webauthn = webauthn(app)?;
    let (member, id) =
        webauthn.identify_discoverable_authentication(used).map_err(|e| unused(&e))?;
    let holder = store::passkey::find(&mut app.db.read().await?, id).await?;
    let Some(holder) = holder.filter(|h| h.is_active && h.member.uuid() == member) else {
        return Err(over());
    };
    let key = DiscoverableKey::from(&holder.passkey);
    let result = webauthn
        .finish_discoverable_authentication_v2(used, state, &key)
        .map_err(|e| unused(&e))?;
    open(app, holder, &result, device).await
}

/// What the browser needs so that this person can confirm with one of their passkeys.
pub(super) async fn begin_confirming(
    app: &App,
    actor: &Actor,
) -> Result<(Value, PasskeyAuthentication)> {
    let mut tx = app.db.read().await?;
    standing(&mut tx, actor.workspace, actor.member).await?.require()?;
    let known = store::passkey::of_member(&mut tx, actor.workspace, actor.member).await?;
    let known: Vec<Passkey> = known.into_iter().map(|(_, passkey)| passkey).collect();
    if known.is_empty() {
        return Err(Error::Conflict("You have no passkey. Confirm with Okta instead.".into()));
    }
    let (challenge, state) =
        webauthn(app)?.start_passkey_authentication(&known).map_err(|e| unused(&e))?;
    Ok((json!({ "publicKey": challenge.public_key }), state))
}

/// Opens a fresh session for a person who has confirmed with a passkey of theirs.
pub(super) async fn finish_confirming(
    app: &App,
    actor: &Actor,
    used: &PublicKeyCredential,
    state: &PasskeyAuthentication,
    device: Device,
) -> Result<TokenText> {
    let result =
        webauthn(app)?.finish_passkey_authentication(used, state).map_err(|e| unused(&e))?;
    let holder =
        store::passkey::find(&mut app.db.read().await?, result.cred_id().as_slice()).await?;
    let Some(holder) = holder.filter(|h| h.is_active && h.member == actor.member) else {
        return Err(Error::Forbidden("This passkey is not one of yours any more.".into()));
    };
    open(app, holder, &result, device).await
}

async fn open(
    app: &App,
    holder: Holder,
    result: &webauthn_rs::prelude::AuthenticationResult,
    device: Device,
) -> Result<TokenText> {
    let Holder { id, workspace, member, mut passkey, .. } = holder;
    passkey.update_credential(result);
    let mut by = By::process(app, workspace, "member");
    let opened = app
        .db
        .write(workspace, move |tx| {
            Box::pin(async move {
                // It may have been removed since it was read, or its holder suspended.
                let still = store::passkey::find(tx, passkey.cred_id().as_slice()).await?;
                if !still.is_some_and(|holder| holder.is_active && holder.id == id) {
                    return Err(over());
                }
                if !standing(tx, workspace, member).await?.holds() {
                    refuse(tx, &mut by, Some(member), "passkey_not_approved", None).await?;
                    return Ok(None);
                }
                by.member = Some(member);
                store::passkey::used(tx, &by, id, &passkey).await?;
                let proof = Proof { means: Means::Passkey, at: by.now };
                Ok(Some(open_session(tx, &mut by, member, proof, &device).await?))
            })
        })
        .await?;
    opened.ok_or_else(not_approved)
}

fn over() -> Error {
    Error::Forbidden(
        "This passkey opens nothing here any more. Ask an admin for a new link.".into(),
    )
}

/// Passkeys belong to the host name of `public_url`, exactly.
fn webauthn(app: &App) -> Result<Webauthn> {
    let url = &app.config.public_url;
    let host = url.host_str().unwrap_or_default();
    WebauthnBuilder::new(host, url).and_then(|builder| builder.rp_name("Keytile").build()).map_err(
        |_| {
            Error::Conflict(
                "Passkeys need a host name: `public_url` names an address. Use localhost or a name."
                    .into(),
            )
        },
    )
}

fn unmade(error: &webauthn_rs::prelude::WebauthnError) -> Error {
    tracing::warn!(%error, "a passkey was not made");
    Error::Forbidden("The passkey was not made. Reload the page and try again.".into())
}

fn unused(error: &webauthn_rs::prelude::WebauthnError) -> Error {
    tracing::warn!(%error, "a passkey was refused");
    Error::Forbidden("The passkey was not accepted. Reload the page and try again.".into())
}
