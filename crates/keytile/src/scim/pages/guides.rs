//! How each kind of client is set up: steps with this server's own values. What a client sends is in docs/scim.md.

use crate::signin::oidc;

/// Every guide: its place in the address, and the client's name.
pub const ALL: [(&str, &str); 5] = [
    ("okta", "Okta"),
    ("entra", "Microsoft Entra ID"),
    ("onelogin", "OneLogin"),
    ("jumpcloud", "JumpCloud"),
    ("google", "Google Workspace"),
];

/// In the place of a token: the page has none to show.
const TOKEN: &str = "the token, which is shown once";

/// What OneLogin is to send of somebody. What is between the braces is filled in there.
const ONELOGIN: &str = r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"{$parameters.scimusername}","externalId":"{$user.id}","displayName":"{$user.display_name}","name":{"givenName":"{$user.firstname}","familyName":"{$user.lastname}"},"emails":[{"value":"{$user.email}","type":"work","primary":true}]}"#;

/// What this server is called.
pub struct Values {
    /// Its public URL.
    pub origin: String,
    /// Where SCIM begins.
    pub base: String,
}

/// A guide.
pub struct Guide {
    /// The client's name.
    pub title: &'static str,
    /// Its place in the address.
    pub code: &'static str,
    /// What to know beforehand.
    pub notes: Vec<&'static str>,
    /// What to do, in order.
    pub steps: Vec<Step>,
}

/// A step: what to do, and what to enter.
pub struct Step {
    /// In words.
    pub text: &'static str,
    /// Where to enter it, and what.
    pub values: Vec<(&'static str, String)>,
}

fn step(text: &'static str) -> Step {
    Step { text, values: Vec::new() }
}

impl Step {
    fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.values.push((name, value.into()));
        self
    }
}

/// The guide of this name.
pub fn of(code: &str, values: &Values) -> Option<Guide> {
    let (code, title) = ALL.into_iter().find(|(name, _)| *name == code)?;
    let (notes, steps) = match code {
        "okta" => okta(values),
        "entra" => entra(values),
        "onelogin" => onelogin(values),
        "jumpcloud" => jumpcloud(values),
        _ => google(values),
    };
    Some(Guide { title, code, notes, steps })
}

/// Field names are those of Okta's catalogue app; the app and its limits are [in Okta's words][apps].
///
/// [apps]: https://support.okta.com/help/s/article/What-are-SCIM-20-Test-Apps
fn okta(values: &Values) -> (Vec<&'static str>, Vec<Step>) {
    let notes = vec![
        "Okta allows no provisioning on a sign-in app that its wizard made, so there are two apps: one by which people sign in, and one that pushes them here. Assign both to one group, so that nobody is in only one of them.",
        "Don’t push a group that also assigns people to Keytile: Okta does not support one group for both.",
        "Use the org’s own authorization server. A custom one may put the login where the person’s id is expected.",
        "Okta means its SCIM test apps for trials. Where yours may not have one, make the second app with the wizard instead: SAML 2.0, then General → Enable SCIM provisioning. It sends whole people and groups each time; Keytile takes both.",
    ];
    let steps = vec![
        step("In Okta, open Directory → Groups and add a group for everyone who uses Keytile.")
            .with("Group name", "Keytile"),
        step("Open Applications → Create App Integration, choose OIDC and Web Application. Let it use the authorization code with PKCE, and assign the group.")
            .with("Sign-in redirect URI", format!("{}{}", values.origin, oidc::CALLBACK))
            .with("Initiate login URI", format!("{}/sign-in/okta", values.origin)),
        step("Enter the app’s client ID and client secret here, under Settings → Identity provider → Sign-in with Okta."),
        step("Open Applications → Browse App Catalog and add “SCIM 2.0 Test App (OAuth Bearer Token)”. Name it Keytile provisioning, hide it from people, and assign the same group."),
        step("In its tab Provisioning, choose Configure API Integration → Enable API integration. Create the token here under Settings → Identity provider → Provisioning, then Test API Credentials and Save.")
            .with("SCIM 2.0 Base Url", &values.base)
            .with("OAuth Bearer Token", TOKEN),
        step("Under Provisioning → To App → Edit, turn on Create Users, Update User Attributes and Deactivate Users. Leave Sync Password off."),
        step("In its tab Push Groups, push the groups that are to be teams here. They must be others than the one that assigns people."),
    ];
    (notes, steps)
}

/// The steps in their order, the fields, and what the test asks are [Microsoft's][setup]; so are the flag, which pushes on
/// demand go without, [and what it changes][flag].
///
/// [setup]: https://learn.microsoft.com/entra/identity/app-provisioning/use-scim-to-provision-users-and-groups
/// [flag]: https://learn.microsoft.com/entra/identity/app-provisioning/application-provisioning-config-problem-scim-compatibility
fn entra(values: &Values) -> (Vec<&'static str>, Vec<Step>) {
    let notes = vec![
        "First say that the client is Microsoft Entra ID, under Settings → SCIM connection: it expects patches to be answered without the resource.",
        "Map objectId to externalId before anybody is pushed. The default, mailNickname, changes when somebody is renamed, need not be unique, and some have none.",
        "Entra ID pushes about every 40 minutes, and so it tells of a leaver that late. “Provision on demand” does one person at once. To have somebody out now, remove them here too.",
    ];
    let steps = vec![
        step("In the Entra admin center, open Enterprise applications → New application → Create your own application, and choose “Integrate any other application you don’t find in the gallery”.")
            .with("Name", "Keytile"),
        step("Open Provisioning → New configuration. The flag at the end makes Entra ID keep to RFC 7644.")
            .with("Tenant URL", format!("{}?aadOptscim062020", values.base))
            .with("Secret token", TOKEN),
        step("Choose Test connection: it looks for a person who does not exist, and expects to find nobody. Then Create."),
        step("Under Users and groups, assign the people and groups that are to come here."),
        step("Under Attribute mapping, open the one for users, edit externalId, and save.")
            .with("Source attribute", "objectId")
            .with("Target attribute", "externalId"),
        step("Try one person with Provision on demand, then choose Overview → Start provisioning."),
    ];
    (notes, steps)
}

/// Field names and choices are OneLogin's: [the app][app], [its provisioning][provisioning], [its template][template]. That
/// a template of SCIM 2.0 has `externalId` as [here][example] is from a vendor's instructions.
///
/// [app]: https://developers.onelogin.com/scim/create-app
/// [provisioning]: https://developers.onelogin.com/scim/test-your-scim
/// [template]: https://developers.onelogin.com/scim/define-user-schema
/// [example]: https://www.datocms.com/docs/single-sign-on/onelogin
fn onelogin(values: &Values) -> (Vec<&'static str>, Vec<Step>) {
    let notes = vec![
        "First say that the client is another one, under Settings → SCIM connection.",
        "The template’s externalId is OneLogin’s own id, which never changes: the ready-made templates have none.",
    ];
    let steps = vec![
        step("In OneLogin, open Applications → Add App, search for SCIM, and choose “SCIM Provisioner with SAML (SCIM v2 Core)”."),
        step("In its tab Configuration, enter these. Then choose Enable under API Connection, and save.")
            .with("SCIM Base URL", &values.base)
            .with("SCIM JSON Template", ONELOGIN)
            .with("SCIM Bearer Token", TOKEN),
        step("In the tab Parameters, map SCIM Username to what people sign in with, such as Email."),
        step("In the tab Provisioning, choose Enable provisioning, and clear what requires an admin’s approval: Create user, Delete user, Update user. Else a leaver waits for it."),
        step("There, under “When users are deleted in OneLogin”, choose Suspend or Delete: either ends their access at once. “Do Nothing” leaves them in."),
        step("In the tab Access, choose the roles whose people are to come here."),
    ];
    (notes, steps)
}

/// Field names are those of [JumpCloud's article][custom] and of [an integration that is maintained][kisi].
///
/// [custom]: https://jumpcloud.com/support/provision-and-manage-users-and-groups-in-apps-using-custom-scim-identity-management-integration
/// [kisi]: https://help.kisi.io/marketplace/identity_management/scim/jumpcloud
fn jumpcloud(values: &Values) -> (Vec<&'static str>, Vec<Step>) {
    let notes = vec![
        "First say that the client is another one, under Settings → SCIM connection.",
        "The test makes a person and a group and deletes them again: the person stays among those who left.",
        "What JumpCloud sends has not been seen by us: after the first push, look at the requests under Settings → SCIM connection.",
    ];
    let steps = vec![
        step("In JumpCloud’s admin portal, open SSO Applications → Add New Application and choose Custom Application, with “Manage users” through SCIM."),
        step("In its tab Identity Management, enter these. A test user is an address of your domain that nobody has.")
            .with("SCIM Version", "SCIM 2.0")
            .with("Base URL", &values.base)
            .with("Token Key", TOKEN),
        step("Choose “Enable management of User Groups and Group Membership”, then Test Connection, Activate, and Save."),
        step("In the tab User Groups, choose the groups that are to come here: their people come with them."),
    ];
    (notes, steps)
}

/// That only apps of the catalogue are provisioned, and every few hours, is [Google's][about]; so are the [fields and their
/// order][fields]. How soon a leaver can be told of at the earliest is from the guide of another app.
///
/// [about]: https://support.google.com/a/answer/7681608
/// [fields]: https://support.google.com/cloudidentity/answer/9227528
fn google(values: &Values) -> (Vec<&'static str>, Vec<Step>) {
    let notes = vec![
        "First say that the client is another one, under Settings → SCIM connection.",
        "Google Workspace provisions only to the apps of its own catalogue that have it, after single sign-on with SAML was set up. Where Keytile is none of them for you, push through a tool that speaks SCIM 2.0.",
        "Google pushes every few hours, people but no groups, and tells of a leaver within 24 hours at the earliest. To have somebody out now, remove them here too.",
        "What Google sends has not been seen by us: after the first push, look at the requests under Settings → SCIM connection.",
    ];
    let steps = vec![
        step(
            "In the Google Admin console, open Apps → Web and mobile apps, the app, and Autoprovisioning → Configure autoprovisioning.",
        ),
        step("Enter the token, continue, and enter the address.")
            .with("Access token", TOKEN)
            .with("Endpoint URL", &values.base),
        step(
            "See that everything with an asterisk is mapped, and choose whose people are to come here.",
        ),
        step(
            "Under Deprovisioning, choose the shortest time, “Within 24 hours”, for each: when somebody is deleted, is suspended, or has the app turned off.",
        ),
        step("Turn autoprovisioning on."),
    ];
    (notes, steps)
}
