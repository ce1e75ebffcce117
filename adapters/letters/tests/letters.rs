//! What the built-in templates say, and what operators may do with their own.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that can't be set up fails")]

use backstop_application::ports::{LetterWriter as _, Reader, Written};
use backstop_domain::{DisplayName, Letter, Locale, SiteName, letter::SupportContact, schedule::Zone};
use backstop_letters::{Letters, Site, TemplateProblem, samples};
use std::{collections::BTreeMap, fs, path::Path};

fn site() -> Site {
    Site {
        name: SiteName::parse("Köln & Söhne").unwrap(),
        support: Some(SupportContact::parse("help@example.com").unwrap()),
        zone: Zone::UTC,
        language: None,
    }
}

fn letters(own: &[(&str, &str)]) -> Result<Letters, Vec<TemplateProblem>> {
    let own = own.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
    Letters::new(site(), &own)
}

fn sample(name: &str) -> Letter {
    samples().into_iter().find(|(sample, _)| *sample == name).unwrap().1
}

fn written(name: &str) -> Written {
    letters(&[]).unwrap().write(&sample(name), &Reader::default()).unwrap()
}

fn problems(own: &[(&str, &str)]) -> Vec<String> {
    letters(own).err().unwrap_or_default().iter().map(ToString::to_string).collect()
}

fn reader(locale: &str) -> Reader {
    Reader { locale: Some(Locale::parse(locale).unwrap()), display_name: None }
}

/// A whole language: the English one with another word in it.
fn language(folder: &str) -> BTreeMap<String, String> {
    let english = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/en");
    let files = fs::read_dir(english).unwrap().map(|file| file.unwrap().path());
    let named = |file: std::path::PathBuf| {
        let text = fs::read_to_string(&file).unwrap().replace("recovery code", &format!("{folder} code"));
        (format!("{folder}/{}", file.file_name().unwrap().to_str().unwrap()), text)
    };
    files.map(named).collect()
}

/// Every letter as a page, to be looked at, in the folder that Cargo gives to tests.
#[test]
fn every_letter_can_be_looked_at() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("letters");
    fs::create_dir_all(&folder).unwrap();
    let ann = Reader { locale: None, display_name: Some(DisplayName::parse("Ann Müller").unwrap()) };
    for (name, letter) in samples() {
        let written = letters(&[]).unwrap().write(&letter, &ann).unwrap();
        fs::write(folder.join(format!("{name}.html")), written.html.reveal()).unwrap();
        let text = format!("Subject: {}\n\n{}", written.subject, written.text.reveal());
        fs::write(folder.join(format!("{name}.txt")), text).unwrap();
        assert!(written.html.reveal().len() < 60_000, "{name}: mail programs cut what is longer than 100 kB");
    }
}
