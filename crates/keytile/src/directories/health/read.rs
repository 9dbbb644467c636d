//! Reading all that is compared, within the same comparison and the same limits as who has left.

use std::collections::BTreeMap;

use portal::{
    AppId, Directory as _, Error as PortalError, ListOf, Listed, Misconfigured, PersonStatus,
    Portal,
};

use super::{Seen, findings, store};
use crate::app::App;
use crate::directories::watch::Watch;
use crate::directories::watch::gather::Gather;
use crate::directories::watch::run::Stop;
use crate::error::{Error, Result};

/// The people of so many pushed groups are read.
const GROUPS: usize = 200;
/// So many findings are stored in one transaction.
const CHUNK: usize = 250;

/// What was read, and what could not be.
pub(in crate::directories) struct Read {
    seen: Seen,
    notes: Vec<String>,
}

/// Reads everything that can be. What the connection may not read is noted and left out.
pub(in crate::directories) async fn read<P: Portal>(
    app: &App,
    watch: &Watch,
    portal: &P,
    scim_app: Option<&AppId>,
    gather: &mut Gather,
) -> std::result::Result<Read, Stop> {
    let now_fn = || app.now();
    let directory = portal.directory();
    let (mut seen, mut notes) = (Seen::default(), Vec::new());
    match watch.sign_in_app() {
        None => {
            notes.push("Sign-in is not set up, so who can sign in was not compared.".to_owned());
        }
        Some(id) => {
            let list = ListOf::PeopleOfApp(id);
            let read = gather.list(directory, &list, &now_fn).await.map(<[Listed]>::to_vec);
            seen.sign_in = optional(
                read,
                "The sign-in app was not found in Okta under its client ID, so who can sign in was not compared. Choose it under Directory, The two apps in Okta.",
                &mut notes,
            )?;
        }
    }
    let in_state = ListOf::PeopleInState;
    seen.suspended = gather.ids(directory, &in_state(PersonStatus::Suspended), &now_fn).await?;
    seen.staged = gather.ids(directory, &in_state(PersonStatus::Staged), &now_fn).await?;
    let invited = gather.ids(directory, &in_state(PersonStatus::Provisioned), &now_fn).await?;
    seen.staged.extend(invited);
    match scim_app {
        None => notes.push(
            "The provisioning app is not known, so who is provisioned was not compared.".to_owned(),
        ),
        Some(id) => {
            let list = ListOf::PeopleOfApp(id.clone());
            seen.provisioned = Some(gather.list(directory, &list, &now_fn).await?.to_vec());
            seen.assigning =
                gather.ids(directory, &ListOf::GroupsOfApp(id.clone()), &now_fn).await?;
            let list = ListOf::PushedGroups(id.clone());
            let read = gather.list(directory, &list, &now_fn).await.map(<[Listed]>::to_vec);
            let why = "Okta did not say which groups the app pushes, so groups were not compared.";
            seen.pushed = optional(read, why, &mut notes)?.unwrap_or_default();
        }
    }
    if seen.pushed.len() > GROUPS {
        notes.push(format!(
            "Of {} pushed groups, the people of the first {GROUPS} were compared.",
            seen.pushed.len()
        ));
    }
    let pushed: Vec<String> = seen.pushed.iter().map(|group| group.id.clone()).collect();
    for group in pushed.into_iter().take(GROUPS) {
        let name = gather.group_name(portal, &group, &now_fn).await?;
        seen.group_names.insert(group.clone(), name);
        let list = ListOf::PeopleOfGroup(portal::GroupId(group.clone()));
        match gather.list(directory, &list, &now_fn).await {
            Ok(people) => {
                seen.in_groups.insert(group, people.to_vec());
            }
            // It was removed while we read.
            Err(PortalError::NotThere) => {}
            Err(error) => return Err(error.into()),
        }
    }
    seen.ours = store::ours(&mut app.db.read().await?, watch.directory).await?;
    let ids = seen.ours.iter().filter_map(|member| member.external_id.as_ref());
    seen.not_ids = ids.filter(|id| !directory.is_person_id(id)).cloned().collect();
    Ok(Read { seen, notes })
}

/// What could be read; `None`, and a note, where the connection may not, or there is no such thing.
fn optional(
    read: std::result::Result<Vec<Listed>, PortalError>,
    note: &str,
    notes: &mut Vec<String>,
) -> std::result::Result<Option<Vec<Listed>>, Stop> {
    match read {
        Ok(items) => Ok(Some(items)),
        Err(
            PortalError::NotThere
            | PortalError::Refused { .. }
            | PortalError::Misconfigured {
                what: Misconfigured::Forbidden { .. } | Misconfigured::AppForbidden { .. },
                ..
            },
        ) => {
            notes.push(note.to_owned());
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

/// Stores what was found. It counts as a whole or not at all: the last transaction makes it so.
pub(in crate::directories) async fn keep(app: &App, watch: &Watch, read: Read) -> Result<()> {
    let found_at = app.now();
    let found = findings(&read.seen);
    let mut by_kind: BTreeMap<_, i64> = BTreeMap::new();
    let mut placed = Vec::with_capacity(found.len());
    for finding in found {
        let place = by_kind.entry(finding.kind).or_default();
        *place += 1;
        placed.push((*place, finding));
    }
    let (directory, workspace) = (watch.directory, watch.workspace);
    app.db
        .write::<_, Error, _>(workspace, move |tx| {
            Box::pin(async move { Ok(store::begin(tx, directory, found_at).await?) })
        })
        .await?;
    for chunk in placed.chunks(CHUNK).map(<[_]>::to_vec) {
        app.db
            .write::<_, Error, _>(workspace, move |tx| {
                Box::pin(async move {
                    for (place, finding) in &chunk {
                        store::insert(tx, workspace, directory, found_at, *place, finding).await?;
                    }
                    Ok(())
                })
            })
            .await?;
    }
    let people = read.seen.provisioned.as_ref().map_or(read.seen.ours.len(), Vec::len);
    let people = i64::try_from(people).unwrap_or(i64::MAX);
    let note = (!read.notes.is_empty()).then(|| read.notes.join(" "));
    app.db
        .write(workspace, move |tx| {
            Box::pin(async move {
                let note = note.as_deref();
                Ok(store::finish(tx, workspace, directory, found_at, people, note).await?)
            })
        })
        .await
}
