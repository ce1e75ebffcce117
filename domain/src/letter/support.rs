use super::one_line;
use crate::EmailAddress;
use thiserror::Error;

/// Where people get help, as an operator wrote it: an e-mail address, an `https` address, or words such as a telephone
/// number and its hours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SupportContact(String);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a support contact has 1 to 200 characters on one line")]
pub struct BadSupportContact;

impl SupportContact {
    const LONGEST: usize = 200;

    pub fn parse(text: &str) -> Result<Self, BadSupportContact> {
        let text = text.trim();
        let fits = !text.is_empty() && one_line(text, Self::LONGEST) == text;
        if fits { Ok(Self(text.to_owned())) } else { Err(BadSupportContact) }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What a link to it leads to, if it can be one.
    pub fn link(&self) -> Option<String> {
        let text = self.as_str();
        if EmailAddress::parse(text).is_ok() {
            return text.is_ascii().then(|| format!("mailto:{}", text.replace('%', "%25").replace('?', "%3F")));
        }
        let is_address = text.strip_prefix("https://").is_some_and(|rest| rest.starts_with(char::is_alphanumeric))
            && !text.contains(|c: char| c.is_whitespace() || "\"'<>\\^`{|}".contains(c));
        is_address.then(|| text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(text: &str) -> Option<String> {
        SupportContact::parse(text).unwrap().link()
    }

    #[test]
    fn a_contact_is_one_line() {
        assert_eq!(SupportContact::parse(" +49 30 1234, 9 to 17 ").unwrap().as_str(), "+49 30 1234, 9 to 17");
        for bad in ["", " ", "a\nb", "a\u{202E}b", &"a".repeat(201)] {
            assert_eq!(SupportContact::parse(bad), Err(BadSupportContact), "{bad:?}");
        }
    }

    #[test]
    fn addresses_can_be_followed_and_nothing_else() {
        assert_eq!(link("help@example.com").unwrap(), "mailto:help@example.com");
        assert_eq!(link("a?bcc=b@example.com").unwrap(), "mailto:a%3Fbcc=b@example.com");
        assert_eq!(link("https://example.com/help?a=b").unwrap(), "https://example.com/help?a=b");
        for none in
            ["Room 4711", "http://example.com", "javascript:alert(1)", "https://", "https://a b", "https://a\"b"]
        {
            assert_eq!(link(none), None, "{none}");
        }
    }
}
