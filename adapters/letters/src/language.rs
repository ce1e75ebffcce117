use crate::{COMMON, Site, TemplateProblem, codes, facts, style, words::Words};
use backstop_application::ports::{Reader, Written};
use backstop_domain::{Letter, NoticeKind, letter::one_line};
use minijinja::{AutoEscape, Environment, Error, Value, context, syntax::SyntaxConfig};
use std::collections::BTreeSet;

const WORDS: &str = "words.txt";
const LONGEST_SUBJECT: usize = 200;
/// Far more than the longest letter takes, and little enough that a template that never ends is noticed soon.
const FUEL: u64 = 1_000_000;

/// The words and templates of one language.
pub(crate) struct Language {
    folder: String,
    words: Words,
    templates: Environment<'static>,
    /// The files that are in the common folder.
    common: BTreeSet<String>,
}

/// What the templates of a letter are called.
pub(crate) fn name_of(letter: &Letter) -> &'static str {
    match letter {
        Letter::Codes { .. } => "codes",
        Letter::Report(_) => "report",
        Letter::Notice(notice) | Letter::Linked { notice, .. } => notice.kind().as_str(),
        Letter::PasswordReset { .. } => "password_reset",
        Letter::ClientChanged(_) => "client_changed",
        Letter::SecondStepOf { .. } => NoticeKind::SecondStepChanged.as_str(),
        Letter::Digest(_) => "digest",
        Letter::Test => "test",
    }
}

impl Language {
    /// A language of these templates, given as folder, file and text.
    pub(crate) fn new<'t>(
        folder: &str,
        files: impl Iterator<Item = (&'t str, &'t str, &'t str)>,
    ) -> Result<Self, Vec<TemplateProblem>> {
        let (mut problems, mut words, mut common) = (Vec::new(), None, BTreeSet::new());
        let mut templates = environment()
            .map_err(|error| vec![TemplateProblem { file: folder.to_owned(), line: None, what: said(&error) }])?;
        // What a language has for itself comes after what all share, and takes its place.
        let mut files: Vec<_> = files.collect();
        files.sort_by_key(|(of, file, _)| (*of != COMMON, *file));
        for (of, file, text) in files {
            let problem = |line, what| TemplateProblem { file: format!("{of}/{file}"), line, what };
            if file == WORDS {
                match Words::parse(text) {
                    Ok(read) => words = Some(read),
                    Err((line, what)) => problems.push(problem(line, what)),
                }
            } else if let Err(error) = templates.add_template_owned(file.to_owned(), text.to_owned()) {
                problems.push(problem(error.line(), said(&error)));
            }
            if of == COMMON {
                common.insert(file.to_owned());
            } else {
                common.remove(file);
            }
        }
        let there: BTreeSet<String> = templates.templates().map(|(name, _)| name.to_owned()).collect();
        let missing = |file: String| TemplateProblem {
            file: format!("{folder}/{file}"),
            line: None,
            what: "a language needs this file, and it is not there".to_owned(),
        };
        if problems.is_empty() {
            problems.extend(needed().filter(|file| !there.contains(file)).map(missing));
        }
        match words {
            Some(words) if problems.is_empty() => {
                add_numbers(&mut templates, &words);
                Ok(Self { folder: folder.to_owned(), words, templates, common })
            }
            None if problems.is_empty() => Err(vec![missing(WORDS.to_owned())]),
            _ => Err(problems),
        }
    }

    pub(crate) fn folder(&self) -> &str {
        &self.folder
    }

    pub(crate) fn write(&self, site: &Site, letter: &Letter, reader: &Reader) -> Result<Written, TemplateProblem> {
        let name = name_of(letter);
        let shared = context! {
            language => self.folder.as_str(),
            site => facts::site(site),
            reader => facts::reader(reader),
        };
        let phrase = |file: &str, about: Value| {
            let phrase = self.render(file, context! { ..shared.clone(), ..about })?;
            Ok(phrase.trim().to_owned())
        };
        let about = facts::letter(letter, &self.words, &site.zone, &phrase)?;
        let about = context! { ..shared.clone(), ..about };
        let subject = self.render(&format!("{name}.subject"), about.clone())?;
        let subject = one_line(&subject, LONGEST_SUBJECT);
        let (secrets, marks) = match letter {
            Letter::Codes { codes, .. } => (codes.as_slice(), (0..codes.len()).map(codes::mark).collect::<Vec<_>>()),
            _ => (&[][..], Vec::new()),
        };
        let about = context! { codes => marks, subject => subject.as_str(), ..about };
        let text = self.render(&format!("{name}.txt"), about.clone())?;
        let html = self.render(&format!("{name}.html"), about)?;
        let (text, html) = (codes::fill_text(&tidy(&text), secrets), codes::fill_html(html.trim_start(), secrets));
        Ok(Written { subject, text, html })
    }

    fn render(&self, file: &str, about: Value) -> Result<String, TemplateProblem> {
        let rendered = self.templates.get_template(file).and_then(|template| template.render(about));
        rendered.map_err(|error| self.problem(file, &error))
    }

    /// The problem where it arose, which may be in a file that another includes.
    fn problem(&self, file: &str, error: &Error) -> TemplateProblem {
        let mut cause = error;
        while let Some(inner) = core::error::Error::source(cause).and_then(|source| source.downcast_ref::<Error>()) {
            cause = inner;
        }
        let place = cause.name().or(error.name()).unwrap_or(file);
        let folder = if self.common.contains(place) { COMMON } else { &self.folder };
        TemplateProblem { file: format!("{folder}/{place}"), line: cause.line(), what: said(cause) }
    }
}

/// The files that letters are made of.
fn needed() -> impl Iterator<Item = String> {
    let others = ["codes", "password_reset", "client_changed", "report", "digest", "test"];
    let letters = others.into_iter().chain(NoticeKind::ALL.iter().map(|kind| kind.as_str()));
    letters.flat_map(|letter| ["subject", "txt", "html"].map(|part| format!("{letter}.{part}")))
}

fn environment() -> Result<Environment<'static>, Error> {
    let mut templates = Environment::new();
    templates.set_undefined_behavior(minijinja::UndefinedBehavior::Strict);
    templates.set_auto_escape_callback(|name| match name.rsplit_once('.') {
        Some((_, "html")) => AutoEscape::Html,
        _ => AutoEscape::None,
    });
    templates.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    templates.set_fuel(Some(FUEL));
    // What goes wrong is told without the values that were there.
    templates.set_debug(false);
    templates.add_global("style", style::styles());
    templates.add_filter("pad", |number: u64, width: usize| format!("{number:>width$}"));
    Ok(templates)
}

/// Numbers as the language writes them.
fn add_numbers(templates: &mut Environment<'static>, words: &Words) {
    let (alone, counting) = (words.clone(), words.clone());
    templates.add_filter("number", move |number: u64| alone.number(number));
    templates.add_filter("count", move |number: u64, one: &str, many: &str| {
        format!("{} {}", counting.number(number), if number == 1 { one } else { many })
    });
}

fn said(error: &Error) -> String {
    match error.detail() {
        Some(detail) => format!("{}: {detail}", error.kind()),
        None => error.kind().to_string(),
    }
}

/// Conditions that do not hold leave lines without text; two of them in a row are one too many.
fn tidy(text: &str) -> String {
    let mut tidy = String::with_capacity(text.len());
    let mut blank = true;
    for line in text.lines().map(str::trim_end) {
        if !(blank && line.is_empty()) {
            tidy.push_str(line);
            tidy.push('\n');
        }
        blank = line.is_empty();
    }
    tidy.truncate(tidy.trim_end().len());
    tidy.push('\n');
    tidy
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_no_two_blank_lines_in_a_row() {
        assert_eq!(tidy("\n\n a \n\n\n\nb\n\n"), " a\n\nb\n");
    }
}
