//! Managed installation, ready to paste: which policies of Chrome, Edge and Firefox install the extension, and how it
//! reads what is set for it.
//!
//! Chrome: <https://chromeenterprise.google/policies/#ExtensionSettings>, <https://www.chromium.org/administrators/configuring-policy-for-extensions/>.
//! Edge: <https://learn.microsoft.com/deployedge/microsoft-edge-manage-extensions-policies>.
//! Firefox: <https://mozilla.github.io/policy-templates/>.

use extension_package::{CHROMIUM_ID, FIREFOX, FIREFOX_ID};
use serde_json::json;

/// Where Chrome and Edge look for packages of the Chrome Web Store.
const CHROME_STORE: &str = "https://clients2.google.com/service/update2/crx";
/// Where Edge looks for packages of its own store.
const EDGE_STORE: &str = "https://edge.microsoft.com/extensionwebstorebase/v1/crx";

/// One text for one browser on one system.
pub struct Snippet {
    /// Names it within a page.
    pub id: &'static str,
    /// The browser.
    pub browser: &'static str,
    /// The system.
    pub system: &'static str,
    /// Where the text belongs.
    pub place: &'static str,
    /// The text.
    pub text: String,
}

/// What is pasted for a server at this origin.
pub fn snippets(origin: &str) -> Vec<Snippet> {
    let chrome = Chromium {
        linux: "/etc/opt/chrome/policies/managed/keytile.json",
        registry: r"HKEY_LOCAL_MACHINE\SOFTWARE\Policies\Google\Chrome",
        bundle: "com.google.Chrome",
        store: CHROME_STORE,
    };
    let edge = Chromium {
        linux: "/etc/opt/edge/policies/managed/keytile.json",
        registry: r"HKEY_LOCAL_MACHINE\SOFTWARE\Policies\Microsoft\Edge",
        bundle: "com.microsoft.Edge",
        store: EDGE_STORE,
    };
    let snippet = |id, browser, system, place, text| Snippet { id, browser, system, place, text };
    vec![
        snippet(
            "chrome-windows",
            "Chrome",
            "Windows",
            "A .reg file, or the same values by group policy",
            chrome.registry(origin),
        ),
        snippet(
            "chrome-macos",
            "Chrome",
            "macOS",
            "A configuration profile (.mobileconfig) of your device management",
            chrome.profile(origin),
        ),
        snippet("chrome-linux", "Chrome", "Linux", chrome.linux, chrome.json(origin)),
        snippet(
            "edge-windows",
            "Edge",
            "Windows",
            "A .reg file, or the same values by group policy",
            edge.registry(origin),
        ),
        snippet(
            "edge-macos",
            "Edge",
            "macOS",
            "A configuration profile (.mobileconfig) of your device management",
            edge.profile(origin),
        ),
        snippet("edge-linux", "Edge", "Linux", edge.linux, edge.json(origin)),
        snippet(
            "firefox",
            "Firefox",
            "all systems",
            "policies.json: in the folder distribution beside Firefox, or /etc/firefox/policies on Linux",
            firefox(origin),
        ),
    ]
}

/// A browser of Chromium: where its policies lie, and where it looks for packages.
struct Chromium {
    linux: &'static str,
    registry: &'static str,
    bundle: &'static str,
    store: &'static str,
}

impl Chromium {
    /// `ExtensionSettings` installs it and keeps it on the toolbar; `3rdparty` is what it reads as managed storage.
    fn json(&self, origin: &str) -> String {
        pretty(&json!({
            "ExtensionSettings": { CHROMIUM_ID: {
                "installation_mode": "force_installed",
                "update_url": self.store,
                "toolbar_pin": "force_pinned",
            } },
            "3rdparty": { "extensions": { CHROMIUM_ID: { "serverUrl": origin } } },
        }))
    }

    /// Values of the registry. `ExtensionInstallForcelist` numbers what it lists; an entry of that number that is there
    /// already would be replaced, so ours is far from the beginning.
    fn registry(&self, origin: &str) -> String {
        let Self { registry, store, .. } = self;
        format!(
            "Windows Registry Editor Version 5.00\n\n\
             [{registry}\\ExtensionInstallForcelist]\n\"900\"=\"{CHROMIUM_ID};{store}\"\n\n\
             [{registry}\\3rdparty\\extensions\\{CHROMIUM_ID}\\policy]\n\"serverUrl\"=\"{origin}\"\n"
        )
    }

    /// A profile with two payloads: the browser's own settings, and those of the extension in a domain of its own.
    fn profile(&self, origin: &str) -> String {
        let Self { bundle, store, .. } = self;
        format!(
            r#"<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>PayloadType</key><string>Configuration</string>
  <key>PayloadVersion</key><integer>1</integer>
  <key>PayloadIdentifier</key><string>keytile.{bundle}</string>
  <key>PayloadUUID</key><string>{}</string>
  <key>PayloadDisplayName</key><string>Keytile extension</string>
  <key>PayloadScope</key><string>System</string>
  <key>PayloadContent</key>
  <array>
    <dict>
      <key>PayloadType</key><string>{bundle}</string>
      <key>PayloadVersion</key><integer>1</integer>
      <key>PayloadIdentifier</key><string>keytile.{bundle}.install</string>
      <key>PayloadUUID</key><string>{}</string>
      <key>ExtensionInstallForcelist</key>
      <array><string>{CHROMIUM_ID};{store}</string></array>
    </dict>
    <dict>
      <key>PayloadType</key><string>{bundle}.extensions.{CHROMIUM_ID}</string>
      <key>PayloadVersion</key><integer>1</integer>
      <key>PayloadIdentifier</key><string>keytile.{bundle}.settings</string>
      <key>PayloadUUID</key><string>{}</string>
      <key>serverUrl</key><string>{}</string>
    </dict>
  </array>
</dict>
</plist>
"#,
            name(&format!("{bundle} {origin}")),
            name(&format!("{bundle} {origin} install")),
            name(&format!("{bundle} {origin} settings")),
            xml(origin),
        )
    }
}

/// Firefox fetches the package itself, from here.
fn firefox(origin: &str) -> String {
    pretty(&json!({ "policies": {
        "ExtensionSettings": { FIREFOX_ID: {
            "installation_mode": "force_installed",
            "install_url": format!("{origin}/extension/{}", FIREFOX.name),
        } },
        "3rdparty": { "Extensions": { FIREFOX_ID: { "serverUrl": origin } } },
    } }))
}

fn pretty(value: &serde_json::Value) -> String {
    serde_json::to_string_pretty(value).expect("plain data is JSON")
}

/// A payload's UUID: the same for the same server, so that a profile that is installed again replaces itself.
fn name(text: &str) -> String {
    let hash = seal::token::sha256(text.as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid().to_string().to_uppercase()
}

fn xml(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    const ORIGIN: &str = "https://keytile.example:8443";

    fn text(id: &str) -> String {
        snippets(ORIGIN).into_iter().find(|snippet| snippet.id == id).unwrap().text
    }

    #[test]
    fn each_installs_the_extension_and_says_where_the_server_is() {
        for snippet in snippets(ORIGIN) {
            let (id, text) = (snippet.id, snippet.text);
            let name = if id == "firefox" { FIREFOX_ID } else { CHROMIUM_ID };
            assert!(text.matches(name).count() >= 2, "{id}: {text}");
            assert!(text.contains("serverUrl") && text.contains(ORIGIN), "{id}: {text}");
        }
    }

    #[test]
    fn json_is_json_and_sets_what_the_schema_knows() {
        let schema: Value = serde_json::from_str(extension_package::MANAGED_SCHEMA).unwrap();
        for (id, settings) in [
            ("chrome-linux", format!("/3rdparty/extensions/{CHROMIUM_ID}")),
            ("edge-linux", format!("/3rdparty/extensions/{CHROMIUM_ID}")),
            ("firefox", format!("/policies/3rdparty/Extensions/{FIREFOX_ID}")),
        ] {
            let value: Value = serde_json::from_str(&text(id)).unwrap();
            let settings = value.pointer(&settings).unwrap().as_object().unwrap();
            assert!(settings.keys().all(|key| schema["properties"][key].is_object()), "{id}");
        }
        assert!(text("firefox").contains(FIREFOX.name));
    }

    #[test]
    fn a_profile_keeps_its_names_and_edge_is_not_chrome() {
        assert_eq!(text("chrome-macos"), text("chrome-macos"));
        assert_ne!(name("a"), name("b"));
        assert!(text("edge-macos").contains("com.microsoft.Edge.extensions."));
        assert!(text("edge-windows").contains("Microsoft\\Edge\\3rdparty"));
        assert!(text("chrome-windows").contains("Google\\Chrome\\ExtensionInstallForcelist"));
    }
}
