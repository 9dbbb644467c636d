//! What a person should hear of, wherever they are by then (S31). Who is told of what is left to the slices.

mod store;

use model::access::Actor;

use crate::app::App;
use crate::error::Result;
use crate::ui::Message;

/// What the person has not seen yet, oldest first; it counts as seen from now on.
pub async fn take(app: &App, actor: &Actor) -> Result<Vec<Message>> {
    let (actor, now) = (*actor, app.now());
    app.db
        .write(actor.workspace, move |tx| {
            Box::pin(async move { Ok(store::take(tx, &actor, now).await?) })
        })
        .await
}
