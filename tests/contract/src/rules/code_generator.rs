//! Generators: distinct codes of their profile, without favourites.

use backstop_application::ports::CodeGenerator;
use backstop_domain::CodeProfile;
use std::collections::{HashMap, HashSet};

fn profiles() -> [CodeProfile; 4] {
    let custom = CodeProfile::custom("binary", "01", 16, 4, '-').unwrap();
    [CodeProfile::classic(), CodeProfile::readable(), CodeProfile::compact(), custom]
}

/// "`count` … codes of this profile": each is read back as itself.
pub async fn codes_are_of_their_profile(generator: &dyn CodeGenerator) {
    for profile in profiles() {
        for count in [0, 1, 50] {
            let codes = generator.codes(&profile, count).unwrap();
            assert_eq!(codes.len(), count as usize);
            for code in codes {
                assert_eq!(profile.parse(profile.format(&code).reveal()), Ok(code));
            }
        }
    }
}

/// "Distinct codes", in one call and between calls.
pub async fn codes_are_distinct(generator: &dyn CodeGenerator) {
    for profile in profiles() {
        let mut seen = HashSet::new();
        for _ in 0..40 {
            for code in generator.codes(&profile, 50).unwrap() {
                assert!(seen.insert(code.reveal().to_owned()));
            }
        }
    }
}

/// "Each symbol drawn without bias": the chi-squared sum over the symbols of many codes lies where a fair draw's lies
/// but once in a thousand million.
pub async fn each_symbol_is_as_likely_as_any(generator: &dyn CodeGenerator) {
    for profile in profiles() {
        let mut drawn: HashMap<char, f64> = HashMap::new();
        let mut all = 0.0_f64;
        while all < 60_000.0 {
            for code in generator.codes(&profile, 50).unwrap() {
                for symbol in code.reveal().chars().take(profile.payload_length()) {
                    *drawn.entry(symbol).or_default() += 1.0;
                    all += 1.0;
                }
            }
        }
        let symbols = f64::from(u32::try_from(profile.alphabet().len()).unwrap());
        let fair = all / symbols;
        let sum: f64 = profile
            .alphabet()
            .iter()
            .map(|symbol| (drawn.get(symbol).copied().unwrap_or_default() - fair).powi(2) / fair)
            .sum();
        let free = symbols - 1.0;
        // Wilson and Hilferty's approximation of the quantile at six standard deviations.
        let spread = 2.0 / (9.0 * free);
        let most = free * (1.0 - spread + 6.0 * spread.sqrt()).powi(3);
        assert!(sum < most, "{}: {sum:.1} is more than {most:.1}", profile.name());
    }
}
