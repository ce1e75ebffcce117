use aho_corasick::AhoCorasick;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
};

/// Looks for secrets in the raw bytes of files, in every form in which one could leak.
pub struct Search {
    forms: AhoCorasick,
    names: Vec<String>,
}

/// What a search saw.
#[derive(Debug, Default)]
pub struct Seen {
    /// Each file with its size.
    pub files: BTreeMap<PathBuf, usize>,
    /// Where which secret was found, in which form.
    pub hits: Vec<String>,
}

impl Search {
    /// Takes codes as they are shown or typed, and other secrets.
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a str>) -> Self {
        let (mut patterns, mut names) = (Vec::new(), Vec::new());
        for secret in secrets {
            for (name, form) in forms(secret) {
                patterns.push(form);
                names.push(format!("{secret:?} as {name}"));
            }
        }
        let forms = AhoCorasick::builder().ascii_case_insensitive(true).build(&patterns).expect("patterns");
        Self { forms, names }
    }

    /// Every file below the folders.
    pub fn run(&self, folders: &[&Path]) -> Seen {
        let mut seen = Seen::default();
        for folder in folders {
            self.look_into(folder, &mut seen);
        }
        seen
    }

    /// Which secrets are in these bytes.
    pub fn hits(&self, bytes: &[u8]) -> Vec<String> {
        let found: BTreeSet<usize> =
            self.forms.find_overlapping_iter(bytes).map(|hit| hit.pattern().as_usize()).collect();
        found.into_iter().map(|form| self.names[form].clone()).collect()
    }

    fn look_into(&self, path: &Path, seen: &mut Seen) {
        let bytes = if path.is_dir() { None } else { Some(fs::read(path)) };
        match bytes {
            None => {
                for entry in fs::read_dir(path).expect("a folder that can be read") {
                    self.look_into(&entry.expect("an entry").path(), seen);
                }
            }
            // A database removes files as it goes.
            Some(Err(error)) if error.kind() == ErrorKind::NotFound => {}
            Some(bytes) => {
                let bytes = bytes.unwrap_or_else(|error| panic!("{} can't be read: {error}", path.display()));
                let hits = self.hits(&bytes);
                seen.hits.extend(hits.iter().map(|hit| format!("{hit} in {}", path.display())));
                seen.files.insert(path.to_owned(), bytes.len());
            }
        }
    }
}

/// Each way to write a secret; the search itself does not mind the case of letters.
pub fn forms(secret: &str) -> Vec<(&'static str, String)> {
    let bare: String = secret.chars().filter(|c| c.is_alphanumeric()).collect();
    let texts: BTreeSet<String> = [secret, &bare]
        .into_iter()
        .flat_map(|text| [text.to_owned(), text.to_lowercase(), text.to_uppercase()])
        .collect();
    let mut forms = Vec::new();
    for text in &texts {
        forms.push(("text", text.clone()));
        forms.push(("hex", hex(text)));
        for before in 0..3 {
            forms.push(("base64", inside_base64(text, before, &STANDARD_NO_PAD)));
            forms.push(("base64 for URLs", inside_base64(text, before, &URL_SAFE_NO_PAD)));
        }
    }
    forms
}

fn hex(text: &str) -> String {
    text.bytes().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").expect("text can be written");
        hex
    })
}

/// The symbols that stand for the text and nothing else, when `before` bytes modulo three come before it.
fn inside_base64(text: &str, before: usize, engine: &impl base64::Engine) -> String {
    let bytes: Vec<u8> = core::iter::repeat_n(0, before).chain(text.bytes()).collect();
    let symbols = engine.encode(&bytes);
    symbols[(before * 8).div_ceil(6)..bytes.len() * 8 / 6].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::{
        Engine as _,
        engine::general_purpose::{STANDARD, URL_SAFE},
    };

    const CODE: &str = "Qm7RtZ-b4KxWc-9HnPvd-G2sLyf-TjA8uE-w5NkXh";

    #[test]
    fn a_secret_is_found_in_every_form_and_at_every_place() {
        let search = Search::new([CODE]);
        let bare = CODE.replace('-', "");
        let mut shown = 0;
        for text in [CODE.to_owned(), bare.clone(), CODE.to_lowercase(), bare.to_lowercase(), bare.to_uppercase()] {
            for place in ["", "a", "ab", "abc", "{\"code\":\""] {
                let whole = format!("{place}{text}\"}}");
                let hex = hex(&whole);
                for written in
                    [whole.clone(), hex.to_uppercase(), hex, STANDARD.encode(&whole), URL_SAFE.encode(&whole)]
                {
                    let surrounded = [b"\x00\xff".as_slice(), written.as_bytes(), b"\xfe\x00"].concat();
                    assert!(!search.hits(&surrounded).is_empty(), "{written}");
                    shown += 1;
                }
            }
        }
        assert_eq!(shown, 5 * 5 * 5);
    }

    #[test]
    fn what_is_no_secret_is_not_found() {
        let search = Search::new([CODE]);
        let near = CODE.replace('Q', "R");
        assert_eq!(search.hits(near.as_bytes()), [""; 0]);
        assert_eq!(search.hits(STANDARD.encode(&near).as_bytes()), [""; 0]);
        assert_eq!(search.hits(b""), [""; 0]);
    }

    #[test]
    fn every_file_below_a_folder_is_searched() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("deep/er")).unwrap();
        fs::write(folder.path().join("clean"), "nothing").unwrap();
        fs::write(folder.path().join("deep/er/planted"), [b"\0\x01".as_slice(), CODE.as_bytes()].concat()).unwrap();
        let seen = Search::new([CODE]).run(&[folder.path()]);
        assert_eq!(seen.files.len(), 2);
        assert!(seen.hits.iter().all(|hit| hit.contains("deep/er/planted")), "{:?}", seen.hits);
        assert!(!seen.hits.is_empty());
    }
}
