use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::OnceLock,
};

use anyhow::{Context as _, bail, ensure};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use sha2::{Digest as _, Sha512};

use crate::{
    binaries,
    browser::{Tool, ToolWay},
    packages::Package,
    processes,
};

/// Path of axe-core's script, `axe.min.js`.
pub const AXE_ENV: &str = "BACKSTOP_TEST_AXE";

const NAME: &str = "axe-core";
const VERSION: &str = "4.14.1";
/// The SHA-512 of the package, as the registry tells it.
const INTEGRITY: &str = "FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ==";
const SCRIPT: &str = "package/axe.min.js";

const NPM: Tool = Tool { variable: "BACKSTOP_TEST_NPM", names: &["npm"] };
const NPM_PACKAGE: Package = Package { names: &["npm"], hold_back: None };

/// The judge of accessibility, as a script for pages.
#[derive(Clone, Debug)]
pub struct Axe {
    pub script: PathBuf,
    pub way: String,
}

/// Finds axe-core, or fetches it once for this tree by npm, which is installed where that is needed and possible.
pub fn axe() -> anyhow::Result<&'static Axe> {
    static AXE: OnceLock<Result<Axe, String>> = OnceLock::new();
    let found = AXE.get_or_init(|| processes::one_at_a_time(NAME, find).map_err(|error| format!("{error:#}")));
    found.as_ref().map_err(|error| anyhow::anyhow!("no {NAME} is to be had: {error}"))
}

fn find() -> anyhow::Result<Axe> {
    if let Some(script) = std::env::var_os(AXE_ENV).filter(|path| !path.is_empty()).map(PathBuf::from) {
        ensure!(script.is_file(), "{AXE_ENV} names {}, which is no file", script.display());
        return Ok(Axe { script, way: format!("the file that the environment names ({AXE_ENV})") });
    }
    let folder = binaries::suite_folder()?.join(format!("{NAME}-{VERSION}"));
    let script = folder.join(SCRIPT);
    if script.is_file() {
        return Ok(Axe { script, way: format!("{NAME} {VERSION}, fetched before") });
    }
    let (npm, way) = npm()?;
    fetch(&npm, &folder).with_context(|| format!("fetching {NAME} {VERSION}"))?;
    Ok(Axe { script, way: format!("{NAME} {VERSION}, fetched by npm ({way})") })
}

fn npm() -> anyhow::Result<(PathBuf, ToolWay)> {
    if let Some(npm) = NPM.find()? {
        return Ok((npm, ToolWay::Local));
    }
    if let Err(error) = NPM_PACKAGE.install() {
        bail!("\n  - local programs: no npm in PATH\n  - packages: {error:#}");
    }
    let npm = NPM.find()?.context("packages: installed, but no npm in PATH")?;
    Ok((npm, ToolWay::Installed(NPM_PACKAGE.names)))
}

/// The folder appears with everything in it or not at all.
fn fetch(npm: &Path, folder: &Path) -> anyhow::Result<()> {
    let around = folder.parent().context("a folder around it")?;
    let scratch = tempfile::Builder::new().prefix("npm-").tempdir_in(around)?;
    let mut pack = Command::new(npm);
    // Elsewhere it would read the settings of a project.
    pack.current_dir(scratch.path()).args(["pack", "--silent", "--pack-destination", "."]);
    run(pack.arg(format!("{NAME}@{VERSION}")))?;
    let package = scratch.path().join(format!("{NAME}-{VERSION}.tgz"));
    is_the_one(&fs::read(&package).context("npm made no package")?)?;
    let unpacked = scratch.path().join("unpacked");
    fs::create_dir(&unpacked)?;
    run(Command::new("tar").arg("-xzf").arg(&package).arg("-C").arg(&unpacked).arg(SCRIPT))?;
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    fs::rename(&unpacked, folder)?;
    Ok(())
}

fn is_the_one(package: &[u8]) -> anyhow::Result<()> {
    let found = STANDARD.encode(Sha512::digest(package));
    ensure!(found == INTEGRITY, "the package is another one than expected: its SHA-512 is {found}");
    Ok(())
}

fn run(command: &mut Command) -> anyhow::Result<()> {
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("starting {command:?}"))?;
    if !output.status.success() {
        bail!("{command:?} failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_package_is_refused() {
        let error = is_the_one(b"something else").unwrap_err().to_string();
        assert!(error.contains("another one than expected"), "{error}");
    }
}
