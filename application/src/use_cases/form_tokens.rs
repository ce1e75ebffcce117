use crate::{
    Ports,
    ports::{PortResult, Tagger, TokenMinter},
};
use backstop_domain::SecretText;
use core::fmt::Write as _;
use std::sync::Arc;

/// Proves that a form was drawn by us for the session or the browser that sends it. Nothing is stored: the proof is a keyed
/// hash of what it is bound to. A session is named by its id, which stays when its token changes, so that the forms of
/// other tabs stay good; the key makes the proof one that nobody else can make.
pub struct FormTokens {
    tagger: Arc<dyn Tagger>,
    tokens: Arc<dyn TokenMinter>,
}

impl FormTokens {
    pub(crate) fn new(ports: &Ports) -> Self {
        Self { tagger: Arc::clone(&ports.tagger), tokens: Arc::clone(&ports.tokens) }
    }

    /// A secret for the cookie of somebody who has no session, so that their forms can be bound to their browser.
    pub fn mint_visitor(&self) -> PortResult<SecretText> {
        Ok(self.tokens.mint()?.text)
    }

    /// The token for forms of this session or of whoever has this visitor's cookie. It tells nothing about either.
    pub fn issue(&self, bound_to: &SecretText) -> String {
        let hash = self.hash("form", bound_to.reveal());
        let mut text = String::with_capacity(64);
        for byte in hash {
            // Writing to a string never fails.
            let _ = write!(text, "{byte:02x}");
        }
        text
    }

    /// Whether the token that came back was issued for this. The hashes of both are compared: what the comparison
    /// takes tells nothing about the token, because nobody without the key knows the hash of a guess.
    pub fn fits(&self, bound_to: &SecretText, token: &str) -> bool {
        let issued = self.issue(bound_to);
        self.hash("form sent", &issued) == self.hash("form sent", token)
    }

    fn hash(&self, purpose: &str, text: &str) -> [u8; 32] {
        self.tagger.fingerprint(SecretText::new(format!("{purpose}\n{text}")).reveal())
    }
}
