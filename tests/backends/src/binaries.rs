use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::OnceLock,
};

use anyhow::{Context as _, bail};
use serde_json::Value;

/// Path of the service as it is shipped.
pub const BINARY_ENV: &str = "BACKSTOP_TEST_BIN";
/// Path of the service with points at which a test can hold or kill it.
pub const FAULTS_BINARY_ENV: &str = "BACKSTOP_TEST_BIN_FAULTS";

/// The service under test, in both builds.
#[derive(Clone, Debug)]
pub struct Binaries {
    pub plain: PathBuf,
    pub faults: PathBuf,
}

/// The programs that the environment names, else built by cargo, once per process.
pub fn binaries() -> anyhow::Result<&'static Binaries> {
    static BINARIES: OnceLock<Result<Binaries, String>> = OnceLock::new();
    let found = BINARIES.get_or_init(|| find().map_err(|error| format!("{error:#}")));
    found.as_ref().map_err(|error| anyhow::anyhow!("the service cannot be built for the test: {error}"))
}

fn find() -> anyhow::Result<Binaries> {
    let named = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_file());
    if let (Some(plain), Some(faults)) = (named(BINARY_ENV), named(FAULTS_BINARY_ENV)) {
        return Ok(Binaries { plain, faults });
    }
    let root = workspace()?;
    let folder = suite_folder()?;
    // Each test may be a process of its own: one builds, the others wait and find everything fresh.
    let lock = File::create(folder.join("lock"))?;
    lock.lock().context("waiting for another test's build")?;
    Ok(Binaries {
        faults: build(&root, &["--features", "backstop/fault-points"], &folder.join("backstop-faults"))?,
        plain: build(&root, &[], &folder.join("backstop"))?,
    })
}

/// What the tests of this tree keep from run to run.
pub(crate) fn suite_folder() -> anyhow::Result<PathBuf> {
    let folder = target(&workspace()?).join("suite");
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

fn workspace() -> anyhow::Result<PathBuf> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    Ok(here.ancestors().nth(2).context("the crate lies two folders below the workspace")?.to_owned())
}

fn target(root: &Path) -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |folder| root.join(folder))
}

/// Cargo, without what `cargo run` says about this program: that is not true of what is run next, and whatever is built by
/// scripts that look at it would be built anew at every turn.
pub fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    for (name, _) in std::env::vars_os() {
        let about_this_program = name.to_string_lossy();
        if about_this_program.starts_with("CARGO_PKG_") || about_this_program.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&name);
        }
    }
    command
}

/// Builds the service and copies it, because the next build overwrites it.
fn build(root: &Path, features: &[&str], copy: &Path) -> anyhow::Result<PathBuf> {
    let output = cargo()
        // Features are those of the whole workspace, so that the dependencies built for the tests are used again.
        .args(["build", "--quiet", "--workspace", "--bin", "backstop", "--message-format", "json-render-diagnostics"])
        .args(features)
        .current_dir(root)
        .stdin(Stdio::null())
        .output()
        .context("starting cargo")?;
    if !output.status.success() {
        bail!("cargo build failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    let built = executable(&String::from_utf8_lossy(&output.stdout)).context("cargo named no program")?;
    if fs::read(copy).ok().as_deref() != Some(fs::read(&built)?.as_slice()) {
        // Renamed into place, because the old copy may be running.
        let fresh = copy.with_extension("new");
        fs::copy(&built, &fresh)?;
        fs::rename(&fresh, copy)?;
    }
    Ok(copy.to_owned())
}

fn executable(messages: &str) -> Option<PathBuf> {
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|message| message["target"]["name"] == "backstop")
        .find_map(|message| message["executable"].as_str().map(PathBuf::from))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_is_the_one_that_cargo_names() {
        let messages = r#"{"reason":"compiler-artifact","target":{"name":"backstop"},"executable":null}
{"reason":"compiler-artifact","target":{"name":"other"},"executable":"/t/other"}
{"reason":"compiler-artifact","target":{"name":"backstop"},"executable":"/t/backstop"}
{"reason":"build-finished","success":true}"#;
        assert_eq!(executable(messages), Some(PathBuf::from("/t/backstop")));
        assert_eq!(executable(""), None);
    }
}
