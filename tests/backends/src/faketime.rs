use std::path::PathBuf;

use anyhow::{Context as _, bail};

use crate::{packages::Package, programs};

/// The library that shows a process another time.
pub const FAKETIME_ENV: &str = "BACKSTOP_TEST_FAKETIME";

const PACKAGE: Package = Package { names: &["faketime"], hold_back: None };

/// For programs with several threads.
const LIBRARY: &str = "libfaketimeMT.so.1";
const USUAL_PLACES: [&str; 3] = ["/usr/lib/*/faketime", "/usr/lib*/faketime", "/usr/local/lib*/faketime"];

/// `libfaketime`, to be loaded before a program's own libraries; installed where it is missing and this process may.
pub fn faketime() -> anyhow::Result<PathBuf> {
    if let Some(named) = std::env::var_os(FAKETIME_ENV).map(PathBuf::from) {
        if named.is_file() {
            return Ok(named);
        }
        bail!("{FAKETIME_ENV} names {}, which is no file", named.display());
    }
    if let Some(found) = find() {
        return Ok(found);
    }
    PACKAGE.install().with_context(|| format!("{LIBRARY} is not in {}", USUAL_PLACES.join(", ")))?;
    find().with_context(|| format!("the package faketime is installed, but without {LIBRARY}"))
}

fn find() -> Option<PathBuf> {
    let folders = USUAL_PLACES.iter().flat_map(|place| programs::matching(place));
    folders.map(|folder| folder.join(LIBRARY)).find(|library| library.is_file())
}
