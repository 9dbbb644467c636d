//! Grants: one permission to log in to one account with one device, for a minute. Decided when it is asked for and again
//! at each step, on record before anything leaves, sealed to the device. What the device does with it is the extension's
//! (docs/automated-login.md).

mod copy;
pub mod history;
pub mod http;
pub mod key;
mod outcome;
pub mod pages;
pub mod recipe;
mod sealing;
mod store;
pub mod unusual;

use jiff::SignedDuration;
use model::access::Action;
use model::{AccountId, GrantId, Timestamp};
use serde_json::{Value, json};

pub use self::copy::{What, copy};
pub use self::outcome::{Outcome, Told, end};
use self::sealing::{Secrets, Vault};
use crate::accounts::{self, login, origins};
use crate::activity::{self, Event};
use crate::actor::By;
use crate::app::App;
use crate::db::Tx;
use crate::devices::refused::Refused;
use crate::devices::tickets::{self, Kind};
use crate::devices::{self, Device};
use crate::error::Error;

pub use self::sealing::Sealed;

/// How long a grant lives, from when it is given and from each step.
pub const LASTS: SignedDuration = SignedDuration::from_secs(60);
/// How long it lives at most.
pub const LONGEST: SignedDuration = SignedDuration::from_secs(120);
/// How many codes one grant gives.
pub const CODES: i64 = 5;
/// For how long after the first grant of a launch it may go on, each time that the person has acted.
pub const RESUMED_WITHIN: SignedDuration = SignedDuration::from_mins(15);
/// How often one launch may go on.
pub const RESUMES: i64 = 5;

/// A grant as it is stored.
#[derive(Debug, Clone)]
pub struct Grant {
    /// Its id.
    pub id: GrantId,
    /// For which account.
    pub account: AccountId,
    /// When it was given.
    pub created_at: Timestamp,
    /// When the first grant of the same launch was given.
    pub launched_at: Timestamp,
    /// Until when it is good, if it is not ended before.
    pub expires_at: Timestamp,
    /// How many codes it has given.
    pub codes: i64,
    /// What became of it.
    pub outcome: Option<Outcome>,
    /// When it was ended.
    pub ended_at: Option<Timestamp>,
    /// How many grants of the same launch came before it.
    pub resumes: i64,
}

impl Grant {
    fn require_alive(&self, now: Timestamp) -> Result<(), Refused> {
        let alive = self.ended_at.is_none() && now < self.expires_at;
        if alive { Ok(()) } else { Err(Refused::GrantOver) }
    }
}

/// Gives a grant for the ticket of a launch. A refusal is on record as well, and uses the ticket up.
pub async fn redeem(app: &App, device: &Device, ticket: String) -> Result<Sealed, Refused> {
    let (app2, id, mut by) = (app.clone(), device.id, By::member(app, &device.actor));
    app.db
        .write::<_, Refused, _>(by.workspace, move |tx| {
            Box::pin(async move {
                let device = devices::present(tx, id, by.now).await?;
                let ticket = tickets::take(tx, by.workspace, &ticket, by.now).await?;
                let ticket = ticket.ok_or(Refused::TicketOver)?;
                let Kind::Launch(account) = ticket.kind else { return Err(Refused::TicketOver) };
                let device = devices::bind(tx, device, &ticket, by.now).await?;
                device.require_session(by.now)?;
                device.require_ready()?;
                give(&app2, tx, &mut by, &device, account, None).await
            })
        })
        .await?
}

/// The one place where a password leaves for a browser. What is refused inside is to be committed: it is on record.
async fn give(
    app: &App,
    tx: &mut Tx,
    by: &mut By,
    device: &Device,
    account: AccountId,
    resumed: Option<&Grant>,
) -> Result<Result<Sealed, Refused>, Refused> {
    let login = match login::open(app, tx, &device.actor, account).await {
        Ok(login) => login,
        Err(Error::NotFound | Error::Forbidden(_)) => {
            let detail = json!({ "device": device.id });
            let event = Event::new("account.launch_refused").account(account).detail(detail);
            activity::record(tx, by, event).await?;
            return Ok(Err(Refused::NoAccess));
        }
        Err(error) => return Err(error.into()),
    };
    // The page that gave the ticket looked already; what passed since then is no fault of the person.
    let (leeway, refused) = match resumed {
        None => (tickets::LASTS, Refused::TicketOver),
        Some(_) => (tickets::LASTS + RESUMED_WITHIN, Refused::GrantOver),
    };
    let (at, acr) = (device.confirmed_at, device.acr.as_deref());
    if !login.account.step_up.is_met_by(at, acr, by.now, leeway) {
        return Ok(Err(refused));
    }
    let Some(login_url) = origins::address(app, login.account.login_url.as_deref()) else {
        return Ok(Err(Refused::NoAddress));
    };
    let grant = store::insert(tx, by, device, account, by.now + LASTS, resumed).await?;
    let detail = json!({ "grant": grant, "device": device.id, "name": device.name });
    let event = Event::new("account.login_granted").account(account).detail(detail);
    activity::record(tx, by, event).await?;
    unusual::watch(tx, by, device.actor.member).await?;

    let factors = [
        ("username", !login.account.username.is_empty()),
        ("password", login.password.is_some()),
        ("code", login.account.has_totp),
    ];
    let factors: Vec<&str> =
        factors.iter().filter(|(_, has)| *has).map(|(name, _)| *name).collect();
    let context = json!({
        "v": sealing::GRANT,
        "server": app.config.origin(),
        "grant": grant,
        "member": device.actor.member,
        "account": account,
        "device": device.id,
        "expires_at": (by.now + LASTS).as_millisecond(),
        "origins": origins::of(app, &login.account),
        "login_url": login_url,
        "name": login.account.name,
        "factors": factors,
    });
    let secrets = Secrets::Login {
        username: &login.account.username,
        password: login.password.as_ref().map(|password| password.expose().as_str()),
        recipe: login.recipe.as_ref(),
    };
    let vault = Vault::open(app, tx, by).await?;
    Ok(Ok(vault.seal(by, device, Some(grant), sealing::GRANT, &context, &secrets)?))
}

/// The device, once it and its session are found to live, and one of its grants.
async fn held(
    tx: &mut Tx,
    by: &By,
    device: &Device,
    id: GrantId,
) -> Result<(Device, Grant), Refused> {
    let device = devices::present(tx, device.id, by.now).await?;
    device.require_session(by.now)?;
    device.require_ready()?;
    let grant = store::find(tx, by.workspace, device.id, id).await?.ok_or(Refused::NotFound)?;
    Ok((device, grant))
}

/// A login goes on: its grant lives a little longer. Access is decided again.
pub async fn progress(
    app: &App,
    device: &Device,
    id: GrantId,
    step: String,
) -> Result<Timestamp, Refused> {
    let (device, mut by) = (device.clone(), By::member(app, &device.actor));
    app.db
        .write(by.workspace, move |tx| {
            Box::pin(async move {
                let (device, grant) = held(tx, &by, &device, id).await?;
                grant.require_alive(by.now)?;
                login::check(tx, &device.actor, grant.account).await.map_err(no_access)?;
                let expires_at = (by.now + LASTS).min(grant.created_at + LONGEST);
                store::set_progress(tx, &mut by, id, &step, expires_at).await?;
                Ok(expires_at)
            })
        })
        .await
}

/// Gives the verification code of this moment. Access is decided again.
pub async fn code(app: &App, device: &Device, id: GrantId) -> Result<Sealed, Refused> {
    let (app2, device, mut by) = (app.clone(), device.clone(), By::member(app, &device.actor));
    app.db
        .write(by.workspace, move |tx| {
            Box::pin(async move {
                let (device, grant) = held(tx, &by, &device, id).await?;
                grant.require_alive(by.now)?;
                if grant.codes >= CODES {
                    return Err(Refused::GrantOver);
                }
                let (account, now) = (grant.account, by.now);
                let code =
                    login::code(&app2, tx, &device.actor, account, Action::LaunchAccount, now)
                        .await
                        .map_err(no_access)?
                        .ok_or(Refused::NoCode)?;
                store::count_code(tx, &by, id).await?;
                let context = json!({
                    "v": sealing::CODE,
                    "server": app2.config.origin(),
                    "grant": id,
                    "member": device.actor.member,
                    "account": account,
                    "device": device.id,
                    "expires_at": grant.expires_at.as_millisecond(),
                });
                let vault = Vault::open(&app2, tx, &mut by).await?;
                vault.seal(
                    &mut by,
                    &device,
                    Some(id),
                    sealing::CODE,
                    &context,
                    &Secrets::code(&code),
                )
            })
        })
        .await
}

/// Goes on with a launch that was handed over to its person, with a new grant. Access is decided again.
pub async fn resume(app: &App, device: &Device, id: GrantId) -> Result<Sealed, Refused> {
    let (app2, device, mut by) = (app.clone(), device.clone(), By::member(app, &device.actor));
    app.db
        .write::<_, Refused, _>(by.workspace, move |tx| {
            Box::pin(async move {
                let (device, grant) = held(tx, &by, &device, id).await?;
                let may = grant.outcome.is_some_and(Outcome::hands_over)
                    && by.now < grant.launched_at + RESUMED_WITHIN
                    && grant.resumes < RESUMES
                    && !store::is_resumed(tx, id).await?;
                if !may {
                    return Err(Refused::GrantOver);
                }
                give(&app2, tx, &mut by, &device, grant.account, Some(&grant)).await
            })
        })
        .await?
}

/// An account as the popup lists it.
pub struct Offered {
    /// The account.
    pub account: accounts::Account,
    /// Where its login may be filled in.
    pub origins: Vec<String>,
}

/// The accounts that a device's person may use, a page at a time, with the cursor of the next.
pub async fn offered(
    app: &App,
    device: &Device,
    search: &str,
    origin: &str,
    after: Option<&accounts::Cursor>,
    limit: usize,
) -> Result<(Vec<Offered>, Option<accounts::Cursor>), Refused> {
    device.require_session(app.now())?;
    device.require_ready()?;
    let most = i64::try_from(limit + 1).unwrap_or(i64::MAX);
    let mut found = login::list(app, &device.actor, search, origin, after, most).await?;
    let more = found.len() > limit;
    found.truncate(limit);
    let next = found.last().filter(|_| more).map(accounts::Cursor::after);
    let offered =
        found.into_iter().map(|account| Offered { origins: origins::of(app, &account), account });
    Ok((offered.collect(), next))
}

/// What `access` hides or refuses is no access any more to whoever is amid a login.
fn no_access(error: Error) -> Refused {
    match error {
        Error::NotFound | Error::Forbidden(_) => Refused::NoAccess,
        other => other.into(),
    }
}

/// Ends the live grants of somebody who is removed or suspended, inside that change.
pub async fn end_all(tx: &mut Tx, by: &By, member: model::MemberId) -> Result<(), Error> {
    Ok(store::end_all(tx, by, member, by.now - LONGEST).await?)
}

/// A step of a login as the extension names it: a short word.
pub fn is_step(text: &str) -> bool {
    (1..=40).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
}

/// How its pages are filled in, for somebody who may launch it.
pub async fn recipe_of(
    app: &App,
    device: &Device,
    id: AccountId,
) -> Result<Option<Value>, Refused> {
    device.require_session(app.now())?;
    device.require_ready()?;
    Ok(login::recipe(app, &device.actor, id).await?)
}
