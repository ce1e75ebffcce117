//! The cookies of the pages, beside the session's own.

use super::{flash::Flash, order::Order};
use crate::cookies::{attributes, is_token, read};
use backstop_domain::{DeliveryToken, SecretText};
use poem::http::{HeaderMap, HeaderValue};
use zeroize::Zeroizing;

/// Sets, reads and clears them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Jar {
    secure: bool,
}

/// What a browser keeps for us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kept {
    /// Binds the forms of somebody who is not signed in to their browser.
    Visitor,
    /// Opens the sealed copy of new codes.
    Delivery,
    /// What is said on the next page.
    Message,
    /// What was typed into the form for making codes, until they are made.
    Order,
}

impl Jar {
    pub(crate) const fn new(production: bool) -> Self {
        Self { secure: production }
    }

    const fn name(self, kept: Kept) -> &'static str {
        match (kept, self.secure) {
            (Kept::Visitor, true) => "__Host-backstop_visitor",
            (Kept::Visitor, false) => "backstop_visitor",
            (Kept::Delivery, true) => "__Host-backstop_delivery",
            (Kept::Delivery, false) => "backstop_delivery",
            (Kept::Message, true) => "__Host-backstop_message",
            (Kept::Message, false) => "backstop_message",
            (Kept::Order, true) => "__Host-backstop_order",
            (Kept::Order, false) => "backstop_order",
        }
    }

    pub(crate) fn visitor(self, headers: &HeaderMap) -> Option<SecretText> {
        read(self.name(Kept::Visitor), headers, is_token)
    }

    pub(crate) fn delivery(self, headers: &HeaderMap) -> Option<SecretText> {
        read(self.name(Kept::Delivery), headers, |text| text.len() == DeliveryToken::LENGTH && is_token(text))
    }

    pub(crate) fn message(self, headers: &HeaderMap) -> Option<Flash> {
        read(self.name(Kept::Message), headers, |text| text.len() <= Flash::LONGEST)
            .and_then(|text| Flash::read(text.reveal()))
    }

    pub(crate) fn order(self, headers: &HeaderMap) -> Option<Order> {
        read(self.name(Kept::Order), headers, |text| text.len() <= Order::LONGEST)
            .and_then(|text| Order::parse(text.reveal()))
    }

    /// The value of `Set-Cookie`. Without a span the browser keeps it until it closes.
    pub(crate) fn set(self, kept: Kept, value: &str, seconds: Option<u64>) -> Option<HeaderValue> {
        let span = seconds.map(|seconds| format!("Max-Age={seconds}; ")).unwrap_or_default();
        let line = Zeroizing::new(format!("{}={value}; {span}{}", self.name(kept), attributes(self.secure)));
        let mut value = HeaderValue::from_str(&line).ok()?;
        value.set_sensitive(true);
        Some(value)
    }

    pub(crate) fn clear(self, kept: Kept) -> Option<HeaderValue> {
        self.set(kept, "", Some(0))
    }
}
