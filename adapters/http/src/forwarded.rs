//! `X-Forwarded-For` and `Forwarded` (RFC 7239), read from the right.
//!
//! The rightmost entry is our own proxy's, and whoever wrote one further left can have written anything there. So
//! nothing is looked at before what stands to its right was read and believed; an open quote or a broken byte on the
//! left can't change what the right says.

use core::net::{IpAddr, SocketAddr};
use poem::http::{HeaderMap, HeaderName, header};

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The addresses that the headers name, the nearest first; `None` where an entry names none.
pub(crate) fn hops(headers: &HeaderMap) -> Box<dyn Iterator<Item = Option<IpAddr>> + '_> {
    if headers.contains_key(header::FORWARDED) {
        return Box::new(lines(headers, header::FORWARDED).flat_map(Entries::quoted).map(|entry| forwarded(&entry)));
    }
    Box::new(lines(headers, X_FORWARDED_FOR).flat_map(Entries::plain).map(|entry| address(entry.trim())))
}

/// Several lines are one list; the last of them comes first.
fn lines(headers: &HeaderMap, name: HeaderName) -> impl Iterator<Item = String> {
    let lines: Vec<_> = headers.get_all(name).iter().collect();
    lines.into_iter().rev().map(|line| String::from_utf8_lossy(line.as_bytes()).into_owned())
}

/// What stands between commas, from the right.
struct Entries {
    rest: Option<String>,
    knows_quotes: bool,
}

impl Entries {
    fn plain(line: String) -> Self {
        Self { rest: Some(line), knows_quotes: false }
    }

    fn quoted(line: String) -> Self {
        Self { rest: Some(line), knows_quotes: true }
    }
}

impl Iterator for Entries {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        let mut rest = self.rest.take()?;
        let comma = if self.knows_quotes { last_outside_quotes(&rest, ',') } else { rest.rfind(',') };
        let Some(comma) = comma else { return Some(rest) };
        let entry = rest.split_off(comma + 1);
        rest.truncate(comma);
        self.rest = Some(rest);
        Some(entry)
    }
}

fn last_outside_quotes(text: &str, wanted: char) -> Option<usize> {
    let mut quoted = false;
    for (at, c) in text.char_indices().rev() {
        if c == '"' && !text[..at].ends_with('\\') {
            quoted = !quoted;
        } else if c == wanted && !quoted {
            return Some(at);
        }
    }
    None
}

/// The address in an entry such as `for="[2001:db8::1]:4711";proto=https`.
fn forwarded(entry: &str) -> Option<IpAddr> {
    let mut rest = entry;
    let mut found = None;
    loop {
        let (before, pair) = match last_outside_quotes(rest, ';') {
            Some(at) => (Some(&rest[..at]), &rest[at + 1..]),
            None => (None, rest),
        };
        let (name, value) = pair.split_once('=')?;
        // An entry that names two senders names none.
        if name.trim().eq_ignore_ascii_case("for") && found.replace(unquoted(value.trim())?).is_some() {
            return None;
        }
        match before {
            Some(before) => rest = before,
            None => break,
        }
    }
    address(&found?)
}

fn unquoted(value: &str) -> Option<String> {
    let Some(opened) = value.strip_prefix('"') else {
        return (!value.contains('"')).then(|| value.to_owned());
    };
    let inside = opened.strip_suffix('"')?;
    let mut text = String::new();
    let mut escaped = false;
    for c in inside.chars() {
        match c {
            _ if escaped => {
                text.push(c);
                escaped = false;
            }
            '\\' => escaped = true,
            '"' => return None,
            _ => text.push(c),
        }
    }
    (!escaped).then_some(text)
}

/// An address with or without a port; IPv6 with a port is in brackets. Not `unknown`, and no name that hides one.
fn address(text: &str) -> Option<IpAddr> {
    let bracketed = || text.strip_prefix('[')?.strip_suffix(']')?.parse().ok().map(IpAddr::V6);
    let with_port = || text.parse::<SocketAddr>().ok().map(|with_port| with_port.ip());
    text.parse().ok().or_else(bracketed).or_else(with_port)
}
