//! What development mode makes for itself: a folder, keys, and a client to try the API with.

use crate::{
    settings::{LookupKeySettings, Settings},
    wiring::Service,
};
use anyhow::{Context as _, Result};
use backstop_application::use_cases::CreateClientError;
use backstop_domain::{Actor, KeyId, Scope, SecretText};
use std::{
    fs::{self, DirBuilder, OpenOptions},
    io::{ErrorKind, Read as _, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::Path,
};

pub const DEMO_CLIENT: &str = "demo";
const KEY_FILE: &str = "keys.toml";
const KEY_LENGTH: usize = 64;

/// Makes a folder that only its owner may enter. An existing one stays as it is.
pub fn make_folder(path: &Path) -> Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .with_context(|| format!("the data folder {} can't be made; set data_dir", path.display()))
}

/// What to do when there are no keys in the data folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// Make them and keep them.
    Make,
    /// Go on with a key that nobody keeps, for commands that change nothing.
    Pretend,
}

/// The keys kept in the data folder.
pub fn lookup_keys(settings: &Settings, missing: Missing) -> Result<LookupKeySettings> {
    let path = settings.data_dir.join(KEY_FILE);
    if !path.exists() {
        if missing == Missing::Pretend {
            return new_key();
        }
        make_folder(&settings.data_dir)?;
        make_key_file(&path).with_context(|| format!("the keys can't be written to {}", path.display()))?;
    }
    read_key_file(&path).with_context(|| format!("the keys can't be read from {}", path.display()))
}

/// A key with an id of its own: should the file get lost, the codes made under it are known to be stranded.
fn new_key() -> Result<LookupKeySettings> {
    let id = KeyId::parse(&format!("dev_{}", backstop_crypto::generate_key(32)?.reveal()[..8].to_lowercase()))?;
    Ok(LookupKeySettings { current: id.clone(), secrets: vec![(id, backstop_crypto::generate_key(KEY_LENGTH)?)] })
}

/// Two processes may start at once: whoever links the finished file first has made it, and both read that one.
fn make_key_file(path: &Path) -> Result<()> {
    let keys = new_key()?;
    let draft = path.with_extension(format!("{}.draft", std::process::id()));
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
    writeln!(file, "# Made for development. Codes in the database beside it can't be redeemed without it.")?;
    writeln!(file, "[lookup]\ncurrent = \"{}\"", keys.current)?;
    for (id, secret) in keys.secrets {
        writeln!(file, "\n[lookup.{id}]\nsecret = \"{}\"", secret.reveal())?;
    }
    file.sync_all()?;
    let linked = fs::hard_link(&draft, path);
    fs::remove_file(&draft)?;
    match linked {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error.into()),
        _ => Ok(()),
    }
}

fn read_key_file(path: &Path) -> Result<LookupKeySettings> {
    let mut text = String::new();
    fs::File::open(path)?.read_to_string(&mut text)?;
    let table: toml::Table = text.parse().map_err(|_| anyhow::anyhow!("it is not valid TOML"))?;
    let lookup = table.get("lookup").and_then(|l| l.as_table()).context("it has no table [lookup]")?;
    let current = lookup.get("current").and_then(|c| c.as_str()).context("it names no current key")?;
    let mut secrets = Vec::new();
    for (id, key) in lookup.iter().filter_map(|(id, value)| Some((id, value.as_table()?))) {
        let secret = key.get("secret").and_then(|s| s.as_str()).context("a key has no secret")?;
        secrets.push((KeyId::parse(id)?, SecretText::new(secret.to_owned())));
    }
    Ok(LookupKeySettings { current: KeyId::parse(current)?, secrets })
}

/// The key of the demo client, if this start made it.
pub async fn demo_client(service: &Service) -> Result<Option<SecretText>> {
    let scopes = [Scope::CodesRead, Scope::CodesWrite, Scope::CodesRedeem].into_iter().collect();
    match service.use_cases.create_client.run(DEMO_CLIENT, scopes, Actor::CommandLine).await {
        Ok(created) => Ok(Some(created.key)),
        Err(CreateClientError::NameTaken) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn keys_are_made_once_and_for_their_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let data_dir = folder.path().join("data");
        let environment = [("BACKSTOP_DATA_DIR".to_owned(), data_dir.to_str().unwrap().to_owned())];
        let settings = crate::settings::load(None, environment).unwrap();
        lookup_keys(&settings, Missing::Pretend).unwrap();
        assert!(!data_dir.exists());
        let first = lookup_keys(&settings, Missing::Make).unwrap();
        let second = lookup_keys(&settings, Missing::Pretend).unwrap();
        assert_eq!(first.current, second.current);
        assert_eq!(first.secrets, second.secrets);
        assert!(first.secrets[0].1.reveal().len() >= 64);
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&data_dir), 0o700);
        assert_eq!(mode(&data_dir.join(KEY_FILE)), 0o600);
        assert_eq!(fs::read_dir(&data_dir).unwrap().count(), 1);
    }
}
