use std::{
    ffi::OsStr,
    fmt,
    path::{Path, PathBuf},
    sync::OnceLock,
};

use anyhow::{Context as _, bail, ensure};

use crate::{packages::Package, processes};

/// Path of a chromedriver.
pub const CHROMEDRIVER_ENV: &str = "BACKSTOP_TEST_CHROMEDRIVER";
/// Path of the browser that it drives, of the same version.
pub const CHROMIUM_ENV: &str = "BACKSTOP_TEST_CHROMIUM";

const DRIVER: Tool = Tool { variable: CHROMEDRIVER_ENV, names: &["chromedriver", "chromium.chromedriver"] };
const BROWSER: Tool =
    Tool { variable: CHROMIUM_ENV, names: &["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"] };

const PACKAGE: Package = Package { names: &["chromium", "chromium-driver"], hold_back: None };

/// How programs that tests only run were found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ToolWay {
    Environment(Vec<&'static str>),
    Local,
    Installed(&'static [&'static str]),
}

impl fmt::Display for ToolWay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Environment(variables) => write!(f, "what the environment names ({})", variables.join(", ")),
            Self::Local => f.write_str("local programs"),
            Self::Installed(packages) => {
                write!(f, "packages installed by apt ({}), then local programs", packages.join(", "))
            }
        }
    }
}

/// A browser and the program that drives it.
#[derive(Clone, Debug)]
pub struct Browser {
    pub driver: PathBuf,
    pub program: PathBuf,
    pub way: ToolWay,
}

/// Finds Chromium and chromedriver, after installing them where that is needed and possible, once per process.
pub fn browser() -> anyhow::Result<&'static Browser> {
    static BROWSER: OnceLock<Result<Browser, String>> = OnceLock::new();
    let found = BROWSER.get_or_init(|| processes::one_at_a_time("browser", find).map_err(|error| format!("{error:#}")));
    found.as_ref().map_err(|error| anyhow::anyhow!("no browser is to be had: {error}"))
}

fn find() -> anyhow::Result<Browser> {
    let named: Vec<_> =
        [DRIVER, BROWSER].iter().filter(|tool| tool.named().is_some()).map(|tool| tool.variable).collect();
    let way = if named.is_empty() { ToolWay::Local } else { ToolWay::Environment(named) };
    let local = match both()? {
        Ok((driver, program)) => return Ok(Browser { driver, program, way }),
        Err(missing) => missing,
    };
    if let Err(error) = PACKAGE.install() {
        bail!("\n  - local programs: {local}\n  - packages: {error:#}");
    }
    let (driver, program) = both()?.map_err(|missing| anyhow::anyhow!("packages: installed, but {missing}"))?;
    Ok(Browser { driver, program, way: ToolWay::Installed(PACKAGE.names) })
}

/// Either both programs or what is missing. A path that somebody gave is meant: when nothing is there, nothing else may
/// stand in for it.
fn both() -> anyhow::Result<Result<(PathBuf, PathBuf), String>> {
    let (driver, program) = (DRIVER.find()?, BROWSER.find()?);
    Ok(match (driver, program) {
        (Some(driver), Some(program)) => Ok((driver, program)),
        (driver, program) => {
            let missing = [(driver.is_none(), DRIVER), (program.is_none(), BROWSER)];
            let missing: Vec<_> =
                missing.iter().filter(|(is_missing, _)| *is_missing).map(|(_, tool)| tool.names.join(" or ")).collect();
            Err(format!("no {} in PATH", missing.join(", and no ")))
        }
    })
}

/// A program that tests run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tool {
    /// Names a file, for people who mean one.
    pub(crate) variable: &'static str,
    /// By which distributions know it; the first is taken that is there.
    pub(crate) names: &'static [&'static str],
}

impl Tool {
    fn named(&self) -> Option<PathBuf> {
        std::env::var_os(self.variable).filter(|path| !path.is_empty()).map(PathBuf::from)
    }

    pub(crate) fn find(&self) -> anyhow::Result<Option<PathBuf>> {
        if let Some(path) = self.named() {
            ensure!(path.is_file(), "{} names {}, which is no file", self.variable, path.display());
            return Ok(Some(path));
        }
        let path = std::env::var_os("PATH").context("there is no PATH")?;
        Ok(self.find_in(&path))
    }

    fn find_in(&self, path: &OsStr) -> Option<PathBuf> {
        let folders: Vec<PathBuf> = std::env::split_paths(path).chain([Path::new("/usr/bin").to_owned()]).collect();
        self.names
            .iter()
            .flat_map(|name| folders.iter().map(move |folder| folder.join(name)))
            .find(|program| program.is_file())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_goes_by_the_first_of_its_names_that_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let tool = Tool { variable: "NOBODY_SETS_THIS", names: &["a-browser-of-tests", "another-of-tests"] };
        assert_eq!(tool.find_in(folder.path().as_os_str()), None);
        for name in ["another-of-tests", "a-browser-of-tests"] {
            let program = folder.path().join(name);
            std::fs::write(&program, "").unwrap();
            assert_eq!(tool.find_in(folder.path().as_os_str()), Some(program));
        }
    }
}
