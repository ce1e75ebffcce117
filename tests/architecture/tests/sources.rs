use anyhow::Result;
use backstop_architecture::{repository, sources};
use std::fs;

#[test]
fn nothing_is_put_off() -> Result<()> {
    assert_eq!(sources::put_off(&repository())?, Vec::<String>::new());
    Ok(())
}

#[test]
fn what_is_put_off_is_reported() -> Result<()> {
    let root = tempfile::tempdir()?;
    fs::create_dir_all(root.path().join("domain/src"))?;
    let text = concat!("#[test]\n#[", "ignore]\nfn later() {\n    todo", "!()\n}\n");
    fs::write(root.path().join("domain/src/lib.rs"), text)?;
    let expected = [concat!("domain/src/lib.rs:2 has #[", "ignore"), concat!("domain/src/lib.rs:4 has todo", "!(")];
    assert_eq!(sources::put_off(root.path())?, expected);
    Ok(())
}

#[test]
fn the_entry_only_starts_things() -> Result<()> {
    let lines = sources::lines_of_main(&repository())?;
    assert!(lines < 40, "bin/src/main.rs has {lines} lines");
    Ok(())
}
