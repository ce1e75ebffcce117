use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Command, Stdio},
};

use anyhow::{Context as _, bail, ensure};

/// Packages of the system that bring programs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Package {
    pub(crate) names: &'static [&'static str],
    /// For those that would start a server.
    pub(crate) hold_back: Option<HoldBack>,
}

/// A file that keeps the package from starting a server of its own, as only the programs are wanted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HoldBack {
    pub(crate) file: &'static str,
    pub(crate) text: &'static str,
    pub(crate) mode: u32,
}

impl Package {
    /// Installs what is missing of them by the system's package manager, where this process may.
    pub(crate) fn install(&self) -> anyhow::Result<()> {
        ensure!(crate::processes::is_root(), "only root may install packages");
        ensure!(Path::new("/usr/bin/apt-get").is_file(), "no apt-get on this system");
        let Some(hold_back) = self.hold_back else { return self.fetch() };
        let placed = hold_back.place().context("keeping the package from starting a server")?;
        let installed = self.fetch();
        if placed {
            fs::remove_file(hold_back.file).ok();
        }
        installed
    }

    fn fetch(&self) -> anyhow::Result<()> {
        let arguments = [&["install", "-y", "--no-install-recommends"], self.names].concat();
        if apt(&arguments).is_ok() {
            return Ok(());
        }
        // On a fresh machine the list of packages is empty or old.
        apt(&["update"])?;
        apt(&arguments)
    }
}

impl HoldBack {
    /// Whether the file was placed: one that is there is the system's own policy.
    fn place(&self) -> anyhow::Result<bool> {
        let file = Path::new(self.file);
        if file.exists() {
            return Ok(false);
        }
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(file, self.text)?;
        fs::set_permissions(file, fs::Permissions::from_mode(self.mode))?;
        Ok(true)
    }
}

fn apt(arguments: &[&str]) -> anyhow::Result<()> {
    let output = Command::new("/usr/bin/apt-get")
        // Another test may be installing something at this moment.
        .args(["-o", "DPkg::Lock::Timeout=120"])
        .args(arguments)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .stdin(Stdio::null())
        .output()
        .context("starting apt-get")?;
    if !output.status.success() {
        let words = String::from_utf8_lossy(&output.stderr);
        bail!("apt-get {} failed: {}", arguments.join(" "), words.trim());
    }
    Ok(())
}
