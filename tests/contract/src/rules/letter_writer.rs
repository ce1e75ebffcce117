//! Letters in words: everything is in them, and nothing that somebody wrote makes them something else.

use crate::{LetterWriterHarness, fixture::*};
use backstop_application::ports::{LetterWriter, Reader, Written};
use backstop_domain::{
    BatchId, CleanUp, CleanUpReport, DisplayName, Letter, Locale, Notice, Scope, SecretText, SiteName, Subject,
    SuspensionReason,
    letter::{BatchLine, ClientAct, ClientChange, SecondStepChange, SecondStepNews},
};
use std::sync::Arc;

const SITE: &str = "Köln & Söhne <i>";
const CODES: [&str; 5] = ["ZZZZ-9999", "AAAA-1111", "MM&M-<5>5", "BBBB-2222", "0000-XXXX"];
/// What somebody may write who wants it to be more than words.
const WRITTEN: &str = "<x-eve onclick=\"x\">\r\nBcc: eve@example.com\u{202E}";

fn writer(harness: &dyn LetterWriterHarness) -> Arc<dyn LetterWriter> {
    harness.of_site(&SiteName::parse(SITE).unwrap())
}

fn write(writer: &dyn LetterWriter, letter: &Letter) -> Written {
    writer.write(letter, &Reader::default()).unwrap()
}

fn codes() -> Letter {
    let codes = CODES.iter().map(|code| SecretText::new((*code).to_owned())).collect();
    Letter::Codes { batch: BatchId::new(uuid()), made_at: at(0), expires_at: Some(at(86_400)), codes }
}

fn report(of: CleanUp) -> CleanUpReport {
    let line = |removed_codes| BatchLine {
        batch: BatchId::new(uuid()),
        subject: Subject::parse(&format!("<x-eve>{removed_codes}</x-eve>\u{202E}")).unwrap(),
        made_at: at(0),
        expires_at: Some(at(5)),
        removed_codes,
        left: 0,
        batch_removed: true,
    };
    CleanUpReport {
        of,
        started_by: WRITTEN.to_owned(),
        started_at: at(10),
        ended_at: at(12),
        older_than: at(6),
        removed: 7_351,
        capped: true,
        batches: if of == CleanUp::Codes { vec![line(3_041), line(4_310)] } else { Vec::new() },
        more_batches: 0,
        range: (of != CleanUp::Codes).then(|| (at(0), at(5))),
    }
}

fn notices() -> Vec<Notice> {
    let used = |remaining| Notice::CodeUsed {
        at: at(0),
        ip: "192.0.2.7".parse().ok(),
        user_agent: Some(WRITTEN.to_owned()),
        remaining,
    };
    vec![
        Notice::CodesMade { count: 10, at: at(0), expires_at: None },
        used(5),
        used(0),
        Notice::CodesLow { remaining: 3 },
        Notice::NoneLeft,
        Notice::CodesExpiring { expires_at: at(0), remaining: 7 },
        Notice::Suspended { at: at(0), reason: SuspensionReason::Failures },
        Notice::Suspended { at: at(0), reason: SuspensionReason::NotMe },
        Notice::Suspended { at: at(0), reason: SuspensionReason::Admin },
        Notice::CeilingReached { at: at(0) },
        Notice::PasswordWornOut { at: at(0) },
        Notice::SecondStepChanged(second_step()),
    ]
}

const LINK: &str = "https://codes.example/lift/aB3dE5fG7hJ9kL2mN4pQ6rS8tU1vW3xY5zA?a=1&b=2";

fn linked() -> Letter {
    let notice = Notice::Suspended { at: at(0), reason: SuspensionReason::Failures };
    Letter::Linked { notice, link: SecretText::new(LINK.to_owned()), until: at(86_400) }
}

fn password_reset() -> Letter {
    Letter::PasswordReset { link: SecretText::new(LINK.to_owned()), until: at(3_600) }
}

fn client_changed() -> Letter {
    Letter::ClientChanged(ClientChange {
        act: ClientAct::KeyAdded,
        client: WRITTEN.to_owned(),
        scopes: [Scope::CodesRead].into_iter().collect(),
        by: Some(WRITTEN.to_owned()),
        at: at(0),
        ip: "203.0.113.7".parse().ok(),
        others_end_at: Some(at(60)),
    })
}

fn second_step() -> SecondStepNews {
    SecondStepNews { change: SecondStepChange::Replaced, at: at(0), ip: None, user_agent: Some(WRITTEN.to_owned()) }
}

fn of_another() -> Letter {
    Letter::SecondStepOf { person: WRITTEN.to_owned(), news: second_step() }
}

fn every_letter() -> Vec<Letter> {
    let mut letters = vec![codes(), linked(), password_reset(), client_changed(), of_another(), Letter::Test];
    letters.extend(CleanUp::ALL.iter().map(|of| Letter::Report(report(*of))));
    letters.push(Letter::Report(CleanUpReport { removed: 0, batches: Vec::new(), ..report(CleanUp::Codes) }));
    letters.push(Letter::Digest(notices().into_iter().map(|notice| (at(0), notice)).collect()));
    letters.extend(notices().into_iter().map(Letter::Notice));
    letters
}

fn readers() -> [Reader; 3] {
    let named = |name| DisplayName::parse(name).unwrap();
    [
        Reader::default(),
        Reader { locale: Some(Locale::parse("tlh").unwrap()), display_name: Some(named("Ann")) },
        Reader { locale: None, display_name: Some(named("<x-eve>Ann\u{202E}")) },
    ]
}

/// What a page shows, without its tags.
fn shown(html: &str) -> String {
    let (mut text, mut inside) = (String::new(), false);
    for c in html.chars() {
        match c {
            '<' => inside = true,
            '>' if inside => inside = false,
            c if !inside => text.push(c),
            _ => {}
        }
    }
    let entities = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&#x27;", "'"), ("&#x2f;", "/")];
    entities.iter().fold(text, |text, (entity, c)| text.replace(entity, c)).replace("&amp;", "&")
}

fn turns(c: char) -> bool {
    matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{200E}' | '\u{200F}')
}

/// "Both parts name the site", whatever the letter and whoever reads it, "in the reader's language, or else in the
/// site's".
pub async fn every_letter_names_the_site(harness: &dyn LetterWriterHarness) {
    let writer = writer(harness);
    for letter in every_letter() {
        for reader in readers() {
            let written = writer.write(&letter, &reader).unwrap();
            assert!(written.text.reveal().contains(SITE), "{letter:?}: {}", written.text.reveal());
            assert!(shown(written.html.reveal()).contains(SITE), "{letter:?}");
        }
    }
}

/// "A letter with codes has each of them in order, and says what set they are."
pub async fn codes_are_there_in_order(harness: &dyn LetterWriterHarness) {
    let letter = codes();
    let written = write(&*writer(harness), &letter);
    let Letter::Codes { batch, .. } = letter else { unreachable!() };
    for part in [written.text.reveal().to_owned(), shown(written.html.reveal())] {
        let places: Vec<Option<usize>> = CODES.iter().map(|code| part.find(code)).collect();
        assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{part}");
        assert!(part.contains(&batch.to_string()), "{part}");
    }
}

/// "A report says how much was removed, and of each of its batches how much."
pub async fn a_report_says_what_was_removed(harness: &dyn LetterWriterHarness) {
    let writer = writer(harness);
    for of in CleanUp::ALL {
        let report = report(*of);
        let written = write(&*writer, &Letter::Report(report.clone()));
        for part in [written.text.reveal().to_owned(), shown(written.html.reveal())] {
            assert!(part.contains("7351"), "{part}");
            for line in &report.batches {
                let about = part.find(&line.batch.to_string());
                let removed = part.find(&format!(" {}", line.removed_codes));
                assert!(about.is_some() && removed.is_some(), "{part}");
            }
        }
    }
}

/// "A letter with a link has it in both parts."
pub async fn a_link_is_in_both_parts(harness: &dyn LetterWriterHarness) {
    for letter in [linked(), password_reset()] {
        let written = write(&*writer(harness), &letter);
        assert!(written.text.reveal().contains(LINK), "{}", written.text.reveal());
        assert!(shown(written.html.reveal()).contains(LINK), "{}", written.html.reveal());
        assert!(!written.subject.contains("aB3dE5"), "{}", written.subject);
    }
}

/// "The subject is one line without control characters or changes of the writing direction, at most 200 characters
/// long."
pub async fn the_subject_is_one_line(harness: &dyn LetterWriterHarness) {
    let turned = format!("{}\u{202E}", "<b>".repeat(20));
    for site in [SITE, &turned] {
        let writer = harness.of_site(&SiteName::parse(site).unwrap());
        for letter in every_letter() {
            for reader in readers() {
                let subject = writer.write(&letter, &reader).unwrap().subject;
                let length = subject.chars().count();
                assert!((1..=200).contains(&length), "{subject}");
                assert!(!subject.contains(|c: char| c.is_control() || turns(c)), "{subject:?}");
            }
        }
    }
}

/// The subject "has no code": it is what servers write into their logs.
pub async fn the_subject_has_no_code(harness: &dyn LetterWriterHarness) {
    let subject = write(&*writer(harness), &codes()).subject;
    assert!(CODES.iter().all(|code| !subject.contains(code)), "{subject}");
}

/// "Nothing that somebody wrote (a name, what a browser calls itself) becomes markup or a line of its own."
pub async fn what_somebody_wrote_stays_words(harness: &dyn LetterWriterHarness) {
    let writer = writer(harness);
    for letter in every_letter() {
        for reader in readers() {
            let written = writer.write(&letter, &reader).unwrap();
            assert!(!written.html.reveal().contains("<x-eve"), "{letter:?}");
            for part in [written.text.reveal(), written.html.reveal()] {
                assert!(!part.contains(turns), "{letter:?}");
                assert!(!part.lines().any(|line| line.trim_start().starts_with("Bcc:")), "{letter:?}: {part}");
            }
        }
    }
}

/// "The HTML part loads nothing, leads nowhere but to the site's support and by that link, and has nothing in it that
/// runs."
pub async fn a_page_loads_and_runs_nothing(harness: &dyn LetterWriterHarness) {
    let writer = writer(harness);
    for letter in every_letter() {
        let html = write(&*writer, &letter).html.reveal().to_lowercase();
        assert!(html.trim_start().starts_with("<!doctype html"), "a whole page: {html}");
        let foreign =
            ["<script", "<img", "<link", "<iframe", "<object", "<embed", "<form", "<svg", "<video", "<audio", "<base"];
        for foreign in foreign.into_iter().chain([" src=", " srcset=", "url(", "@import", "http-equiv", "javascript:"])
        {
            assert!(!html.contains(foreign), "{letter:?} has {foreign}");
        }
        // The kit's sites have no support contact.
        let own = letter.link().is_some();
        let link = LINK.to_lowercase().replace('&', "&amp;");
        for place in html.split("href=").skip(1) {
            let leads = place.trim_start_matches(['"', '\'']).replace("&#x2f;", "/");
            assert!(own && leads.starts_with(&link), "{letter:?} leads somewhere: {leads}");
        }
    }
}
