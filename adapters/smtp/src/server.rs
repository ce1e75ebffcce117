use backstop_domain::SecretText;
use percent_encoding::percent_decode_str;
use thiserror::Error;
use url::{Host, Url};

/// How a connection to the server is kept from eavesdroppers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encryption {
    /// From the first byte on.
    Implicit,
    /// The server must offer it, else nothing is sent.
    Required,
    /// Where the server offers it.
    Opportunistic,
    None,
}

/// Where mails are handed over, and as whom.
#[derive(Clone, Debug)]
pub struct Server {
    pub host: String,
    pub port: u16,
    pub encryption: Encryption,
    pub(crate) login: Option<Login>,
}

#[derive(Clone, Debug)]
pub(crate) struct Login {
    pub(crate) user: String,
    pub(crate) password: SecretText,
}

/// Why an address is not taken. It never repeats the address, which may have a password in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct BadServer(&'static str);

const FORM: BadServer =
    BadServer("a mail server is written smtp://user:password@host:587?tls=required or smtps://user:password@host:465");

impl Server {
    /// Reads an address such as `smtp://user:password@host:587?tls=required`.
    ///
    /// `smtps` is encrypted from the first byte on. With `smtp`, `tls` is `required`, `opportunistic` or `none`; without
    /// it, it is required, except on this very machine. A password is never sent where anybody could read it.
    pub fn parse(text: &str) -> Result<Self, BadServer> {
        let url = Url::parse(text).map_err(|_| FORM)?;
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or(FORM)?;
        let host = percent_decode_str(host).decode_utf8().map_err(|_| FORM)?;
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        if !matches!(url.path(), "" | "/") || url.fragment().is_some() {
            return Err(BadServer("nothing comes after the host and the port of a mail server but ?tls="));
        }
        let encryption = encryption(&url, is_local(&host))?;
        let port = url.port().unwrap_or(match encryption {
            Encryption::Implicit => 465,
            Encryption::Required | Encryption::Opportunistic => 587,
            Encryption::None => 25,
        });
        let login = login(&url)?;
        let is_safe = matches!(encryption, Encryption::Implicit | Encryption::Required);
        if login.is_some() && !is_safe && !is_local(&host) {
            return Err(BadServer("a password must not be sent in the clear: say ?tls=required or use smtps"));
        }
        Ok(Self { host, port, encryption, login })
    }
}

fn encryption(url: &Url, is_local: bool) -> Result<Encryption, BadServer> {
    let mut wanted = None;
    for (name, value) in url.query_pairs() {
        if name != "tls" || wanted.is_some() {
            return Err(BadServer("the only thing that can be said of a mail server after ? is tls, once"));
        }
        wanted = Some(value.into_owned());
    }
    match (url.scheme(), wanted.as_deref()) {
        ("smtps", None) => Ok(Encryption::Implicit),
        ("smtps", Some(_)) => Err(BadServer("smtps is always encrypted: leave ?tls= out")),
        ("smtp", None) if is_local => Ok(Encryption::None),
        ("smtp", None | Some("required")) => Ok(Encryption::Required),
        ("smtp", Some("opportunistic")) => Ok(Encryption::Opportunistic),
        ("smtp", Some("none")) => Ok(Encryption::None),
        ("smtp", Some(_)) => Err(BadServer("tls is required, opportunistic or none")),
        _ => Err(FORM),
    }
}

fn login(url: &Url) -> Result<Option<Login>, BadServer> {
    let decoded = |text| percent_decode_str(text).decode_utf8().map(String::from).map_err(|_| FORM);
    match (url.username(), url.password()) {
        ("", None) => Ok(None),
        ("", Some(_)) | (_, None) => {
            Err(BadServer("a login has a user and a password, as in smtps://user:password@host"))
        }
        (user, Some(password)) => {
            Ok(Some(Login { user: decoded(user)?, password: SecretText::new(decoded(password)?) }))
        }
    }
}

fn is_local(host: &str) -> bool {
    match Host::parse(host) {
        Ok(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Ok(Host::Ipv4(address)) => address.is_loopback(),
        Ok(Host::Ipv6(address)) => address.is_loopback(),
        Err(_) => host.parse().is_ok_and(|address: core::net::Ipv6Addr| address.is_loopback()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (String, u16, Encryption) {
        let server = Server::parse(text).unwrap_or_else(|bad| panic!("{text}: {bad}"));
        (server.host, server.port, server.encryption)
    }

    #[test]
    fn an_address_says_where_and_how() {
        use Encryption::{Implicit, None, Opportunistic, Required};
        for (text, host, port, encryption) in [
            ("smtps://mail.example", "mail.example", 465, Implicit),
            ("smtps://u:p@mail.example:2465/", "mail.example", 2465, Implicit),
            ("smtp://mail.example", "mail.example", 587, Required),
            ("smtp://u:p@mail.example:25?tls=required", "mail.example", 25, Required),
            ("smtp://mail.example?tls=opportunistic", "mail.example", 587, Opportunistic),
            ("smtp://mail.example?tls=none", "mail.example", 25, None),
            ("smtp://localhost:1025", "localhost", 1025, None),
            ("smtp://127.0.0.1", "127.0.0.1", 25, None),
            ("smtp://u:p@[::1]:1025", "::1", 1025, None),
            ("smtp://localhost?tls=required", "localhost", 587, Required),
        ] {
            assert_eq!(read(text), (host.to_owned(), port, encryption), "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_said_without_the_password() {
        for text in [
            "",
            "mail.example",
            "http://mail.example",
            "smtp://",
            "smtp://u:hunter2@mail.example?tls=maybe",
            "smtps://mail.example?tls=none",
            "smtp://mail.example?timeout=5",
            "smtp://mail.example/folder",
            "smtp://u:hunter2@mail.example?tls=none",
            "smtp://u:hunter2@mail.example?tls=opportunistic",
            "smtps://user@mail.example",
            "smtps://:hunter2@mail.example",
        ] {
            let bad = Server::parse(text).err().unwrap_or_else(|| panic!("{text} was taken"));
            assert!(!bad.to_string().contains("hunter2"), "{bad}");
        }
    }

    #[test]
    fn a_login_is_decoded_and_hides_its_password() {
        let server = Server::parse("smtps://ann%40example.com:hunter%2F2@mail.example").unwrap();
        let login = server.login.as_ref().unwrap();
        assert_eq!((login.user.as_str(), login.password.reveal()), ("ann@example.com", "hunter/2"));
        assert!(!format!("{server:?}").contains("hunter"));
    }
}
