use super::defects;
use crate::LetterWriterHarness;
use backstop_application::ports::{LetterWriter, PortError, PortResult, Reader, Written};
use backstop_domain::{Letter, SecretText, SiteName};
use std::sync::Arc;

defects! {
    /// What is wrong with a writer of letters.
    LetterDefect {
        TextsHideTheSite,
        SpeaksOneLanguage,
        ReversesCodes,
        SetsAreNotNamed,
        ReportsLackABatch,
        SubjectsHaveTwoLines,
        SubjectsTurn,
        SubjectsAreLong,
        SubjectsHaveCodes,
        NamesAreMarkup,
        NamesBreakLines,
        PagesLoadPictures,
        PagesLeadAway,
        LinksAreCut,
    }
}

/// A sound writer with one defect.
pub struct BrokenLetters {
    sound: Arc<dyn LetterWriterHarness>,
    defect: LetterDefect,
}

impl BrokenLetters {
    pub fn new(sound: Arc<dyn LetterWriterHarness>, defect: LetterDefect) -> Self {
        Self { sound, defect }
    }
}

struct BrokenWriter {
    sound: Arc<dyn LetterWriter>,
    defect: LetterDefect,
    site: SiteName,
}

impl LetterWriterHarness for BrokenLetters {
    fn of_site(&self, site: &SiteName) -> Arc<dyn LetterWriter> {
        Arc::new(BrokenWriter { sound: self.sound.of_site(site), defect: self.defect, site: site.clone() })
    }
}

impl BrokenWriter {
    /// The letter with what the sound writer should not be told left out.
    fn spoilt(&self, letter: &Letter) -> Letter {
        let mut letter = letter.clone();
        match (&mut letter, self.defect) {
            (Letter::Codes { codes, .. }, LetterDefect::ReversesCodes) => codes.reverse(),
            (Letter::Report(report), LetterDefect::ReportsLackABatch) => drop(report.batches.pop()),
            _ => {}
        }
        letter
    }
}

fn changed(text: &SecretText, from: &str, to: &str) -> SecretText {
    SecretText::new(text.reveal().replace(from, to))
}

impl LetterWriter for BrokenWriter {
    fn write(&self, letter: &Letter, reader: &Reader) -> PortResult<Written> {
        if self.defect == LetterDefect::SpeaksOneLanguage && reader.locale.is_some() {
            return Err(PortError::unavailable("nobody speaks this"));
        }
        let mut written = self.sound.write(&self.spoilt(letter), reader)?;
        match (self.defect, letter) {
            (LetterDefect::TextsHideTheSite, _) => written.text = changed(&written.text, self.site.as_str(), "A site"),
            (LetterDefect::SetsAreNotNamed, Letter::Codes { batch, .. }) => {
                written.text = changed(&written.text, &batch.to_string(), "a set");
            }
            (LetterDefect::LinksAreCut, letter) => {
                if let Some(link) = letter.link() {
                    written.text = changed(&written.text, link.reveal(), "https://codes.example/");
                }
            }
            (LetterDefect::SubjectsHaveTwoLines, _) => written.subject.push_str("\r\n "),
            (LetterDefect::SubjectsTurn, _) => written.subject.insert(0, '\u{202E}'),
            (LetterDefect::SubjectsAreLong, _) => written.subject = written.subject.repeat(20),
            (LetterDefect::SubjectsHaveCodes, Letter::Codes { codes, .. }) => {
                written.subject.push_str(codes[0].reveal());
            }
            (LetterDefect::NamesAreMarkup, _) => written.html = changed(&written.html, "&lt;", "<"),
            (LetterDefect::NamesBreakLines, _) => written.text = changed(&written.text, " Bcc:", "\nBcc:"),
            (LetterDefect::PagesLoadPictures, _) => {
                written.html = changed(&written.html, "</body>", "<img alt='' src='https://example.com/seen'></body>");
            }
            (LetterDefect::PagesLeadAway, _) => {
                written.html = changed(&written.html, "</body>", "<a href='https://example.com/'>here</a></body>");
            }
            _ => {}
        }
        Ok(written)
    }
}
