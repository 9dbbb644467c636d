//! Okta's side as a Terraform configuration: what the provider can make. What it cannot is said in its comments.

use askama::Template;

use super::guides::Values;
use crate::signin::oidc;

/// The provider's version whose schema the file was compared with. [Its documentation][docs]; what the code itself refuses
/// is in [its resources][code]. That `scim2testapp` is the app with a bearer token, as SAML, is from what others have
/// created by the API, since Okta documents no names of its catalogue; that its connection has to be entered by hand is
/// [Okta's][connection].
///
/// [docs]: https://registry.terraform.io/providers/okta/okta/6.12.0/docs
/// [code]: https://github.com/okta/terraform-provider-okta/tree/v6.12.0/okta/services/idaas
/// [connection]: https://developer.okta.com/docs/guides/app-provisioning-connection/-/main
const PROVIDER: &str = "6.12";

/// The file for a server.
#[derive(Template)]
#[template(path = "scim/okta.tf", escape = "none")]
pub(super) struct Configuration<'a> {
    origin: &'a str,
    base: &'a str,
    callback: &'static str,
    provider: &'static str,
}

impl<'a> From<&'a Values> for Configuration<'a> {
    fn from(values: &'a Values) -> Self {
        Self {
            origin: &values.origin,
            base: &values.base,
            callback: oidc::CALLBACK,
            provider: PROVIDER,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// What version 6.12.0 of the provider knows of a type of resource: what has to be there, what else may be, and blocks.
    type Known =
        (&'static str, &'static [&'static str], &'static [&'static str], &'static [&'static str]);

    const KNOWN: [Known; 7] = [
        ("okta_group", &["name"], &["description"], &[]),
        (
            "okta_app_oauth",
            &["label", "type"],
            &[
                "grant_types",
                "response_types",
                "pkce_required",
                "token_endpoint_auth_method",
                "redirect_uris",
                "login_uri",
                "login_mode",
                "issuer_mode",
                "hide_ios",
                "hide_web",
            ],
            &["jwks"],
        ),
        ("okta_app_saml", &["label"], &["preconfigured_app", "hide_ios", "hide_web"], &[]),
        ("okta_app_group_assignment", &["app_id", "group_id"], &[], &[]),
        (
            "okta_push_group",
            &["app_id", "source_group_id"],
            &["status", "delete_target_group_on_destroy"],
            &[],
        ),
        ("okta_app_oauth_api_scope", &["app_id", "issuer", "scopes"], &[], &[]),
        ("okta_app_oauth_role_assignment", &["client_id", "type"], &[], &[]),
    ];

    /// The arguments of Terraform itself.
    const META: [&str; 3] = ["count", "for_each", "depends_on"];

    /// A block at the top: its words before the brace, its arguments, and the blocks within.
    struct Block {
        head: Vec<String>,
        arguments: Vec<(String, String)>,
        blocks: Vec<String>,
    }

    /// The blocks of a file that is laid out as `terraform fmt` does it: one argument a line, braces at the ends of lines.
    fn blocks(text: &str) -> Vec<Block> {
        let (mut found, mut depth): (Vec<Block>, usize) = (Vec::new(), 0);
        for line in text.lines().map(str::trim) {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if line == "}" {
                depth = depth.checked_sub(1).expect("a brace too many");
                continue;
            }
            if let Some(head) = line.strip_suffix('{') {
                let head: Vec<_> = head.split_whitespace().map(|w| w.replace('"', "")).collect();
                match depth {
                    0 => found.push(Block { head, arguments: Vec::new(), blocks: Vec::new() }),
                    1 => found.last_mut().unwrap().blocks.push(head[0].clone()),
                    _ => {}
                }
                depth += 1;
            } else if depth == 1 {
                let (name, value) = line.split_once(" = ").expect(line);
                let argument = (name.trim().to_owned(), value.to_owned());
                found.last_mut().unwrap().arguments.push(argument);
            }
        }
        assert_eq!(depth, 0, "an open brace");
        found
    }

    fn rendered() -> String {
        let origin = "https://keytile.example".to_owned();
        let values = Values { base: format!("{origin}/scim/v2"), origin };
        Configuration::from(&values).render().unwrap()
    }

    #[test]
    fn every_resource_is_what_the_provider_knows() {
        let text = rendered();
        let mut seen = BTreeSet::new();
        for block in blocks(&text).iter().filter(|block| block.head[0] == "resource") {
            let (kind, at) = (block.head[1].as_str(), block.head[1..].join("."));
            let (_, required, optional, within) =
                KNOWN.iter().find(|(name, ..)| *name == kind).expect(&at);
            seen.insert(kind.to_owned());
            let names: Vec<_> = block.arguments.iter().map(|(name, _)| name.as_str()).collect();
            for name in *required {
                assert!(names.contains(name), "{at} lacks {name}");
            }
            for name in names {
                let is_known = required.contains(&name) || optional.contains(&name);
                assert!(is_known || META.contains(&name), "{at} has {name}");
            }
            assert!(block.blocks.iter().all(|name| within.contains(&name.as_str())), "{at}");
        }
        assert_eq!(seen.len(), KNOWN.len());
        assert!(text.contains("version = \"~> 6.12\""));
    }

    /// What the provider refuses though its schema allows it (`validateAppOAuth` and `validateGrantTypes`), and what Okta
    /// would not do.
    #[test]
    fn every_app_is_one_that_the_provider_accepts() {
        let text = rendered();
        let blocks = blocks(&text);
        let value = |at: &str, name: &str| {
            let block = blocks.iter().find(|block| block.head[1..].join(".") == at).expect(at);
            block.arguments.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
        };
        let sign_in = |name| value("okta_app_oauth.sign_in", name);
        assert_eq!(sign_in("grant_types"), Some("[\"authorization_code\"]"));
        assert_eq!(
            sign_in("redirect_uris"),
            Some(format!("[\"https://keytile.example{}\"]", oidc::CALLBACK).as_str())
        );
        // A mode without the address is refused, and hidden is the provider's own default.
        assert_eq!(sign_in("login_mode"), Some("\"SPEC\""));
        assert_eq!(sign_in("login_uri"), Some("\"https://keytile.example/sign-in/okta\""));
        assert_eq!((sign_in("hide_web"), sign_in("hide_ios")), (Some("false"), Some("false")));
        // The org's own authorization server: another may put the login into `sub`.
        assert_eq!(sign_in("issuer_mode"), Some("\"ORG_URL\""));

        let service = |name| value("okta_app_oauth.service", name);
        assert_eq!(service("type"), Some("\"service\""));
        assert_eq!(service("token_endpoint_auth_method"), Some("\"private_key_jwt\""));
        let keys = blocks.iter().find(|b| b.head[1..].join(".") == "okta_app_oauth.service");
        assert_eq!(keys.unwrap().blocks, ["jwks"]);

        // Both apps by one group, which is not pushed.
        for app in ["okta_app_group_assignment.sign_in", "okta_app_group_assignment.provisioning"] {
            assert_eq!(value(app, "group_id"), Some("okta_group.keytile.id"));
        }
        let pushed = value("okta_push_group.team", "source_group_id");
        assert_eq!(pushed, Some("okta_group.team[each.key].id"));
    }

    #[test]
    fn whatever_is_referred_to_is_there() {
        let text = rendered();
        let blocks = blocks(&text);
        let declared: BTreeSet<_> = blocks
            .iter()
            .filter_map(|block| match block.head[0].as_str() {
                "resource" => Some(block.head[1..].join(".")),
                "variable" => Some(format!("var.{}", block.head[1])),
                _ => None,
            })
            .collect();
        let code = text.lines().filter(|line| !line.trim_start().starts_with('#'));
        let words =
            code.flat_map(|line| line.split(|c: char| !c.is_alphanumeric() && !"_.".contains(c)));
        let mut used = BTreeSet::new();
        for word in words.filter(|word| word.starts_with("var.") || word.starts_with("okta_")) {
            let parts: Vec<_> = word.split('.').collect();
            if parts.len() > 1 {
                let reference = parts[..2].join(".");
                assert!(declared.contains(&reference), "{word}");
                used.insert(reference);
            }
        }
        for variable in declared.iter().filter(|name| name.starts_with("var.")) {
            assert!(used.contains(variable), "{variable}");
        }
    }
}
