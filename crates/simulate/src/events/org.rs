//! What an admin of the org does to our apps and groups behind our back (R6). Each act disturbs tiles, until audits have
//! found it.

use okta_sim::Interference;
use okta_sim::org::Actor;
use rand::Rng as _;
use rand::seq::IndexedRandom as _;

use crate::model::Wanted;
use crate::watch::{LAUNCHES, launch_url};
use crate::world::World;

impl World {
    pub(super) fn meddle(&mut self) {
        let Some((app, url)) = self.victim() else { return };
        let user = self.any_person_of_the_org();
        let label = "Renamed".to_owned();
        let elsewhere = url.replace(LAUNCHES, "https://elsewhere.example/");
        let everyone = self.sim.org().everyone.clone();
        let act = match self.rng.random_range(0..13) {
            0..3 => Interference::RenameApp { app: app.clone(), label },
            3..5 => Interference::DeactivateApp { app: app.clone() },
            5 => Interference::DeleteApp { app: app.clone() },
            6..9 => Interference::AssignPerson { app: app.clone(), user },
            9..11 => Interference::UnassignPerson { app: app.clone(), user },
            11 => Interference::AssignGroup { app: app.clone(), group: everyone },
            _ => Interference::EditUrl { app: app.clone(), url: elsewhere },
        };
        let is_deleted = matches!(act, Interference::DeleteApp { .. });
        let is_done = self.interfere(act);
        self.watch.disturb(&url);
        if is_done && is_deleted && self.is_settled_and_shown(&url) {
            self.watch.await_decision(&url);
        }
    }

    /// The same for a group that we fill.
    pub(super) fn meddle_with_group(&mut self) {
        let ours = self.audiences.iter().filter_map(|audience| audience.group.clone());
        let ours: Vec<String> = ours.filter(|group| !self.is_busy_with(group)).collect();
        let Some(group) = ours.choose(&mut self.rng).cloned() else { return };
        let user = self.any_person_of_the_org();
        let (shown, foreign) = {
            let org = self.sim.org();
            let shown = org.apps_of_group(&group).map(|app| app.id.clone()).next();
            let foreign = org.apps.values().find(|app| launch_url(app).is_none());
            (shown.unwrap_or_default(), foreign.map(|app| app.id.clone()).unwrap_or_default())
        };
        // Before and after: what a deleted group showed is not told any more.
        self.watch.disturb_group(&group);
        for row in &self.rows {
            if self.audience_of(row).is_some_and(|it| it.group.as_ref() == Some(&group)) {
                self.watch.disturb(&row.url);
            }
        }
        let act = match self.rng.random_range(0..12) {
            0..2 => {
                let name = format!("Renamed {group}");
                Interference::RenameGroup { group: group.clone(), name }
            }
            2..5 => Interference::AddMember { group: group.clone(), user },
            5..8 => Interference::RemoveMember { group: group.clone(), user },
            8 => Interference::DeleteGroup { group: group.clone() },
            9 => {
                let role = "USER_ADMIN".to_owned();
                Interference::GrantGroupRole { group: group.clone(), role }
            }
            10 => Interference::AssignGroup { app: foreign, group: group.clone() },
            _ if self.rng.random() => {
                Interference::UnassignGroup { app: shown, group: group.clone() }
            }
            _ => return self.take_over(&group),
        };
        self.interfere(act);
        self.watch.disturb_group(&group);
    }

    /// An admin takes the group for their own: its description says nothing of us any more.
    fn take_over(&mut self, group: &str) {
        let admin = self.sim.admin().to_owned();
        let mut org = self.sim.org_as(Actor::Admin { user: admin });
        let name = org.groups.get(group).map(|it| it.name.clone()).unwrap_or_default();
        let done = org.update_group(group, &name, Some("Mine now"));
        drop(org);
        self.watch.accept_foreign();
        self.stage.count("meddling: TakeOver");
        self.stage.note(format_args!("an admin takes over {group}: {}", done.is_ok()));
    }

    fn interfere(&mut self, act: Interference) -> bool {
        let told = format!("{act:?}");
        let done = self.sim.interfere(act).is_ok();
        self.watch.accept_foreign();
        let kind = told.split(' ').next().unwrap_or_default();
        self.stage.count(format!("meddling: {kind}"));
        self.stage.note(format_args!("an admin: {told}: {done}"));
        done
    }

    fn any_person_of_the_org(&mut self) -> String {
        let people = self.model.people.iter().filter_map(|person| person.external.clone());
        let people: Vec<String> = people.collect();
        people.choose(&mut self.rng).cloned().unwrap_or_default()
    }

    /// Whether we believe that the tile is there and shown.
    fn is_settled_and_shown(&self, url: &str) -> bool {
        self.rows.iter().any(|row| {
            let is_wanted = matches!(self.model.wanted(row.account), Wanted::Shown { .. });
            row.url == url && row.is_settled && row.phase == "live" && !row.is_ended && is_wanted
        })
    }

    /// The app of a tile, unless a worker is just about to write to it: then nobody could say who was first.
    fn victim(&mut self) -> Option<(String, String)> {
        let org = self.sim.org();
        let is_recorded = |id: &String| self.rows.iter().any(|row| row.app.as_ref() == Some(id));
        let ours = org.apps.values();
        let ours = ours.filter(|app| is_recorded(&app.id) && !self.is_busy_with(&app.id));
        let ours: Vec<(String, String)> =
            ours.filter_map(|app| Some((app.id.clone(), launch_url(app)?.to_owned()))).collect();
        drop(org);
        ours.choose(&mut self.rng).cloned()
    }
}
