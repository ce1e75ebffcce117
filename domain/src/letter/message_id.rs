use core::fmt;
use uuid::Uuid;

/// By what a mail is known to everybody who carries it, angle brackets included. A mail that is sent again keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MessageId(String);

impl MessageId {
    /// The id of this mail from this domain. Of the domain only what may stand in an id is taken, and `localhost` when
    /// nothing is left of it.
    pub fn new(id: Uuid, domain: &str) -> Self {
        let labels = domain.split('.').map(|label| {
            let plain: String = label.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
            plain.trim_matches('-').to_ascii_lowercase()
        });
        let labels: Vec<String> = labels.filter(|label| !label.is_empty()).collect();
        let domain = if labels.is_empty() { "localhost".to_owned() } else { labels.join(".") };
        Self(format!("<{}@{domain}>", id.hyphenated()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_mail_has_the_same_id() {
        let id = |number, domain| MessageId::new(Uuid::from_u128(number), domain);
        assert_eq!(id(7, "mail.example").as_str(), "<00000000-0000-0000-0000-000000000007@mail.example>");
        assert_eq!(id(7, "mail.example"), id(7, "Mail.Example"));
        assert_ne!(id(7, "mail.example"), id(8, "mail.example"));
    }

    #[test]
    fn nothing_but_a_domain_comes_after_the_at() {
        for (domain, taken) in [
            ("", "localhost"),
            ("ü", "localhost"),
            ("..", "localhost"),
            ("bücher.example", "bcher.example"),
            ("a>\r\nBcc: b@c", "abccbc"),
            ("-a-.example", "a.example"),
        ] {
            let id = MessageId::new(Uuid::nil(), domain);
            assert_eq!(id.as_str(), format!("<{}@{taken}>", Uuid::nil()), "{domain:?}");
        }
    }
}
