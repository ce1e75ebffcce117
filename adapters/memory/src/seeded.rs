use crate::quick;
use backstop_application::ports::{
    CodeGenerator, KeyMinter, MintedKey, MintedSessionToken, PortError, PortResult, TokenMinter,
};
use backstop_domain::{ClientKeyId, CodeProfile, KeyText, NormalisedCode, SecretText, TokenDigest};
use std::{
    collections::HashSet,
    sync::{Mutex, PoisonError},
};
use subtle::ConstantTimeEq as _;

/// Marsaglia's xorshift: the same numbers for the same seed, and none of them a secret.
#[derive(Debug)]
pub(crate) struct XorShift(u64);

impl XorShift {
    /// Zero would only ever follow zero.
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    /// A number below `end`, all of them equally likely: what would make the first ones likelier is drawn again.
    fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end.max(1)).unwrap_or(u64::MAX);
        let fair = u64::MAX - u64::MAX % end;
        loop {
            let drawn = self.next();
            if drawn < fair {
                return usize::try_from(drawn % end).unwrap_or(0);
            }
        }
    }

    pub(crate) fn alphanumeric(&mut self, length: usize) -> SecretText {
        const SYMBOLS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
        SecretText::new((0..length).map(|_| char::from(SYMBOLS[self.below(SYMBOLS.len())])).collect())
    }
}

/// Codes that a seed decides, for tests: everybody can guess them.
#[derive(Debug)]
pub struct SeededCodes(Mutex<XorShift>);

impl SeededCodes {
    pub fn new(seed: u64) -> Self {
        Self(Mutex::new(XorShift::new(seed)))
    }
}

impl CodeGenerator for SeededCodes {
    fn codes(&self, profile: &CodeProfile, count: u32) -> PortResult<Vec<NormalisedCode>> {
        let mut numbers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut seen, mut codes) = (HashSet::new(), Vec::new());
        for _ in 0..count {
            let positions = loop {
                let drawn: Vec<usize> =
                    (0..profile.payload_length()).map(|_| numbers.below(profile.alphabet().len())).collect();
                if seen.insert(drawn.clone()) {
                    break drawn;
                }
            };
            codes.push(profile.assemble(&positions).ok_or_else(|| PortError::corrupt("a code can't be assembled"))?);
        }
        Ok(codes)
    }
}

fn secret(numbers: &Mutex<XorShift>) -> SecretText {
    /// 43 of 62 symbols are 256 bits.
    const LENGTH: usize = 43;
    numbers.lock().unwrap_or_else(PoisonError::into_inner).alphanumeric(LENGTH)
}

/// API keys that a seed decides, for tests: everybody can guess them.
#[derive(Debug)]
pub struct SeededKeys(Mutex<XorShift>);

impl SeededKeys {
    pub fn new(seed: u64) -> Self {
        Self(Mutex::new(XorShift::new(seed)))
    }

    fn digest(key: &KeyText) -> [u8; 32] {
        quick::digest(&[b"key", key.secret.reveal().as_bytes()])
    }
}

impl KeyMinter for SeededKeys {
    fn mint(&self, id: ClientKeyId) -> PortResult<MintedKey> {
        let text = KeyText { id, secret: secret(&self.0) };
        let digest = Self::digest(&text);
        Ok(MintedKey { text, digest })
    }

    fn matches(&self, key: &KeyText, digest: &[u8; 32]) -> bool {
        Self::digest(key).ct_eq(digest).into()
    }
}

/// Tokens of sessions that a seed decides, for tests: everybody can guess them.
#[derive(Debug)]
pub struct SeededTokens(Mutex<XorShift>);

impl SeededTokens {
    pub fn new(seed: u64) -> Self {
        Self(Mutex::new(XorShift::new(seed)))
    }
}

impl TokenMinter for SeededTokens {
    fn mint(&self) -> PortResult<MintedSessionToken> {
        let text = secret(&self.0);
        let digest = self.digest(text.reveal());
        Ok(MintedSessionToken { text, digest })
    }

    fn digest(&self, token: &str) -> TokenDigest {
        TokenDigest::new(quick::digest(&[b"token", token.as_bytes()]))
    }
}
