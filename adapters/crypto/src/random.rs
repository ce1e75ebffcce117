//! Randomness of the operating system, and how symbols are drawn from it.

use backstop_application::ports::{PortError, PortResult};
use backstop_domain::SecretText;
use rand::{TryRng, rngs::SysRng};
use zeroize::Zeroizing;

const ALPHANUMERIC: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const SHORTEST_KEY: usize = 32;
/// Bytes asked for at once.
const CHUNK: usize = 64;

pub(crate) fn fill(bytes: &mut [u8]) -> PortResult<()> {
    SysRng.try_fill_bytes(bytes).map_err(|e| PortError::unavailable("the system gives no randomness").because(e))
}

/// The position of a random byte among `symbols`, or `None` for the bytes at the top that would make some positions
/// likelier than others.
fn position(byte: u8, symbols: usize) -> Option<usize> {
    let fair = 256 - 256 % symbols;
    let byte = usize::from(byte);
    (byte < fair).then_some(byte % symbols)
}

/// `count` positions among `symbols`, of which there must be 1 to 256.
pub(crate) fn positions(
    symbols: usize,
    count: usize,
    fill: &mut impl FnMut(&mut [u8]) -> PortResult<()>,
) -> PortResult<Zeroizing<Vec<usize>>> {
    if !(1..=256).contains(&symbols) {
        return Err(PortError::corrupt("an alphabet has 1 to 256 symbols"));
    }
    // Its full size from the start: growing would leave an unwiped copy behind.
    let mut drawn = Zeroizing::new(Vec::with_capacity(count));
    let mut bytes = Zeroizing::new([0; CHUNK]);
    while drawn.len() < count {
        fill(bytes.as_mut_slice())?;
        let missing = count - drawn.len();
        drawn.extend(bytes.iter().filter_map(|byte| position(*byte, symbols)).take(missing));
    }
    Ok(drawn)
}

/// A key of letters and digits. A length below 32 is raised to it.
pub fn generate_key(length: usize) -> PortResult<SecretText> {
    let length = length.max(SHORTEST_KEY);
    let drawn = positions(ALPHANUMERIC.len(), length, &mut fill)?;
    let mut text = String::with_capacity(length);
    text.extend(drawn.iter().map(|at| char::from(ALPHANUMERIC[*at])));
    Ok(SecretText::new(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use backstop_application::ports::PortErrorKind;

    #[test]
    fn every_position_is_equally_likely() {
        for symbols in 1..=256 {
            let mut hits = vec![0; symbols];
            for byte in 0..=u8::MAX {
                if let Some(at) = position(byte, symbols) {
                    hits[at] += 1;
                }
            }
            assert!(hits.iter().all(|n| *n == 256 / symbols), "{symbols} symbols: {hits:?}");
        }
    }

    #[test]
    fn bytes_that_would_bias_are_drawn_again() {
        let mut chunks = [255u8, 240, 59].into_iter();
        let drawn = positions(60, CHUNK + 1, &mut |bytes| {
            bytes.fill(chunks.next().unwrap_or(61));
            Ok(())
        })
        .unwrap();
        assert_eq!(drawn.len(), CHUNK + 1);
        assert_eq!(drawn[..CHUNK], [59; CHUNK]);
        assert_eq!(drawn[CHUNK], 1);
    }

    #[test]
    fn without_randomness_nothing_is_made() {
        let none = positions(60, 1, &mut |_| Err(PortError::unavailable("none")));
        assert_eq!(none.unwrap_err().kind(), PortErrorKind::Unavailable);
    }

    #[test]
    fn keys_are_letters_and_digits_and_never_short() {
        for (asked, got) in [(0, 32), (32, 32), (43, 43)] {
            let key = generate_key(asked).unwrap();
            assert_eq!(key.reveal().len(), got);
            assert!(key.reveal().bytes().all(|b| b.is_ascii_alphanumeric()));
        }
        assert_ne!(generate_key(32).unwrap(), generate_key(32).unwrap());
    }
}
