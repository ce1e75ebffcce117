//! What is in force, for people to see: the same table that the reference is made from.

use super::{
    DatabaseSettings, Settings,
    background::MailChoice,
    sources::{Everything, Written},
    table::{self, ENTRIES, Entry},
    value::{Source, Value},
};
use crate::wiring::post::own_folder;
use backstop_http::{SettingOrigin, SettingShown, SettingValue};

/// Secrets only because of a password in them.
const ADDRESSES: [&str; 3] = ["database.url", "cache.url", "mail.url"];

/// Every setting, in the order of the reference, and those with a name of the operator's own as they were written.
pub fn shown(everything: &Everything, settings: &Settings) -> Vec<SettingShown> {
    let fixed = ENTRIES.iter().map(|entry| of_entry(entry, everything.get(entry.name), settings));
    let own = everything.iter().filter_map(|(name, written)| {
        let (_, entry) = table::split(name)?;
        Some(written_as(name, entry, written))
    });
    fixed.chain(own).collect()
}

fn of_entry(entry: &'static Entry, written: Option<&Written>, settings: &Settings) -> SettingShown {
    match written {
        Some(written) => written_as(entry.name, entry, written),
        None => SettingShown {
            name: entry.name.to_owned(),
            value: by_default(entry, settings).map_or(SettingValue::NotSet, SettingValue::Text),
            origin: SettingOrigin::Default,
            about: entry.about,
        },
    }
}

fn written_as(name: &str, entry: &'static Entry, written: &Written) -> SettingShown {
    let text = match &written.value {
        Value::Text(text) => text.trim().to_owned(),
        Value::List(all) => all.join(", "),
        Value::Other(kind) => (*kind).to_owned(),
    };
    let value = if ADDRESSES.contains(&entry.name) {
        address(&text).map_or(SettingValue::Secret, SettingValue::Text)
    } else if entry.secret {
        SettingValue::Secret
    } else {
        SettingValue::Text(text)
    };
    let origin = match &written.source {
        Source::BuiltIn => SettingOrigin::Default,
        Source::File(path) => SettingOrigin::File(path.display().to_string()),
        Source::Environment(variable) => SettingOrigin::Environment(variable.clone()),
    };
    SettingShown { name: name.to_owned(), value, origin, about: entry.about }
}

/// What holds where nobody wrote anything; some of it depends on other settings.
fn by_default(entry: &Entry, settings: &Settings) -> Option<String> {
    let own = &settings.application;
    match entry.name {
        "server.drain" => Some(format!("{}s", settings.drain.as_secs())),
        "accounts.local_passwords" => Some(own.local_passwords.to_string()),
        "mail.delivery" => Some(if own.mail.inline { "inline" } else { "queued" }.to_owned()),
        "mail.from" => Some(settings.mail.from.as_str().to_owned()),
        "mail.url" => match &settings.mail.to {
            MailChoice::Folder(_) => Some(format!("folder:{}", own_folder(settings).display())),
            MailChoice::Log | MailChoice::Smtp(_) => None,
        },
        "log.dir" => Some(settings.log.dir.display().to_string()),
        "database.url" => match &settings.database {
            DatabaseSettings::Sqlite(path) => Some(format!("sqlite:{}", path.display())),
            DatabaseSettings::Postgres { .. } => None,
        },
        "keys.lookup.current" => settings.lookup_keys.as_ref().map(|keys| keys.current.as_str().to_owned()),
        "keys.seal.current" => settings.seal_keys.as_ref().map(|keys| keys.current.as_str().to_owned()),
        _ => Some(entry.default).filter(|default| !default.is_empty()).map(str::to_owned),
    }
}

/// An address without its password, and without what is asked of the server, where another could be. `None` when it does
/// not look like one.
fn address(text: &str) -> Option<String> {
    if ["sqlite:", "folder:", "log:"].iter().any(|kind| text.starts_with(kind)) {
        return Some(text.to_owned());
    }
    let (scheme, rest) = text.split_once("://")?;
    let rest = rest.split(['?', '#']).next()?;
    // Whatever is before the last @ may be a part of the password.
    let Some((who, place)) = rest.rsplit_once('@') else { return Some(format!("{scheme}://{rest}")) };
    Some(match who.split_once(':') {
        Some((user, _)) => format!("{scheme}://{user}:***@{place}"),
        None => format!("{scheme}://{who}@{place}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn load(environment: &[(&str, &str)]) -> Vec<SettingShown> {
        let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        super::super::load(None, environment).unwrap().in_force
    }

    fn find<'s>(all: &'s [SettingShown], name: &str) -> &'s SettingShown {
        all.iter().find(|setting| setting.name == name).unwrap_or_else(|| panic!("{name} is shown"))
    }

    fn text(text: &str) -> SettingValue {
        SettingValue::Text(text.to_owned())
    }

    #[test]
    fn every_setting_of_the_reference_is_shown_with_what_holds() {
        let all = load(&[]);
        let names: Vec<&str> = all.iter().map(|setting| &*setting.name).collect();
        assert_eq!(names, ENTRIES.iter().map(|entry| entry.name).collect::<Vec<_>>());
        assert!(all.iter().all(|setting| setting.origin == SettingOrigin::Default));
        for (name, value) in [
            ("guard.max_attempts", "5"),
            ("server.drain", "0s"),
            ("accounts.local_passwords", "true"),
            ("mail.delivery", "inline"),
            ("database.url", "sqlite:./backstop-data/backstop.sqlite3"),
            ("mail.url", "folder:./backstop-data/mail"),
            ("log.dir", "./backstop-data/logs"),
        ] {
            assert_eq!(find(&all, name).value, text(value), "{name}");
        }
        assert_eq!(find(&all, "cache.url").value, SettingValue::NotSet);
    }

    #[test]
    fn what_was_written_is_shown_with_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("backstop.toml");
        std::fs::write(&file, "[guard]\nmax_attempts = 7\n[recovery]\nduties = [\"new_codes\"]\n").unwrap();
        let environment = [("BACKSTOP_SERVER__DRAIN".to_owned(), " 9s ".to_owned())];
        let all = super::super::load(Some(Path::new(&file)), environment).unwrap().in_force;
        let in_file = SettingOrigin::File(file.display().to_string());
        let attempts = find(&all, "guard.max_attempts");
        assert_eq!((&attempts.value, &attempts.origin), (&text("7"), &in_file));
        assert_eq!(find(&all, "recovery.duties").value, text("new_codes"));
        let drain = find(&all, "server.drain");
        let variable = SettingOrigin::Environment("BACKSTOP_SERVER__DRAIN".to_owned());
        assert_eq!((&drain.value, &drain.origin), (&text("9s"), &variable));
    }

    #[test]
    fn no_secret_is_shown() {
        let secret = "s3cr3t".repeat(8);
        let all = load(&[
            ("BACKSTOP_KEYS__LOOKUP__K1__SECRET", &secret),
            ("BACKSTOP_KEYS__SEAL__K2__SECRET", &secret),
            ("BACKSTOP_DATABASE__URL", &format!("postgres://owner:{secret}@db.example:5432/codes?password={secret}")),
            ("BACKSTOP_CACHE__URL", &format!("redis://:{secret}@cache.example/1")),
            ("BACKSTOP_MAIL__URL", &format!("smtp://post:{secret}@mail.example:587")),
            ("BACKSTOP_MAIL__FROM", "codes@example.com"),
        ]);
        assert!(!format!("{all:?}").contains("s3cr3t"));
        assert_eq!(find(&all, "keys.lookup.k1.secret").value, SettingValue::Secret);
        assert_eq!(find(&all, "keys.lookup.current").value, text("k1"));
        assert_eq!(find(&all, "database.url").value, text("postgres://owner:***@db.example:5432/codes"));
        assert_eq!(find(&all, "cache.url").value, text("redis://:***@cache.example/1"));
        assert_eq!(find(&all, "mail.url").value, text("smtp://post:***@mail.example:587"));
    }

    #[test]
    fn addresses_are_shown_without_what_could_be_a_password() {
        for (written, seen) in [
            ("postgres://db/codes", Some("postgres://db/codes")),
            ("postgres://a:p@ss@db/codes", Some("postgres://a:***@db/codes")),
            ("postgres://a@db/codes#x", Some("postgres://a@db/codes")),
            ("sqlite:/var/lib/a.sqlite3", Some("sqlite:/var/lib/a.sqlite3")),
            ("host=db password=secret", None),
        ] {
            assert_eq!(address(written).as_deref(), seen, "{written}");
        }
    }
}
