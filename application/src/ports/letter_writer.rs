use super::PortResult;
use backstop_domain::{DisplayName, Letter, Locale, SecretText};

/// For whom a letter is put into words.
#[derive(Clone, Debug, Default)]
pub struct Reader {
    pub locale: Option<Locale>,
    pub display_name: Option<DisplayName>,
}

/// A letter in words.
#[derive(Clone, Debug)]
pub struct Written {
    /// One line without control characters.
    pub subject: String,
    pub text: SecretText,
    /// A whole page.
    pub html: SecretText,
}

/// Puts letters into words.
pub trait LetterWriter: Send + Sync {
    /// The letter in the reader's language, or else in the site's. Text and HTML say the same.
    /// Both parts name the site; a letter with codes has each of them in order, and says what set they are.
    /// A report says how much was removed, and of each of its batches how much.
    /// The subject is one line without control characters or changes of the writing direction, at most 200 characters
    /// long, and has no code.
    /// Nothing that somebody wrote (a name, what a browser calls itself) becomes markup or a line of its own.
    /// A letter with a link has it in both parts.
    /// The HTML part loads nothing, leads nowhere but to the site's support and by that link, and has nothing in it that
    /// runs.
    fn write(&self, letter: &Letter, reader: &Reader) -> PortResult<Written>;
}
