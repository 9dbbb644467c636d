use super::*;
use crate::org::{GroupType, NewApp, NewUser};
use crate::{SimConfig, VirtualClock};

/// An org in which there is something of everything.
fn world() -> Sim {
    let clock = VirtualClock::starting_at(Timestamp::from_second(1_767_225_600).unwrap());
    let sim = Sim::new(SimConfig::on_virtual_clock("https://test.okta.com", "token", &clock));
    {
        let mut org = sim.org();
        for name in ["ada", "bob"] {
            let login = format!("{name}@example.com");
            let user = org.create_user(NewUser::person(&login, name, "X", "x")).unwrap();
            let group = org.create_group(GroupType::Okta, name, None).unwrap();
            let app = org.create_app(NewApp::bookmark(name, "https://example.com"), true).unwrap();
            org.add_member(&group, &user).unwrap();
            org.assign_group(&app, &group, None, None).unwrap();
            org.assign_user(&app, &user, None, None, None).unwrap();
        }
    }
    sim
}

fn first<V>(map: &std::collections::BTreeMap<String, V>, of: impl Fn(&V) -> bool) -> String {
    map.iter().find(|(_, value)| of(value)).unwrap().0.clone()
}

/// R6.
#[test]
fn an_edited_app_keeps_what_was_not_edited() {
    let sim = world();
    let app = first(&sim.org().apps, |_| true);
    for what in [
        Interference::RenameApp { app: app.clone(), label: "Mine".into() },
        Interference::EditUrl { app: app.clone(), url: "https://elsewhere.example".into() },
        Interference::EditNotes { app: app.clone(), admin: Some("Hi".into()), enduser: None },
        Interference::HideApp { app: app.clone(), hidden: true },
    ] {
        sim.interfere(what).unwrap();
    }
    let org = sim.org();
    let edited = org.app(&app).unwrap();
    assert_eq!((edited.label.as_str(), edited.visibility.hide_web), ("Mine", true));
    assert_eq!(edited.notes.admin.as_deref(), Some("Hi"));
    let is_elsewhere =
        matches!(&edited.kind, AppKind::Bookmark { url, .. } if url.contains("elsewhere"));
    assert!(is_elsewhere);
    assert_eq!((edited.users.len(), edited.groups.len()), (1, 1));
}

/// R6.
#[test]
fn an_act_is_recorded_with_its_instant_and_logged_in_the_admin_s_name() {
    let sim = world();
    let app = first(&sim.org().apps, |_| true);
    let done = sim.interfere(Interference::DeleteApp { app: app.clone() }).unwrap();
    assert_eq!(sim.interferences(), [done]);
    let org = sim.org();
    let event = org.log_events().next_back().unwrap();
    assert_eq!(event.event_type, "application.lifecycle.delete");
    assert_eq!(event.actor, Actor::Admin { user: sim.admin().to_owned() });
    assert_eq!(event.targets[0].id, app);
}

#[test]
fn a_refused_act_is_not_recorded() {
    let sim = world();
    let refused = sim.interfere(Interference::DeleteApp { app: "0oa1".into() });
    assert_eq!(refused.unwrap_err().code, "E0000007");
    assert!(sim.interferences().is_empty());
}

/// R7.
#[test]
fn a_token_is_weakened_and_then_revoked() {
    let sim = world();
    let token = first(&sim.org().tokens, |_| true);
    let permissions = Permissions::ReadOnly;
    let weaker = Interference::SetPermissions { token: token.clone(), permissions };
    sim.interfere(weaker).unwrap();
    assert_eq!(sim.org().valid_token("token").unwrap().permissions, Permissions::ReadOnly);
    sim.interfere(Interference::RevokeToken { token }).unwrap();
    assert_eq!(sim.org().valid_token("token").unwrap_err().code, "E0000011");
}

fn acts(seed: u64) -> Vec<Interfered> {
    let (sim, mut meddler) = (world(), Meddler::new(Meddling::everything(), seed));
    for _ in 0..60 {
        sim.meddle(&mut meddler);
    }
    sim.interferences()
}

#[test]
fn for_every_seed_the_same_seed_meddles_in_the_same_way() {
    for seed in 0..30 {
        assert_eq!(acts(seed), acts(seed), "seed {seed}");
    }
    assert_ne!(acts(1), acts(2));
}

#[test]
fn an_admin_who_does_everything_does_everything() {
    let all: Vec<Interfered> = (0..60).flat_map(acts).collect();
    let kind = |act: &Interfered| serde_json::to_value(act).unwrap()["kind"].to_string();
    let kinds: std::collections::BTreeSet<String> = all.iter().map(kind).collect();
    assert_eq!(kinds.len(), 17, "{kinds:?}");
    let (sim, mut idle) = (world(), Meddler::new(Meddling::none(), 1));
    assert_eq!(sim.meddle(&mut idle), None);
}
