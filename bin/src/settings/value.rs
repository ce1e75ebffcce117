//! One setting as it was written, and how text becomes what the service needs.

use backstop_domain::SecretText;
use std::{fmt, net::SocketAddr, path::PathBuf, time::Duration};

/// What was written, before anybody judged it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    Text(String),
    List(Vec<String>),
    /// Something that no setting takes, such as a nested table.
    Other(&'static str),
}

/// Where it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    BuiltIn,
    File(PathBuf),
    Environment(String),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BuiltIn => f.write_str("built in"),
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Environment(name) => write!(f, "environment variable {name}"),
        }
    }
}

impl Value {
    pub fn shown(&self) -> String {
        match self {
            Self::Text(text) => format!("{text:?}"),
            Self::List(all) => format!("{all:?}"),
            Self::Other(kind) => (*kind).to_owned(),
        }
    }

    pub fn text(&self) -> Result<&str, String> {
        match self {
            Self::Text(text) => Ok(text.trim()),
            Self::List(_) => Err("a single value is wanted, not a list".into()),
            Self::Other(kind) => Err(format!("a single value is wanted, not a {kind}")),
        }
    }

    pub fn list(&self) -> Result<Vec<String>, String> {
        match self {
            Self::Text(text) => {
                Ok(text.split(',').map(str::trim).filter(|t| !t.is_empty()).map(str::to_owned).collect())
            }
            Self::List(all) => Ok(all.clone()),
            Self::Other(kind) => Err(format!("a list is wanted, not a {kind}")),
        }
    }
}

pub fn boolean(value: &Value) -> Result<bool, String> {
    match value.text()? {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err("write true or false".into()),
    }
}

/// A whole number in bounds.
pub fn number(least: u32, most: u32) -> impl Fn(&Value) -> Result<u32, String> {
    move |value| match value.text()?.parse::<i64>() {
        Ok(n) => match u32::try_from(n) {
            Ok(n) if (least..=most).contains(&n) => Ok(n),
            _ => Err(format!("write a whole number from {least} to {most}")),
        },
        Err(_) => Err(format!("write a whole number from {least} to {most}")),
    }
}

/// `90`, `90s`, `5m`, `1h`, `1d`; a plain number is seconds.
pub fn duration(least: Duration, most: Duration) -> impl Fn(&Value) -> Result<Duration, String> {
    move |value| {
        let text = value.text()?;
        let (digits, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
        let factor = match unit {
            "" | "s" => Some(1),
            "m" => Some(60),
            "h" => Some(3_600),
            "d" => Some(86_400),
            _ => None,
        };
        let seconds = digits.parse::<u64>().ok().zip(factor).and_then(|(n, f): (u64, u64)| n.checked_mul(f));
        match seconds.map(Duration::from_secs) {
            Some(time) if (least..=most).contains(&time) => Ok(time),
            Some(_) => Err(format!("write a time from {} to {}", short(least), short(most))),
            None => Err("write a time such as 90, 90s, 5m, 1h or 1d".into()),
        }
    }
}

fn short(time: Duration) -> String {
    let seconds = time.as_secs();
    [(86_400, "d"), (3_600, "h"), (60, "m")]
        .into_iter()
        .find(|(unit, _)| seconds >= *unit && seconds.is_multiple_of(*unit))
        .map_or_else(|| format!("{seconds}s"), |(unit, name)| format!("{}{name}", seconds / unit))
}

pub fn folder(value: &Value) -> Result<PathBuf, String> {
    match value.text()? {
        "" => Err("name a folder".into()),
        path => Ok(PathBuf::from(path)),
    }
}

pub fn address(value: &Value) -> Result<SocketAddr, String> {
    value.text()?.parse().map_err(|_| "write an address with a port, such as 127.0.0.1:8080 or [::1]:8080".into())
}

/// `http://host[:port]` or `https://…`, without a path.
pub fn site_address(value: &Value) -> Result<String, String> {
    let text = value.text()?.trim_end_matches('/');
    let host = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://")).unwrap_or_default();
    let sound =
        !host.is_empty() && host.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']'));
    if sound { Ok(text.to_owned()) } else { Err("write it as https://host or http://host:port, without a path".into()) }
}

/// Where a browser can be led: an address with `http://` or `https://`, or a path of the service's own.
pub fn place(value: &Value) -> Result<String, String> {
    let text = value.text()?;
    let rest = ["https://", "http://"].iter().find_map(|scheme| text.strip_prefix(scheme));
    let plain = text.bytes().all(|b| b.is_ascii_graphic() && !b"\"'<>\\^`{|};,".contains(&b));
    let sound = match rest {
        Some(rest) => rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '['),
        None => text.starts_with('/') && !text.starts_with("//"),
    };
    if sound && plain {
        Ok(text.to_owned())
    } else {
        Err("write it as https://host/path, or as a path such as /goodbye".into())
    }
}

/// One of a few words.
pub fn choice<T: Copy>(words: &'static [(&'static str, T)]) -> impl Fn(&Value) -> Result<T, String> {
    move |value| {
        let text = value.text()?;
        words.iter().find(|(word, _)| *word == text).map(|(_, meaning)| *meaning).ok_or_else(|| {
            let all: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            format!("write one of: {}", all.join(", "))
        })
    }
}

/// The secret half of a key.
pub fn key_secret(value: &Value) -> Result<SecretText, String> {
    let text = value.text()?;
    if text.len() < 32 {
        return Err("a key needs at least 32 characters; make one with `backstop generate-key`".into());
    }
    Ok(SecretText::new(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Value {
        Value::Text(text.into())
    }

    #[test]
    fn times_take_a_unit_or_are_seconds() {
        let read = duration(Duration::from_secs(1), Duration::from_hours(24));
        for (written, seconds) in [("90", 90), ("90s", 90), ("5m", 300), ("1h", 3_600), ("1d", 86_400)] {
            assert_eq!(read(&text(written)).unwrap().as_secs(), seconds);
        }
        for bad in ["", "0", "-1", "1.5h", "1 h", "2d", "h", "99999999999999999999d", "1w"] {
            assert!(read(&text(bad)).is_err(), "{bad}");
        }
        assert_eq!(read(&text("0")).unwrap_err(), "write a time from 1s to 1d");
    }

    #[test]
    fn numbers_have_bounds() {
        let read = number(1, 50);
        assert_eq!(read(&text("50")), Ok(50));
        for bad in ["0", "51", "-1", "ten", "1.0", "true", "99999999999"] {
            assert!(read(&text(bad)).is_err(), "{bad}");
        }
        assert!(read(&Value::List(vec!["1".into()])).is_err());
    }

    #[test]
    fn a_place_to_be_led_to_is_an_address_or_a_path_of_our_own() {
        for good in ["https://app.example.org", "http://127.0.0.1:3000/bye?a=b", "/auth/recovery-codes/login"] {
            assert_eq!(place(&text(good)).as_deref(), Ok(good));
        }
        for bad in
            ["", "app.example.org", "//evil.example", "javascript:alert(1)", "https://", "https://a b", "/a;b", "/\\x"]
        {
            assert!(place(&text(bad)).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_public_address_has_a_scheme_and_no_path() {
        assert_eq!(site_address(&text("https://codes.example.org/")).unwrap(), "https://codes.example.org");
        for bad in ["codes.example.org", "ftp://x", "https://", "https://x/y", "https://a b", "https://x?y"] {
            assert!(site_address(&text(bad)).is_err(), "{bad}");
        }
    }
}
