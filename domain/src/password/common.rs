//! What guessers try first, as far as it is long enough to be a password at all.

use unicode_normalization::UnicodeNormalization as _;
use zeroize::Zeroizing;

/// Longest first, so that a word is not cut by one inside it.
const WORDS: [&str; 45] = [
    "correcthorsebatterystaple",
    "thisismypassword",
    "qwertyuiop",
    "1q2w3e4r5t",
    "passphrase",
    "1234567890",
    "0987654321",
    "987654321",
    "asdfghjkl",
    "basketball",
    "qwertzuiop",
    "changeme",
    "football",
    "baseball",
    "iloveyou",
    "starwars",
    "sunshine",
    "superman",
    "princess",
    "password",
    "passwort",
    "trustno1",
    "whatever",
    "default",
    "dragon",
    "geheim",
    "hallo",
    "letmein",
    "michael",
    "monkey",
    "master",
    "secret",
    "shadow",
    "summer",
    "winter",
    "welcome",
    "qwerty",
    "qwertz",
    "azerty",
    "zxcvbnm",
    "hello",
    "login",
    "admin",
    "super",
    "test",
];

/// The rows that fingers run along.
const RUNS: [&str; 6] =
    ["abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "qwertzuiop", "asdfghjkl", "zxcvbnm"];

/// What must be left when all that is common is taken away.
const LEAST_REST: usize = 6;

/// Of so many different characters a password is made at least.
const LEAST_DIFFERENT: usize = 5;

/// Letters and digits in lower case, with the usual disguises taken off.
pub(super) fn folded(text: &str) -> Zeroizing<String> {
    let mut folded = Zeroizing::new(String::with_capacity(text.len().saturating_mul(4)));
    for character in text.nfkc().flat_map(char::to_lowercase) {
        let plain = match character {
            '@' => 'a',
            '$' => 's',
            '!' => 'i',
            other => other,
        };
        if plain.is_alphanumeric() {
            folded.push(plain);
        }
    }
    folded
}

/// `text` as it was written, `folded` as [`folded`] makes it.
pub(super) fn is_common(text: &str, folded: &str) -> bool {
    let symbols = different(text.chars().filter(|c| !c.is_alphanumeric() && !c.is_whitespace()));
    let few = different(folded.chars()) + symbols < LEAST_DIFFERENT;
    few || rest(folded).min(rest(&undigited(folded))) + symbols < LEAST_REST
}

/// How many different ones there are, as far as that matters.
fn different(characters: impl Iterator<Item = char>) -> usize {
    let mut seen = Zeroizing::new(Vec::with_capacity(LEAST_REST));
    for character in characters {
        if seen.len() < LEAST_REST && !seen.contains(&character) {
            seen.push(character);
        }
    }
    seen.len()
}

/// Digits that stand for letters, as in `p4ssw0rd`.
fn undigited(text: &str) -> Zeroizing<String> {
    let mut plain = Zeroizing::new(String::with_capacity(text.len()));
    plain.extend(text.chars().map(|character| match character {
        '0' => 'o',
        '1' => 'i',
        '3' => 'e',
        '4' => 'a',
        '5' => 's',
        '7' => 't',
        other => other,
    }));
    plain
}

/// How many characters are neither part of a common word, nor of a run of keys, nor of a repetition.
fn rest(text: &str) -> usize {
    let characters = Zeroizing::new(text.chars().collect::<Vec<char>>());
    let mut at = 0;
    let mut rest = 0;
    while at < characters.len() {
        let ahead = &characters[at..];
        let taken = word(ahead).max(run(ahead)).max(repeated(&characters, at));
        rest += usize::from(taken == 0);
        at += taken.max(1);
    }
    rest
}

fn word(ahead: &[char]) -> usize {
    // All of them are ASCII.
    let fits = |word: &str| word.len() <= ahead.len() && word.chars().eq(ahead[..word.len()].iter().copied());
    WORDS.iter().filter(|word| fits(word)).map(|word| word.len()).max().unwrap_or(0)
}

/// Four or more keys along a row, in either direction, or the same key again and again.
fn run(ahead: &[char]) -> usize {
    let along =
        |step: &dyn Fn(char, char) -> bool| 1 + ahead.windows(2).take_while(|pair| step(pair[0], pair[1])).count();
    let next = |from: char, to: char| {
        RUNS.iter().any(|row| {
            let mut pairs = row.chars().zip(row.chars().skip(1));
            pairs.any(|pair| pair == (from, to))
        })
    };
    let longest = along(&next).max(along(&|from, to| next(to, from))).max(along(&|from, to| from == to));
    if longest >= 4 { longest } else { 0 }
}

/// So many characters from here on as were said just before, if they are three or more.
fn repeated(all: &[char], at: usize) -> usize {
    let again = |back: usize| all[at..].iter().zip(&all[at - back..]).take_while(|(now, before)| now == before).count();
    (1..=at).map(again).filter(|length| *length >= 3).max().unwrap_or(0)
}
