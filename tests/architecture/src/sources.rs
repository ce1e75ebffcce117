//! Reading the workspace's own Rust sources.

use anyhow::{Context, Result};
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

const ROOMS: [&str; 5] = ["domain", "application", "adapters", "bin", "tests"];

/// Every source file with its text. Fixtures of tests, which offend on purpose, are left out.
pub fn all(root: &Path) -> Result<Vec<(PathBuf, String)>> {
    let mut files = Vec::new();
    for room in ROOMS {
        let folder = root.join(room);
        if folder.is_dir() {
            collect(&folder, &mut files)?;
        }
    }
    Ok(files)
}

fn collect(folder: &Path, files: &mut Vec<(PathBuf, String)>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default();
        if path.is_dir() {
            if name != "fixtures" && name != "target" {
                collect(&path, files)?;
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).with_context(|| format!("{}", path.display()))?;
            files.push((path, text));
        }
    }
    Ok(())
}

/// The name of every function that is defined somewhere.
pub(crate) fn functions(root: &Path) -> Result<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    for (_, text) in all(root)? {
        for line in text.lines().filter(|line| !line.trim_start().starts_with("//")) {
            for after in line.split("fn ").skip(1) {
                let name: String = after.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                let is_defined = after[name.len()..].starts_with(['(', '<']);
                if is_defined && !name.is_empty() {
                    names.insert(name);
                }
            }
        }
    }
    Ok(names)
}

/// Work that was put off: tests that are switched off and code that is not there.
pub fn put_off(root: &Path) -> Result<Vec<String>> {
    // Put together here, so that this file is no offence.
    let marks = [concat!("#[", "ignore"), concat!("todo", "!("), concat!("unimplemented", "!(")];
    let mut found = Vec::new();
    for (path, text) in all(root)? {
        for (at, line) in text.lines().enumerate() {
            for mark in marks.into_iter().filter(|mark| line.contains(mark)) {
                let path = path.strip_prefix(root).unwrap_or(&path);
                found.push(format!("{}:{} has {mark}", path.display(), at + 1));
            }
        }
    }
    Ok(found)
}

/// How many lines the program's entry has.
pub fn lines_of_main(root: &Path) -> Result<usize> {
    let path = root.join("bin/src/main.rs");
    Ok(fs::read_to_string(&path).with_context(|| format!("{}", path.display()))?.lines().count())
}
