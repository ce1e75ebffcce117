use crate::{
    aead::{self, MARK, Purpose, failed},
    seal_keys::{SealKey, SealKeys},
};
use backstop_application::ports::{AnswerSealer, PortResult, RequestName};
use backstop_domain::{IdempotencyKey, Sealed, SecretText};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

const ANSWERS: &[u8] = b"backstop/answer/1";
const PLACES: &[u8] = b"backstop/request-place/1";
const CONTENTS: &[u8] = b"backstop/request-content/1";

/// Seals with XChaCha20-Poly1305 and names with HMAC-SHA-256, under keys derived by HKDF-SHA-256 from the server's seal
/// key and the key of idempotency.
#[derive(Clone, Debug)]
pub struct AeadAnswers {
    keys: SealKeys,
}

impl AeadAnswers {
    pub const fn new(keys: SealKeys) -> Self {
        Self { keys }
    }
}

impl AnswerSealer for AeadAnswers {
    fn names(&self, key: &IdempotencyKey, place: &str, content: &SecretText) -> PortResult<Vec<RequestName>> {
        let name = |of: &SealKey| {
            Ok(RequestName {
                place: hashed(of, key, PLACES, place.as_bytes())?,
                content: hashed(of, key, CONTENTS, content.reveal().as_bytes())?,
            })
        };
        self.keys.current_first().map(name).collect()
    }

    fn seal_answer(&self, key: &IdempotencyKey, request: &RequestName, answer: &SecretText) -> PortResult<Sealed> {
        let mut body = Zeroizing::new(Vec::with_capacity(answer.reveal().len() + MARK));
        body.extend_from_slice(answer.reveal().as_bytes());
        aead::seal(&self.keys, purpose(key, request), body)
    }

    fn open_answer(
        &self,
        key: &IdempotencyKey,
        request: &RequestName,
        sealed: &Sealed,
    ) -> PortResult<Option<SecretText>> {
        let plain = aead::open(&self.keys, purpose(key, request), sealed)?;
        let text = plain.as_ref().and_then(|plain| core::str::from_utf8(plain).ok());
        Ok(text.map(|text| SecretText::new(text.to_owned())))
    }
}

fn purpose<'a>(key: &'a IdempotencyKey, request: &'a RequestName) -> Purpose<'a> {
    Purpose { name: ANSWERS, context: &request.place, secret: key.reveal().as_bytes() }
}

fn hashed(server: &SealKey, key: &IdempotencyKey, purpose: &[u8], text: &[u8]) -> PortResult<[u8; 32]> {
    let derived = aead::derive(server, key.reveal().as_bytes(), purpose)?;
    let mut mac = Hmac::<Sha256>::new_from_slice(derived.as_slice()).map_err(|_| failed())?;
    mac.update(text);
    Ok(mac.finalize().into_bytes().into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seal_keys::tests::ring;

    fn answers(current: &str, all: &[&str]) -> AeadAnswers {
        AeadAnswers::new(ring(current, all))
    }

    #[test]
    fn a_request_is_found_again_after_the_seal_key_was_rotated() {
        let key = IdempotencyKey::parse("0123456789abcdef").unwrap();
        let content = SecretText::new("what it says".to_owned());
        let before = answers("old", &["old"]);
        let name = before.names(&key, "here", &content).unwrap()[0];
        let sealed = before.seal_answer(&key, &name, &content).unwrap();
        let rotated = answers("new", &["old", "new"]);
        let names = rotated.names(&key, "here", &content).unwrap();
        assert_eq!(names.iter().position(|n| *n == name), Some(1), "the current key's name comes first");
        assert_eq!(rotated.open_answer(&key, &name, &sealed).unwrap(), Some(content.clone()));
        assert_eq!(answers("new", &["new"]).open_answer(&key, &name, &sealed).unwrap(), None);
    }

    #[test]
    fn place_and_content_are_hashed_apart() {
        let key = IdempotencyKey::parse("0123456789abcdef").unwrap();
        let name = answers("a", &["a"]).names(&key, "same", &SecretText::new("same".to_owned())).unwrap()[0];
        assert_ne!(name.place, name.content);
    }
}
