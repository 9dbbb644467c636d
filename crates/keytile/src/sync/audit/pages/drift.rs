//! The report of differences, by kind and state, a page at a time.

use std::collections::BTreeSet;

use askama::Template;
use axum::extract::{Query, State as Given};
use model::{AccountId, DriftId};
use serde::Deserialize;

use super::{openable, words};
use crate::app::App;
use crate::http::page::{Page, html};
use crate::http::{Signed, router};
use crate::paging::{Part, one_more};
use crate::sync::audit::{self, Filter, Found, Kind};
use crate::ui::{Badge, Choice, Shell, When};

/// Differences on a page.
const PAGE: usize = 50;

/// What was changed in the portal.
#[derive(Template)]
#[template(path = "sync/audit/drift.html")]
pub struct DriftPage {
    shell: Shell,
    kinds: Vec<Choice>,
    kind: String,
    state: String,
    account: String,
    found: Vec<FoundRow>,
    is_filtered: bool,
    next: Option<String>,
}

/// One difference.
pub(super) struct FoundRow {
    pub(super) icon: &'static str,
    pub(super) title: &'static str,
    pub(super) label: String,
    pub(super) href: Option<String>,
    pub(super) text: String,
    pub(super) ours: Option<String>,
    pub(super) theirs: Option<String>,
    pub(super) found: When,
    pub(super) end: Badge,
    pub(super) ended: Option<String>,
}

/// What is asked for, as the address says it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    kind: String,
    state: String,
    account: String,
    before: Option<DriftId>,
}

/// The report.
pub(crate) async fn drift(
    Given(app): Given<App>,
    signed: Signed,
    Query(asked): Query<Asked>,
) -> Page {
    let filter = Filter {
        kind: Kind::from_code(&asked.kind),
        is_open: match asked.state.as_str() {
            "open" => Some(true),
            "over" => Some(false),
            _ => None,
        },
        account: asked.account.parse::<AccountId>().ok(),
        before: asked.before,
    };
    let found = audit::found(&app, &signed.actor, &filter, one_more(PAGE)).await?;
    let Part { items: found, next } = Part::cut_after(found, PAGE, |last| last.id.to_string());
    let next = next.map(|before| {
        let Asked { kind, state, account, .. } = &asked;
        let kind = filter.kind.map_or("", |_| kind.as_str());
        let state = filter.is_open.map_or("", |_| state.as_str());
        let account = filter.account.map_or("", |_| account.as_str());
        format!("{}?kind={kind}&state={state}&account={account}&before={before}", router::DRIFT)
    });
    let accounts = found.iter().filter_map(|found| found.account).collect();
    let openable = openable(&app, &signed, &accounts).await?;
    html(&DriftPage {
        shell: signed.shell(&app, "sync").await?,
        kinds: kinds(),
        is_filtered: filter.kind.is_some() || filter.is_open.is_some() || filter.account.is_some(),
        kind: asked.kind,
        state: asked.state,
        account: filter.account.map(|id| id.to_string()).unwrap_or_default(),
        found: found.into_iter().map(|found| FoundRow::of(found, &openable)).collect(),
        next,
    })
}

fn kinds() -> Vec<Choice> {
    let choice = |kind: Kind| Choice { value: kind.code().into(), label: words::kind(kind).into() };
    Kind::ALL.into_iter().map(choice).collect()
}

impl FoundRow {
    pub(super) fn of(found: Found, openable: &BTreeSet<AccountId>) -> Self {
        let kind = match (found.ended_at, found.ended_how.as_deref()) {
            (None, _) => "warn",
            (Some(_), Some("repaired" | "restored")) => "good",
            (Some(_), _) => "",
        };
        let is_about_somebody = found.external_id.is_some();
        Self {
            icon: words::icon(found.kind),
            title: words::kind(found.kind),
            href: found.account.filter(|id| openable.contains(id)).map(router::account),
            text: words::text(&found),
            found: found.found_at.into(),
            end: Badge { text: words::end(&found).into(), kind, icon: "" },
            ended: words::ended(&found),
            label: found.label,
            ours: found.ours,
            theirs: found.theirs.filter(|_| !is_about_somebody),
        }
    }
}

#[cfg(test)]
mod tests {
    use model::Timestamp;
    use uuid::Uuid;

    use super::*;

    fn found(kind: Kind, ended_how: Option<&str>) -> FoundRow {
        let found = Found {
            id: DriftId::from(Uuid::nil()),
            kind,
            label: "Contentzilla - Instagram".into(),
            account: None,
            external_id: matches!(kind, Kind::Assigned).then(|| "00u1".into()),
            member: None,
            ours: Some("Contentzilla".into()),
            theirs: (kind == Kind::Label).then(|| "<Mine>".into()),
            found_at: Timestamp::UNIX_EPOCH,
            ended_at: ended_how.map(|_| Timestamp::UNIX_EPOCH),
            ended_how: ended_how.map(String::from),
            ended_by: None,
            done_by: None,
        };
        FoundRow::of(found, &BTreeSet::new())
    }

    fn report(found: Vec<FoundRow>, is_filtered: bool) -> String {
        let page = DriftPage {
            shell: Shell::sample("sync"),
            kinds: kinds(),
            kind: "label".into(),
            state: "open".into(),
            account: String::new(),
            found,
            is_filtered,
            next: None,
        };
        page.render().unwrap()
    }

    /// C16.
    #[test]
    fn the_report_says_what_was_changed_to_whom_and_what_became_of_it() {
        let text =
            report(vec![found(Kind::Label, Some("repaired")), found(Kind::Assigned, None)], true);
        assert!(text.contains("Okta had “&#60;Mine&#62;”, Keytile had “Contentzilla”"));
        assert!(
            text.contains("Repaired")
                && text.contains("somebody whom Keytile does not know (00u1)")
        );
        assert!(text.contains("<option value=\"label\" selected>Renamed</option>"));
    }

    #[test]
    fn an_empty_report_teaches_and_an_empty_choice_says_so() {
        assert!(report(Vec::new(), false).contains("Okta shows what it should"));
        assert!(report(Vec::new(), true).contains("Nothing of this kind"));
    }
}
