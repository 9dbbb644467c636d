//! Root keys are rotated while servers run, and a rotation may stop anywhere (T10).

use std::path::Path;

use keytile::{App, accounts, keys};
use model::AccountId;
use model::access::Actor;
use seal::RootKeys;

use crate::support::{TestApp, at_most};

async fn password(app: &App, actor: &Actor, account: AccountId) -> Option<String> {
    let revealed = accounts::reveal(app, actor, account).await.expect("the password opens");
    revealed.password.map(|p| p.expose().clone())
}

async fn account_of(app: &App, actor: &Actor, password: &str) -> AccountId {
    let draft = accounts::Draft { name: "Contentzilla".into(), ..Default::default() };
    accounts::create(app, actor, draft.with_password(password)).await.unwrap()
}

fn root_keys(file: &Path) -> RootKeys {
    RootKeys::parse(&std::fs::read_to_string(file).unwrap()).unwrap()
}

/// T10.
#[tokio::test]
async fn a_server_reads_and_writes_on_while_the_root_key_is_rotated() {
    let app = TestApp::start().await;
    let owner = app.actor(&app.owner).await;
    let account = app.account(&app.owner, "Contentzilla", "Instagram").await;
    // Two running servers with the old root key: one has opened the data key already, the other has not.
    let (warm, cold) = (app.another().await, app.another().await);
    assert_eq!(password(&warm, &owner, account).await.as_deref(), Some("hunter2"));

    let rotation = keys::rotate(&app.app).await.unwrap();
    assert_eq!(rotation.rewrapped, 1);
    for server in [&warm, &cold, &app.app] {
        assert_eq!(password(server, &owner, account).await.as_deref(), Some("hunter2"));
        let fresh = account_of(server, &owner, "new").await;
        assert_eq!(password(&app.another().await, &owner, fresh).await.as_deref(), Some("new"));
    }
    let left: Vec<String> = root_keys(app.root_key_file()).ids().map(String::from).collect();
    assert_eq!(left, [rotation.root_key]);
}

/// T10: "no item with an unknown key".
#[tokio::test]
async fn a_server_that_missed_a_rotation_makes_no_data_key_under_the_retired_root_key() {
    let app = TestApp::start().await;
    let server = app.another().await;
    keys::rotate(&app.app).await.unwrap();
    // The first secret of a workspace makes its data key, and this server last read the root keys before the rotation.
    let stranger = app.elsewhere().await;
    let account = account_of(&server, &stranger, "correct horse").await;
    let restarted = app.another().await;
    assert_eq!(password(&restarted, &stranger, account).await.as_deref(), Some("correct horse"));
}

/// T10: killed after the new root key was written, and before any data key was wrapped with it.
#[tokio::test]
async fn a_rotation_that_stopped_at_its_beginning_is_finished_by_the_next() {
    let app = TestApp::start().await;
    let owner = app.actor(&app.owner).await;
    let account = app.account(&app.owner, "Contentzilla", "Instagram").await;
    let mut root = root_keys(app.root_key_file());
    let new = root.add(&mut app.app.rng());
    std::fs::write(app.root_key_file(), root.to_text().as_bytes()).unwrap();
    let restarted = app.another().await;
    assert_eq!(password(&restarted, &owner, account).await.as_deref(), Some("hunter2"));

    let rotation = keys::rotate(&restarted).await.unwrap();
    assert_eq!((rotation.root_key, rotation.rewrapped), (new, 1));
    assert_eq!(root_keys(app.root_key_file()).ids().count(), 1);
    assert_eq!(password(&app.app, &owner, account).await.as_deref(), Some("hunter2"));
}

/// T10: killed when some data keys were wrapped with the new root key and others not.
#[tokio::test]
async fn a_rotation_that_stopped_half_way_is_finished_by_the_next() {
    let app = TestApp::start().await;
    let owner = app.actor(&app.owner).await;
    let stranger = app.elsewhere().await;
    let here = account_of(&app.app, &owner, "here").await;
    let old_file = std::fs::read(app.root_key_file()).unwrap();
    // A whole rotation, then a second data key under the old root key, as if that one had not had its turn yet.
    let rotation = keys::rotate(&app.app).await.unwrap();
    let new_file = std::fs::read(app.root_key_file()).unwrap();
    std::fs::write(app.root_key_file(), &old_file).unwrap();
    let there = account_of(&app.another().await, &stranger, "there").await;
    let both = both_root_keys(&new_file, &old_file);
    std::fs::write(app.root_key_file(), both).unwrap();

    let restarted = app.another().await;
    assert_eq!(password(&restarted, &owner, here).await.as_deref(), Some("here"));
    assert_eq!(password(&restarted, &stranger, there).await.as_deref(), Some("there"));
    let finished = keys::rotate(&restarted).await.unwrap();
    assert_eq!((finished.root_key, finished.rewrapped), (rotation.root_key, 1));
    let later = app.another().await;
    assert_eq!(password(&later, &owner, here).await.as_deref(), Some("here"));
    assert_eq!(password(&later, &stranger, there).await.as_deref(), Some("there"));
}

/// T10: killed when everything was wrapped anew, and before the old root key was forgotten.
#[tokio::test]
async fn a_rotation_that_stopped_at_its_end_leaves_everything_readable() {
    let app = TestApp::start().await;
    let owner = app.actor(&app.owner).await;
    let account = app.account(&app.owner, "Contentzilla", "Instagram").await;
    let old_file = std::fs::read(app.root_key_file()).unwrap();
    keys::rotate(&app.app).await.unwrap();
    let new_file = std::fs::read(app.root_key_file()).unwrap();
    std::fs::write(app.root_key_file(), both_root_keys(&new_file, &old_file)).unwrap();

    let restarted = app.another().await;
    assert_eq!(password(&restarted, &owner, account).await.as_deref(), Some("hunter2"));
    keys::rotate(&restarted).await.unwrap();
    assert_eq!(root_keys(app.root_key_file()).ids().count(), 1);
    assert_eq!(password(&app.another().await, &owner, account).await.as_deref(), Some("hunter2"));
}

/// T10, R1: wherever it is killed, every secret opens, and the next rotation ends it.
#[tokio::test]
async fn a_rotation_killed_between_any_two_steps_is_finished_by_the_next() {
    let app = TestApp::start().await;
    let owner = app.actor(&app.owner).await;
    let stranger = app.elsewhere().await;
    let here = account_of(&app.app, &owner, "here").await;
    let there = account_of(&app.app, &stranger, "there").await;
    let mut polls = 1;
    loop {
        // It has read the root keys, and no data key yet.
        let cold = app.another().await;
        let mut rotation = Box::pin(keys::rotate(&app.app));
        let was_killed = at_most(polls, rotation.as_mut()).await.is_none();
        drop(rotation);
        let restarted = app.another().await;
        for server in [&restarted, &cold] {
            let opened = password(server, &owner, here).await;
            assert_eq!(opened.as_deref(), Some("here"), "after {polls} polls");
            let opened = password(server, &stranger, there).await;
            assert_eq!(opened.as_deref(), Some("there"), "after {polls} polls");
        }
        keys::rotate(&restarted).await.unwrap();
        assert_eq!(root_keys(app.root_key_file()).ids().count(), 1, "after {polls} polls");
        if !was_killed {
            assert!(polls > 3, "there were points to be killed at");
            return;
        }
        polls += 1;
    }
}

/// T10: two that write the file in turn would each leave the other's key out of it.
#[tokio::test]
async fn a_rotation_waits_for_nobody_and_is_refused_while_another_one_is_under_way() {
    let app = TestApp::start().await;
    let owner = app.actor(&app.owner).await;
    let account = account_of(&app.app, &owner, "here").await;
    let before = std::fs::read(app.root_key_file()).unwrap();
    // What a rotation holds from its first look at the file to its end.
    let folder = std::fs::File::open(app.root_key_file().parent().unwrap()).unwrap();
    folder.try_lock().unwrap();
    let refused = keys::rotate(&app.app).await.err().expect("a refusal").to_string();
    assert!(refused.contains("is under way"), "{refused}");
    assert_eq!(std::fs::read(app.root_key_file()).unwrap(), before, "nothing was changed");
    drop(folder);
    keys::rotate(&app.app).await.unwrap();
    keys::rotate(&app.app).await.unwrap();
    assert_ne!(std::fs::read(app.root_key_file()).unwrap(), before);
    assert_eq!(password(&app.another().await, &owner, account).await.as_deref(), Some("here"));
}

#[tokio::test]
async fn a_root_key_file_is_for_its_owner_alone_also_after_a_rotation() {
    use std::os::unix::fs::PermissionsExt as _;
    let app = TestApp::start().await;
    let mode = || std::fs::metadata(app.root_key_file()).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(), 0o600);
    keys::rotate(&app.app).await.unwrap();
    assert_eq!(mode(), 0o600);
}

#[tokio::test]
async fn without_its_root_key_nothing_opens_and_the_error_says_so() {
    let app = TestApp::start().await;
    let owner = app.actor(&app.owner).await;
    let account = app.account(&app.owner, "Contentzilla", "Instagram").await;
    let other = RootKeys::generate(&mut app.app.rng());
    std::fs::write(app.root_key_file(), other.to_text().as_bytes()).unwrap();
    let refused = accounts::reveal(&app.another().await, &owner, account).await;
    assert_eq!(refused.err().map(|e| e.code()), Some("sealed"));
    assert_eq!(app.recorded("account.password_revealed").await, 0, "nothing was revealed");
}

/// The file `new`, and the keys of `old` beside its own.
fn both_root_keys(new: &[u8], old: &[u8]) -> String {
    let (new, old) = (str::from_utf8(new).unwrap(), str::from_utf8(old).unwrap());
    let keys = old.lines().filter(|line| line.starts_with("root-"));
    keys.fold(new.to_owned(), |file, line| file + line + "\n")
}
