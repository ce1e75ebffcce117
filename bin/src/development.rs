//! What development mode makes for itself: a folder, keys, a client to try the API with, a user for our pages, and an
//! administrator for the console.

use crate::{
    settings::{KeySettings, Keys, Settings},
    wiring::Service,
};
use anyhow::{Context as _, Result};
use backstop_application::use_cases::{CreateClientError, CreateUserError, NewUser};
use backstop_domain::{Actor, DisplayName, EmailAddress, KeyId, Role, Scope, SecretText, Subject};
use std::{
    fs::{self, DirBuilder, OpenOptions},
    io::{ErrorKind, Read as _, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::Path,
};

pub const DEMO_CLIENT: &str = "demo";
pub const DEMO_SUBJECT: &str = "demo";
pub const DEMO_EMAIL: &str = "demo@example.com";
pub const ADMIN_SUBJECT: &str = "console-admin";
pub const ADMIN_EMAIL: &str = "admin@example.com";
const KEY_LENGTH: usize = 64;
const PASSWORD_LENGTH: usize = 32;

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

/// A file in the data folder with keys for one purpose.
struct KeyFile {
    name: &'static str,
    table: &'static str,
    about: &'static str,
}

const LOOKUP: KeyFile = KeyFile {
    name: "keys.toml",
    table: "lookup",
    about: "Made for development. Codes in the database beside it can't be redeemed without it.",
};

/// A file of its own, so that it can be made beside lookup keys that were made before there were seal keys.
const SEAL: KeyFile = KeyFile {
    name: "seal-keys.toml",
    table: "seal",
    about: "Made for development. Codes that wait for their download can't be opened without it.",
};

/// The files in the data folder that hold keys: to find codes, and to seal with.
pub const KEY_FILES: [&str; 2] = [LOOKUP.name, SEAL.name];

/// The keys kept in the data folder, unless they are configured.
pub fn keys(settings: &Settings, missing: Missing) -> Result<Keys> {
    let lookup = settings.lookup_keys.clone();
    let seal = settings.seal_keys.clone();
    Ok(Keys {
        lookup: lookup.map_or_else(|| LOOKUP.keys(settings, missing), Ok)?,
        seal: seal.map_or_else(|| SEAL.keys(settings, missing), Ok)?,
    })
}

impl KeyFile {
    fn keys(&self, settings: &Settings, missing: Missing) -> Result<KeySettings> {
        let path = settings.data_dir.join(self.name);
        if !path.exists() {
            if missing == Missing::Pretend {
                return new_key();
            }
            make_folder(&settings.data_dir)?;
            self.make(&path).with_context(|| format!("the keys can't be written to {}", path.display()))?;
        }
        self.read(&path).with_context(|| format!("the keys can't be read from {}", path.display()))
    }

    /// Two processes may start at once: whoever links the finished file first has made it, and both read that one.
    fn make(&self, path: &Path) -> Result<()> {
        let (keys, table) = (new_key()?, self.table);
        let draft = path.with_extension(format!("{}.draft", std::process::id()));
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
        writeln!(file, "# {}", self.about)?;
        writeln!(file, "[{table}]\ncurrent = \"{}\"", keys.current)?;
        for (id, secret) in keys.secrets {
            writeln!(file, "\n[{table}.{id}]\nsecret = \"{}\"", secret.reveal())?;
        }
        file.sync_all()?;
        let linked = fs::hard_link(&draft, path);
        fs::remove_file(&draft)?;
        match linked {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error.into()),
            _ => Ok(()),
        }
    }

    fn read(&self, path: &Path) -> Result<KeySettings> {
        let mut text = String::new();
        fs::File::open(path)?.read_to_string(&mut text)?;
        let table: toml::Table = text.parse().map_err(|_| anyhow::anyhow!("it is not valid TOML"))?;
        let keys = table.get(self.table).and_then(|keys| keys.as_table());
        let keys = keys.with_context(|| format!("it has no table [{}]", self.table))?;
        let current = keys.get("current").and_then(|c| c.as_str()).context("it names no current key")?;
        let mut secrets = Vec::new();
        for (id, key) in keys.iter().filter_map(|(id, value)| Some((id, value.as_table()?))) {
            let secret = key.get("secret").and_then(|s| s.as_str()).context("a key has no secret")?;
            secrets.push((KeyId::parse(id)?, SecretText::new(secret.to_owned())));
        }
        Ok(KeySettings { current: KeyId::parse(current)?, secrets })
    }
}

/// A key with an id of its own: should the file get lost, what was made under it is known to be stranded.
fn new_key() -> Result<KeySettings> {
    let id = KeyId::parse(&format!("dev_{}", backstop_crypto::generate_key(32)?.reveal()[..8].to_lowercase()))?;
    Ok(KeySettings { current: id.clone(), secrets: vec![(id, backstop_crypto::generate_key(KEY_LENGTH)?)] })
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

/// The password of the demo user, if this start made it. Where nobody signs in with a password there is none.
pub async fn demo_user(service: &Service, settings: &Settings) -> Result<Option<SecretText>> {
    if !settings.application.local_passwords {
        return Ok(None);
    }
    person(service, DEMO_SUBJECT, DEMO_EMAIL, "Demo user", Role::User).await
}

/// The password of the first administrator, if this start made them.
pub async fn first_admin(service: &Service) -> Result<Option<SecretText>> {
    person(service, ADMIN_SUBJECT, ADMIN_EMAIL, "First administrator", Role::Admin).await
}

async fn person(service: &Service, subject: &str, email: &str, name: &str, role: Role) -> Result<Option<SecretText>> {
    let password = backstop_crypto::generate_key(PASSWORD_LENGTH)?;
    let user = NewUser {
        subject: Subject::parse(subject).map_err(|e| anyhow::anyhow!(e.0))?,
        email: EmailAddress::parse(email)?,
        email_confirmed: true,
        display_name: Some(DisplayName::parse(name).map_err(|e| anyhow::anyhow!(e.0))?),
        role,
        password: password.clone(),
    };
    match service.use_cases.create_user.run(&user, &Actor::CommandLine).await {
        Ok(_) => Ok(Some(password)),
        Err(CreateUserError::SubjectTaken | CreateUserError::EmailTaken) => Ok(None),
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
        keys(&settings, Missing::Pretend).unwrap();
        assert!(!data_dir.exists());
        let first = keys(&settings, Missing::Make).unwrap();
        let second = keys(&settings, Missing::Pretend).unwrap();
        assert_eq!((first.lookup.current, first.seal.current), (second.lookup.current, second.seal.current));
        assert_eq!(first.lookup.secrets, second.lookup.secrets);
        assert_eq!(first.seal.secrets, second.seal.secrets);
        assert_ne!(first.lookup.secrets, first.seal.secrets);
        assert!(first.lookup.secrets[0].1.reveal().len() >= 64);
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&data_dir), 0o700);
        for file in [LOOKUP.name, SEAL.name] {
            assert_eq!(mode(&data_dir.join(file)), 0o600, "{file}");
        }
        assert_eq!(fs::read_dir(&data_dir).unwrap().count(), 2);
    }

    #[test]
    fn lookup_keys_of_an_earlier_version_are_kept_beside_a_new_seal_key() {
        let folder = tempfile::tempdir().unwrap();
        let environment = [("BACKSTOP_DATA_DIR".to_owned(), folder.path().to_str().unwrap().to_owned())];
        let settings = crate::settings::load(None, environment).unwrap();
        let first = keys(&settings, Missing::Make).unwrap();
        fs::remove_file(folder.path().join(SEAL.name)).unwrap();
        let second = keys(&settings, Missing::Make).unwrap();
        assert_eq!(first.lookup.secrets, second.lookup.secrets);
        assert_ne!(first.seal.secrets, second.seal.secrets);
    }
}
