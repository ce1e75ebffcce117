use anyhow::{Context as _, Result};
use mail_parser::MessageParser;

/// A mail as a mail program shows it.
#[derive(Clone, Debug)]
pub struct ReadMail {
    /// With its angle brackets.
    pub id: String,
    pub from: String,
    pub to: Vec<String>,
    pub subject: String,
    /// In seconds since 1970.
    pub sent_at: i64,
    pub text: String,
    pub html: String,
    /// The types of its parts, in order.
    pub parts: Vec<String>,
    /// Names and values of its own headers, as they were sent.
    pub headers: Vec<(String, String)>,
}

impl ReadMail {
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        let mail = MessageParser::default().parse(bytes).context("this is no mail")?;
        let kind = |part: &mail_parser::MessagePart<'_>| {
            use mail_parser::MimeHeaders as _;
            part.content_type().map(|kind| format!("{}/{}", kind.c_type, kind.c_subtype.as_deref().unwrap_or_default()))
        };
        let addresses = mail.to().into_iter().flat_map(|to| to.iter());
        let headers = mail.headers_raw().map(|(name, value)| (name.to_owned(), value.trim().to_owned()));
        Ok(Self {
            id: format!("<{}>", mail.message_id().context("it has no id")?),
            from: mail.from().and_then(|from| from.first()?.address.as_deref()).unwrap_or_default().to_owned(),
            to: addresses.filter_map(|to| to.address.as_deref().map(str::to_owned)).collect(),
            subject: mail.subject().unwrap_or_default().to_owned(),
            sent_at: mail.date().context("it has no date")?.to_timestamp(),
            text: mail.body_text(0).unwrap_or_default().into_owned(),
            html: mail.body_html(0).unwrap_or_default().into_owned(),
            parts: mail.parts.iter().filter_map(kind).collect(),
            headers: headers.collect(),
        })
    }

    /// The value of the header with this name, as it was sent.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(of, _)| of.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}
