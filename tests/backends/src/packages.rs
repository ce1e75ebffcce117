use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

use anyhow::{Context as _, bail, ensure};

/// Where Debian's packages look whether they are to make and start a server of their own.
const CLUSTER_POLICY: &str = "/etc/postgresql-common/createcluster.conf";

/// Installs PostgreSQL by the system's package manager, where this process may.
pub(crate) fn install_postgres() -> anyhow::Result<()> {
    may_install()?;
    // Only the programs are wanted.
    let policy = Path::new(CLUSTER_POLICY);
    let ours = !policy.exists();
    if ours {
        fs::create_dir_all("/etc/postgresql-common")?;
        fs::write(policy, "create_main_cluster = false\n")?;
    }
    let installed = install("postgresql");
    if ours {
        fs::remove_file(policy).ok();
    }
    installed
}

/// Installs what lets a process see another time than the machine's.
pub(crate) fn install_faketime() -> anyhow::Result<()> {
    may_install()?;
    install("faketime")
}

fn may_install() -> anyhow::Result<()> {
    ensure!(crate::processes::is_root(), "only root may install packages");
    ensure!(Path::new("/usr/bin/apt-get").is_file(), "no apt-get on this system");
    Ok(())
}

fn install(package: &str) -> anyhow::Result<()> {
    let arguments = ["install", "-y", "--no-install-recommends", package];
    if apt(&arguments).is_ok() {
        return Ok(());
    }
    // On a fresh machine the list of packages is empty or old.
    apt(&["update"])?;
    apt(&arguments)
}

fn apt(arguments: &[&str]) -> anyhow::Result<()> {
    let output = Command::new("/usr/bin/apt-get")
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
