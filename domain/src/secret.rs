//! What must not be seen by chance.

use core::fmt;
use zeroize::Zeroizing;

/// A secret: it has no `Display`, its `Debug` prints `***`, and its memory is wiped when it goes.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretText(Zeroizing<String>);

impl SecretText {
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The plain text. Whoever calls this answers for where it goes.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// Secret bytes, such as a file with codes: as [`SecretText`].
#[derive(Clone, PartialEq, Eq)]
pub struct SecretBytes(Zeroizing<Vec<u8>>);

impl SecretBytes {
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The plain bytes. Whoever calls this answers for where they go.
    pub fn reveal(&self) -> &[u8] {
        &self.0
    }

    /// The plain bytes, still wiped when they go.
    pub fn into_wiped(self) -> Zeroizing<Vec<u8>> {
        self.0
    }
}

impl fmt::Debug for SecretBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        DeliveryToken, IdempotencyKey, KeyText, NormalisedCode, Password, Sealed, TokenDigest, TotpCode, Verifier,
    };
    use core::marker::PhantomData;

    /// Whether a type has a `Display`, which is what a text and a log line are made of. Where it has one, the constant
    /// of the type itself hides that of the trait.
    struct Probe<T>(PhantomData<T>);

    trait Otherwise {
        const HAS_DISPLAY: bool = false;
    }

    impl<T> Otherwise for Probe<T> {}

    impl<T: fmt::Display> Probe<T> {
        const HAS_DISPLAY: bool = true;
    }

    #[test]
    fn no_secret_can_be_displayed() {
        let secrets = [
            Probe::<SecretText>::HAS_DISPLAY,
            Probe::<SecretBytes>::HAS_DISPLAY,
            Probe::<NormalisedCode>::HAS_DISPLAY,
            Probe::<KeyText>::HAS_DISPLAY,
            Probe::<DeliveryToken>::HAS_DISPLAY,
            Probe::<IdempotencyKey>::HAS_DISPLAY,
            Probe::<Verifier>::HAS_DISPLAY,
            Probe::<TokenDigest>::HAS_DISPLAY,
            Probe::<Sealed>::HAS_DISPLAY,
            Probe::<Password>::HAS_DISPLAY,
            Probe::<TotpCode>::HAS_DISPLAY,
        ];
        assert_eq!(secrets, [false; 11]);
        assert_eq!([Probe::<String>::HAS_DISPLAY], [true], "the probe sees what there is");
    }

    #[test]
    fn debug_output_hides_the_text() {
        assert_eq!(format!("{:?}", SecretText::new("hunter2".into())), "***");
        assert_eq!(format!("{:?}", SecretBytes::new(b"hunter2".into())), "***");
    }
}
