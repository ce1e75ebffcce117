//! Sealing under two secrets at once: one of the server's keys, and one that only a holder outside has.

use crate::{
    random,
    seal_keys::{SealKey, SealKeys},
};
use backstop_application::ports::{PortError, PortErrorKind, PortResult};
use backstop_domain::Sealed;
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce, aead::AeadInOut};
use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

const VERSION: u8 = 1;
const NONCE: usize = 24;
/// What sealing adds to a body. A buffer with room for it never grows, and so leaves no unwiped copy behind.
pub(crate) const MARK: usize = 16;

/// What is sealed, what for, and with whose secret.
#[derive(Clone, Copy)]
pub(crate) struct Purpose<'a> {
    /// Apart from every other use of the same keys and secrets.
    pub(crate) name: &'static [u8],
    /// Where the sealed bytes belong; elsewhere they don't open.
    pub(crate) context: &'a [u8],
    pub(crate) secret: &'a [u8],
}

/// Sealed bytes are: version, length of the key id, key id, nonce, and the body with its mark, so that
/// [`Sealed::key_named_in`] knows the key. What stands before the
/// nonce and the context are authenticated with them.
pub(crate) fn seal(keys: &SealKeys, purpose: Purpose<'_>, mut body: Zeroizing<Vec<u8>>) -> PortResult<Sealed> {
    let key = keys.current();
    let id = key.id.as_str().as_bytes();
    let mut nonce = [0; NONCE];
    random::fill(&mut nonce)?;
    cipher(key, purpose)?
        .encrypt_in_place(&XNonce::from(nonce), &associated(purpose, id), &mut *body)
        .map_err(|_| failed())?;
    let length = u8::try_from(id.len()).map_err(|_| failed())?;
    Ok(Sealed::new([&[VERSION, length], id, &nonce, &body].concat()))
}

/// `None` for what was sealed otherwise, or was changed.
pub(crate) fn open(keys: &SealKeys, purpose: Purpose<'_>, sealed: &Sealed) -> PortResult<Option<Zeroizing<Vec<u8>>>> {
    try_open(keys, purpose, sealed.bytes()).transpose()
}

fn try_open(keys: &SealKeys, purpose: Purpose<'_>, sealed: &[u8]) -> Option<PortResult<Zeroizing<Vec<u8>>>> {
    let (&[VERSION, length], rest) = sealed.split_first_chunk::<2>()? else { return None };
    let (id, rest) = rest.split_at_checked(length.into())?;
    let (nonce, body) = rest.split_first_chunk::<NONCE>()?;
    let cipher = match cipher(keys.get(id)?, purpose) {
        Ok(cipher) => cipher,
        Err(fault) => return Some(Err(fault)),
    };
    let mut plain = Zeroizing::new(body.to_vec());
    cipher.decrypt_in_place(&XNonce::from(*nonce), &associated(purpose, id), &mut *plain).ok()?;
    Some(Ok(plain))
}

fn cipher(key: &SealKey, purpose: Purpose<'_>) -> PortResult<XChaCha20Poly1305> {
    Ok(XChaCha20Poly1305::new((&*derive(key, purpose.secret, purpose.name)?).into()))
}

/// A key that needs both secrets: the one from outside is the extraction's key, the server's is what is extracted from.
pub(crate) fn derive(key: &SealKey, secret: &[u8], name: &[u8]) -> PortResult<Zeroizing<[u8; 32]>> {
    let derived = Hkdf::<Sha256>::new(Some(secret), key.secret.reveal().as_bytes());
    let mut bytes = Zeroizing::new([0; 32]);
    derived.expand(name, bytes.as_mut_slice()).map_err(|_| failed())?;
    Ok(bytes)
}

fn associated(purpose: Purpose<'_>, key: &[u8]) -> Vec<u8> {
    [purpose.name, purpose.context, &[VERSION], key].concat()
}

pub(crate) fn failed() -> PortError {
    PortError::new(PortErrorKind::Rejected, "nothing could be sealed")
}
