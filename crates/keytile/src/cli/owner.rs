//! `keytile owner identify` and the same part of `keytile init`: who the Owner is in Okta.

use model::access::Actor;

use crate::app::App;
use crate::workspaces;

/// Tells who the Owner with this address is in Okta.
pub(super) async fn identify(
    app: &App,
    email: &str,
    id: &str,
    login: Option<&str>,
) -> anyhow::Result<()> {
    let Actor { workspace, member, .. } = workspaces::owner_by_email(app, email).await?;
    let login = login.unwrap_or(email);
    workspaces::identify_owner(app, workspace, member, id, login).await?;
    say!(
        "{email} is {id} ({login}) in Okta: they may sign in through Okta, and see their tiles there."
    )?;
    Ok(())
}

/// A user id of Okta: 20 letters and digits that begin with 00u.
pub(super) fn user_id(text: &str) -> Result<String, String> {
    let is_id = text.starts_with("00u")
        && text.len() == 20
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if is_id {
        return Ok(text.to_owned());
    }
    let hint = if text.contains('@') { " That is a login; use --okta-login for it." } else { "" };
    Err(format!("a user id of Okta has 20 letters and digits and begins with 00u.{hint}"))
}

#[cfg(test)]
mod tests {
    use super::user_id;

    #[test]
    fn only_a_user_id_is_taken_for_one() {
        assert!(user_id("00u1a2b3c4d5e6f7g8h9").is_ok());
        for other in
            ["", "00u1", "00g1a2b3c4d5e6f7g8h9", "00u1a2b3c4d5e6f7g8h9x", "00u1a2b3c4d5e6f7g8h!"]
        {
            assert!(user_id(other).is_err(), "{other}");
        }
        assert!(user_id("ada@acme.com").unwrap_err().contains("--okta-login"));
    }
}
