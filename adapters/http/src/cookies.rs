//! The cookie that carries a session's token.

use backstop_domain::{SecretText, SessionKind};
use poem::http::{HeaderMap, HeaderValue, header};
use zeroize::Zeroizing;

/// What a token can look like; nothing else is looked up.
const TOKEN_LENGTHS: core::ops::RangeInclusive<usize> = 43..=128;

/// Sets, reads and clears the cookies of sessions. Users and the console have different ones, so that being signed in
/// to one says nothing about the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionCookies {
    secure: bool,
}

impl SessionCookies {
    /// In production browsers send the cookie by TLS only, and take it from this very host only (`__Host-`). Browsers
    /// refuse such cookies over plain http, as development on loopback has it.
    pub const fn new(production: bool) -> Self {
        Self { secure: production }
    }

    pub const fn name(self, kind: SessionKind) -> &'static str {
        match (kind, self.secure) {
            (SessionKind::User, true) => "__Host-backstop_session",
            (SessionKind::User, false) => "backstop_session",
            (SessionKind::Console, true) => "__Host-backstop_console",
            (SessionKind::Console, false) => "backstop_console",
        }
    }

    /// The value of `Set-Cookie` for a session that began or was rotated. It has no end of its own: the browser drops
    /// it when it closes, and the service decides how long it is worth anything.
    ///
    /// `None` for what is no token.
    pub fn set(self, kind: SessionKind, token: &SecretText) -> Option<HeaderValue> {
        if !is_token(token.reveal()) {
            return None;
        }
        let line = Zeroizing::new(format!("{}={}; {}", self.name(kind), token.reveal(), self.attributes()));
        let mut value = HeaderValue::from_str(&line).ok()?;
        value.set_sensitive(true);
        Some(value)
    }

    /// The value of `Set-Cookie` after a sign-out.
    pub fn clear(self, kind: SessionKind) -> HeaderValue {
        let line = format!("{}=; Max-Age=0; {}", self.name(kind), self.attributes());
        HeaderValue::from_str(&line).unwrap_or(HeaderValue::from_static(""))
    }

    /// The token that the browser sends. `None` when there are several cookies of the name: somebody else, such as a
    /// page on a neighbouring host, has put one there, and which is which can't be told.
    pub fn read(self, kind: SessionKind, headers: &HeaderMap) -> Option<SecretText> {
        read(self.name(kind), headers, is_token)
    }

    const fn attributes(self) -> &'static str {
        attributes(self.secure)
    }
}

/// What every cookie of ours has.
pub(crate) const fn attributes(secure: bool) -> &'static str {
    if secure { "Path=/; Secure; HttpOnly; SameSite=Lax" } else { "Path=/; HttpOnly; SameSite=Lax" }
}

/// The one cookie of this name, if its value looks as it should.
pub(crate) fn read(name: &str, headers: &HeaderMap, fits: fn(&str) -> bool) -> Option<SecretText> {
    let lines = headers.get_all(header::COOKIE).into_iter();
    let pairs = lines.flat_map(|line| line.as_bytes().split(|byte| *byte == b';')).filter_map(pair);
    let mut ours = pairs.filter(|(found, _)| *found == name.as_bytes()).map(|(_, value)| value);
    let value = ours.next()?;
    if ours.next().is_some() {
        return None;
    }
    let value = core::str::from_utf8(value).ok().filter(|text| fits(text))?;
    Some(SecretText::new(value.to_owned()))
}

fn pair(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let text = text.trim_ascii();
    let at = text.iter().position(|byte| *byte == b'=')?;
    Some((text[..at].trim_ascii_end(), text[at + 1..].trim_ascii_start()))
}

pub(crate) fn is_token(text: &str) -> bool {
    TOKEN_LENGTHS.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ";
    const OTHER: &str = "0bcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ";
    const PRODUCTION: SessionCookies = SessionCookies::new(true);
    const DEVELOPMENT: SessionCookies = SessionCookies::new(false);

    fn set(cookies: SessionCookies, kind: SessionKind) -> String {
        let value = cookies.set(kind, &SecretText::new(TOKEN.to_owned())).unwrap();
        assert!(value.is_sensitive() && !format!("{value:?}").contains(TOKEN));
        value.to_str().unwrap().to_owned()
    }

    fn read(cookies: SessionCookies, kind: SessionKind, lines: &[&[u8]]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(header::COOKIE, HeaderValue::from_bytes(line).unwrap());
        }
        cookies.read(kind, &headers).map(|token| token.reveal().to_owned())
    }

    #[test]
    fn a_cookie_in_production_is_for_this_host_and_tls_only() {
        let expected = format!("__Host-backstop_session={TOKEN}; Path=/; Secure; HttpOnly; SameSite=Lax");
        assert_eq!(set(PRODUCTION, SessionKind::User), expected);
        let expected = format!("__Host-backstop_console={TOKEN}; Path=/; Secure; HttpOnly; SameSite=Lax");
        assert_eq!(set(PRODUCTION, SessionKind::Console), expected);
    }

    #[test]
    fn a_cookie_in_development_works_over_plain_http() {
        let expected = format!("backstop_session={TOKEN}; Path=/; HttpOnly; SameSite=Lax");
        assert_eq!(set(DEVELOPMENT, SessionKind::User), expected);
        let expected = format!("backstop_console={TOKEN}; Path=/; HttpOnly; SameSite=Lax");
        assert_eq!(set(DEVELOPMENT, SessionKind::Console), expected);
    }

    #[test]
    fn what_is_no_token_is_neither_set_nor_read() {
        for bad in ["", "short", "a; Domain=evil.example", &TOKEN.replace('a', "ä"), &"a".repeat(129)] {
            assert!(PRODUCTION.set(SessionKind::User, &SecretText::new(bad.to_owned())).is_none(), "{bad}");
            let line = format!("backstop_session={bad}");
            assert_eq!(read(DEVELOPMENT, SessionKind::User, &[line.as_bytes()]), None, "{bad}");
        }
        assert_eq!(read(DEVELOPMENT, SessionKind::User, &[b"backstop_session=\xff\xfe"]), None);
        assert_eq!(read(DEVELOPMENT, SessionKind::User, &[]), None);
    }

    #[test]
    fn the_cookie_is_found_among_others() {
        let line = format!("a=1; backstop_session={TOKEN};b=2");
        assert_eq!(read(DEVELOPMENT, SessionKind::User, &[b"\xff; x", line.as_bytes()]).as_deref(), Some(TOKEN));
        let line = format!("__Host-backstop_session={TOKEN}");
        assert_eq!(read(PRODUCTION, SessionKind::User, &[line.as_bytes()]).as_deref(), Some(TOKEN));
    }

    #[test]
    fn a_cookie_of_another_name_is_not_taken() {
        let line = format!("backstop_session={TOKEN}");
        assert_eq!(read(PRODUCTION, SessionKind::User, &[line.as_bytes()]), None, "not this host's own");
        assert_eq!(read(DEVELOPMENT, SessionKind::Console, &[line.as_bytes()]), None);
        let line = format!("BACKSTOP_SESSION={TOKEN}; xbackstop_session={TOKEN}");
        assert_eq!(read(DEVELOPMENT, SessionKind::User, &[line.as_bytes()]), None);
    }

    #[test]
    fn several_cookies_of_the_name_are_none() {
        let one = format!("backstop_session={TOKEN}");
        let two = format!("backstop_session={OTHER}");
        let both = format!("{one}; {two}");
        assert_eq!(read(DEVELOPMENT, SessionKind::User, &[both.as_bytes()]), None);
        assert_eq!(read(DEVELOPMENT, SessionKind::User, &[one.as_bytes(), two.as_bytes()]), None);
        assert_eq!(read(DEVELOPMENT, SessionKind::User, &[one.as_bytes(), b"backstop_session="]), None);
    }

    #[test]
    fn a_cleared_cookie_ends_at_once_under_the_same_name() {
        let cleared = PRODUCTION.clear(SessionKind::User);
        assert_eq!(cleared, "__Host-backstop_session=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Lax");
        let cleared = DEVELOPMENT.clear(SessionKind::Console);
        assert_eq!(cleared, "backstop_console=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax");
    }
}
