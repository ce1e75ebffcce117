//! Seals that cost nothing, for tests. They hide what they hold from a reader, not from an attacker.

use crate::{quick::digest, seeded::XorShift};
use backstop_application::ports::{MintedToken, Opened, PortError, PortResult, Sealer};
use backstop_domain::{BatchId, DeliveryToken, Sealed, SecretText};
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

    fn numbers(&self) -> MutexGuard<'_, XorShift> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn digest(token: &DeliveryToken) -> [u8; 32] {
        digest(&[b"token", token.reveal().as_bytes()])
    }
}

/// Turns text into what can't be read, and back.
fn masked(batch: BatchId, token: &DeliveryToken, nonce: &[u8], text: &[u8]) -> Vec<u8> {
    let mask = |block: usize| {
        digest(&[b"mask", batch.uuid().as_bytes(), token.reveal().as_bytes(), nonce, &block.to_le_bytes()])
    };
    let masks = (0..).flat_map(mask);
    text.iter().zip(masks).map(|(byte, mask)| byte ^ mask).collect()
}

fn mark(batch: BatchId, token: &DeliveryToken, body: &[u8]) -> [u8; MARK] {
    digest(&[b"mark", batch.uuid().as_bytes(), token.reveal().as_bytes(), body])
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
        let mut body = self.numbers().next().to_le_bytes().to_vec();
        let text: Vec<&str> = codes.iter().map(SecretText::reveal).collect();
        body.extend(masked(batch, token, &body, text.join("\n").as_bytes()));
        body.extend(mark(batch, token, &body));
        Ok(Sealed::new(body))
    }

    fn open(&self, batch: BatchId, token: &DeliveryToken, sealed: &Sealed) -> PortResult<Opened> {
        let Some((body, marked)) = sealed.bytes().split_last_chunk::<MARK>() else { return Ok(Opened::Shut) };
        let Some((nonce, hidden)) = body.split_first_chunk::<NONCE>() else { return Ok(Opened::Shut) };
        if mark(batch, token, body) != *marked {
            return Ok(Opened::Shut);
        }
        let text = String::from_utf8(masked(batch, token, nonce, hidden));
        Ok(text.map_or(Opened::Shut, |text| {
            Opened::Codes(text.split('\n').map(|code| SecretText::new(code.to_owned())).collect())
        }))
    }
}
