//! What a crate depends on when it is built by itself. `cargo metadata` would unify the features of the whole
//! workspace and show what no build has.

use anyhow::{Context, Result, bail, ensure};
use std::{collections::BTreeSet, fs, path::Path, process::Command};

pub(crate) struct Tree {
    /// The crates it names itself.
    pub(crate) direct: BTreeSet<String>,
    /// Every crate below it.
    pub(crate) all: BTreeSet<String>,
}

/// The normal dependencies of a crate, as built with these features besides its default ones.
pub(crate) fn of(root: &Path, package: &str, features: &[&str]) -> Result<Tree> {
    let output = Command::new("cargo")
        .args(["tree", "--locked", "--edges", "normal", "--prefix", "depth", "--format", " {p}"])
        .args(["--package", package, "--features", &features.join(",")])
        .current_dir(root)
        .output()
        .context("cargo could not be run")?;
    ensure!(output.status.success(), "cargo tree -p {package}: {}", String::from_utf8_lossy(&output.stderr));
    parse(core::str::from_utf8(&output.stdout)?).with_context(|| format!("cargo tree -p {package}"))
}

/// Reads lines such as `2 zeroize v1.9.1 (*)`.
fn parse(text: &str) -> Result<Tree> {
    let mut tree = Tree { direct: BTreeSet::new(), all: BTreeSet::new() };
    for line in text.lines().filter(|line| !line.is_empty()) {
        let mut words = line.split_whitespace();
        let (Some(depth), Some(name)) = (words.next(), words.next()) else { bail!("unexpected line {line:?}") };
        match depth.parse::<usize>().with_context(|| format!("unexpected line {line:?}"))? {
            0 => continue,
            1 => tree.direct.insert(name.to_owned()),
            _ => false,
        };
        tree.all.insert(name.to_owned());
    }
    Ok(tree)
}

/// The crates in the direct subfolders of a folder, by name.
pub(crate) fn packages_in(folder: &Path) -> Result<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(folder).with_context(|| format!("{}", folder.display()))? {
        let manifest = entry?.path().join("Cargo.toml");
        if manifest.is_file() {
            names.insert(package_at(&manifest)?);
        }
    }
    Ok(names)
}

pub(crate) fn package_at(manifest: &Path) -> Result<String> {
    let text = fs::read_to_string(manifest).with_context(|| format!("{}", manifest.display()))?;
    text.lines()
        .find_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"'))
        .map(str::to_owned)
        .with_context(|| format!("{} names no package", manifest.display()))
}
