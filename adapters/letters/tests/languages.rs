//! Which language a reader gets, and that each says what English says.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that can't be set up fails")]

use backstop_application::ports::{LetterWriter as _, Reader, Written};
use backstop_domain::{DisplayName, Letter, Locale, Notice, SiteName, letter::SupportContact, schedule::Zone};
use backstop_letters::{Letters, Site, samples};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// Each with a word that it has in every letter, and the other has in none.
const LANGUAGES: [(&str, &str); 2] = [("en", "You get"), ("de", "Sie bekommen")];

fn site(language: Option<&str>) -> Site {
    Site {
        name: SiteName::parse("Köln & Söhne").unwrap(),
        support: Some(SupportContact::parse("help@example.com").unwrap()),
        zone: Zone::parse("Europe/Berlin").unwrap(),
        language: language.map(|locale| Locale::parse(locale).unwrap()),
    }
}

fn letters(language: Option<&str>) -> Letters {
    Letters::new(site(language), &BTreeMap::new()).unwrap()
}

fn reader(locale: &str) -> Reader {
    let display_name = Some(DisplayName::parse("Ann Müller").unwrap());
    Reader { locale: Some(Locale::parse(locale).unwrap()), display_name }
}

fn sample(name: &str) -> Letter {
    samples().into_iter().find(|(sample, _)| *sample == name).unwrap().1
}

fn german(letter: &Letter) -> Written {
    letters(None).write(letter, &reader("de")).unwrap()
}

fn folder(language: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("templates").join(language)
}

/// The files of a language by their names.
fn files(language: &str) -> BTreeMap<String, String> {
    let files = fs::read_dir(folder(language)).unwrap().map(|file| file.unwrap().path());
    let named =
        |file: PathBuf| (file.file_name().unwrap().to_str().unwrap().to_owned(), fs::read_to_string(&file).unwrap());
    files.map(named).collect()
}

/// A whole language of an operator: the English one with another word in it.
fn own(language: &str) -> BTreeMap<String, String> {
    let files = files("en").into_iter();
    files
        .map(|(file, text)| (format!("{language}/{file}"), text.replace("recovery code", &format!("{language} code"))))
        .collect()
}

#[test]
fn every_language_has_every_file() {
    let names = |language| files(language).into_keys().collect::<BTreeSet<String>>();
    for (language, _) in LANGUAGES {
        assert_eq!(names(language), names("en"), "{language}");
    }
    let there = fs::read_dir(folder("")).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
    let all: BTreeSet<String> =
        LANGUAGES.iter().map(|(name, _)| (*name).to_owned()).chain(["common".to_owned()]).collect();
    assert_eq!(there.collect::<BTreeSet<String>>(), all, "each language is in these tests");
}

#[test]
fn every_letter_is_in_one_language_with_a_subject_of_one_line() {
    let letters = letters(None);
    for (language, word) in LANGUAGES {
        for (name, letter) in samples() {
            let written = letters.write(&letter, &reader(language)).unwrap();
            let place = format!("{language}, {name}");
            let (text, html) = (written.text.reveal(), written.html.reveal());
            assert!(!written.subject.is_empty() && !written.subject.contains(['\r', '\n']), "{place}");
            assert!(written.subject.chars().count() < 90, "{place}: {}", written.subject);
            assert!(html.contains(&format!("<html lang=\"{language}\">")), "{place}");
            for (other, foreign) in LANGUAGES {
                let flat = text.replace('\n', " ");
                assert_eq!(
                    (flat.contains(foreign), html.contains(foreign)),
                    (other == language, other == language),
                    "{place}: {word}"
                );
            }
            let shown = html.split_once("<body").unwrap().1.replace("<!--", "").replace("<![endif]", "");
            assert!(![&written.subject, text, &shown].iter().any(|part| part.contains('!')), "{place} shouts");
            let longest = text.lines().map(|line| line.chars().count()).max();
            assert!(longest < Some(90), "{place}: {longest:?} in {text}");
            assert!(html.len() < 60_000, "{place}: mail programs cut what is longer than 100 kB");
        }
    }
}

#[test]
fn a_reader_gets_their_own_language_else_the_sites_else_english() {
    for (locale, site, said) in [
        (Some("de"), None, "de"),
        (Some("de-AT"), None, "de"),
        (Some("DE"), Some("en"), "de"),
        (Some("en-GB"), Some("de"), "en"),
        (Some("fr"), Some("de-CH"), "de"),
        (Some("fr"), Some("it"), "en"),
        (Some("fr"), None, "en"),
        (Some("deu"), None, "en"),
        (None, Some("de"), "de"),
        (None, Some("fr-CA"), "en"),
        (None, None, "en"),
    ] {
        let reader = locale.map(reader).unwrap_or_default();
        let written = letters(site).write(&sample("none_left"), &reader).unwrap();
        let html = written.html.reveal();
        assert!(html.contains(&format!("<html lang=\"{said}\">")), "{locale:?} on {site:?}: {html}");
    }
}

#[test]
fn another_language_is_a_folder() {
    let mut own_templates = own("nl");
    own_templates.extend(own("pt-BR"));
    let subject = |letters: &Letters, reader: &Reader| letters.write(&sample("none_left"), reader).unwrap().subject;
    let letters = Letters::new(site(None), &own_templates).unwrap();
    for (locale, said) in [
        ("nl", "nl code"),
        ("nl-BE", "nl code"),
        ("NL", "nl code"),
        ("pt-br", "pt-BR code"),
        ("pt", "recovery code"),
        ("fr", "recovery code"),
        ("de", "Wiederherstellungscode"),
        ("en-GB", "recovery code"),
    ] {
        assert!(subject(&letters, &reader(locale)).contains(said), "{locale}");
    }
    assert!(subject(&letters, &Reader::default()).contains("recovery code"));
    let dutch = Letters::new(site(Some("nl-NL")), &own_templates).unwrap();
    for (locale, said) in [(None, "nl code"), (Some("fr"), "nl code"), (Some("en"), "recovery code")] {
        let reader = locale.map(reader).unwrap_or_default();
        assert!(subject(&dutch, &reader).contains(said), "{locale:?}");
    }
}

#[test]
fn an_operators_templates_are_tried_in_each_language() {
    for (language, _) in LANGUAGES {
        for (file, text, what) in [
            ("none_left.subject", "{{ site.nmae }}", "undefined value"),
            ("test.html", "{{ site.name }}<img src=x>", "has no <img>"),
            ("codes.txt", "{{ site.name }} {{ batch }}", "the codes are not all there"),
        ] {
            let file = format!("{language}/{file}");
            let own = BTreeMap::from([(file.clone(), text.to_owned())]);
            let found = Letters::new(site(None), &own).err().unwrap_or_default();
            let found: Vec<String> = found.iter().map(ToString::to_string).collect();
            let told = |problem: &String| problem.starts_with(&file) && problem.contains(what);
            assert!(
                found.iter().any(told) && found.iter().all(|problem| problem.starts_with(&file)),
                "{file}: {found:#?}"
            );
        }
    }
}

#[test]
fn a_german_mail_with_codes_reads_as_it_is_meant_to() {
    let written = german(&sample("codes-ending"));
    let codes: Vec<String> =
        (1..9).map(|nth| format!("  {nth}.  SAMPL{}-mBHxRa-YJuQfE-3kTn7W-bcWzp9-XgUDw4", nth + 1)).collect();
    let codes = codes.join("\n");
    let expected = format!(
        "\
Ihre Wiederherstellungscodes für Köln & Söhne

{codes}

Jeder Code meldet Sie ein Mal an, wenn Sie Ihren Authenticator nicht zur
Hand haben. Die Reihenfolge spielt keine Rolle.

Erstellt:    3. März 2026 um 17:21 MEZ
Gültig bis:  1. Juni 2026 um 18:21 MESZ
Satz:        0198a6f2-6c40-7d31-9b52-3f6f2a100001

Speichern Sie die Codes in einem Passwortmanager, oder drucken Sie sie aus.
Löschen Sie dann diese E-Mail: Wer sie lesen kann, kann die Codes benutzen.

SIE HABEN DIESE E-MAIL NICHT ANGEFORDERT?
Dann ist jemand in Ihrem Konto und hat diese Codes vielleicht gesehen.
Melden Sie sich an, und erstellen Sie jetzt neue Codes: Diese gelten dann
sofort nicht mehr. Ändern Sie Ihr Passwort, und informieren Sie
den Support (help@example.com).

---
Sie bekommen diese E-Mail, weil sie in Ihrem Konto bei
Köln & Söhne angefordert wurde.
Fragen? help@example.com
"
    );
    assert_eq!(written.text.reveal(), expected);
    assert_eq!(written.subject, "Ihre Wiederherstellungscodes für Köln & Söhne");
}

#[test]
fn german_has_its_own_numbers_names_and_forms_of_one_and_many() {
    let text = |name| german(&sample(name)).text.reveal().to_owned();
    assert!(text("codes").contains("Gültig:      unbegrenzt\n"));
    assert!(text("codes_low").starts_with("3 Wiederherstellungscodes sind übrig\n"));
    assert!(text("codes_low-one").starts_with("1 Wiederherstellungscode ist übrig\n"));
    assert!(text("codes_made-ending").contains("hat 1 neuen Code."));
    assert!(text("code_used").contains("Womit:   Firefox auf einem Windows-PC\n"));
    assert!(text("report").contains("Auslöser:  Zeitplan nightly\n"));
    assert!(
        text("report").contains("* user-4711: 8 entfernt, 0 übrig, Satz entfernt\n  Satz vom 29. Januar 2025, gültig")
    );
    assert!(text("report-one").contains("1 Code entfernt") && text("report-one").contains("weniger als eine Sekunde"));
    assert!(text("report-capped").contains("Und 12 weitere Sätze."));
    assert!(text("report-email-log").contains("Einträge des E-Mail-Protokolls entfernt"));

    let Letter::Report(mut report) = sample("report-audit") else { unreachable!() };
    (report.removed, report.started_by) = (1_234_567, "command line".to_owned());
    let written = german(&Letter::Report(report));
    assert_eq!(written.subject, "Köln & Söhne: Aufräumen des Prüfprotokolls, 1.234.567 entfernt");
    assert!(written.text.reveal().contains("1.234.567 Einträge des Prüfprotokolls entfernt"));
    assert!(written.text.reveal().contains("Auslöser:  Befehlszeile\n"));

    let Letter::Notice(Notice::CodeUsed { at, ip, remaining, .. }) = sample("code_used") else { unreachable!() };
    let safari = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Mobile/15E148 Safari/604.1";
    let letter = Letter::Notice(Notice::CodeUsed { at, ip, user_agent: Some(safari.to_owned()), remaining });
    assert!(german(&letter).text.reveal().contains("Womit:   Safari auf einem iPhone\n"));
}
