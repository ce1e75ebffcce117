use std::path::{Path, PathBuf};

use anyhow::bail;

/// Folders in which distributions keep PostgreSQL's programs outside `PATH`; `*` stands for one name.
const USUAL_PLACES: [&str; 9] = [
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/usr/lib/postgresql*/bin",
    "/usr/libexec/postgresql*",
    "/usr/local/pgsql/bin",
    "/usr/local/lib/postgresql/bin",
    "/opt/homebrew/opt/postgresql*/bin",
    "/usr/local/opt/postgresql*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
];

/// Folder with `initdb` and `postgres`.
const FOLDER_ENV: &str = "PG_BIN";

/// PostgreSQL's programs on this machine.
#[derive(Clone, Debug)]
pub(crate) struct Programs {
    pub(crate) folder: PathBuf,
}

impl Programs {
    pub(crate) fn are_named() -> bool {
        std::env::var_os(FOLDER_ENV).is_some()
    }

    pub(crate) fn find() -> anyhow::Result<Self> {
        if let Some(folder) = std::env::var_os(FOLDER_ENV).map(PathBuf::from) {
            if holds_a_server(&folder) {
                return Ok(Self { folder });
            }
            bail!("{FOLDER_ENV} names {}, where initdb and postgres are not", folder.display());
        }
        let path = std::env::var_os("PATH").unwrap_or_default();
        let found = std::env::split_paths(&path)
            .chain(USUAL_PLACES.iter().flat_map(|place| matching(place)))
            .find(|folder| holds_a_server(folder));
        match found {
            Some(folder) => Ok(Self { folder }),
            None => bail!("initdb and postgres are neither in PATH nor in {}", USUAL_PLACES.join(", ")),
        }
    }
}

fn holds_a_server(folder: &Path) -> bool {
    folder.join("initdb").is_file() && folder.join("postgres").is_file()
}

/// The folders that fit the pattern, the highest version first.
pub(crate) fn matching(pattern: &str) -> Vec<PathBuf> {
    let mut found = vec![PathBuf::from("/")];
    for part in pattern.split('/').filter(|part| !part.is_empty()) {
        let Some((before, after)) = part.split_once('*') else {
            for folder in &mut found {
                folder.push(part);
            }
            continue;
        };
        found = found.iter().flat_map(|folder| entries(folder, before, after)).collect();
    }
    found.retain(|folder| folder.is_dir());
    found.sort_by_key(|folder| std::cmp::Reverse(version(folder)));
    found
}

fn entries(folder: &Path, before: &str, after: &str) -> Vec<PathBuf> {
    let Ok(listing) = std::fs::read_dir(folder) else { return Vec::new() };
    listing
        .flatten()
        .filter(|entry| {
            let name = entry.file_name();
            name.to_str().is_some_and(|name| name.starts_with(before) && name.ends_with(after))
        })
        .map(|entry| entry.path())
        .collect()
}

/// The first number of the last part that has one.
fn version(folder: &Path) -> u32 {
    folder.iter().rev().find_map(|part| first_number(&part.to_string_lossy())).unwrap_or(0)
}

fn first_number(text: &str) -> Option<u32> {
    let digits: String = text.chars().skip_while(|c| !c.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_version_comes_first() {
        let root = tempfile::tempdir().unwrap();
        for version in ["9", "17", "15"] {
            std::fs::create_dir_all(root.path().join("lib").join(version).join("bin")).unwrap();
        }
        let pattern = format!("{}/lib/*/bin", root.path().display());
        let found: Vec<_> = matching(&pattern).iter().map(|folder| version(folder)).collect();
        assert_eq!(found, [17, 15, 9]);
    }

    #[test]
    fn a_version_is_the_first_number_nearest_to_the_end() {
        assert_eq!(version(Path::new("/usr/lib/postgresql/15/bin")), 15);
        assert_eq!(version(Path::new("/usr/pgsql-9.6/bin")), 9);
        assert_eq!(version(Path::new("/usr/local/pgsql/bin")), 0);
    }

    #[test]
    fn a_folder_without_both_programs_holds_no_server() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("initdb"), "").unwrap();
        assert!(!holds_a_server(folder.path()));
        std::fs::write(folder.path().join("postgres"), "").unwrap();
        assert!(holds_a_server(folder.path()));
    }
}
