use crate::{
    aead::{self, Purpose},
    codes_body,
    seal_keys::SealKeys,
};
use backstop_application::ports::{CodeWrapper, PortResult};
use backstop_domain::{BatchId, Sealed, SecretText};

const PURPOSE: &[u8] = b"backstop/waiting-mail/1";

/// Wraps with XChaCha20-Poly1305, under a key derived by HKDF-SHA-256 from the server's seal key.
#[derive(Clone, Debug)]
pub struct AeadWrapper {
    keys: SealKeys,
}

impl AeadWrapper {
    pub const fn new(keys: SealKeys) -> Self {
        Self { keys }
    }
}

impl CodeWrapper for AeadWrapper {
    fn wrap(&self, batch: BatchId, codes: &[SecretText]) -> PortResult<Sealed> {
        aead::seal(&self.keys, purpose(batch.uuid().as_bytes()), codes_body::joined(codes)?)
    }

    fn unwrap(&self, batch: BatchId, sealed: &Sealed) -> PortResult<Option<Vec<SecretText>>> {
        let plain = aead::open(&self.keys, purpose(batch.uuid().as_bytes()), sealed)?;
        Ok(plain.as_ref().and_then(|plain| codes_body::split(plain)))
    }
}

/// Nobody else holds a part of the key.
fn purpose(batch: &[u8; 16]) -> Purpose<'_> {
    Purpose { name: PURPOSE, context: batch, secret: &[] }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seal_keys::tests::ring;
    use uuid::Uuid;

    #[test]
    fn what_was_wrapped_under_an_older_key_still_opens() {
        let batch = BatchId::new(Uuid::from_u128(7));
        let codes = ["AAAA-BBBB", "CCCC-DDDD"].map(|code| SecretText::new(code.to_owned())).to_vec();
        let sealed = AeadWrapper::new(ring("old", &["old"])).wrap(batch, &codes).unwrap();
        let rotated = AeadWrapper::new(ring("new", &["new", "old"]));
        assert_eq!(rotated.unwrap(batch, &sealed).unwrap(), Some(codes));
        assert_eq!(AeadWrapper::new(ring("new", &["new"])).unwrap(batch, &sealed).unwrap(), None);
    }
}
