//! The check symbol of Crockford profiles: a weighted sum over the field with 32 elements.
//!
//! Symbol number i from the right, the check symbol being number 0, is multiplied by α^i, and all products must sum
//! to zero. For codes of up to 31 symbols the weights are distinct and none is zero, hence every wrong symbol and
//! every swap of two unequal symbols, wherever they stand, breaks the sum.

/// α^5 = α^2 + 1, a primitive polynomial over GF(2).
const REDUCE: usize = 0b10_0101;
const FIELD: usize = 32;

fn times_alpha(x: usize) -> usize {
    let doubled = x << 1;
    if doubled & FIELD == 0 { doubled } else { doubled ^ REDUCE }
}

/// Σ α^i·dᵢ over `digits` from right to left, by Horner's rule.
fn weigh(digits: &[usize]) -> usize {
    digits.iter().fold(0, |sum, digit| times_alpha(sum) ^ digit)
}

/// The symbol that makes the sum zero when it is appended.
pub(super) fn symbol(payload: &[usize]) -> usize {
    times_alpha(weigh(payload))
}

pub(super) fn holds(digits: &[usize]) -> bool {
    weigh(digits) == 0
}
