//! What the architecture promises, checked: the arrows between crates, the names at the top level, and that no
//! guarantee is without its test.
//!
//! Each check takes the root of a workspace and returns the offences it found, so that the same check runs over the
//! repository and over a fixture that offends.

pub mod arrows;
pub mod guarantees;
pub mod sources;
pub mod top_level;
mod tree;

use std::path::{Path, PathBuf};

/// The root of this repository.
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}
