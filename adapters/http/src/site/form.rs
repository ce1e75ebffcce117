//! What a form sends: `application/x-www-form-urlencoded`, read into buffers that are wiped. Fields that nobody asks for
//! are no error, because browsers and their helpers add some.

use crate::{
    body,
    exchange::Exchange,
    problems::{Kind, Problem},
};
use backstop_domain::SecretText;
use poem::{
    Body,
    http::{HeaderMap, header},
};

const ESSENCE: &str = "application/x-www-form-urlencoded";
/// Far more than any form of ours has.
const MOST_FIELDS: usize = 64;
/// Room for a whole pasted sheet.
const MOST_BYTES: usize = 32 * 1024;

#[derive(Debug)]
pub(crate) struct Form(Vec<(String, SecretText)>);

impl Form {
    pub(crate) async fn read(body: Body, headers: &HeaderMap, exchange: &Exchange) -> Result<Self, Problem> {
        let stated = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let essence = stated.split(';').next().unwrap_or_default().trim();
        if !essence.eq_ignore_ascii_case(ESSENCE) {
            return Err(Problem::new(Kind::UnsupportedMediaType, "A form is sent as a form."));
        }
        exchange.set_reading(true);
        let bytes = body::read(body, headers, exchange.service.settings.body_limit.min(MOST_BYTES)).await;
        exchange.set_reading(false);
        Self::parse(&bytes?).ok_or_else(|| Problem::new(Kind::InvalidRequest, "The form can't be read."))
    }

    /// What an address says after its question mark: as forms write it, and no secret. Empty where it can't be read.
    pub(crate) fn of_address(query: &str) -> Vec<(String, String)> {
        let read = Self::parse(query.as_bytes()).map_or_else(Vec::new, |form| form.0);
        read.into_iter().map(|(name, value)| (name, value.reveal().to_owned())).collect()
    }

    /// Every value of this name.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.reveal())
    }

    /// As one that says nothing.
    pub(crate) const fn empty() -> Self {
        Self(Vec::new())
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let pairs = bytes.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty());
        let mut fields = Vec::new();
        for pair in pairs {
            if fields.len() == MOST_FIELDS {
                return None;
            }
            let at = pair.iter().position(|byte| *byte == b'=');
            let (name, value) = at.map_or((pair, &[][..]), |at| (&pair[..at], &pair[at + 1..]));
            fields.push((decoded(name)?.reveal().to_owned(), decoded(value)?));
        }
        Some(Self(fields))
    }

    /// The first value of this name, as it was typed.
    pub(crate) fn secret(&self, name: &str) -> Option<&SecretText> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// As `secret`, for what is none. Without one it is empty.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.secret(name).map_or("", SecretText::reveal)
    }

    /// As `text`, for what our own forms always have, if only as nothing: one without it is none of ours, and can't be read.
    pub(crate) fn drawn(&self, name: &str) -> Result<&str, Problem> {
        let missing = || Problem::new(Kind::InvalidRequest, format!("The form has no {name}."));
        self.secret(name).map(SecretText::reveal).ok_or_else(missing)
    }

    pub(crate) fn is_ticked(&self, name: &str) -> bool {
        self.text(name) == "yes"
    }

    /// What was typed, or nothing, so that it is judged as such.
    pub(crate) fn typed(&self, name: &str) -> SecretText {
        self.secret(name).cloned().unwrap_or_else(|| SecretText::new(String::new()))
    }
}

/// `None` for what is no UTF-8 or has a broken escape.
fn decoded(text: &[u8]) -> Option<SecretText> {
    // A buffer that never grows leaves no copies behind.
    let mut plain = Vec::with_capacity(text.len());
    let mut rest = text.iter().copied();
    while let Some(byte) = rest.next() {
        plain.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit = || char::from(rest.next()?).to_digit(16);
                u8::try_from(digit()? * 16 + digit()?).ok()?
            }
            other => other,
        });
    }
    match String::from_utf8(plain) {
        Ok(text) => Some(SecretText::new(text)),
        Err(error) => {
            drop(zeroize::Zeroizing::new(error.into_bytes()));
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read_as_browsers_write_them() {
        let form = Form::parse(b"email=a%40b.de&code=AB+CD%E2%80%93EF.&sure=yes&empty=&bare&code=second").unwrap();
        assert_eq!(form.text("email"), "a@b.de");
        assert_eq!(form.text("code"), "AB CD\u{2013}EF.");
        assert!(form.is_ticked("sure") && !form.is_ticked("email"));
        assert_eq!((form.text("empty"), form.text("bare"), form.text("none")), ("", "", ""));
        assert!(form.secret("none").is_none());
        assert!(form.drawn("none").is_err() && form.drawn("empty").is_ok_and(str::is_empty));
        assert!(!format!("{form:?}").contains("AB"));
    }

    #[test]
    fn what_is_no_form_is_not_read() {
        for bad in [&b"a=%"[..], b"a=%4", b"a=%zz", b"a=%ff", b"%ff=a"] {
            assert!(Form::parse(bad).is_none(), "{bad:?}");
        }
        assert!(Form::parse("a=1&".repeat(65).as_bytes()).is_none());
        assert!(Form::parse(b"").is_some_and(|form| form.0.is_empty()));
    }
}
