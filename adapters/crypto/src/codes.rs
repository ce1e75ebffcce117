use crate::random;
use backstop_application::ports::{CodeGenerator, PortError, PortResult};
use backstop_domain::{CodeProfile, NormalisedCode};

/// Codes from the randomness of the operating system.
#[derive(Clone, Copy, Debug, Default)]
pub struct OsCodes;

impl CodeGenerator for OsCodes {
    fn codes(&self, profile: &CodeProfile, count: u32) -> PortResult<Vec<NormalisedCode>> {
        draw(profile, count, &mut random::fill)
    }
}

fn draw(
    profile: &CodeProfile,
    count: u32,
    fill: &mut impl FnMut(&mut [u8]) -> PortResult<()>,
) -> PortResult<Vec<NormalisedCode>> {
    let count = count as usize;
    let mut codes = Vec::new();
    while codes.len() < count {
        let drawn = random::positions(profile.alphabet().len(), profile.payload_length(), fill)?;
        let code = profile.assemble(&drawn).ok_or_else(|| PortError::corrupt("a profile contradicts itself"))?;
        if !codes.contains(&code) {
            codes.push(code);
        }
    }
    Ok(codes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    #[test]
    fn every_code_is_one_of_its_profile() {
        for name in CodeProfile::BUILT_IN {
            let profile = CodeProfile::by_name(name).unwrap();
            let codes = OsCodes.codes(&profile, 50).unwrap();
            assert_eq!(codes.len(), 50);
            for code in &codes {
                assert_eq!(profile.parse(profile.format(code).reveal()).as_ref(), Ok(code));
            }
        }
    }

    #[test]
    fn a_code_that_comes_twice_is_drawn_again() {
        let mut draws = [3u8, 3, 3, 4].into_iter();
        let codes = draw(&CodeProfile::classic(), 2, &mut |bytes| {
            bytes.fill(draws.next().unwrap());
            Ok(())
        })
        .unwrap();
        assert_ne!(codes[0], codes[1]);
        assert_eq!(draws.next(), None, "the double was not noticed");
    }

    /// 360 000 symbols of 60: each is expected 6 000 times, with a standard deviation of 77. Bounds of 8 deviations,
    /// and a chi-square 8 deviations off its mean, are not met by chance in the life of this project.
    #[test]
    fn symbols_are_drawn_evenly() {
        let profile = CodeProfile::classic();
        let mut seen: HashMap<char, f64> = HashMap::new();
        for _ in 0..200 {
            for code in OsCodes.codes(&profile, 50).unwrap() {
                for symbol in code.reveal().chars() {
                    *seen.entry(symbol).or_default() += 1.0;
                }
            }
        }
        assert_eq!(seen.len(), 60);
        let chi_square: f64 = seen.values().map(|n| (n - 6_000.0).powi(2) / 6_000.0).sum();
        assert!(seen.values().all(|n| (n - 6_000.0).abs() < 620.0), "{seen:?}");
        assert!(chi_square < 59.0 + 8.0 * 10.9, "{chi_square}");
    }
}
