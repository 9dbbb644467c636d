//! The page behind a tile.

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect};
use http::StatusCode;
use model::LaunchId;
use url::Url;

use super::{Launch, Outcome};
use crate::app::App;
use crate::http::page::{self, Page};
use crate::http::{Path, Signed, router};
use crate::signin::oidc::Providers;
use crate::signin::pages::{Visit, leave_silently};
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
}

#[derive(Template)]
#[template(path = "launch/no_access.html")]
struct NoAccessPage {
    person: Person,
    return_to: String,
}

/// Opens a tile. Who is not signed in goes through the identity provider without being asked anything, if it knows
/// them, and comes back here.
pub async fn launch(
    State(app): State<App>,
    Extension(providers): Extension<Providers>,
    signed: Option<Signed>,
    visit: Visit,
    Path(text): Path<String>,
) -> Page {
    let id: Option<LaunchId> = text.parse().ok();
    let path = router::launch(&text);
    let Some(signed) = signed else {
        return match super::workspace_of(&app, id).await? {
            Some(workspace) => leave_silently(&app, &providers, visit, workspace, &path).await,
            None => Ok(Redirect::to(&router::sign_in(&path)).into_response()),
        };
    };
    let outcome = match id {
        Some(id) => super::launch(&app, &signed.actor, id).await?,
        None => Outcome::Unknown,
    };
    let status = match outcome {
        Outcome::Opened(launch) => return page::html(&opened(signed.person(), launch)),
        Outcome::NoAccess => StatusCode::FORBIDDEN,
        Outcome::Unknown => StatusCode::NOT_FOUND,
    };
    let page = NoAccessPage { person: signed.person(), return_to: path };
    Ok((status, page::html(&page)?).into_response())
}

fn opened(person: Person, launch: Launch) -> LaunchPage {
    let host = launch.login_url.as_deref().and_then(|url| Url::parse(url).ok());
    LaunchPage {
        person,
        letter: ui::initials(&launch.name).chars().take(1).collect(),
        hue: ui::hue(&launch.name),
        host: host.and_then(|url| url.host_str().map(ToOwned::to_owned)),
        manual: launch.is_owner.then(|| router::account(launch.account)),
        name: launch.name,
        label: launch.label,
        username: launch.username,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Everything on the page is text, also what somebody typed to be more (T16).
    #[test]
    fn a_name_is_text() {
        let person = Person {
            id: "mem_1".into(),
            name: "<i>Ada</i>".into(),
            email: "ada@example.com".into(),
            role: "User".into(),
            initials: "A".into(),
            hue: 1,
        };
        let launch = Launch {
            account: model::AccountId::from(uuid::Uuid::nil()),
            name: "<script>alert(1)</script>".into(),
            label: "\"><img src=x onerror=alert(1)>".into(),
            login_url: Some("https://www.instagram.com/accounts/login".into()),
            username: "contentzilla".into(),
            is_owner: true,
        };
        let html = opened(person, launch).render().unwrap();
        assert!(
            !html.contains("<script>alert")
                && !html.contains("<img src=x")
                && !html.contains("<i>Ada")
        );
        assert!(html.contains("www.instagram.com") && html.contains("/accounts/acc_"));
    }
}
