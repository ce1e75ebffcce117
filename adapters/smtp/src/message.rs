use backstop_application::ports::{Mail, PortError, PortResult};
use backstop_domain::{EmailAddress, Timestamp, letter::one_line};
use lettre::{
    Address, Message,
    address::Envelope,
    message::{
        Mailbox, MultiPart, SinglePart,
        header::{Header, HeaderName, HeaderValue},
    },
};
use std::error::Error;
use url::Host;
use zeroize::Zeroizing;

/// Far longer than any subject, and short enough for every server.
const LONGEST_SUBJECT: usize = 500;
const LONGEST_NAME: usize = 80;

/// Whom mails come from.
#[derive(Clone, Debug)]
pub struct Sender {
    pub address: EmailAddress,
    /// Such as the site's name.
    pub name: Option<String>,
}

/// A mail as it goes over the wire.
pub(crate) struct Outgoing {
    pub(crate) from: Address,
    pub(crate) to: Address,
    pub(crate) bytes: Zeroizing<Vec<u8>>,
}

/// Tells machines that nobody waits for their answer, so that holiday notes and lists keep quiet.
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

/// The mail on its way from this sender, or `None` where nobody can be written to at its address.
pub(crate) fn write(mail: &Mail, sender: &Sender, now: Timestamp) -> PortResult<Option<Outgoing>> {
    let from = address(&sender.address).ok_or_else(|| fault("mails can't be sent from this address"))?;
    let Some(to) = address(&mail.to) else { return Ok(None) };
    let name = sender.name.as_ref().map(|name| one_line(name, LONGEST_NAME)).filter(|name| !name.is_empty());
    let parts = MultiPart::alternative()
        .boundary(boundary(mail))
        .singlepart(SinglePart::plain(mail.text.reveal().to_owned()))
        .singlepart(SinglePart::html(mail.html.reveal().to_owned()));
    let envelope = Envelope::new(Some(from.clone()), vec![to.clone()]).map_err(|_| fault("a mail has no receiver"))?;
    let message = Message::builder()
        .envelope(envelope)
        .from(Mailbox::new(name, from.clone()))
        .to(Mailbox::new(None, to.clone()))
        .subject(one_line(&mail.subject, LONGEST_SUBJECT))
        .date(now.into())
        .message_id(Some(mail.id.to_string()))
        .header(AutoSubmitted)
        .multipart(parts)
        .map_err(|_| fault("a mail could not be put together"))?;
    Ok(Some(Outgoing { from, to, bytes: Zeroizing::new(message.formatted()) }))
}

fn fault(what: &str) -> PortError {
    PortError::unavailable(what)
}

/// What divides the parts: a line that is in neither, and the same when the mail is sent again.
fn boundary(mail: &Mail) -> String {
    let id: String = mail.id.as_str().chars().filter(char::is_ascii_alphanumeric).take(32).collect();
    let is_in = |line: &str| mail.text.reveal().contains(line) || mail.html.reveal().contains(line);
    let mut boundary = format!("=_{id}");
    while is_in(&boundary) {
        boundary.push('_');
    }
    boundary
}

/// The address as servers know it: domains beyond ASCII have another name for them.
fn address(address: &EmailAddress) -> Option<Address> {
    let (user, domain) = address.as_str().rsplit_once('@')?;
    let domain = Host::parse(domain).ok()?.to_string();
    Address::new(user, domain).ok()
}
