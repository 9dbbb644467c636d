//! What devices ask about logins: `/extension/v1/grants` and `/extension/v1/accounts`.

use axum::Json;
use axum::extract::{Query, State};
use model::access::Level;
use model::{AccountId, GrantId};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Offered, Outcome, Sealed, Told, What, is_step, recipe};
use crate::accounts::{Cursor, login};
use crate::app::App;
use crate::devices::http::Bringing;
use crate::devices::refused::Refused;
use crate::devices::request::Signed;
use crate::http::{Path, router};
use crate::paging::{decode_cursor, encode_cursor};
use crate::ui;

/// How many accounts a page of the popup holds.
const LISTED: usize = 50;
/// The longest duration that is kept: a day.
const LONGEST_MS: i64 = 24 * 60 * 60 * 1_000;

type Answer<T> = Result<Json<T>, Refused>;

pub(crate) async fn redeem(State(app): State<App>, signed: Signed) -> Answer<Sealed> {
    let Bringing { ticket } = signed.json()?;
    Ok(Json(super::redeem(&app, &signed.device, ticket).await?))
}

#[derive(Deserialize)]
struct Progress {
    step: String,
}

pub(crate) async fn progress(
    State(app): State<App>,
    Path(id): Path<GrantId>,
    signed: Signed,
) -> Answer<Value> {
    let Progress { step } = signed.json()?;
    if !is_step(&step) {
        return Err(Refused::Malformed("A step is a word of at most 40 letters.".into()));
    }
    let expires_at = super::progress(&app, &signed.device, id, step).await?;
    Ok(Json(json!({ "expires_at": expires_at.as_millisecond() })))
}

pub(crate) async fn code(
    State(app): State<App>,
    Path(id): Path<GrantId>,
    signed: Signed,
) -> Answer<Sealed> {
    Ok(Json(super::code(&app, &signed.device, id).await?))
}

pub(crate) async fn resume(
    State(app): State<App>,
    Path(id): Path<GrantId>,
    signed: Signed,
) -> Answer<Sealed> {
    Ok(Json(super::resume(&app, &signed.device, id).await?))
}

#[derive(Deserialize)]
struct Ending {
    outcome: String,
    origin: Option<String>,
    duration_ms: i64,
}

pub(crate) async fn end(
    State(app): State<App>,
    Path(id): Path<GrantId>,
    signed: Signed,
) -> Answer<Value> {
    let Ending { outcome, origin, duration_ms } = signed.json()?;
    let outcome = Outcome::from_code(&outcome)
        .ok_or_else(|| Refused::Malformed("There is no such outcome.".into()))?;
    let origin = origin.map(|text| origin_of(&text)).transpose()?;
    let duration_ms = duration_ms.clamp(0, LONGEST_MS);
    super::end(&app, &signed.device, id, Told { outcome, origin, duration_ms }).await?;
    Ok(Json(json!({})))
}

/// An origin as browsers write it; a path or more would be another site's business.
fn origin_of(text: &str) -> Result<String, Refused> {
    let url = url::Url::parse(text).ok().filter(|url| matches!(url.scheme(), "https" | "http"));
    let origin = url.map(|url| url.origin().ascii_serialization());
    origin
        .filter(|origin| origin.len() <= 300)
        .ok_or_else(|| Refused::Malformed("This is no origin.".into()))
}

#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
pub(crate) struct Search {
    q: String,
    origin: String,
    after: Option<String>,
}

#[derive(Serialize)]
pub(crate) struct List {
    accounts: Vec<Entry>,
    next: Option<String>,
}

#[derive(Serialize)]
struct Entry {
    id: AccountId,
    name: String,
    app: Option<String>,
    username: String,
    origins: Vec<String>,
    launch_url: String,
    letter: String,
    hue: u8,
    #[serde(flatten)]
    rights: Rights,
    has_password: bool,
    has_code: bool,
}

/// What the person may do with it beside logging in.
#[derive(Serialize)]
struct Rights {
    can_copy: bool,
    can_edit: bool,
}

impl Rights {
    fn of(level: Level) -> Self {
        Self { can_copy: level == Level::Own, can_edit: level == Level::Own }
    }
}

impl Entry {
    fn of(app: &App, offered: Offered) -> Self {
        let Offered { account, origins } = offered;
        Self {
            id: account.id,
            app: account.app(),
            launch_url: format!("{}{}", app.config.origin(), router::launch_account(account.id)),
            letter: ui::initials(&account.name).chars().take(1).collect(),
            hue: ui::hue(&account.name),
            rights: Rights::of(account.level),
            has_password: account.has_password,
            has_code: account.has_totp,
            name: account.name,
            username: account.username,
            origins,
        }
    }
}

pub(crate) async fn list(
    State(app): State<App>,
    Query(search): Query<Search>,
    signed: Signed,
) -> Answer<List> {
    let after = match &search.after {
        None => None,
        Some(text) => {
            let cursor = decode_cursor(text).map(|(key, id)| Cursor { key, id });
            Some(cursor.ok_or_else(|| {
                Refused::Malformed("`after` is the `next` of the page before.".into())
            })?)
        }
    };
    let (device, Search { q, origin, .. }) = (&signed.device, &search);
    let (found, next) = super::offered(&app, device, q, origin, after.as_ref(), LISTED).await?;
    let accounts = found.into_iter().map(|offered| Entry::of(&app, offered)).collect();
    Ok(Json(List { accounts, next: next.map(|end| encode_cursor(&end.key, end.id)) }))
}

#[derive(Deserialize)]
struct Copying {
    what: String,
}

pub(crate) async fn copy(
    State(app): State<App>,
    Path(id): Path<AccountId>,
    signed: Signed,
) -> Answer<Sealed> {
    let Copying { what } = signed.json()?;
    let what = What::from_code(&what)
        .ok_or_else(|| Refused::Malformed("A password or a code can be copied.".into()))?;
    Ok(Json(super::copy(&app, &signed.device, id, what).await?))
}

pub(crate) async fn recipe(
    State(app): State<App>,
    Path(id): Path<AccountId>,
    signed: Signed,
) -> Answer<Value> {
    let recipe = super::recipe_of(&app, &signed.device, id).await?;
    Ok(Json(json!({ "recipe": recipe })))
}

#[derive(Deserialize)]
struct Writing {
    recipe: Value,
}

pub(crate) async fn set_recipe(
    State(app): State<App>,
    Path(id): Path<AccountId>,
    signed: Signed,
) -> Answer<Value> {
    let Writing { recipe } = signed.json()?;
    let recipe = recipe::check(&recipe)?;
    signed.device.require_session(app.now())?;
    signed.device.require_ready()?;
    login::set_recipe(&app, &signed.device.actor, id, recipe.clone()).await?;
    Ok(Json(json!({ "recipe": recipe })))
}
