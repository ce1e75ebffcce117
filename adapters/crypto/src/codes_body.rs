//! Codes as one body to be sealed.

use crate::aead::MARK;
use backstop_application::ports::{PortError, PortErrorKind, PortResult};
use backstop_domain::SecretText;
use zeroize::Zeroizing;

/// Between two codes; no code has one.
const BREAK: char = '\n';

/// The codes in one buffer that never grows.
pub(crate) fn joined(codes: &[SecretText]) -> PortResult<Zeroizing<Vec<u8>>> {
    let length: usize = codes.iter().map(|code| code.reveal().len() + 1).sum();
    let mut body = Zeroizing::new(Vec::with_capacity(length + MARK));
    for (at, code) in codes.iter().enumerate() {
        if code.reveal().is_empty() || code.reveal().contains(BREAK) {
            return Err(PortError::new(PortErrorKind::Rejected, "a code can't be sealed"));
        }
        if at > 0 {
            body.push(BREAK as u8);
        }
        body.extend_from_slice(code.reveal().as_bytes());
    }
    Ok(body)
}

/// The codes of a body, in their order.
pub(crate) fn split(body: &[u8]) -> Option<Vec<SecretText>> {
    let text = core::str::from_utf8(body).ok()?;
    Some(text.split(BREAK).map(|code| SecretText::new(code.to_owned())).collect())
}
