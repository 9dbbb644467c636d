//! Ciphertext opens in the one place that it was sealed for, and nowhere else (T7).

use keytile::accounts::{self, Draft};
use keytile::db::Value;
use keytile::keys::Field;
use keytile::values;
use model::access::Actor;
use model::secret::Secret;
use model::{AccountId, DataKeyId};

use crate::support::TestApp;

const FIELDS: [&str; 3] = ["password", "totp", "notes"];

/// One sealed value where it belongs.
struct Sealed {
    owner: Actor,
    account: AccountId,
    field: &'static str,
    key: DataKeyId,
    version: i64,
    bytes: Vec<u8>,
}

async fn account(app: &TestApp, owner: &Actor, name: &str) -> AccountId {
    let draft = Draft {
        name: name.into(),
        totp: Some(Secret::new("JBSWY3DPEHPK3PXPJBSWY3DP".into())),
        notes: Some(Secret::new(format!("notes of {name}"))),
        ..Draft::default()
    };
    accounts::create(&app.app, owner, draft.with_password("hunter2")).await.unwrap()
}

async fn sealed(app: &TestApp, owner: &Actor, account: AccountId) -> Vec<Sealed> {
    let mut tx = app.app.db.read().await.unwrap();
    let sql =
        "SELECT data_key_id, password, totp, notes, password_version, totp_version, notes_version
               FROM account WHERE id = $1";
    let row = tx.one(sql, values![account]).await.unwrap();
    let versions = ["password_version", "totp_version", "notes_version"];
    let of = |(field, version): (&'static str, &'static str)| Sealed {
        owner: *owner,
        account,
        field,
        key: row.id("data_key_id").unwrap(),
        version: row.int(version).unwrap(),
        bytes: row.bytes(field).unwrap(),
    };
    FIELDS.into_iter().zip(versions).map(of).collect()
}

fn put(field: &str) -> &'static str {
    match field {
        "password" => "UPDATE account SET password = $2 WHERE id = $1",
        "totp" => "UPDATE account SET totp = $2 WHERE id = $1",
        _ => "UPDATE account SET notes = $2 WHERE id = $1",
    }
}

/// Opens a field as the product does.
async fn opens(app: &TestApp, place: &Sealed) -> bool {
    let (app, actor, id) = (&app.app, &place.owner, place.account);
    match place.field {
        "password" => accounts::reveal(app, actor, id).await.is_ok(),
        "notes" => accounts::find_with_notes(app, actor, id).await.is_ok(),
        _ => {
            let mut tx = app.db.read().await.unwrap();
            let sql = "SELECT totp FROM account WHERE id = $1";
            let bytes = tx.one(sql, values![id]).await.unwrap().bytes("totp").unwrap();
            let field = Field { item: id.uuid(), name: "totp", version: place.version };
            app.keys.open(&mut tx, actor.workspace, place.key, field, &bytes).await.is_ok()
        }
    }
}

/// T7: every value in every other place, between fields, accounts and workspaces.
#[tokio::test]
async fn a_value_that_is_put_in_another_place_never_opens() {
    let app = TestApp::start().await;
    let owner = app.actor(&app.owner).await;
    let stranger = app.elsewhere().await;
    let mut places = Vec::new();
    for (actor, name) in [(owner, "First"), (owner, "Second"), (stranger, "Elsewhere")] {
        let account = account(&app, &actor, name).await;
        places.extend(sealed(&app, &actor, account).await);
    }
    for place in &places {
        assert!(opens(&app, place).await, "{} opens where it belongs", place.field);
        for other in places.iter().filter(|o| o.bytes != place.bytes) {
            swap(&app, place, &other.bytes).await;
            assert!(
                !opens(&app, place).await,
                "the {} of {} opened as the {} of {}",
                other.field,
                other.account,
                place.field,
                place.account
            );
        }
        swap(&app, place, &place.bytes).await;
        assert!(opens(&app, place).await);
    }
}

/// T7: the data key's row is bound to its workspace too.
#[tokio::test]
async fn a_workspaces_data_key_does_not_open_under_another_workspaces_id() {
    let app = TestApp::start().await;
    let (owner, stranger) = (app.actor(&app.owner).await, app.elsewhere().await);
    let account = account(&app, &owner, "First").await;
    let stolen = sealed(&app, &owner, account).await.remove(0);
    let values = vec![Value::from(owner.workspace), Value::from(stranger.workspace)];
    app.tamper("UPDATE data_key SET workspace_id = $2 WHERE workspace_id = $1", values).await;
    let fresh = app.another().await;
    let mut tx = fresh.db.read().await.unwrap();
    let field = Field { item: account.uuid(), name: "password", version: 1 };
    let opened =
        fresh.keys.open(&mut tx, stranger.workspace, stolen.key, field, &stolen.bytes).await;
    assert_eq!(opened.err().map(|e| e.code()), Some("sealed"));
}

/// T7.
#[tokio::test]
async fn an_older_password_that_is_put_back_does_not_open() {
    let app = TestApp::start().await;
    let owner = app.actor(&app.owner).await;
    let account = account(&app, &owner, "First").await;
    let old = sealed(&app, &owner, account).await.remove(0);
    let draft = Draft { name: "First".into(), ..Draft::default() };
    accounts::update(&app.app, &owner, account, draft.with_password("new")).await.unwrap();
    swap(&app, &old, &old.bytes).await;
    let refused = accounts::reveal(&app.app, &owner, account).await;
    assert_eq!(refused.err().map(|e| e.code()), Some("sealed"));
    assert_eq!(app.recorded("account.password_revealed").await, 0);
}

/// T7.
#[tokio::test]
async fn a_value_of_which_one_bit_was_changed_does_not_open() {
    let app = TestApp::start().await;
    let owner = app.actor(&app.owner).await;
    let account = account(&app, &owner, "First").await;
    for place in sealed(&app, &owner, account).await {
        for at in [0, 1, place.bytes.len() / 2, place.bytes.len() - 1] {
            let mut bytes = place.bytes.clone();
            bytes[at] ^= 1;
            swap(&app, &place, &bytes).await;
            assert!(!opens(&app, &place).await, "{} with byte {at} changed", place.field);
        }
        swap(&app, &place, &place.bytes).await;
    }
}

async fn swap(app: &TestApp, place: &Sealed, bytes: &[u8]) {
    let values = vec![Value::from(place.account), Value::from(bytes)];
    assert_eq!(app.tamper(put(place.field), values).await, 1);
}
