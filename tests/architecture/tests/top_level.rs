use anyhow::Result;
use backstop_architecture::{repository, top_level};
use std::fs;

#[test]
fn the_top_level_has_the_agreed_names_only() -> Result<()> {
    assert_eq!(top_level::offences(&repository())?, Vec::<String>::new());
    Ok(())
}

#[test]
fn a_name_too_many_and_a_missing_one_are_reported() -> Result<()> {
    let root = tempfile::tempdir()?;
    let folders = ["domain", "application", "adapters", "bin", "tests", "docs", ".git", ".ci", "target"];
    let files = ["Cargo.toml", "Cargo.lock", "justfile", "README.md", "LICENSE-MIT", "LICENSE-APACHE"];
    for name in folders {
        fs::create_dir(root.path().join(name))?;
    }
    for name in files {
        fs::write(root.path().join(name), "")?;
    }
    fs::write(root.path().join(".gitignore"), "/target\n")?;
    assert_eq!(top_level::offences(root.path())?, Vec::<String>::new());

    fs::write(root.path().join("Dockerfile"), "")?;
    fs::create_dir(root.path().join("scripts"))?;
    fs::remove_file(root.path().join("justfile"))?;
    let expected = [
        "justfile is missing at the top level",
        "Dockerfile does not belong at the top level",
        "scripts does not belong at the top level",
    ];
    assert_eq!(top_level::offences(root.path())?, expected);
    Ok(())
}
