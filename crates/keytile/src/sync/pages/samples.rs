//! The section in every state, for tests of pages.

use super::{Extended, HiddenPerson, TilePreview, TileState, TileView, When};

/// Every state of the section.
pub(crate) fn states() -> Vec<TileState> {
    let now = || When::from(jiff::Timestamp::UNIX_EPOCH);
    vec![
        TileState::Off { may_turn_on: true },
        TileState::OwnersOnly,
        TileState::NotExtended { refused: None },
        TileState::NotExtended { refused: Some("Your workspace role is Guest.".into()) },
        TileState::Asked { who: "Ada".into(), at: now() },
        TileState::Waiting { why: None },
        TileState::Syncing { done: 2, total: 5, eta: Some("done at about 14:05".into()) },
        TileState::Synced,
        TileState::Failed {
            reason: "Okta did not answer.".into(),
            advice: "Nothing is lost.".into(),
            retry: Some(now()),
            request_id: Some("reqAbc".into()),
        },
        TileState::Paused { reason: "Somebody deleted it in Okta.".into() },
        TileState::Removing { done: 1, total: 2 },
    ]
}

/// A tile in this state.
pub(crate) fn tile(state: TileState) -> TileView {
    let at = || When::from(jiff::Timestamp::UNIX_EPOCH);
    TileView {
        account_id: "acc_01".into(),
        label: "Contentzilla - Instagram".into(),
        state,
        extended: Some(Extended { at: at(), by: "Ada Byron".into(), synced: Some(at()) }),
        launch_url: Some("https://keytile.example/launch/0123".into()),
    }
}

/// What the dialog says beforehand.
pub(crate) fn preview() -> TilePreview {
    TilePreview {
        label: "Contentzilla - Instagram".into(),
        you: "You will see it too.".into(),
        you_see: true,
        sees: vec!["Ada Byron".into()],
        sees_total: 1,
        hidden: vec![HiddenPerson { name: "Lin".into(), reason: "has the Login-only role".into() }],
        hidden_total: 1,
    }
}
