//! What the demo says once everything is ready: five lines for people, or one line of JSON for programs.

use std::io::Write as _;

use serde_json::json;

use crate::Demo;

/// Prints it, on standard output.
pub fn announce(demo: &Demo, as_json: bool) -> anyhow::Result<()> {
    let text = if as_json { for_programs(demo).to_string() } else { for_people(demo) };
    let mut out = std::io::stdout().lock();
    writeln!(out, "{text}")?;
    Ok(out.flush()?)
}

fn for_people(demo: &Demo) -> String {
    let (keytile, okta, site) = (demo.keytile.origin(), demo.okta.origin(), demo.site.origin());
    let password = &demo.story.password;
    format!(
        "Open     {keytile} and sign in as noor.haddad@brightfold.example, with the password {password}\n\
         Try      Contentzilla on Instagram > Connected services and apps > Sync: it becomes a tile on the Okta dashboard\n\
         See it   {okta} as priya.raman@brightfold.example, in another browser window; the password is {password} for everybody\n\
         Change   take Priya's access away, rename the account, or deactivate her at {okta}/admin, which shows what it tells Keytile\n\
         More     a site to log in to: {site} (its account is Shop window); Ctrl-C ends everything and leaves nothing behind"
    )
}

fn for_programs(demo: &Demo) -> serde_json::Value {
    let people = demo.story.people.iter().map(|person| {
        // Those who are not in Okta have no password: they sign in by passkey, once this link has set one up.
        let set_up = demo.seeded.set_up.get(&person.name);
        let mut shown = json!({
            "email": person.email,
            "password": if person.in_okta { demo.story.password.as_str() } else { "" },
            "role": person.role.code(),
        });
        if let Some(link) = set_up {
            shown["set_up"] = link.as_str().into();
        }
        shown
    });
    json!({
        "keytile": demo.keytile.origin(),
        "okta": demo.okta.origin(),
        "site": demo.site.origin(),
        "api_key": demo.seeded.api_key.expose(),
        "okta_token": demo.okta_token,
        "scim": { "url": format!("{}/scim/v2", demo.keytile.origin()), "token": demo.seeded.scim_token.expose() },
        "people": people.collect::<Vec<_>>(),
    })
}
