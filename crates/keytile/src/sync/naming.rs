//! Which label a tile gets: what it is made of, and the number that keeps it apart from others (S8, S9).

use std::collections::BTreeSet;

use model::{LoginUrl, TileId, label};

use super::{Portal, store};
use crate::db::Tx;
use crate::error::Result;

/// What a label is made of.
pub struct Named {
    /// The account's name.
    pub account: String,
    /// The app's name.
    pub app: Option<String>,
    /// The registrable domain of its login URL.
    pub domain: Option<String>,
}

impl Named {
    /// From an account's columns.
    pub fn new(account: String, app: Option<String>, login_url: Option<&str>) -> Self {
        let domain = login_url
            .and_then(|url| LoginUrl::parse(url, true).ok())
            .and_then(|url| model::registrable_domain(&url).map(String::from));
        Self { account, app, domain }
    }
}

/// A label that no other tile of the portal has.
pub struct Chosen {
    /// The label as people read it.
    pub text: String,
    /// The label as labels are compared.
    pub key: String,
    /// The number of the duplicate; 0 is the bare label.
    pub number: u32,
}

pub(super) async fn choose_label(
    tx: &mut Tx,
    portal: &Portal,
    named: &Named,
    own: Option<TileId>,
) -> Result<Chosen> {
    choose_label_beside(tx, portal, named, own, &BTreeSet::new()).await
}

/// As [`choose_label`], where tiles that nobody has written yet would have `others`.
pub(super) async fn choose_label_beside(
    tx: &mut Tx,
    portal: &Portal,
    named: &Named,
    own: Option<TileId>,
    others: &BTreeSet<String>,
) -> Result<Chosen> {
    let bare = label::label(&named.account, named.app.as_deref(), named.domain.as_deref(), 0);
    let mut taken = store::taken_labels(tx, portal, &bare.key(), own).await?;
    taken.extend(others.iter().cloned());
    // Only labels that begin alike were read. An over-long one is cut elsewhere once it has a number, so each
    // candidate is looked up too, until one is free.
    loop {
        let (label, number) =
            label::choose(&named.account, named.app.as_deref(), named.domain.as_deref(), |key| {
                taken.contains(key)
            });
        if !store::is_taken(tx, portal, &label.key(), own).await? {
            return Ok(Chosen { text: label.to_string(), key: label.key(), number });
        }
        taken.insert(label.key());
    }
}
