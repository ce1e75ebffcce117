//! Seals that cost nothing, for tests. They hide what they hold from a reader, not from an attacker.

use crate::{quick::digest, seeded::XorShift};
use backstop_application::ports::{
    AnswerSealer, CodeWrapper, MintedToken, Opened, PortError, PortResult, RequestName, Sealer,
};
use backstop_domain::{BatchId, DeliveryToken, IdempotencyKey, Sealed, SecretText};
use std::sync::{Mutex, MutexGuard, PoisonError};
use subtle::ConstantTimeEq as _;

const NONCE: usize = 8;
const MARK: usize = 32;

/// Tokens and seals that a seed decides, for tests: everybody can guess them.
#[derive(Debug)]
pub struct QuickSealer(Mutex<XorShift>);

impl QuickSealer {
    pub fn new(seed: u64) -> Self {
        Self(Mutex::new(XorShift::new(seed)))
    }

    pub(crate) fn numbers(&self) -> MutexGuard<'_, XorShift> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn nonce(&self) -> [u8; NONCE] {
        self.numbers().next().to_le_bytes()
    }

    fn digest(token: &DeliveryToken) -> [u8; 32] {
        digest(&[b"token", token.reveal().as_bytes()])
    }
}

/// What is sealed belongs there, and needs this secret.
#[derive(Clone, Copy)]
pub(crate) struct Lock<'a> {
    pub(crate) context: &'a [u8],
    pub(crate) secret: &'a str,
}

impl Lock<'_> {
    /// Turns text into what can't be read, and back.
    fn masked(self, nonce: &[u8], text: &[u8]) -> Vec<u8> {
        let mask = |block: usize| digest(&[b"mask", self.context, self.secret.as_bytes(), nonce, &block.to_le_bytes()]);
        let masks = (0..).flat_map(mask);
        text.iter().zip(masks).map(|(byte, mask)| byte ^ mask).collect()
    }

    fn mark(self, body: &[u8]) -> [u8; MARK] {
        digest(&[b"mark", self.context, self.secret.as_bytes(), body])
    }

    pub(crate) fn seal(self, nonce: [u8; NONCE], text: &str) -> Sealed {
        let mut body = nonce.to_vec();
        body.extend(self.masked(&body, text.as_bytes()));
        body.extend(self.mark(&body));
        Sealed::new(body)
    }

    pub(crate) fn open(self, sealed: &Sealed) -> Option<String> {
        let (body, marked) = sealed.bytes().split_last_chunk::<MARK>()?;
        let (nonce, hidden) = body.split_first_chunk::<NONCE>()?;
        if self.mark(body) != *marked {
            return None;
        }
        String::from_utf8(self.masked(nonce, hidden)).ok()
    }
}

impl Sealer for QuickSealer {
    fn mint(&self) -> PortResult<MintedToken> {
        let text = self.numbers().alphanumeric(DeliveryToken::LENGTH);
        let token = DeliveryToken::parse(text).map_err(|_| PortError::corrupt("a token can't be made"))?;
        let digest = Self::digest(&token);
        Ok(MintedToken { token, digest })
    }

    fn matches(&self, token: &DeliveryToken, digest: &[u8; 32]) -> bool {
        Self::digest(token).ct_eq(digest).into()
    }

    fn seal(&self, batch: BatchId, token: &DeliveryToken, codes: &[SecretText]) -> PortResult<Sealed> {
        let text: Vec<&str> = codes.iter().map(SecretText::reveal).collect();
        Ok(Lock { context: batch.uuid().as_bytes(), secret: token.reveal() }.seal(self.nonce(), &text.join("\n")))
    }

    fn open(&self, batch: BatchId, token: &DeliveryToken, sealed: &Sealed) -> PortResult<Opened> {
        let text = Lock { context: batch.uuid().as_bytes(), secret: token.reveal() }.open(sealed);
        Ok(text.map_or(Opened::Shut, |text| {
            Opened::Codes(text.split('\n').map(|code| SecretText::new(code.to_owned())).collect())
        }))
    }
}

impl CodeWrapper for QuickSealer {
    fn wrap(&self, batch: BatchId, codes: &[SecretText]) -> PortResult<Sealed> {
        let text: Vec<&str> = codes.iter().map(SecretText::reveal).collect();
        Ok(Lock { context: batch.uuid().as_bytes(), secret: "waiting mail" }.seal(self.nonce(), &text.join("\n")))
    }

    fn unwrap(&self, batch: BatchId, sealed: &Sealed) -> PortResult<Option<Vec<SecretText>>> {
        let text = Lock { context: batch.uuid().as_bytes(), secret: "waiting mail" }.open(sealed);
        Ok(text.map(|text| text.split('\n').map(|code| SecretText::new(code.to_owned())).collect()))
    }
}

impl AnswerSealer for QuickSealer {
    fn names(&self, key: &IdempotencyKey, place: &str, content: &SecretText) -> PortResult<Vec<RequestName>> {
        let hashed = |what: &[u8], text: &str| digest(&[what, key.reveal().as_bytes(), text.as_bytes()]);
        Ok(vec![RequestName { place: hashed(b"place", place), content: hashed(b"content", content.reveal()) }])
    }

    fn seal_answer(&self, key: &IdempotencyKey, request: &RequestName, answer: &SecretText) -> PortResult<Sealed> {
        Ok(Lock { context: &request.place, secret: key.reveal() }.seal(self.nonce(), answer.reveal()))
    }

    fn open_answer(
        &self,
        key: &IdempotencyKey,
        request: &RequestName,
        sealed: &Sealed,
    ) -> PortResult<Option<SecretText>> {
        Ok(Lock { context: &request.place, secret: key.reveal() }.open(sealed).map(SecretText::new))
    }
}
