//! Codes that wait to be sent.

use crate::fixture::*;
use backstop_application::ports::CodeWrapper;
use backstop_domain::{BatchId, Sealed, SecretText};

fn codes() -> Vec<SecretText> {
    ["ABCDEF-GHJKLM-NPQRST", "BCDEFG-HJKLMN-PQRSTU", "ünïcode"].map(|code| SecretText::new(code.to_owned())).to_vec()
}

fn batch() -> BatchId {
    BatchId::new(uuid())
}

fn contains(all: &Sealed, part: &str) -> bool {
    all.bytes().windows(part.len()).any(|window| window == part.as_bytes())
}

/// "The codes as they were wrapped, in the same order, for the batch that they were wrapped for."
pub async fn wrapped_codes_come_back_as_they_were(wrapper: &dyn CodeWrapper) {
    let batch = batch();
    for codes in [codes(), codes()[..1].to_vec()] {
        let sealed = wrapper.wrap(batch, &codes).unwrap();
        assert_eq!(wrapper.unwrap(batch, &sealed).unwrap(), Some(codes));
    }
}

/// "`None` for anything else": another batch, changed bytes, too few of them.
pub async fn what_was_wrapped_otherwise_does_not_open(wrapper: &dyn CodeWrapper) {
    let (mine, other) = (batch(), batch());
    let sealed = wrapper.wrap(mine, &codes()).unwrap();
    assert_eq!(wrapper.unwrap(other, &sealed).unwrap(), None, "another batch");
    for at in [0, sealed.bytes().len() / 2, sealed.bytes().len() - 1] {
        let mut bytes = sealed.bytes().to_vec();
        bytes[at] ^= 1;
        assert_eq!(wrapper.unwrap(mine, &Sealed::new(bytes)).unwrap(), None, "byte {at}");
        assert_eq!(wrapper.unwrap(mine, &Sealed::new(sealed.bytes()[..at].to_vec())).unwrap(), None, "{at} bytes");
    }
}

/// "Nothing of them can be read in the sealed bytes, and no two are alike."
pub async fn wrapped_bytes_hide_the_codes(wrapper: &dyn CodeWrapper) {
    let batch = batch();
    let (one, two) = (wrapper.wrap(batch, &codes()).unwrap(), wrapper.wrap(batch, &codes()).unwrap());
    assert_ne!(one, two);
    for part in ["ABCDEF", "GHJKLM", "PQRSTU"] {
        assert!(!contains(&one, part), "{part} can be read");
    }
}
