# Keytile in Okta, for {{ origin }}
#
#   terraform init && terraform apply -var okta_org=mycompany
#
# Makes the app by which people sign in, the app that pushes them, one group that assigns both, the groups that become
# teams, and the service app by which Keytile extends accounts. It runs twice: Okta lets nobody but an admin enter the
# address and the token of the app that pushes (see there), and pushes no groups before that.
#
# Whoever runs it is a Super Administrator: only they may grant scopes and admin roles to the service app.

terraform {
  required_providers {
    okta = {
      source  = "okta/okta"
      version = "~> {{ provider }}"
    }
  }
}

variable "okta_org" {
  description = "The org's name: mycompany of mycompany.okta.com."
  type        = string
}

variable "okta_domain" {
  description = "What follows the org's name: okta.com, okta-emea.com or oktapreview.com."
  type        = string
  default     = "okta.com"
}

variable "teams" {
  description = "Groups that become teams in Keytile. None of them may be the group that assigns people."
  type        = set(string)
  default     = []
}

variable "provisioning_connected" {
  description = "True once the API integration of the provisioning app was entered by hand: then the teams are pushed."
  type        = bool
  default     = false
}

variable "keytile_jwk" {
  description = "The public key that Keytile shows under Settings, Extend accounts to Okta, Connect a service app: its kid, e and n."
  type        = object({ kid = string, e = string, n = string })
  default     = null
}

provider "okta" {
  org_name = var.okta_org
  base_url = var.okta_domain
}

locals {
  org_url = "https://${var.okta_org}.${var.okta_domain}"
}

# Everyone who uses Keytile. It assigns both apps, so that nobody is in only one of them.
resource "okta_group" "keytile" {
  name        = "Keytile"
  description = "Everyone who uses Keytile. Do not push this group."
}

# The provider hides an OIDC app unless it is told not to.
resource "okta_app_oauth" "sign_in" {
  label                      = "Keytile"
  type                       = "web"
  grant_types                = ["authorization_code"]
  response_types             = ["code"]
  pkce_required              = true
  token_endpoint_auth_method = "client_secret_basic"
  redirect_uris              = ["{{ origin }}{{ callback }}"]
  login_uri                  = "{{ origin }}/sign-in/okta"
  login_mode                 = "SPEC"
  issuer_mode                = "ORG_URL"
  hide_ios                   = false
  hide_web                   = false
}

resource "okta_app_group_assignment" "sign_in" {
  app_id   = okta_app_oauth.sign_in.id
  group_id = okta_group.keytile.id
}

# "SCIM 2.0 Test App (OAuth Bearer Token)" of Okta's catalogue. Okta's API connects no app but a few of its own choice,
# so its API integration is entered by hand, in the tab Provisioning:
#   SCIM 2.0 Base Url   {{ base }}
#   OAuth Bearer Token  from Keytile: Settings, Identity provider, Provisioning
# Then turn on Create Users, Update User Attributes and Deactivate Users, leave Sync Password off, and apply again with
# -var provisioning_connected=true.
resource "okta_app_saml" "provisioning" {
  label             = "Keytile provisioning"
  preconfigured_app = "scim2testapp"
  hide_ios          = true
  hide_web          = true
}

resource "okta_app_group_assignment" "provisioning" {
  app_id   = okta_app_saml.provisioning.id
  group_id = okta_group.keytile.id
}

resource "okta_group" "team" {
  for_each    = var.teams
  name        = each.value
  description = "A team in Keytile, pushed by SCIM."
}

# Only people who are assigned to the app come along with a group.
resource "okta_push_group" "team" {
  for_each                       = var.provisioning_connected ? var.teams : toset([])
  app_id                         = okta_app_saml.provisioning.id
  source_group_id                = okta_group.team[each.key].id
  status                         = "ACTIVE"
  delete_target_group_on_destroy = true

  depends_on = [okta_app_group_assignment.provisioning]
}

# The service app by which Keytile extends accounts to the dashboard.
resource "okta_app_oauth" "service" {
  count                      = var.keytile_jwk == null ? 0 : 1
  label                      = "Keytile sync"
  type                       = "service"
  grant_types                = ["client_credentials"]
  response_types             = ["token"]
  token_endpoint_auth_method = "private_key_jwt"

  jwks {
    kty = "RSA"
    kid = var.keytile_jwk.kid
    e   = var.keytile_jwk.e
    n   = var.keytile_jwk.n
  }
}

# For tiles through groups add okta.groups.manage and okta.roles.read.
resource "okta_app_oauth_api_scope" "service" {
  count  = length(okta_app_oauth.service)
  app_id = okta_app_oauth.service[0].id
  issuer = local.org_url
  scopes = ["okta.apps.manage", "okta.users.read", "okta.groups.read", "okta.logs.read"]
}

# Scopes alone let it do nothing.
resource "okta_app_oauth_role_assignment" "service" {
  count     = length(okta_app_oauth.service)
  client_id = okta_app_oauth.service[0].client_id
  type      = "APP_ADMIN"
}

output "issuer" {
  value = local.org_url
}

output "client_id" {
  value = okta_app_oauth.sign_in.client_id
}

output "client_secret" {
  value     = okta_app_oauth.sign_in.client_secret
  sensitive = true
}

output "service_client_id" {
  value = one(okta_app_oauth.service[*].client_id)
}
