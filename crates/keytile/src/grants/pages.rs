//! What became of logins, on pages: to an account, of a person, and one's own.

use askama::Template;
use axum::extract::{Query, State};
use http::HeaderMap;
use model::{AccountId, MemberId, Timestamp};
use serde::Deserialize;
use uuid::Uuid;

use super::Outcome;
use super::history::{self, Ended, Login, Of};
use crate::app::App;
use crate::http::page::{FRAGMENT, Page, fragment, html};
use crate::http::{Path, Signed, router};
use crate::paging::{decode_cursor, encode_cursor};
use crate::ui::{Badge, Link, Shell, When};
use crate::{accounts, members};

/// How many stand on one page.
const ROWS: i64 = 50;

/// Logins.
#[derive(Template)]
#[template(path = "grants/launches.html")]
pub struct LaunchesPage {
    shell: Shell,
    above: Vec<Link>,
    about: String,
    launches: LaunchesView,
}

/// The same as a part of another page.
#[derive(Template)]
#[template(path = "grants/launch_rows.html")]
pub struct LaunchesFragment {
    launches: LaunchesView,
}

struct LaunchesView {
    rows: Vec<LaunchRow>,
    next: Option<String>,
}

struct LaunchRow {
    at: When,
    /// Who, or to which account: what the page is not about already.
    name: String,
    href: String,
    browser: Option<String>,
    state: Badge,
    more: Option<String>,
    took: Option<String>,
}

/// Where the list goes on.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Turn {
    after: String,
}

/// The person's own logins.
pub(crate) async fn own(State(app): State<App>, signed: Signed, Query(turn): Query<Turn>) -> Page {
    let of = Of::Member(signed.actor.member);
    let launches = LaunchesView::load(&app, &signed, of, router::LAUNCHES, &turn).await?;
    html(&LaunchesPage {
        shell: signed.shell(&app, "").await?,
        above: vec![link("My profile", router::PROFILE), link("My browsers", router::DEVICES)],
        about: "Each time you logged in to an account, and how it ended.".into(),
        launches,
    })
}

/// The logins of a member, for admins.
pub(crate) async fn of_member(
    State(app): State<App>,
    signed: Signed,
    Path(id): Path<MemberId>,
    Query(turn): Query<Turn>,
) -> Page {
    let here = router::launches_of(id);
    let launches = LaunchesView::load(&app, &signed, Of::Member(id), &here, &turn).await?;
    let member = members::find(&app, &signed.actor, id).await?;
    html(&LaunchesPage {
        shell: signed.shell(&app, "members").await?,
        about: format!("Each time {} logged in to an account, and how it ended.", member.name),
        above: vec![link("Members", router::MEMBERS), link(&member.name, &router::member(id))],
        launches,
    })
}

/// The logins to an account, for its Owners: the fragment where the script asked for it, else the page.
pub(crate) async fn of_account(
    State(app): State<App>,
    signed: Signed,
    headers: HeaderMap,
    Path(id): Path<AccountId>,
    Query(turn): Query<Turn>,
) -> Page {
    let here = router::launches_to(id);
    let launches = LaunchesView::load(&app, &signed, Of::Account(id), &here, &turn).await?;
    if headers.contains_key(FRAGMENT) {
        return fragment("launches", &LaunchesFragment { launches });
    }
    let account = accounts::find(&app, &signed.actor, id).await?;
    html(&LaunchesPage {
        shell: signed.shell(&app, "accounts").await?,
        above: vec![link("Accounts", router::ACCOUNTS), link(&account.name, &router::account(id))],
        about: "Who logged in with this account, and how it ended.".into(),
        launches,
    })
}

fn link(text: &str, href: &str) -> Link {
    Link { text: text.into(), href: href.into() }
}

impl LaunchesView {
    async fn load(
        app: &App,
        signed: &Signed,
        of: Of,
        here: &str,
        turn: &Turn,
    ) -> crate::error::Result<Self> {
        let before = decode_cursor::<Uuid>(&turn.after)
            .and_then(|(at, id)| Some((Timestamp::from_millisecond(at.parse().ok()?).ok()?, id)));
        let mut found = history::list(app, &signed.actor, of, before, ROWS + 1).await?;
        let more = i64::try_from(found.len()).is_ok_and(|n| n > ROWS);
        if more {
            found.pop();
        }
        let next = found.last().filter(|_| more).map(|last| {
            let cursor = encode_cursor(&last.at.as_millisecond().to_string(), last.id);
            format!("{here}?after={cursor}")
        });
        let now = app.now();
        Ok(Self {
            rows: found.into_iter().map(|login| LaunchRow::of(login, of, now)).collect(),
            next,
        })
    }
}

impl LaunchRow {
    fn of(login: Login, of: Of, now: Timestamp) -> Self {
        let (name, href) = match of {
            Of::Account(_) => (login.person, router::member(login.member)),
            Of::Member(_) => (login.account_name, router::account(login.account)),
        };
        let (text, kind) = words(login.ended, now);
        // Nobody was there to see when the browser was closed.
        let is_timed = login.ended != Ended::Told(Outcome::Interrupted);
        let more = match (login.ended, login.origin) {
            (Ended::Told(Outcome::LeftOrigins), Some(origin)) => {
                Some(format!("It went to {origin}"))
            }
            _ if login.is_resumed => Some("Went on after the person had acted".into()),
            _ => None,
        };
        Self {
            at: login.at.into(),
            name,
            href,
            browser: login.device,
            state: Badge { text: text.into(), kind, icon: "" },
            more,
            took: login.duration_ms.filter(|_| is_timed).map(duration),
        }
    }
}

/// How a login ended, for people, and how good that is.
fn words(ended: Ended, now: Timestamp) -> (&'static str, &'static str) {
    let outcome = match ended {
        Ended::Refused => return ("No access", "bad"),
        Ended::Not { expires_at } if now < expires_at => return ("Under way", "info"),
        Ended::Not { .. } => return ("The browser did not tell", ""),
        Ended::Told(outcome) => outcome,
    };
    match outcome {
        Outcome::LoggedIn => ("Logged in", "good"),
        Outcome::Rejected => ("The site refused the login", "bad"),
        Outcome::Locked => ("Locked at the site", "bad"),
        Outcome::Captcha => ("The site asked for a human", "warn"),
        Outcome::PasskeyPrompt => ("The site asked for a passkey", "warn"),
        Outcome::CodeElsewhere => ("The site sent a code elsewhere", "warn"),
        Outcome::CodeMissing => ("A code was asked for, none is stored", "warn"),
        Outcome::CodeRejected => ("The site refused the code", "bad"),
        Outcome::Question => ("The site asked a question", "warn"),
        Outcome::UnknownStep => ("The site showed an unknown step", "warn"),
        Outcome::NoForm => ("No login form appeared", "warn"),
        Outcome::LeftOrigins => ("The site went elsewhere", "bad"),
        Outcome::SiteDown => ("The site did not answer", "warn"),
        Outcome::NoAccess => ("Access ended meanwhile", "bad"),
        Outcome::Expired => ("It took too long", "warn"),
        Outcome::Cancelled => ("Stopped by the person", ""),
        Outcome::NoPermission => ("The extension may not read the site", "warn"),
        Outcome::Interrupted => ("The browser was closed", ""),
    }
}

/// How long a login took: to a tenth of a second where that says something.
fn duration(ms: i64) -> String {
    match ms {
        ..10_000 => format!("{}.{} s", ms.max(0) / 1000, ms.max(0) / 100 % 10),
        10_000..60_000 => format!("{} s", ms / 1000),
        _ => format!("{} min {} s", ms / 60_000, ms / 1000 % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn login(ended: Ended) -> Login {
        Login {
            id: Uuid::nil(),
            at: Timestamp::UNIX_EPOCH,
            account: AccountId::from(Uuid::nil()),
            account_name: "Content<zilla>".into(),
            member: MemberId::from(Uuid::nil()),
            person: "Ada Byron".into(),
            device: Some("Chrome on Linux".into()),
            ended,
            origin: Some("https://elsewhere.example".into()),
            duration_ms: Some(1_840),
            is_resumed: false,
        }
    }

    fn page(of: Of, ended: &[Ended]) -> String {
        let row = |ended: &Ended| LaunchRow::of(login(*ended), of, Timestamp::UNIX_EPOCH);
        LaunchesPage {
            shell: Shell::sample("accounts"),
            above: vec![link("Accounts", "/accounts")],
            about: "Who logged in.".into(),
            launches: LaunchesView {
                rows: ended.iter().map(row).collect(),
                next: Some("/launches?after=x".into()),
            },
        }
        .render()
        .unwrap()
    }

    #[test]
    fn each_outcome_is_told_in_words_of_its_own() {
        let all: Vec<Ended> = Outcome::ALL.iter().map(|outcome| Ended::Told(*outcome)).collect();
        let mut seen: Vec<&str> = all.iter().map(|e| words(*e, Timestamp::UNIX_EPOCH).0).collect();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), all.len());
        let text = page(Of::Account(AccountId::from(Uuid::nil())), &all);
        for words in
            ["Ada Byron", "Chrome on Linux", "1.8 s", "It went to https://elsewhere.example"]
        {
            assert!(text.contains(words), "{words}");
        }
        assert!(!text.contains("zilla"), "the page is about the account already");
    }

    #[test]
    fn what_did_not_begin_or_end_is_told_too_and_none_teaches() {
        let over = Timestamp::UNIX_EPOCH;
        let lives = Timestamp::from_second(60).unwrap();
        let ends =
            [Ended::Refused, Ended::Not { expires_at: over }, Ended::Not { expires_at: lives }];
        let of = Of::Member(MemberId::from(Uuid::nil()));
        let text = page(of, &ends);
        for words in [
            "Content&#60;zilla&#62;",
            "No access",
            "The browser did not tell",
            "Under way",
            "Show more",
        ] {
            assert!(text.contains(words), "{words}");
        }
        assert!(page(of, &[]).contains("Nobody"));
    }

    #[test]
    fn a_duration_is_as_exact_as_it_is_short() {
        assert_eq!(duration(1_840), "1.8 s");
        assert_eq!(duration(12_900), "12 s");
        assert_eq!(duration(61_000), "1 min 1 s");
    }
}
