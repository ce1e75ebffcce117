use std::path::{Path, PathBuf};

use anyhow::bail;

/// Programs to look for, and where.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted {
    /// Names the folder that holds them, for people who mean one.
    pub(crate) variable: &'static str,
    pub(crate) programs: &'static [&'static str],
    /// Folders in which distributions keep them outside `PATH`; `*` stands for a part of a name.
    pub(crate) usual_places: &'static [&'static str],
}

/// A server's programs on this machine.
#[derive(Clone, Debug)]
pub(crate) struct Programs {
    pub(crate) folder: PathBuf,
}

impl Wanted {
    pub(crate) fn are_named(&self) -> bool {
        std::env::var_os(self.variable).is_some()
    }

    fn are_in(&self, folder: &Path) -> bool {
        self.programs.iter().all(|program| folder.join(program).is_file())
    }

    fn names(&self) -> String {
        self.programs.join(" and ")
    }
}

impl Programs {
    pub(crate) fn find(wanted: &Wanted) -> anyhow::Result<Self> {
        if let Some(folder) = std::env::var_os(wanted.variable).map(PathBuf::from) {
            if wanted.are_in(&folder) {
                return Ok(Self { folder });
            }
            bail!("{} names {}, where there is no {}", wanted.variable, folder.display(), wanted.names());
        }
        let path = std::env::var_os("PATH").unwrap_or_default();
        let found = std::env::split_paths(&path)
            .chain(wanted.usual_places.iter().flat_map(|place| matching(place)))
            .find(|folder| wanted.are_in(folder));
        match found {
            Some(folder) => Ok(Self { folder }),
            None => bail!("no {} in PATH or {}", wanted.names(), wanted.usual_places.join(", ")),
        }
    }
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
    fn a_folder_without_all_programs_holds_no_server() {
        let wanted = Wanted { variable: "NOBODY_SETS_THIS", programs: &["one", "other"], usual_places: &[] };
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("one"), "").unwrap();
        assert!(!wanted.are_in(folder.path()));
        std::fs::write(folder.path().join("other"), "").unwrap();
        assert!(wanted.are_in(folder.path()));
    }
}
