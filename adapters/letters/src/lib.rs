//! Mails in words, from templates.
//!
//! The built-in templates are in `templates`, a folder a language; an operator may put texts of their own in their
//! place. [`Letters::new`] tries every letter with those before it takes them, so that a template with a mistake is
//! found when the service starts, and not when somebody waits for codes.

mod checks;
mod codes;
mod device;
mod facts;
mod language;
mod samples;
mod style;
mod words;

use backstop_application::ports::{LetterWriter, PortError, PortErrorKind, PortResult, Reader, Written};
use backstop_domain::{Letter, Locale, SiteName, letter::SupportContact, schedule::Zone};
use core::fmt;
use language::Language;
use std::collections::{BTreeMap, BTreeSet};

pub use samples::samples;

/// Every template of the program, by `language/file`.
const BUILT_IN: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/templates.rs"));
/// The folder of what all languages share.
const COMMON: &str = "common";
const ENGLISH: &str = "en";

/// What letters say of the site.
#[derive(Clone, Debug)]
pub struct Site {
    pub name: SiteName,
    pub support: Option<SupportContact>,
    /// In whose time instants are told.
    pub zone: Zone,
    /// For readers whose language is not known.
    pub language: Option<Locale>,
}

/// What is wrong with a template.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TemplateProblem {
    /// `language/file`.
    pub file: String,
    pub line: Option<usize>,
    pub what: String,
}

impl fmt::Display for TemplateProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}, line {line}: {}", self.file, self.what),
            None => write!(f, "{}: {}", self.file, self.what),
        }
    }
}

/// Puts letters into words.
pub struct Letters {
    site: Site,
    /// By folder, in lower case.
    languages: BTreeMap<String, Language>,
}

impl Letters {
    /// Letters of this site, with an operator's own templates in the place of built-in ones, by `language/file` as in
    /// `en/codes.html`. Every letter of a language that they are in is tried with sample data, and every problem
    /// reported at once.
    pub fn new(site: Site, own: &BTreeMap<String, String>) -> Result<Self, Vec<TemplateProblem>> {
        let mut problems = Vec::new();
        let sources = sources(own, &mut problems);
        let mut languages = BTreeMap::new();
        let folders: BTreeSet<&str> = sources.keys().map(|(folder, _)| *folder).filter(|f| *f != COMMON).collect();
        for folder in folders {
            let files = sources.iter().filter(|((of, _), _)| *of == folder || *of == COMMON);
            match Language::new(folder, files.map(|((of, file), text)| (*of, *file, *text))) {
                Ok(language) => drop(languages.insert(folder.to_lowercase(), language)),
                Err(found) => problems.extend(found),
            }
        }
        let letters = Self { site, languages };
        let changed = |folder: &str| own.keys().any(|name| name.split('/').next().is_some_and(|of| of == folder));
        for language in letters.languages.values().filter(|of| changed(of.folder()) || changed(COMMON)) {
            problems.extend(checks::try_all(&letters.site, language));
        }
        problems.sort();
        problems.dedup();
        if problems.is_empty() { Ok(letters) } else { Err(problems) }
    }

    /// The language that fits the reader best: theirs, else the site's, else English.
    fn language(&self, reader: &Reader) -> Option<&Language> {
        let wanted = [reader.locale.as_ref(), self.site.language.as_ref()];
        let mut names = wanted.into_iter().flatten().flat_map(|locale| {
            let name = locale.as_str().to_lowercase();
            let ends: Vec<usize> = name.match_indices('-').map(|(at, _)| at).chain([name.len()]).collect();
            ends.into_iter().rev().map(move |end| name[..end].to_owned()).collect::<Vec<_>>()
        });
        names.find_map(|name| self.languages.get(&name)).or_else(|| self.languages.get(ENGLISH))
    }
}

impl LetterWriter for Letters {
    fn write(&self, letter: &Letter, reader: &Reader) -> PortResult<Written> {
        let rejected = || PortError::new(PortErrorKind::Rejected, "a letter could not be put into words");
        let language = self.language(reader).ok_or_else(rejected)?;
        language.write(&self.site, letter, reader).map_err(|problem| rejected().because(problem.to_string()))
    }
}

type Sources<'t> = BTreeMap<(&'t str, &'t str), &'t str>;

/// All templates by folder and file, the operator's in the place of the built-in ones.
fn sources<'t>(own: &'t BTreeMap<String, String>, problems: &mut Vec<TemplateProblem>) -> Sources<'t> {
    let mut sources: Sources<'t> =
        BUILT_IN.iter().filter_map(|(name, text)| Some((name.split_once('/')?, *text))).collect();
    let known: BTreeSet<&str> = sources.keys().map(|(_, file)| *file).collect();
    for (name, text) in own {
        let complaint = match name.split_once('/') {
            Some((folder, file)) if folder != COMMON && Locale::parse(folder).is_err() => {
                Some(format!("the folder must be a language such as en or de, or {COMMON}, for {file}"))
            }
            Some((_, file)) if !known.contains(file) => Some(
                "no letter uses a file of this name; those that are used are called as the built-in ones".to_owned(),
            ),
            None => Some("templates are in a folder for their language, such as en".to_owned()),
            Some(place) => {
                sources.insert(place, text);
                None
            }
        };
        problems.extend(complaint.map(|what| TemplateProblem { file: name.clone(), line: None, what }));
    }
    sources
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_letter_is_sound() {
        let site =
            Site { name: SiteName::parse("Köln & Söhne").unwrap(), support: None, zone: Zone::UTC, language: None };
        let letters = Letters::new(site, &BTreeMap::new()).unwrap_or_else(|problems| panic!("{problems:#?}"));
        for language in letters.languages.values() {
            assert_eq!(checks::try_all(&letters.site, language), []);
        }
        assert!(letters.languages.len() > 1 && letters.languages.contains_key(ENGLISH));
    }
}
