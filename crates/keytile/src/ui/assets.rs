//! The files that pages load, compiled in. Their URLs carry `?v=` and the build, so that a browser
//! may keep them for good.

use std::sync::LazyLock;

use sha2::{Digest as _, Sha256};

/// A file that pages load.
#[derive(Debug, Clone, Copy)]
pub struct Asset {
    /// Its name under `/assets/`.
    pub name: &'static str,
    /// Its media type.
    pub media_type: &'static str,
    /// Its content.
    pub text: &'static str,
}

const ASSETS: [Asset; 7] = [
    Asset { name: "app.css", media_type: "text/css; charset=utf-8", text: include_str!("app.css") },
    Asset {
        name: "app.js",
        media_type: "text/javascript; charset=utf-8",
        text: include_str!("app.js"),
    },
    Asset {
        name: "theme.js",
        media_type: "text/javascript; charset=utf-8",
        text: include_str!("theme.js"),
    },
    Asset {
        name: "passkey.js",
        media_type: "text/javascript; charset=utf-8",
        text: include_str!("passkey.js"),
    },
    Asset {
        name: "launch.js",
        media_type: "text/javascript; charset=utf-8",
        text: include_str!("../launch/launch.js"),
    },
    Asset { name: "icons.svg", media_type: "image/svg+xml", text: include_str!("icons.svg") },
    Asset { name: "favicon.svg", media_type: "image/svg+xml", text: include_str!("favicon.svg") },
];

/// The asset with this name.
pub fn asset(name: &str) -> Option<Asset> {
    ASSETS.into_iter().find(|asset| asset.name == name)
}

/// A short hash over all assets: changes when one of them does.
pub fn build() -> &'static str {
    static BUILD: LazyLock<String> = LazyLock::new(|| {
        let digest = ASSETS
            .iter()
            .fold(Sha256::new(), |digest, asset| digest.chain_update(asset.text))
            .finalize();
        let first = digest.iter().take(6);
        first.fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"))
    });
    &BUILD
}

#[cfg(test)]
mod tests {
    use super::*;

    /// U12 allows a first load of 200 kB compressed; these are what every page shares, before compression.
    #[test]
    fn styles_and_scripts_stay_small() {
        let size: usize = ASSETS
            .iter()
            .filter(|asset| !asset.media_type.starts_with("image"))
            .map(|asset| asset.text.len())
            .sum();
        assert!(size < 65_536, "styles and scripts together are {size} bytes");
    }

    #[test]
    fn no_asset_loads_anything_from_elsewhere() {
        for asset in ASSETS {
            let text = asset.text.replace("http://www.w3.org/2000/svg", "");
            assert!(
                !text.contains("http://")
                    && !text.contains("https://")
                    && !text.contains("@import"),
                "{}",
                asset.name
            );
        }
    }

    #[test]
    fn an_asset_is_found_by_its_name_alone() {
        assert!(asset("app.css").is_some());
        assert!(asset("../mod.rs").is_none());
    }
}
