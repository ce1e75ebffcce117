use backstop_application::ports::{LetterWriter, PortResult, Reader, Written};
use backstop_domain::{Letter, SecretText, SiteName, letter::one_line};

/// Letters that say what they must and look like nothing, for tests.
#[derive(Clone, Debug)]
pub struct QuickLetters(SiteName);

impl QuickLetters {
    pub fn new(site: SiteName) -> Self {
        Self(site)
    }
}

impl LetterWriter for QuickLetters {
    fn write(&self, letter: &Letter, reader: &Reader) -> PortResult<Written> {
        let mut lines = vec![self.0.as_str().to_owned()];
        lines.extend(reader.display_name.as_ref().map(|name| name.as_str().to_owned()));
        let title = match letter {
            Letter::Codes { batch, made_at, expires_at, codes } => {
                lines.extend([batch.to_string(), made_at.to_string()]);
                lines.push(expires_at.map_or_else(|| "never".to_owned(), |at| at.to_string()));
                lines.extend(codes.iter().map(|code| code.reveal().to_owned()));
                "codes"
            }
            Letter::Report(report) => {
                lines.extend([report.started_by.clone(), report.removed.to_string()]);
                for line in &report.batches {
                    lines.push(format!("{} {} {}", line.batch, line.subject, line.removed_codes));
                }
                "report"
            }
            Letter::Notice(notice) => {
                lines.push(format!("{notice:?}"));
                notice.kind().as_str()
            }
            Letter::Linked { notice, link, until } => {
                lines.extend([format!("{notice:?}"), link.reveal().to_owned(), until.to_string()]);
                notice.kind().as_str()
            }
            Letter::PasswordReset { link, until } => {
                lines.extend([link.reveal().to_owned(), until.to_string()]);
                "password_reset"
            }
            Letter::ClientChanged(change) => {
                lines.push(format!("{change:?}"));
                "client_changed"
            }
            Letter::SecondStepOf { person, news } => {
                lines.push(format!("{person} {news:?}"));
                "second_step_changed"
            }
            Letter::Digest(notices) => {
                lines.extend(notices.iter().map(|(at, notice)| format!("{at} {notice:?}")));
                "digest"
            }
            Letter::Test => "test",
        };
        // Longer than any code, so that none is cut.
        let lines: Vec<String> = lines.iter().map(|line| one_line(line, 1_000)).collect();
        let page: Vec<String> = lines.iter().map(|line| format!("<p>{}</p>", escaped(line))).collect();
        Ok(Written {
            subject: one_line(&format!("{}: {title}", self.0.as_str()), 200),
            text: SecretText::new(format!("{}\n", lines.join("\n"))),
            html: SecretText::new(format!("<!doctype html>\n<html><body>{}</body></html>\n", page.join("\n"))),
        })
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
