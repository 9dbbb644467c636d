//! Rules of the repository that a program can check: where SQL and Okta's words may stand, how long a file may be,
//! what depends on what, and that the documents tell the truth. Each exception names its reason.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// The longest file, in lines.
const LONGEST: usize = 400;

/// SQL outside a `store.rs`.
const SQL_ELSEWHERE: [(&str, &str); 2] = [
    ("crates/keytile/src/db.rs", "the door itself: locks and notices, which are about no table"),
    ("crates/keytile/src/sync/mark.rs", "a store of one verb: finding the tiles behind a change"),
];

/// Where identifiers may speak of Okta, besides `portal/src/okta`, `okta-sim`, the demo and the bench.
const OKTA_HERE: [(&str, &str); 16] = [
    ("crates/keytile/src/app.rs", "opens the guard of the one portal there is"),
    (
        "crates/keytile/src/config.rs",
        "configuration keys are named for the operator, who knows Okta",
    ),
    ("crates/keytile/src/cli/", "an operator's commands speak of what is connected"),
    ("crates/keytile/src/settings/", "the page on which one portal, Okta, is connected"),
    ("crates/keytile/src/signin/", "the sign-in page offers Okta by name"),
    ("crates/keytile/src/http/router", "addresses that an Okta admin enters by hand"),
    ("crates/keytile/src/teams/pages", "a page says where a team comes from"),
    ("crates/keytile/src/members/pages", "a page says where a member comes from"),
    (
        "crates/keytile/src/accounts/",
        "a page says where an account is shown, and an import takes local addresses",
    ),
    ("crates/keytile/src/scim/pages", "a guide for each client that there is, by its name"),
    ("crates/scim/src/dialect.rs", "clients whose dialects differ, by their names"),
    ("crates/keytile/src/sync/worker/", "starts the client of the one portal there is"),
    (
        "crates/portal/src/error.rs",
        "the trait tells of the misconfigurations that Okta's client finds",
    ),
    ("crates/portal/src/fake.rs", "the fake keeps the limits that Okta's client learned"),
    ("crates/portal/src/types.rs", "a forecast is told in the slots of Okta's limits"),
    ("crates/portal/src/lib.rs", "names the module of the one portal there is"),
];

/// Threats that no test of ours can name.
const UNTESTED: [(&str, &str); 3] = [
    ("T23", "it cannot be prevented, and the table says so"),
    ("T25", "`cargo deny` checks it"),
    ("T18", "answered by the types of requests; the tests of the API name its fields"),
];

/// Pages without a sample.
const RENDERED_ELSEWHERE: [(&str, &str); 3] = [
    (
        "crates/keytile/src/http/request.rs",
        "tests/it/headers.rs asks for failures as people see them",
    ),
    ("crates/keytile/src/signin/pages/confirm.rs", "tests/it/signin walks through it"),
    ("crates/keytile/src/signin/pages/passkeys.rs", "tests/it/signin walks through it"),
];

struct Source {
    /// From the root, with `/`.
    path: String,
    text: String,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the workspace")
}

/// Every file beneath `folder` whose name ends in `ending`, without what tools leave behind.
fn files(folder: &str, ending: &str) -> Vec<Source> {
    let root = root();
    let (mut found, mut folders) = (Vec::new(), vec![root.join(folder)]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a readable folder") {
            let path = entry.expect("a readable entry").path();
            let name = path.file_name().and_then(|n| n.to_str()).unwrap_or_default().to_owned();
            if path.is_dir() {
                if !["target", "node_modules", "snapshots", "vendor"].contains(&name.as_str())
                    && !name.starts_with('.')
                {
                    folders.push(path);
                }
            } else if name.ends_with(ending) {
                let text = fs::read_to_string(&path).expect("text");
                let path = path.strip_prefix(&root).expect("beneath the root");
                found.push(Source { path: path.to_string_lossy().replace('\\', "/"), text });
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

fn rust() -> Vec<Source> {
    ["crates", "xtask", "bench"].into_iter().flat_map(|folder| files(folder, ".rs")).collect()
}

fn nothing(faults: &str) {
    assert!(faults.is_empty(), "\n{faults}");
}

/// A source file parted into what runs and what stands in string literals; comments are in neither.
fn parted(text: &str) -> (String, String) {
    let (mut code, mut strings) = (String::new(), String::new());
    let chars: Vec<char> = text.chars().collect();
    let at = |i: usize| chars.get(i).copied().unwrap_or('\0');
    let mut i = 0;
    while i < chars.len() {
        match (at(i), at(i + 1)) {
            ('/', '/') => {
                while i < chars.len() && at(i) != '\n' {
                    i += 1;
                }
            }
            ('r', '"' | '#') if !at(i.wrapping_sub(1)).is_alphanumeric() => {
                let hashes = (i + 1..chars.len()).take_while(|j| at(*j) == '#').count();
                let begin = i + 1 + hashes;
                if at(begin) != '"' {
                    code.push('r');
                    i += 1;
                    continue;
                }
                let closes = |j: usize| at(j) == '"' && (1..=hashes).all(|h| at(j + h) == '#');
                let end = (begin + 1..chars.len()).find(|j| closes(*j)).unwrap_or(chars.len());
                strings.extend(&chars[begin + 1..end.min(chars.len())]);
                strings.push('\n');
                i = end + 1 + hashes;
            }
            ('"', _) => {
                i += 1;
                while i < chars.len() && at(i) != '"' {
                    strings.push(at(i));
                    i += if at(i) == '\\' { 2 } else { 1 };
                }
                strings.push('\n');
                i += 1;
            }
            // A character, which may be a quotation mark; a lifetime has no second apostrophe.
            ('\'', '\\') => i += 4,
            ('\'', _) if at(i + 2) == '\'' => i += 3,
            (other, _) => {
                code.push(other);
                i += 1;
            }
        }
    }
    (code, strings)
}

#[test]
fn the_reader_of_sources_tells_code_strings_and_comments_apart() {
    let (code, strings) = parted(
        "let a = \"x \\\" y\"; // note\nlet b = r#\"raw \"q\"\"#; let c = '\"'; fn f<'a>() {}",
    );
    assert_eq!(code, "let a = ; \nlet b = ; let c = ; fn f<'a>() {}");
    assert_eq!(strings, "x \\ y\nraw \"q\"\n");
}

#[test]
fn sql_stands_in_stores_only() {
    let is_store = |path: &str| path.ends_with("/store.rs") || path.contains("/store/");
    let mut faults = String::new();
    for file in files("crates/keytile/src", ".rs") {
        if is_store(&file.path) || SQL_ELSEWHERE.iter().any(|(path, _)| *path == file.path) {
            continue;
        }
        let (code, strings) = parted(&file.text);
        let sql = ["SELECT ", "INSERT INTO ", "DELETE FROM "].iter().any(|w| strings.contains(w))
            || strings
                .lines()
                .any(|l| l.trim_start().starts_with("UPDATE ") && l.contains(" SET "));
        let in_db = file.path.starts_with("crates/keytile/src/db/");
        if !in_db && (sql || code.contains("sqlx::query")) {
            writeln!(faults, "{}: move its SQL into a store.rs", file.path).expect("a string");
        }
    }
    nothing(&faults);
}

#[test]
fn code_speaks_of_okta_only_where_okta_is_meant() {
    let at_home = [
        "crates/portal/src/okta",
        "crates/okta-sim",
        "crates/demo",
        "crates/simulate",
        "bench",
        "xtask",
    ];
    let mut faults = String::new();
    for file in rust() {
        let allowed = at_home.iter().chain(OKTA_HERE.iter().map(|(path, _)| path));
        let is_test = file.path.contains("/tests/") || file.path.ends_with("tests.rs");
        if is_test || allowed.into_iter().any(|path| file.path.starts_with(path)) {
            continue;
        }
        for (number, line) in parted(&file.text).0.lines().enumerate() {
            if line.to_lowercase().contains("okta") {
                let (path, line, n) = (&file.path, line.trim(), number + 1);
                writeln!(faults, "{path}, about line {n}: `{line}`").expect("a string");
            }
        }
    }
    nothing(&faults);
}

/// What happened is read by people: a record without words shows its code.
#[test]
fn every_event_has_words() {
    let words = fs::read_to_string(root().join("crates/keytile/src/activity/pages/words.rs"));
    let words = words.expect("the words are there");
    let mut faults = String::new();
    for file in rust().iter().filter(|file| file.path.starts_with("crates/keytile/src/")) {
        for after in file.text.split("Event::new(").skip(1) {
            let Some(name) = after.trim_start().strip_prefix('"').and_then(|s| s.split('"').next())
            else {
                continue;
            };
            if name.contains('.') && !words.contains(&format!("\"{name}\"")) {
                writeln!(faults, "{}: {name} has no words", file.path).expect("a string");
            }
        }
    }
    nothing(&faults);
}

/// Of two schemas with one name the document keeps one, and says it of both.
#[test]
fn no_two_schemas_of_the_api_share_a_name() {
    let (mut names, mut faults) = (BTreeSet::new(), String::new());
    for file in rust().iter().filter(|file| file.path.starts_with("crates/keytile/src/")) {
        for after in file.text.split("ToSchema)]").skip(1) {
            let head = after.split(['{', ';']).next().unwrap_or_default();
            let name = match head.split("schema(as = ").nth(1) {
                Some(name) => name.split([')', ',']).next(),
                None => head.split_whitespace().last(),
            };
            let name = name.expect("a schema has a name").to_owned();
            if !names.insert(name.clone()) {
                writeln!(faults, "{}: {name} is another schema's", file.path).expect("a string");
            }
        }
    }
    assert!(names.contains("Account") && names.contains("Problem"), "{names:?}");
    nothing(&faults);
}

#[test]
fn no_file_is_longer_than_four_hundred_lines() {
    let mut faults = String::new();
    for file in rust() {
        let lines = file.text.lines().count();
        if lines > LONGEST {
            writeln!(faults, "{}: {lines} lines; split it by verb", file.path).expect("a string");
        }
    }
    nothing(&faults);
}

#[test]
fn every_module_says_what_it_is_for() {
    let mut faults = String::new();
    for file in rust() {
        let is_test = file.path.contains("/tests/") || file.path.ends_with("tests.rs");
        if !is_test && !file.text.starts_with("//!") {
            writeln!(faults, "{}: open it with `//!` and a sentence", file.path).expect("a string");
        }
    }
    nothing(&faults);
}

#[test]
fn no_test_sleeps_or_is_left_out() {
    let mut faults = String::new();
    for file in rust().iter().filter(|f| f.path.contains("/tests/") && !f.path.ends_with("tidy.rs"))
    {
        let code = parted(&file.text).0;
        for word in ["sleep(", "#[ignore", "Instant::now("] {
            if code.contains(word) {
                writeln!(faults, "{}: `{word}` in a test", file.path).expect("a string");
            }
        }
    }
    nothing(&faults);
}

/// The dependencies of a manifest's section, by name.
fn dependencies(krate: &str, section: &str) -> Vec<String> {
    let manifest = fs::read_to_string(root().join(format!("crates/{krate}/Cargo.toml")));
    let manifest = manifest.expect("a manifest");
    let lines = manifest.lines().skip_while(|l| l.trim() != format!("[{section}]")).skip(1);
    lines
        .take_while(|l| !l.trim_start().starts_with('['))
        .filter_map(|l| l.split(['.', '=', ' ']).next())
        .filter(|name| !name.is_empty() && !name.starts_with('#'))
        .map(String::from)
        .collect()
}

#[test]
fn rules_are_free_of_the_outside_world() {
    let outside = ["tokio", "sqlx", "axum", "reqwest", "tower", "http", "openidconnect", "keytile"];
    for krate in ["model", "seal", "scim"] {
        for name in dependencies(krate, "dependencies") {
            assert!(!outside.contains(&name.as_str()), "{krate} must not depend on {name}");
        }
        assert!(!dependencies(krate, "dependencies").is_empty(), "{krate} was read");
    }
}

#[test]
fn the_simulated_okta_knows_none_of_ours_and_is_in_no_product() {
    let ours = ["model", "seal", "scim", "portal", "keytile", "demo"];
    for section in ["dependencies", "dev-dependencies"] {
        for name in dependencies("okta-sim", section) {
            assert!(!ours.contains(&name.as_str()), "okta-sim must not depend on {name}");
        }
    }
    for krate in ["model", "seal", "scim", "portal", "keytile"] {
        let name = "okta-sim".to_owned();
        assert!(!dependencies(krate, "dependencies").contains(&name), "{krate} has okta-sim in it");
    }
    assert!(dependencies("keytile", "dev-dependencies").contains(&"okta-sim".into()));
}

#[test]
fn every_threat_of_the_security_page_is_named_where_it_is_answered() {
    let table = fs::read_to_string(root().join("SECURITY.md")).expect("SECURITY.md");
    let threats = table
        .lines()
        .filter_map(|line| line.strip_prefix("| T")?.split_once(' '))
        .map(|(number, _)| format!("T{number}"));
    let sources: Vec<Source> =
        rust().into_iter().filter(|file| !file.path.ends_with("tidy.rs")).collect();
    let mut faults = String::new();
    let mut count = 0;
    for threat in threats {
        count += 1;
        let is_named = |file: &Source| {
            file.text.split(|c: char| !c.is_alphanumeric()).any(|word| word == threat)
        };
        if !UNTESTED.iter().any(|(t, _)| *t == threat) && !sources.iter().any(is_named) {
            writeln!(faults, "{threat}: no code or test names it").expect("a string");
        }
    }
    assert!(count > 10, "the table was read");
    nothing(&faults);
}

#[test]
fn every_page_is_rendered_by_a_test() {
    let mut faults = String::new();
    for file in files("crates/keytile/src", ".rs") {
        let pages = file.text.matches("#[template(path").count();
        let folder = file.path.trim_end_matches(".rs");
        let tests = file.text.contains("#[cfg(test)]")
            || files("crates/keytile/src", ".rs")
                .iter()
                .any(|f| f.path.starts_with(folder) && f.text.contains("#[cfg(test)]"));
        let elsewhere = RENDERED_ELSEWHERE.iter().any(|(path, _)| *path == file.path);
        if pages > 0 && !tests && !elsewhere {
            writeln!(faults, "{}: give its page a sample and render it", file.path)
                .expect("a string");
        }
    }
    nothing(&faults);
}

#[test]
fn links_between_documents_lead_somewhere() {
    let mut faults = String::new();
    for file in files("", ".md") {
        let folder = root().join(&file.path);
        let folder = folder.parent().expect("a folder");
        for link in file.text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let target = link.split(['#', ' ']).next().unwrap_or_default();
            let elsewhere =
                target.is_empty() || target.contains("://") || target.starts_with("mailto:");
            if !elsewhere && !folder.join(target).exists() {
                writeln!(faults, "{}: {link} leads nowhere", file.path).expect("a string");
            }
        }
    }
    nothing(&faults);
}
