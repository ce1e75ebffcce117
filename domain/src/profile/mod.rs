//! What codes look like: their alphabet, their groups, and how what people type is read.

mod check;
mod entropy;
mod folding;
mod typo;

pub use entropy::{GuessTime, guesses_to_duration};
pub use typo::Typo;

use crate::SecretText;
use core::fmt;
use thiserror::Error;

/// The name of a profile: 1 to 32 of `a-z`, `0-9`, `-`, `_`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProfileName(String);

impl ProfileName {
    pub fn parse(text: &str) -> Result<Self, BadProfile> {
        let fits = (1..=32).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_');
        if fits { Ok(Self(text.to_owned())) } else { Err(BadProfile::Name) }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ProfileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why a profile can't be used.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum BadProfile {
    #[error("a profile's name has 1 to 32 of a-z, 0-9, - and _")]
    Name,
    #[error("the alphabet needs at least two symbols")]
    TinyAlphabet,
    #[error("the alphabet may only have the letters A-Z, a-z and the digits 0-9; {0:?} is none of them")]
    ForeignInAlphabet(char),
    #[error("the alphabet has {0:?} more than once")]
    Repeated(char),
    #[error("the separator {0:?} stands in the alphabet")]
    SeparatorInAlphabet(char),
    #[error("the separator {0:?} is none of - _ : / + * and space")]
    Separator(char),
    #[error("groups and group length must be at least 1, and a code at most 128 symbols long")]
    Size,
    #[error("{0:.1} bits are too few: a code needs at least 64, so take more or longer groups or a larger alphabet")]
    Weak(f64),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// Any symbol may be any of the alphabet; case counts.
    Plain,
    /// Crockford base 32: case-insensitive, O reads as 0, I and L as 1, the last symbol checks the others.
    Crockford,
}

/// The form of a code. Only valid ones exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeProfile {
    name: ProfileName,
    alphabet: Vec<char>,
    groups: usize,
    group_length: usize,
    separator: char,
    form: Form,
}

/// A code as it is hashed: only symbols of the profile, no separators, wiped when it goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NormalisedCode(SecretText);

impl NormalisedCode {
    /// The symbols. Whoever calls this answers for where they go.
    pub fn reveal(&self) -> &str {
        self.0.reveal()
    }
}

const CROCKFORD: &str = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const CLASSIC: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz23456789";
const SEPARATORS: &str = "-_:/+* ";
const LEAST_BITS: f64 = 64.0;
const LONGEST: usize = 128;
/// Entropy from which guessing is hopeless whatever the hash costs (NIST SP 800-63B-4, 3.1.2.2).
const HIGH_BITS: f64 = 112.0;

impl CodeProfile {
    pub const BUILT_IN: [&'static str; 3] = ["classic", "readable", "compact"];

    /// Six groups of six from 60 symbols, case-sensitive: 212.6 bits.
    pub fn classic() -> Self {
        Self::built_in("classic", CLASSIC, 6, 6, Form::Plain)
    }

    /// Crockford base 32, four groups of six with a check symbol: 115 bits.
    pub fn readable() -> Self {
        Self::built_in("readable", CROCKFORD, 4, 6, Form::Crockford)
    }

    /// Crockford base 32, three groups of five with a check symbol: 70 bits.
    pub fn compact() -> Self {
        Self::built_in("compact", CROCKFORD, 3, 5, Form::Crockford)
    }

    pub fn by_name(name: &str) -> Option<Self> {
        match name {
            "classic" => Some(Self::classic()),
            "readable" => Some(Self::readable()),
            "compact" => Some(Self::compact()),
            _ => None,
        }
    }

    fn built_in(name: &str, alphabet: &str, groups: usize, group_length: usize, form: Form) -> Self {
        Self {
            name: ProfileName(name.to_owned()),
            alphabet: alphabet.chars().collect(),
            groups,
            group_length,
            separator: '-',
            form,
        }
    }

    /// A profile of the operator's own: case-sensitive, without a check symbol.
    pub fn custom(
        name: &str,
        alphabet: &str,
        groups: usize,
        group_length: usize,
        separator: char,
    ) -> Result<Self, BadProfile> {
        let name = ProfileName::parse(name)?;
        let alphabet: Vec<char> = alphabet.chars().collect();
        if alphabet.len() < 2 {
            return Err(BadProfile::TinyAlphabet);
        }
        for (at, symbol) in alphabet.iter().enumerate() {
            if alphabet[..at].contains(symbol) {
                return Err(BadProfile::Repeated(*symbol));
            }
        }
        if alphabet.contains(&separator) {
            return Err(BadProfile::SeparatorInAlphabet(separator));
        }
        if let Some(foreign) = alphabet.iter().find(|c| !c.is_ascii_alphanumeric()) {
            return Err(BadProfile::ForeignInAlphabet(*foreign));
        }
        if !SEPARATORS.contains(separator) {
            return Err(BadProfile::Separator(separator));
        }
        if groups == 0 || group_length == 0 || groups.saturating_mul(group_length) > LONGEST {
            return Err(BadProfile::Size);
        }
        let profile = Self { name, alphabet, groups, group_length, separator, form: Form::Plain };
        let bits = profile.entropy_bits();
        if bits < LEAST_BITS { Err(BadProfile::Weak(bits)) } else { Ok(profile) }
    }

    pub fn name(&self) -> &ProfileName {
        &self.name
    }

    pub fn alphabet(&self) -> &[char] {
        &self.alphabet
    }

    pub fn groups(&self) -> usize {
        self.groups
    }

    pub fn group_length(&self) -> usize {
        self.group_length
    }

    /// What stands between groups where a code is shown.
    pub fn separator(&self) -> char {
        self.separator
    }

    /// Symbols of a code, the check symbol included, separators not.
    pub fn length(&self) -> usize {
        self.groups * self.group_length
    }

    /// How many symbols are drawn at random.
    pub fn payload_length(&self) -> usize {
        match self.form {
            Form::Plain => self.length(),
            Form::Crockford => self.length() - 1,
        }
    }

    pub fn is_case_sensitive(&self) -> bool {
        self.form == Form::Plain
    }

    pub fn has_check_symbol(&self) -> bool {
        self.form == Form::Crockford
    }

    pub fn entropy_bits(&self) -> f64 {
        entropy::bits(self.alphabet.len(), self.payload_length())
    }

    /// Whether guessing a code is hopeless even against an unsalted, fast hash.
    pub fn has_high_entropy(&self) -> bool {
        self.entropy_bits() >= HIGH_BITS
    }

    /// Makes a code from `payload_length` positions in the alphabet.
    ///
    /// `None` when there are too few or too many of them, or one lies outside the alphabet.
    pub fn assemble(&self, positions: &[usize]) -> Option<NormalisedCode> {
        if positions.len() != self.payload_length() {
            return None;
        }
        let mut text = String::with_capacity(self.length());
        for position in positions {
            text.push(*self.alphabet.get(*position)?);
        }
        if self.has_check_symbol() {
            let check = check::symbol(positions);
            text.push(*self.alphabet.get(check)?);
        }
        Some(NormalisedCode(SecretText::new(text)))
    }

    /// Reads what a person typed.
    ///
    /// Spaces, dashes of every kind, separators and a trailing full stop don't matter, full-width forms are read as
    /// their usual ones, and Crockford profiles forgive case, O for 0, and I or L for 1.
    pub fn parse(&self, typed: &str) -> Result<NormalisedCode, Typo> {
        let mut symbols = folding::symbols(typed, self.separator, LONGEST);
        if self.form == Form::Crockford {
            symbols.iter_mut().for_each(folding::crockford);
        }
        if symbols.is_empty() {
            return Err(Typo::Empty);
        }
        if let Some(position) = symbols.iter().position(|c| !self.alphabet.contains(c)) {
            return Err(Typo::ForeignSymbol { position: position + 1 });
        }
        if symbols.len() != self.length() {
            return Err(Typo::WrongLength { found: symbols.len(), expected: self.length() });
        }
        if self.has_check_symbol() {
            let positions: Vec<usize> =
                symbols.iter().filter_map(|c| self.alphabet.iter().position(|a| a == c)).collect();
            if !check::holds(&positions) {
                return Err(Typo::CheckFailed);
            }
        }
        Ok(NormalisedCode(SecretText::new(symbols.iter().collect())))
    }

    /// How a code is shown: its groups, with the separator between them.
    pub fn format(&self, code: &NormalisedCode) -> SecretText {
        let text = code.reveal();
        let mut shown = String::with_capacity(text.len() + self.groups);
        for (at, symbol) in text.chars().enumerate() {
            if at > 0 && at % self.group_length == 0 {
                shown.push(self.separator);
            }
            shown.push(symbol);
        }
        SecretText::new(shown)
    }
}

/// The profile new codes are made with, and those whose codes are still read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AcceptedProfiles {
    current: CodeProfile,
    others: Vec<CodeProfile>,
}

impl AcceptedProfiles {
    pub fn new(current: CodeProfile, others: Vec<CodeProfile>) -> Self {
        let others = others.into_iter().filter(|p| p.name != current.name).collect();
        Self { current, others }
    }

    pub fn current(&self) -> &CodeProfile {
        &self.current
    }

    pub fn all(&self) -> impl Iterator<Item = &CodeProfile> {
        core::iter::once(&self.current).chain(&self.others)
    }

    pub fn get(&self, name: &ProfileName) -> Option<&CodeProfile> {
        self.all().find(|p| p.name == *name)
    }

    /// Every code that the input can mean, without doubles. It is a typo only if it fits no profile; then the typo
    /// told is that of the profile which the input comes closest to, the current one first.
    pub fn parse(&self, typed: &str) -> Result<Vec<NormalisedCode>, Typo> {
        let mut found = Vec::new();
        let mut nearest: Option<Typo> = None;
        for profile in self.all() {
            match profile.parse(typed) {
                Ok(code) if found.contains(&code) => {}
                Ok(code) => found.push(code),
                Err(typo) => nearest = Some(nearest.map_or(typo, |n| n.nearer(typo))),
            }
        }
        match nearest {
            Some(typo) if found.is_empty() => Err(typo),
            _ => Ok(found),
        }
    }
}

#[cfg(test)]
mod tests;
