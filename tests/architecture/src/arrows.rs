//! `bin → adapters → application → domain`, and nothing the other way or sideways.

use crate::tree::{self, Tree};
use anyhow::Result;
use std::{collections::BTreeSet, path::Path};

const DOMAIN: &str = "backstop-domain";
const APPLICATION: &str = "backstop-application";
const FAULTS: &str = "backstop-faults";

/// What the domain may name, and why.
const DOMAIN_MAY_USE: [(&str, &str); 5] = [
    ("jiff", "calendar and instants, as values; the clock is a port"),
    ("thiserror", "error enums"),
    ("unicode-normalization", "reading what people type, comparing addresses"),
    ("uuid", "ids, as values; making them is a port"),
    ("zeroize", "wiping plaintext"),
];

/// What the application may name, and why.
const APPLICATION_MAY_USE: [(&str, &str); 8] = [
    (DOMAIN, "the arrow"),
    ("async-trait", "ports are async and used as trait objects"),
    ("jiff", "instants in the signatures of ports"),
    ("serde", "what tasks carry, as text"),
    ("serde_json", "what tasks carry, as text"),
    ("thiserror", "error enums"),
    ("uuid", "ids in the signatures of ports"),
    ("zeroize", "wiping plaintext"),
];

/// Runtimes, drivers and randomness: nowhere below the inner crates, not even by way of something allowed.
const OUTSIDE: [&str; 11] =
    ["tokio", "async-std", "sqlx", "sqlx-core", "poem", "fred", "lettre", "rand", "reqwest", "hyper", "argon2"];

/// The offences against the arrows in the workspace at `root`.
pub fn offences(root: &Path) -> Result<Vec<String>> {
    let workspace = Workspace::read(root)?;
    let mut found = Vec::new();
    found.extend(inner(root, DOMAIN, &DOMAIN_MAY_USE)?);
    found.extend(inner(root, APPLICATION, &APPLICATION_MAY_USE)?);
    for adapter in &workspace.adapters {
        let below = tree::of(root, adapter, &[])?;
        let sideways = workspace.own(&below).filter(|name| ![DOMAIN, APPLICATION].contains(name));
        found.extend(sideways.map(|name| format!("the adapter {adapter} sees {name}")));
    }
    found.extend(shipped(root, &[])?);
    Ok(found)
}

/// What the service, built with these features besides its default ones, has in it and should not.
pub fn shipped(root: &Path, features: &[&str]) -> Result<Vec<String>> {
    let workspace = Workspace::read(root)?;
    let below = tree::of(root, &workspace.bin, features)?;
    let offending = workspace.own(&below).filter(|name| *name == FAULTS || workspace.tests.contains(*name));
    Ok(offending.map(|name| format!("the service has {name} in it")).collect())
}

fn inner(root: &Path, package: &str, may_use: &[(&str, &str)]) -> Result<Vec<String>> {
    let Tree { direct, all } = tree::of(root, package, &[])?;
    let named = direct.iter().filter(|name| may_use.iter().all(|(allowed, _)| allowed != name));
    let below = all.iter().filter(|name| OUTSIDE.contains(&name.as_str()));
    Ok(named
        .map(|name| format!("{package} names {name}, which is not on its list"))
        .chain(below.map(|name| format!("{package} has {name} below it")))
        .collect())
}

struct Workspace {
    adapters: BTreeSet<String>,
    tests: BTreeSet<String>,
    bin: String,
}

impl Workspace {
    fn read(root: &Path) -> Result<Self> {
        Ok(Self {
            adapters: tree::packages_in(&root.join("adapters"))?,
            tests: tree::packages_in(&root.join("tests"))?,
            bin: tree::package_at(&root.join("bin/Cargo.toml"))?,
        })
    }

    /// Those of the crates in a tree that are of this workspace.
    fn own<'t>(&'t self, tree: &'t Tree) -> impl Iterator<Item = &'t str> {
        tree.all.iter().map(String::as_str).filter(|name| {
            self.adapters.contains(*name)
                || self.tests.contains(*name)
                || [DOMAIN, APPLICATION, self.bin.as_str()].contains(name)
        })
    }
}
