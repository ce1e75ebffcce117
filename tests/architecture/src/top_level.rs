//! The top level of the repository, which stays as small as it is.

use anyhow::Result;
use std::{collections::BTreeSet, fs, io, path::Path};

const REQUIRED: [&str; 13] = [
    "Cargo.toml",
    "Cargo.lock",
    "domain",
    "application",
    "adapters",
    "bin",
    "tests",
    "docs",
    "justfile",
    "README.md",
    "LICENSE-MIT",
    "LICENSE-APACHE",
    ".gitignore",
];

const ALLOWED: [&str; 8] =
    [".git", ".gitattributes", ".ci", ".cargo", ".config", ".clippy.toml", ".rustfmt.toml", ".deny.toml"];

/// Names that are missing at the top level, and names that don't belong there. What git ignores is not looked at.
pub fn offences(root: &Path) -> Result<Vec<String>> {
    let ignored = ignored(root)?;
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(root)? {
        names.insert(entry?.file_name().to_string_lossy().into_owned());
    }
    let missing = REQUIRED.iter().filter(|name| !names.contains(**name));
    let foreign = names.iter().filter(|name| {
        !REQUIRED.contains(&name.as_str()) && !ALLOWED.contains(&name.as_str()) && !ignored.contains(*name)
    });
    Ok(missing
        .map(|name| format!("{name} is missing at the top level"))
        .chain(foreign.map(|name| format!("{name} does not belong at the top level")))
        .collect())
}

/// The names that the repository's `.gitignore` has for the top level, such as `/target`.
fn ignored(root: &Path) -> Result<BTreeSet<String>> {
    let text = match fs::read_to_string(root.join(".gitignore")) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => String::new(),
        text => text?,
    };
    let rooted = text.lines().filter_map(|line| line.trim().strip_prefix('/'));
    Ok(rooted.map(|name| name.trim_end_matches('/').to_owned()).collect())
}
