//! Managed installation, ready to paste: which policies of Chrome, Edge and Firefox install the extension, and how it
//! reads what is set for it.
//!
//! Chrome: <https://chromeenterprise.google/policies/#ExtensionSettings>, <https://www.chromium.org/administrators/configuring-policy-for-extensions/>.
//! Edge: <https://learn.microsoft.com/deployedge/microsoft-edge-manage-extensions-policies>.
//! Firefox: <https://mozilla.github.io/policy-templates/>.

use extension_package::{FIREFOX, FIREFOX_ID};
use serde_json::json;

use super::updates;

const CHROME_LINUX: &str = "The file /etc/opt/chrome/policies/managed/keytile.json; for Chromium \
                            /etc/chromium/policies/managed/keytile.json";
const EDGE_LINUX: &str = "The file /etc/opt/edge/policies/managed/keytile.json";
const FIREFOX_PLACE: &str = "The file policies.json: in the folder distribution beside Firefox, or /etc/firefox/policies on Linux";
/// Stands for an address that we cannot know.
const SIGNED_BY_MOZILLA: &str = "https://WHERE-YOU-PUT-IT/keytile-signed-by-mozilla.xpi";

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

/// What is pasted for a server at this origin, whose extension has this id in Chromium's browsers.
pub fn snippets(origin: &str, id: &str) -> Vec<Snippet> {
    let updates = updates::address(origin, id);
    let chrome = Chromium {
        origin,
        id,
        updates: &updates,
        registry: r"HKEY_LOCAL_MACHINE\SOFTWARE\Policies\Google\Chrome",
        bundle: "com.google.Chrome",
        pin: ("toolbar_pin", "force_pinned"),
    };
    let edge = Chromium {
        origin,
        id,
        updates: &updates,
        registry: r"HKEY_LOCAL_MACHINE\SOFTWARE\Policies\Microsoft\Edge",
        bundle: "com.microsoft.Edge",
        pin: ("toolbar_state", "force_shown"),
    };
    let snippet = |id, browser, system, place, text| Snippet { id, browser, system, place, text };
    vec![
        snippet(
            "chrome-windows",
            "Chrome",
            "Windows",
            "A .reg file, or the same values by group policy",
            chrome.registry(),
        ),
        snippet(
            "chrome-macos",
            "Chrome",
            "macOS",
            "A configuration profile (.mobileconfig) of your device management",
            chrome.profile(),
        ),
        snippet("chrome-linux", "Chrome", "Linux", CHROME_LINUX, chrome.json()),
        snippet(
            "edge-windows",
            "Edge",
            "Windows",
            "A .reg file, or the same values by group policy",
            edge.registry(),
        ),
        snippet(
            "edge-macos",
            "Edge",
            "macOS",
            "A configuration profile (.mobileconfig) of your device management",
            edge.profile(),
        ),
        snippet("edge-linux", "Edge", "Linux", EDGE_LINUX, edge.json()),
        snippet(
            "firefox",
            "Firefox",
            "all systems, with a package that Mozilla has signed",
            FIREFOX_PLACE,
            firefox(origin, Signature::Mozillas),
        ),
        snippet(
            "firefox-esr",
            "Firefox",
            "all systems, Extended Support Release alone",
            FIREFOX_PLACE,
            firefox(origin, Signature::None),
        ),
    ]
}

/// A browser of Chromium: what it installs, where its policies lie, and how it keeps the extension on its toolbar.
struct Chromium<'s> {
    origin: &'s str,
    id: &'s str,
    updates: &'s str,
    registry: &'static str,
    bundle: &'static str,
    pin: (&'static str, &'static str),
}

/// `ExtensionSettings` installs it and keeps it on the toolbar, and `3rdparty` is what it reads as managed storage. Without
/// `override_update_url` a browser would come here for the first version, and look for later ones in its store: the package
/// names no address for updates, since it is the same for every server.
impl Chromium<'_> {
    fn json(&self) -> String {
        let Self { origin, id, updates, pin: (pin, pinned), .. } = self;
        pretty(&json!({
            "ExtensionSettings": { *id: {
                "installation_mode": "force_installed",
                "update_url": updates,
                "override_update_url": true,
                *pin: pinned,
            } },
            "3rdparty": { "extensions": { *id: { "serverUrl": origin } } },
        }))
    }

    /// Keys of the extension's own in the registry, so that nothing else there is replaced.
    fn registry(&self) -> String {
        let Self { origin, id, updates, registry, pin: (pin, pinned), .. } = self;
        format!(
            "Windows Registry Editor Version 5.00\n\n\
             [{registry}\\ExtensionSettings\\{id}]\n\"installation_mode\"=\"force_installed\"\n\
             \"update_url\"=\"{updates}\"\n\"override_update_url\"=dword:00000001\n\"{pin}\"=\"{pinned}\"\n\n\
             [{registry}\\3rdparty\\extensions\\{id}\\policy]\n\"serverUrl\"=\"{origin}\"\n"
        )
    }

    /// A profile with two payloads: the browser's own settings, and those of the extension in a domain of its own.
    fn profile(&self) -> String {
        let Self { origin, id, updates, bundle, pin: (pin, pinned), .. } = self;
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
      <key>ExtensionSettings</key>
      <dict>
        <key>{id}</key>
        <dict>
          <key>installation_mode</key><string>force_installed</string>
          <key>update_url</key><string>{}</string>
          <key>override_update_url</key><true/>
          <key>{pin}</key><string>{pinned}</string>
        </dict>
      </dict>
    </dict>
    <dict>
      <key>PayloadType</key><string>{bundle}.extensions.{id}</string>
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
            xml(updates),
            name(&format!("{bundle} {origin} settings")),
            xml(origin),
        )
    }
}

/// Who signed the package that Firefox gets.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Signature {
    /// Mozilla, and it lies where that was put: the address in the text is to be changed.
    Mozillas,
    /// Nobody: only the Extended Support Release takes it, once it is told to take every add-on.
    None,
}

/// Firefox fetches the package itself.
fn firefox(origin: &str, signature: Signature) -> String {
    let mut policies = json!({
        "ExtensionSettings": { FIREFOX_ID: {
            "installation_mode": "force_installed",
            "install_url": match signature {
                Signature::Mozillas => SIGNED_BY_MOZILLA.to_owned(),
                Signature::None => format!("{origin}/extension/{}", FIREFOX.name),
            },
        } },
        "3rdparty": { "Extensions": { FIREFOX_ID: { "serverUrl": origin } } },
    });
    if signature == Signature::None {
        policies["Preferences"] =
            json!({ "xpinstall.signatures.required": { "Value": false, "Status": "locked" } });
    }
    pretty(&json!({ "policies": policies }))
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
    const ID: &str = "abcdefghijklmnopabcdefghijklmnop";

    fn text(id: &str) -> String {
        snippets(ORIGIN, ID).into_iter().find(|snippet| snippet.id == id).unwrap().text
    }

    #[test]
    fn each_installs_the_extension_and_says_where_the_server_is() {
        for snippet in snippets(ORIGIN, ID) {
            let (id, text) = (snippet.id, snippet.text);
            let updates = format!("{ORIGIN}/extension/chromium/{ID}/updates.xml");
            let package = format!("{ORIGIN}/extension/{}", FIREFOX.name);
            let (name, wanted) = match id {
                "firefox" => (FIREFOX_ID, vec![SIGNED_BY_MOZILLA]),
                "firefox-esr" => (FIREFOX_ID, vec![&package, "xpinstall.signatures.required"]),
                _ => (ID, vec![&updates, "override_update_url"]),
            };
            assert!(text.matches(name).count() >= 2, "{id}: {text}");
            for part in wanted {
                assert!(text.contains(part), "{id}: {text}");
            }
            assert!(text.contains("serverUrl") && text.contains(ORIGIN), "{id}: {text}");
        }
    }

    #[test]
    fn json_is_json_and_sets_what_the_schema_knows() {
        let schema: Value = serde_json::from_str(extension_package::MANAGED_SCHEMA).unwrap();
        for (id, settings) in [
            ("chrome-linux", format!("/3rdparty/extensions/{ID}")),
            ("edge-linux", format!("/3rdparty/extensions/{ID}")),
            ("firefox", format!("/policies/3rdparty/Extensions/{FIREFOX_ID}")),
            ("firefox-esr", format!("/policies/3rdparty/Extensions/{FIREFOX_ID}")),
        ] {
            let value: Value = serde_json::from_str(&text(id)).unwrap();
            let settings = value.pointer(&settings).unwrap().as_object().unwrap();
            assert!(settings.keys().all(|key| schema["properties"][key].is_object()), "{id}");
        }
        assert!(!text("firefox").contains("xpinstall"), "it stays as strict as it is");
    }

    #[test]
    fn a_profile_keeps_its_names_and_edge_is_not_chrome() {
        assert_eq!(text("chrome-macos"), text("chrome-macos"));
        assert_ne!(name("a"), name("b"));
        assert!(text("edge-macos").contains("com.microsoft.Edge.extensions."));
        assert!(text("edge-windows").contains("Microsoft\\Edge\\3rdparty"));
        assert!(
            text("chrome-windows").contains(&format!("Google\\Chrome\\ExtensionSettings\\{ID}]"))
        );
    }
}
