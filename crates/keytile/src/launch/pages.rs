//! The pages on which a login begins.

use askama::Template;
use axum::Extension;
use axum::extract::{Query, State};
use axum::response::{IntoResponse as _, Redirect};
use http::StatusCode;
use jiff::SignedDuration;
use model::{AccountId, LaunchId, WorkspaceId};
use serde::Deserialize;
use url::Url;

use super::{Arrival, Launch, Outcome, Start, Target, Within};
use crate::accounts::origins;
use crate::app::App;
use crate::error::Result;
use crate::http::page::{self, Page};
use crate::http::{Path, Signed, router};
use crate::signin;
use crate::signin::oidc::{Ask, Providers};
use crate::signin::pages::{Visit, leave_again, leave_silently, returning};
use crate::ui::{self, Person};

#[derive(Template)]
#[template(path = "launch/launch.html")]
struct LaunchPage {
    person: Person,
    name: String,
    label: String,
    letter: String,
    hue: u8,
    host: Option<String>,
    username: String,
    manual: Option<String>,
    stage: Stage,
    asked: String,
    ticket: String,
    here: String,
}

/// What the way back from signing in carries.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Back {
    /// Present after signing in again for this account, so that nobody is sent there in circles.
    signed_in: Option<String>,
    /// Present where nobody knows that the person themselves has begun this.
    ask: Option<String>,
}

/// What the page begins with; the extension goes on from there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// The extension is waited for.
    Waiting,
    /// The person is asked first: another site has opened the page.
    Ask,
    /// No login begins here.
    Still,
    /// There is no address to log in at.
    NoAddress,
    /// The person came back from signing in again, and that is not enough for this account.
    Again,
}

impl Stage {
    fn code(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Ask => "ask",
            Self::Still => "still",
            Self::NoAddress => "no-address",
            Self::Again => "again",
        }
    }
}

#[derive(Template)]
#[template(path = "launch/no_access.html")]
struct NoAccessPage {
    person: Person,
    return_to: String,
}

#[derive(Template)]
#[template(path = "launch/connect.html")]
struct ConnectPage {
    person: Person,
    ticket: String,
}

/// Opens a tile. Who is not signed in goes through the identity provider without being asked anything, if it knows
/// them, and comes back here.
pub async fn launch(
    State(app): State<App>,
    Extension(providers): Extension<Providers>,
    signed: Option<Signed>,
    visit: Visit,
    arrival: Arrival,
    Path(text): Path<String>,
    Query(back): Query<Back>,
) -> Page {
    let id: Option<LaunchId> = text.parse().ok();
    let here = router::launch(&text);
    let Some(signed) = signed else {
        let unguessable = id.is_some();
        return sign_in(&app, &providers, visit, id, &here, Some((&arrival, unguessable))).await;
    };
    let way = Way { app: &app, providers: &providers, signed: &signed, arrival, back };
    way.open(visit, id.map(Target::Tile), here).await
}

/// Logs in to an account from the list, or from the extension.
pub async fn launch_account(
    State(app): State<App>,
    Extension(providers): Extension<Providers>,
    signed: Option<Signed>,
    visit: Visit,
    arrival: Arrival,
    Path(id): Path<AccountId>,
    Query(back): Query<Back>,
) -> Page {
    let here = router::launch_account(id);
    let Some(signed) = signed else {
        return sign_in(&app, &providers, visit, None, &here, Some((&arrival, false))).await;
    };
    let way = Way { app: &app, providers: &providers, signed: &signed, arrival, back };
    way.open(visit, Some(Target::Account(id)), here).await
}

/// Connects the extension in this browser with the session.
pub async fn connect(
    State(app): State<App>,
    Extension(providers): Extension<Providers>,
    signed: Option<Signed>,
    visit: Visit,
    arrival: Arrival,
) -> Page {
    let Some(signed) = signed else {
        return sign_in(&app, &providers, visit, None, router::CONNECT, None).await;
    };
    let ticket = match arrival {
        // Binding a device of the same person to their own session does no harm, whoever has opened the page.
        Arrival::Own | Arrival::Other { .. } => {
            super::connect(&app, &signed.actor, signed.session).await?.expose().to_owned()
        }
        Arrival::Inside => String::new(),
    };
    page::html(&ConnectPage { person: signed.person(), ticket })
}

/// Who is not signed in does so first. `launched`: how the browser came to a launch, and whether its address is known to
/// nobody else.
async fn sign_in(
    app: &App,
    providers: &Providers,
    mut visit: Visit,
    id: Option<LaunchId>,
    here: &str,
    launched: Option<(&Arrival, bool)>,
) -> Page {
    if let Err(refused) = visit.spend() {
        return Ok(refused);
    }
    let workspace = super::workspace_of(app, id).await?;
    let mut return_to = here.to_owned();
    // Decided now: on the way back the headers tell of the identity provider.
    if let Some((arrival, unguessable)) = launched {
        let trusted = match workspace {
            Some(workspace) => trusted(app, arrival, workspace).await?,
            None => Vec::new(),
        };
        // Where nobody says whose it is, what the browser carries is kept with any.
        let kept_with = match workspace {
            Some(workspace) => Some(workspace),
            None => signin::doors(app).await?.first().map(|door| door.workspace),
        };
        match (arrival.start(&trusted, unguessable, None), kept_with) {
            (Start::AtOnce, Some(workspace)) => {
                returning::carry(app, workspace, &mut visit, here).await?;
            }
            _ => return_to = router::launch_asked(here),
        }
    }
    let Some(workspace) = workspace else {
        let on = router::sign_in(&return_to);
        return Ok((visit.into_jar(), Redirect::to(&on)).into_response());
    };
    leave_silently(app, providers, visit, workspace, &return_to).await
}

async fn trusted(app: &App, arrival: &Arrival, workspace: WorkspaceId) -> Result<Vec<String>> {
    match arrival {
        Arrival::Other { origin: Some(_), .. } => super::trusted(app, workspace).await,
        Arrival::Other { .. } | Arrival::Own | Arrival::Inside => Ok(Vec::new()),
    }
}

/// What a launch by somebody who is signed in knows of how they came.
struct Way<'r> {
    app: &'r App,
    providers: &'r Providers,
    signed: &'r Signed,
    arrival: Arrival,
    back: Back,
}

impl Way<'_> {
    async fn open(self, mut visit: Visit, target: Option<Target>, here: String) -> Page {
        let (app, signed) = (self.app, self.signed);
        let (start, outcome) = match target {
            Some(target) => {
                let trusted = trusted(app, &self.arrival, signed.actor.workspace).await?;
                let decided = if self.back.ask.is_some() {
                    Some(false)
                } else if self.arrival != Arrival::Inside
                    && returning::take(app, &visit, &here).await?
                {
                    Some(true)
                } else {
                    None
                };
                let is_tile = matches!(target, Target::Tile(_));
                let start = self.arrival.start(&trusted, is_tile, decided);
                let begins = (start == Start::AtOnce).then(|| Within {
                    session: signed.session,
                    confirmed_at: signed.confirmed_at,
                    acr: signed.acr.clone(),
                });
                (start, super::launch(app, &signed.actor, target, begins).await?)
            }
            None => (Start::Never, Outcome::Unknown),
        };
        let is_tile = matches!(target, Some(Target::Tile(_)));
        let status = match outcome {
            Outcome::Opened(launch) => {
                let has_address = origins::address(app, launch.login_url.as_deref()).is_some();
                let page = opened(signed.person(), launch, start, has_address, here);
                return page::html(&page);
            }
            Outcome::SignInAgain(launch) if self.back.signed_in.is_some() => {
                let asked = launch.step_up.in_words().unwrap_or_default();
                let page = opened(signed.person(), launch, Start::Never, true, here);
                return page::html(&LaunchPage { stage: Stage::Again, asked, ..page });
            }
            Outcome::SignInAgain(launch) => return self.sign_in_again(visit, launch, &here).await,
            // An account's address says nothing of whether it is there.
            Outcome::NoAccess if is_tile => StatusCode::FORBIDDEN,
            Outcome::NoAccess | Outcome::Unknown => StatusCode::NOT_FOUND,
        };
        if start == Start::AtOnce {
            // It is theirs as somebody else, perhaps.
            returning::carry(app, signed.actor.workspace, &mut visit, &here).await?;
        }
        let page = NoAccessPage { person: signed.person(), return_to: here };
        Ok((status, visit.into_jar(), page::html(&page)?).into_response())
    }

    /// Sends the person to sign in as the account asks, and back here. Whoever has no identity at the provider proves it in
    /// their own way; how strong that was, nobody says.
    async fn sign_in_again(&self, mut visit: Visit, launch: Launch, here: &str) -> Page {
        let (actor, step_up) = (&self.signed.actor, launch.step_up);
        let return_to = format!("{here}?signed_in=1");
        if step_up.acr.is_none() && !signin::proofs(self.app, actor).await?.oidc {
            returning::carry(self.app, actor.workspace, &mut visit, &return_to).await?;
            return Ok(
                (visit.into_jar(), Redirect::to(&router::confirm(&return_to))).into_response()
            );
        }
        let max_age = step_up.max_age().map(SignedDuration::unsigned_abs);
        returning::carry(self.app, actor.workspace, &mut visit, &return_to).await?;
        let ask = Ask::StepUp { max_age, acr_values: step_up.acr };
        leave_again(self.app, self.providers, visit, actor, &return_to, ask).await
    }
}

fn opened(
    person: Person,
    launch: Launch,
    start: Start,
    has_address: bool,
    here: String,
) -> LaunchPage {
    let host = launch.login_url.as_deref().and_then(|url| Url::parse(url).ok());
    let stage = match start {
        _ if !has_address => Stage::NoAddress,
        Start::AtOnce => Stage::Waiting,
        Start::Asked => Stage::Ask,
        Start::Never => Stage::Still,
    };
    let ticket = launch.ticket.as_ref().filter(|_| stage == Stage::Waiting);
    LaunchPage {
        person,
        letter: ui::initials(&launch.name).chars().take(1).collect(),
        hue: ui::hue(&launch.name),
        host: host.and_then(|url| url.host_str().map(ToOwned::to_owned)),
        manual: launch.is_owner.then(|| router::account(launch.account)),
        stage,
        asked: String::new(),
        ticket: ticket.map(|ticket| ticket.expose().to_owned()).unwrap_or_default(),
        name: launch.name,
        label: launch.label,
        username: launch.username,
        here,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::StepUp;

    fn person() -> Person {
        Person {
            id: "mem_1".into(),
            name: "<i>Ada</i>".into(),
            email: "ada@example.com".into(),
            role: "User".into(),
            initials: "A".into(),
            hue: 1,
        }
    }

    fn page(start: Start) -> String {
        let launch = Launch {
            account: AccountId::from(uuid::Uuid::nil()),
            name: "<script>alert(1)</script>".into(),
            label: "\"><img src=x onerror=alert(1)>".into(),
            login_url: Some("https://www.instagram.com/accounts/login".into()),
            username: "contentzilla".into(),
            step_up: StepUp { max_age_minutes: Some(5), acr: None },
            is_owner: true,
            ticket: None,
        };
        opened(person(), launch, start, true, "/launch/1".into()).render().unwrap()
    }

    /// Everything on the page is text, also what somebody typed to be more (T16).
    #[test]
    fn a_name_is_text() {
        let html = page(Start::AtOnce);
        assert!(
            !html.contains("<script>alert")
                && !html.contains("<img src=x")
                && !html.contains("<i>Ada")
        );
        assert!(html.contains("www.instagram.com") && html.contains("/accounts/acc_"));
    }

    #[test]
    fn the_page_says_how_it_begins() {
        for (start, state) in
            [(Start::AtOnce, "waiting"), (Start::Asked, "ask"), (Start::Never, "still")]
        {
            assert!(page(start).contains(&format!("data-state=\"{state}\"")), "{state}");
        }
        assert!(page(Start::Asked).contains("href=\"/launch/1\""));
        let connect = ConnectPage { person: person(), ticket: "ktt_1".into() }.render().unwrap();
        assert!(connect.contains("content=\"ktt_1\"") && !connect.contains("<i>Ada"));
    }
}
