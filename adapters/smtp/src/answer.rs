//! What a server said, as it may be kept and shown.

use backstop_application::ports::Mail;
use backstop_domain::letter::one_line;
use lettre::transport::smtp::Error;
use std::error::Error as _;

/// Shorter than this nothing of a mail is worth hiding.
const SHORTEST: usize = 4;
const LONGEST: usize = 250;

/// The code and the words of a refusal. Some servers quote what they don't like: words that are in the mail, and are
/// not just words, are left out.
pub(crate) fn said(error: &Error, mail: &Mail) -> String {
    let words = error.source().map(ToString::to_string).unwrap_or_default();
    let words = without_quotes(&words, [mail.text.reveal(), mail.html.reveal()]);
    let line = match error.status() {
        Some(code) => format!("{code} {words}"),
        None => words,
    };
    one_line(&line, LONGEST)
}

fn without_quotes(answer: &str, parts: [&str; 2]) -> String {
    let parts = parts.map(squeezed);
    let shown = |word: &str| {
        let bare = squeezed(word);
        let is_quote = bare.len() >= SHORTEST && !is_plain(word) && parts.iter().any(|part| part.contains(&bare));
        if is_quote { "***".to_owned() } else { word.to_owned() }
    };
    answer.split_whitespace().map(shown).collect::<Vec<_>>().join(" ")
}

/// Letters and digits only, so that a code is found however it is grouped.
fn squeezed(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// A word as sentences have them: letters, of which only the first may be a capital.
fn is_plain(word: &str) -> bool {
    let letters = word.trim_matches(|c: char| c.is_ascii_punctuation());
    let mut rest = letters.chars();
    rest.next().is_some_and(char::is_alphabetic) && rest.all(char::is_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_quotes_is_left_out() {
        let text = "Your recovery codes\n 1. SAMPL2-mBHxRa-YJuQfE\n";
        for (answer, shown) in [
            ("5.7.1 Your codes look like spam", "5.7.1 Your codes look like spam"),
            ("no user ann@example.com here", "no user ann@example.com here"),
            ("found \"SAMPL2-mBHxRa-YJuQfE\" in it", "found *** in it"),
            ("found sampl2mbhxrayjuqfe in it", "found *** in it"),
            ("found mBHxRa, too", "found *** too"),
        ] {
            assert_eq!(without_quotes(answer, [text, ""]), shown);
            assert_eq!(without_quotes(answer, ["", text]), shown);
        }
    }
}
