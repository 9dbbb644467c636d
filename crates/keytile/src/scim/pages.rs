//! The pages of the SCIM connection: its address, what the client is, what it sent lately, and how each of them is set up.

mod guides;
mod terraform;

use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::http::header;
use axum::response::IntoResponse as _;
use model::access::{Action, On, Target, permit};
use scim::Dialect;
use serde::Deserialize;

use super::base;
use super::log::{self, Entry, KEPT};
use crate::app::App;
use crate::directories;
use crate::error::{Error, Result};
use crate::http::page::{Page, html, render};
use crate::http::{Path, Signed, flash, router};
use crate::ui::{Badge, Shell, When};

use guides::{Guide, Values};
use terraform::Configuration;

/// So many requests are shown at once.
const SHOWN: usize = 100;

/// The connection of the SCIM client.
#[derive(Template)]
#[template(path = "scim/connection.html")]
pub struct ConnectionPage {
    shell: Shell,
    base_url: String,
    may_set_up: bool,
    confirmed: bool,
    confirm: String,
    dialects: Vec<DialectChoice>,
    tokens: usize,
    used: Option<When>,
    refused: usize,
    only_refused: bool,
    rows: Vec<RequestRow>,
    older: Option<usize>,
    newer: Option<usize>,
}

struct DialectChoice {
    code: &'static str,
    title: &'static str,
    hint: &'static str,
    is_chosen: bool,
}

struct RequestRow {
    at: When,
    method: String,
    path: String,
    client: String,
    badge: Badge,
    refusal: Option<String>,
    body: String,
    millis: String,
}

/// How one kind of client is set up, with this server's values.
#[derive(Template)]
#[template(path = "scim/guide.html")]
pub struct GuidePage {
    shell: Shell,
    guide: Guide,
    others: Vec<(&'static str, &'static str)>,
}

/// Which requests are shown.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Shown {
    refused: Option<String>,
    from: usize,
}

/// What the client is, as an admin chose.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Chosen {
    dialect: String,
}

impl ConnectionPage {
    async fn load(app: &App, signed: &Signed, shown: &Shown) -> Result<Self> {
        let actor = &signed.actor;
        let entries = log::list(app, actor, KEPT).await?;
        let tokens = directories::scim_tokens(app, actor).await?;
        let dialect = directories::view(app, actor).await?.map_or(Dialect::Okta, |d| d.dialect);
        let everywhere = On { workspace: actor.workspace, target: Target::Workspace };
        let only_refused = shown.refused.is_some();
        let refused = entries.iter().filter(|entry| is_refused(entry)).count();
        let wanted = entries.into_iter().filter(|entry| !only_refused || is_refused(entry));
        let mut rows: Vec<_> =
            wanted.skip(shown.from).take(SHOWN + 1).map(RequestRow::from).collect();
        let older = (rows.len() > SHOWN).then(|| shown.from + SHOWN);
        rows.truncate(SHOWN);
        Ok(Self {
            shell: signed.shell(app, "settings").await?,
            base_url: base(app),
            may_set_up: permit(actor, Action::ConfigureDirectory, everywhere).is_ok(),
            confirmed: signed.require_confirmed(app.now()).is_ok(),
            confirm: router::confirm(router::SCIM),
            dialects: choices(dialect),
            used: tokens.iter().filter_map(|token| token.last_used_at).max().map(When::from),
            tokens: tokens.len(),
            refused,
            only_refused,
            rows,
            older,
            newer: (shown.from > 0).then(|| shown.from.saturating_sub(SHOWN)),
        })
    }
}

fn choices(chosen: Dialect) -> Vec<DialectChoice> {
    let choice = |dialect| {
        let (title, hint) = match dialect {
            Dialect::Okta => (
                "Okta",
                "Its externalId is the id by which people sign in: another one means another person, who inherits nothing.",
            ),
            Dialect::Entra => {
                ("Microsoft Entra ID", "Patches are answered without the resource, as it expects.")
            }
            Dialect::Generic => (
                "Another client",
                "OneLogin, JumpCloud, Google, and any that keeps to RFC 7644. Its externalId is a label that may change.",
            ),
        };
        DialectChoice { code: dialect.code(), title, hint, is_chosen: dialect == chosen }
    };
    Dialect::ALL.into_iter().map(choice).collect()
}

fn is_refused(entry: &Entry) -> bool {
    entry.status >= 400
}

impl From<Entry> for RequestRow {
    fn from(entry: Entry) -> Self {
        let kind = match entry.status {
            ..400 => "good",
            // Clients look people up to learn that there is nobody.
            404 => "",
            400..500 => "warn",
            _ => "bad",
        };
        Self {
            at: entry.at.into(),
            method: entry.method,
            path: readable(&entry.path),
            client: entry.client,
            badge: Badge { text: entry.status.to_string(), kind, icon: "" },
            refusal: entry.refusal,
            body: entry.body,
            millis: format!("{}.{}", entry.micros / 1000, entry.micros / 100 % 10),
        }
    }
}

/// A path as people read it: `filter=userName eq "x"`.
fn readable(path: &str) -> String {
    let Some((path, query)) = path.split_once('?') else { return path.to_owned() };
    let pairs = url::form_urlencoded::parse(query.as_bytes());
    let said: Vec<_> = pairs.map(|(name, value)| format!("{name}={value}")).collect();
    format!("{path}?{}", said.join("&"))
}

/// The page.
pub(crate) async fn show(
    State(app): State<App>,
    signed: Signed,
    Query(shown): Query<Shown>,
) -> Page {
    html(&ConnectionPage::load(&app, &signed, &shown).await?)
}

/// Says what the client is.
pub(crate) async fn choose_dialect(
    State(app): State<App>,
    signed: Signed,
    Form(chosen): Form<Chosen>,
) -> Page {
    let (actor, confirmed_at) = (&signed.actor, signed.confirmed_at);
    let set = directories::set_dialect(&app, actor, confirmed_at, &chosen.dialect).await;
    flash::told(&app.config, router::SCIM, set, |()| "Saved.".into())
}

/// How one kind of client is set up.
pub(crate) async fn guide(
    State(app): State<App>,
    signed: Signed,
    Path(client): Path<String>,
) -> Page {
    let values = values(&app, &signed).await?;
    let guide = guides::of(&client, &values).ok_or(Error::NotFound)?;
    let others = guides::ALL.into_iter().filter(|(code, _)| *code != client).collect();
    html(&GuidePage { shell: signed.shell(&app, "settings").await?, guide, others })
}

/// The same for Okta as a Terraform configuration.
pub(crate) async fn terraform(State(app): State<App>, signed: Signed) -> Page {
    let text = render(&Configuration::from(&values(&app, &signed).await?))?;
    let headers = [
        (header::CONTENT_TYPE, "text/plain; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"okta.tf\""),
    ];
    Ok((headers, text).into_response())
}

async fn values(app: &App, signed: &Signed) -> Result<Values> {
    // Whoever may see the connection may see how it is set up.
    directories::scim_tokens(app, &signed.actor).await?;
    Ok(Values { origin: app.config.origin(), base: base(app) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(status: u16) -> Entry {
        Entry {
            at: model::Timestamp::UNIX_EPOCH,
            method: "GET".into(),
            path: "/Users?filter=userName%20eq%20%22eve%22".into(),
            client: "Okta SCIM Client 1.0.0".into(),
            body: "{\"active\":false}".into(),
            status,
            refusal: (status >= 400).then(|| "userName eve is taken".into()),
            micros: 1_250,
        }
    }

    fn sample(rows: Vec<RequestRow>) -> ConnectionPage {
        ConnectionPage {
            shell: Shell::sample("settings"),
            base_url: "https://keytile.example/scim/v2".into(),
            may_set_up: true,
            confirmed: true,
            confirm: "/confirm?return_to=%2Fsettings%2Fscim".into(),
            dialects: choices(Dialect::Entra),
            tokens: 1,
            used: Some(model::Timestamp::UNIX_EPOCH.into()),
            refused: 1,
            only_refused: false,
            older: Some(100),
            newer: Some(0),
            rows,
        }
    }

    #[test]
    fn the_page_tells_what_was_sent_and_why_it_was_refused() {
        let rows = [200, 404, 409, 500].map(|status| entry(status).into());
        let text = sample(rows.into()).render().unwrap();
        for words in [
            "https://keytile.example/scim/v2",
            "userName eve is taken",
            "filter=userName eq",
            "1.2 ms",
            "Okta SCIM Client",
        ] {
            assert!(text.contains(words), "{words}");
        }
        let empty = sample(Vec::new()).render().unwrap();
        assert!(empty.contains("Nothing was sent yet"));
    }

    #[test]
    fn each_client_has_a_guide_with_this_servers_values() {
        let values = Values {
            origin: "https://keytile.example".into(),
            base: "https://keytile.example/scim/v2".into(),
        };
        for (code, title) in guides::ALL {
            let guide = guides::of(code, &values).unwrap();
            let others = Vec::new();
            let page = GuidePage { shell: Shell::sample("settings"), guide, others };
            let text = page.render().unwrap();
            assert!(text.contains(title) && text.contains("keytile.example/scim/v2"), "{code}");
        }
        assert!(guides::of("nobody", &values).is_none());
    }
}
