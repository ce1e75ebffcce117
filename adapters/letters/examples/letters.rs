//! Writes every letter in every language into a folder, to be looked at: `cargo run -p backstop-letters --example
//! letters -- <folder>`. The pictures of `docs/mails.md` are taken of them.

use backstop_application::ports::{LetterWriter as _, Reader};
use backstop_domain::{DisplayName, Locale, SiteName, letter::SupportContact, schedule::Zone};
use backstop_letters::{Letters, Site, samples};
use std::{collections::BTreeMap, env, error::Error, fs, path::PathBuf};

/// Each with the time zone of its readers.
const LANGUAGES: [(&str, &str); 2] = [("en", "UTC"), ("de", "Europe/Berlin")];

fn main() -> Result<(), Box<dyn Error>> {
    let folder = env::args_os().nth(1).map(PathBuf::from).ok_or("name the folder that the letters go to")?;
    for (language, zone) in LANGUAGES {
        let site = Site {
            name: SiteName::parse("Köln & Söhne")?,
            support: SupportContact::parse("help@example.com").ok(),
            zone: Zone::parse(zone)?,
            language: Locale::parse(language).ok(),
        };
        let letters = Letters::new(site, &BTreeMap::new()).map_err(|problems| format!("{problems:?}"))?;
        let reader = Reader { locale: None, display_name: DisplayName::parse("Ann Müller").ok() };
        let folder = folder.join(language);
        fs::create_dir_all(&folder)?;
        for (name, letter) in samples() {
            let written = letters.write(&letter, &reader)?;
            fs::write(folder.join(format!("{name}.html")), written.html.reveal())?;
            let text = format!("{}\n\n{}", written.subject, written.text.reveal());
            fs::write(folder.join(format!("{name}.txt")), text)?;
        }
    }
    Ok(())
}
