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

fn okta(values: &Values) -> (Vec<&'static str>, Vec<Step>) {
    let notes = vec![
        "Okta allows no provisioning on a sign-in app that its wizard made, so there are two apps: one by which people sign in, and one that pushes them here. Assign both to one group, so that nobody is in only one of them.",
        "Don’t push a group that also assigns people to Keytile: Okta does not support one group for both.",
        "Use the org’s own authorization server. A custom one may put the login where the person’s id is expected.",
    ];
    let steps = vec![
        step("In Okta, open Directory → Groups and add a group for everyone who uses Keytile.")
            .with("Group name", "Keytile"),
        step("Open Applications → Create App Integration, choose OIDC and Web Application. Let it use the authorization code with PKCE, and assign the group.")
            .with("Sign-in redirect URI", format!("{}{}", values.origin, oidc::CALLBACK))
            .with("Initiate login URI", format!("{}/sign-in/okta", values.origin)),
        step("Enter the app’s client ID and client secret here, under Settings → Identity provider → Sign-in with Okta."),
        step("Open Applications → Browse App Catalog and add “SCIM 2.0 Test App (OAuth Bearer Token)”. Name it Keytile provisioning, hide it from people, and assign the same group."),
        step("In its tab Provisioning, choose Configure API Integration. Create the token here under Settings → Identity provider → Provisioning, and test.")
            .with("SCIM 2.0 Base Url", &values.base)
            .with("OAuth Bearer Token", "the token, which is shown once"),
        step("Under Provisioning → To App, turn on Create Users, Update User Attributes and Deactivate Users. Leave Sync Password off."),
        step("In its tab Push Groups, push the groups that are to be teams here. They must be others than the one that assigns people."),
    ];
    (notes, steps)
}

fn entra(values: &Values) -> (Vec<&'static str>, Vec<Step>) {
    let notes = vec![
        "First say that the client is Microsoft Entra ID, under Settings → SCIM connection: it expects patches to be answered without the resource.",
        "Map objectId to externalId. The default, mailNickname, changes when somebody is renamed and may be used again.",
        "Entra ID pushes every 20 to 40 minutes. “Provision on demand” does one person at once.",
    ];
    let steps = vec![
        step("In the Entra admin center, open Enterprise applications → New application → Create your own, and choose “Integrate any other application”.")
            .with("Name", "Keytile"),
        step("Open Provisioning → New configuration. The flag at the end makes Entra ID keep to RFC 7644.")
            .with("Tenant URL", format!("{}?aadOptscim062020", values.base))
            .with("Secret token", "the token, which is shown once"),
        step("Choose Test connection. It looks for a person who does not exist, and expects to find nobody."),
        step("Under Attribute mapping → Provision Microsoft Entra ID Users, set the source of externalId.")
            .with("externalId", "objectId"),
        step("Under Users and groups, assign the people and groups that are to come here, and start provisioning."),
    ];
    (notes, steps)
}

fn onelogin(values: &Values) -> (Vec<&'static str>, Vec<Step>) {
    let notes = vec!["First say that the client is another one, under Settings → SCIM connection."];
    let steps = vec![
        step("In OneLogin, open Applications → Add App and choose “SCIM Provisioner with SAML (SCIM v2 Enterprise)”."),
        step("In its tab Configuration, enter the address and the token, and enable the API connection.")
            .with("SCIM Base URL", &values.base)
            .with("SCIM Bearer Token", "the token, which is shown once"),
        step("In the tab Provisioning, enable it. Choose that a user who is deleted in OneLogin is suspended or deleted here: either ends their access at once."),
        step("In the tab Parameters, map a value that never changes to the externalId, such as OneLogin’s own id."),
    ];
    (notes, steps)
}

fn jumpcloud(values: &Values) -> (Vec<&'static str>, Vec<Step>) {
    let notes = vec![
        "First say that the client is another one, under Settings → SCIM connection.",
        "What JumpCloud sends has not been seen by us: after the first push, look at the requests under Settings → SCIM connection.",
    ];
    let steps = vec![
        step("In JumpCloud’s admin portal, open SSO Applications → Add New Application and choose Custom Application, with “Manage users” through SCIM 2.0."),
        step("In its tab Identity Management, enter the address and the token, then test and activate.")
            .with("Base URL", &values.base)
            .with("Token Key", "the token, which is shown once"),
        step("Turn on the management of user groups, and connect the groups that are to come here in the tab User Groups."),
    ];
    (notes, steps)
}

fn google(values: &Values) -> (Vec<&'static str>, Vec<Step>) {
    let notes = vec![
        "First say that the client is another one, under Settings → SCIM connection.",
        "Google Workspace provisions to apps of its own catalogue. Where Keytile is none of them for you, push through a tool that speaks SCIM 2.0.",
        "What Google sends has not been seen by us: after the first push, look at the requests under Settings → SCIM connection.",
    ];
    let steps = vec![
        step(
            "In the Google Admin console, open Apps → Web and mobile apps, and the app’s section Autoprovisioning.",
        ),
        step("Enter the token and the address.")
            .with("Endpoint URL", &values.base)
            .with("Access token", "the token, which is shown once"),
        step(
            "Under Deprovisioning, choose that access ends at once when somebody is suspended, deleted, or the app is turned off for them.",
        ),
    ];
    (notes, steps)
}

/// Okta's side as a Terraform configuration: what the provider can make. What it cannot is said in comments.
pub fn okta_tf(values: &Values) -> String {
    let Values { origin, base } = values;
    let callback = oidc::CALLBACK;
    format!(
        r#"# Keytile in Okta, for {origin}
#
#   terraform init && terraform apply -var okta_org=mycompany
#
# Makes the app by which people sign in, the app that pushes them, one group that assigns both, the groups that become
# teams, and the service app by which Keytile extends accounts. What the provider cannot do is said where it belongs.

terraform {{
  required_providers {{
    okta = {{
      source  = "okta/okta"
      version = ">= 4.13"
    }}
  }}
}}

variable "okta_org" {{
  description = "The org's name: mycompany of mycompany.okta.com."
  type        = string
}}

variable "teams" {{
  description = "Groups that become teams in Keytile. None of them may be the group that assigns people."
  type        = set(string)
  default     = []
}}

variable "keytile_jwks" {{
  description = "The public key that Keytile shows under Settings, Identity provider, Connect a service app: its kid, e and n."
  type        = object({{ kid = string, e = string, n = string }})
  default     = null
}}

provider "okta" {{
  org_name = var.okta_org
  base_url = "okta.com"
}}

# Everyone who uses Keytile. It assigns both apps, so that nobody is in only one of them.
resource "okta_group" "keytile" {{
  name        = "Keytile"
  description = "Everyone who uses Keytile. Do not push this group."
}}

resource "okta_app_oauth" "sign_in" {{
  label                      = "Keytile"
  type                       = "web"
  grant_types                = ["authorization_code"]
  response_types             = ["code"]
  pkce_required              = true
  token_endpoint_auth_method = "client_secret_basic"
  redirect_uris              = ["{origin}{callback}"]
  login_uri                  = "{origin}/sign-in/okta"
  login_mode                 = "SPEC"
  issuer_mode                = "ORG_URL"
}}

resource "okta_app_group_assignment" "sign_in" {{
  app_id   = okta_app_oauth.sign_in.id
  group_id = okta_group.keytile.id
}}

# Okta's own app for SCIM 2.0 with a bearer token. Its API integration is entered by hand, in the tab Provisioning:
#   base URL  {base}
#   token     from Keytile, Settings, Identity provider, Provisioning
# Then turn on Create Users, Update User Attributes and Deactivate Users, and leave Sync Password off.
resource "okta_app_auto_login" "provisioning" {{
  label             = "Keytile provisioning"
  preconfigured_app = "scim2testapp_oauth"
  hide_ios          = true
  hide_web          = true
}}

resource "okta_app_group_assignment" "provisioning" {{
  app_id   = okta_app_auto_login.provisioning.id
  group_id = okta_group.keytile.id
}}

# Push these by hand, in the tab Push Groups of the provisioning app.
resource "okta_group" "team" {{
  for_each    = var.teams
  name        = each.value
  description = "A team in Keytile, pushed by SCIM."
}}

# The service app by which Keytile extends accounts to the dashboard.
resource "okta_app_oauth" "service" {{
  count                      = var.keytile_jwks == null ? 0 : 1
  label                      = "Keytile tiles"
  type                       = "service"
  grant_types                = ["client_credentials"]
  response_types             = ["token"]
  token_endpoint_auth_method = "private_key_jwt"

  jwks {{
    kty = "RSA"
    kid = var.keytile_jwks.kid
    e   = var.keytile_jwks.e
    n   = var.keytile_jwks.n
  }}
}}

resource "okta_app_oauth_api_scope" "service" {{
  count  = length(okta_app_oauth.service)
  app_id = okta_app_oauth.service[0].id
  issuer = "https://${{var.okta_org}}.okta.com"
  scopes = ["okta.apps.manage", "okta.users.read", "okta.groups.read", "okta.logs.read"]
}}

output "issuer" {{
  value = "https://${{var.okta_org}}.okta.com"
}}

output "client_id" {{
  value = okta_app_oauth.sign_in.client_id
}}

output "client_secret" {{
  value     = okta_app_oauth.sign_in.client_secret
  sensitive = true
}}
"#
    )
}
