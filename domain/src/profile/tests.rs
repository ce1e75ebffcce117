use super::*;
use proptest::prelude::*;

/// U+002D and every other character of general category Pd (Unicode 16), written down apart from the code under test.
const DASH_PUNCTUATION: &[char] = &[
    '-',
    '֊',
    '־',
    '᐀',
    '᠆',
    '‐',
    '‑',
    '‒',
    '–',
    '—',
    '―',
    '⸗',
    '⸚',
    '⸺',
    '⸻',
    '⹀',
    '⹝',
    '〜',
    '〰',
    '゠',
    '︱',
    '︲',
    '﹘',
    '﹣',
    '－',
    '\u{10d6e}',
    '\u{10ead}',
];
const ODD_SPACES: &[char] = &[
    ' ', '\t', '\n', '\u{a0}', '\u{1680}', '\u{2003}', '\u{2009}', '\u{202f}', '\u{205f}', '\u{3000}', '\u{200b}',
    '\u{feff}',
];

fn profiles() -> Vec<CodeProfile> {
    let custom = CodeProfile::custom("own", "abcdefghjkmnpqrstuvwxyz23456789", 5, 3, ':').unwrap();
    vec![CodeProfile::classic(), CodeProfile::readable(), CodeProfile::compact(), custom]
}

fn any_code() -> impl Strategy<Value = (CodeProfile, NormalisedCode)> {
    (prop::sample::select(profiles()), prop::collection::vec(any::<prop::sample::Index>(), 36)).prop_map(
        |(profile, draws)| {
            let positions: Vec<usize> =
                draws.iter().take(profile.payload_length()).map(|i| i.index(profile.alphabet().len())).collect();
            let code = profile.assemble(&positions).unwrap();
            (profile, code)
        },
    )
}

fn any_gap() -> impl Strategy<Value = String> {
    let odd: Vec<char> = DASH_PUNCTUATION.iter().chain(ODD_SPACES).copied().collect();
    prop::collection::vec(prop::sample::select(odd), 0..4).prop_map(|c| c.into_iter().collect())
}

fn wide(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_ascii_graphic() { char::from_u32(u32::from(c) + 0xfee0).unwrap() } else { c })
        .collect()
}

proptest! {
    #[test]
    fn reading_what_is_shown_gives_the_code_back((profile, code) in any_code()) {
        prop_assert_eq!(profile.parse(profile.format(&code).reveal()).unwrap(), code);
    }

    #[test]
    fn normalising_is_idempotent((profile, code) in any_code()) {
        let again = profile.parse(code.reveal()).unwrap();
        prop_assert_eq!(&again, &code);
        prop_assert_eq!(profile.parse(again.reveal()).unwrap(), code);
    }

    #[test]
    fn every_dash_and_space_full_width_forms_and_a_full_stop_are_forgiven(
        (profile, code) in any_code(),
        gaps in prop::collection::vec(any_gap(), 8),
        full_width: bool,
        stop in prop::sample::select(vec!["", ".", "。", "．", " . ", ".\n"]),
    ) {
        let mut typed = gaps[0].clone();
        for (at, symbol) in code.reveal().chars().enumerate() {
            if at > 0 && at % profile.group_length() == 0 {
                typed.push_str(&gaps[at / profile.group_length() % gaps.len()]);
            }
            typed.push(symbol);
        }
        typed.push_str(stop);
        let typed = if full_width { wide(&typed) } else { typed };
        prop_assert_eq!(profile.parse(&typed).unwrap(), code);
    }

    #[test]
    fn crockford_profiles_forgive_case_and_look_alikes((profile, code) in any_code(), choices: [u8; 24]) {
        prop_assume!(!profile.is_case_sensitive());
        let typed: String = code.reveal().chars().zip(choices.iter().cycle()).map(|(c, choice)| match (c, choice % 3) {
            ('0', 1) => 'O',
            ('0', 2) => 'o',
            ('1', 1) => 'l',
            ('1', 2) => 'I',
            (c, 1) => c.to_ascii_lowercase(),
            (c, _) => c,
        }).collect();
        prop_assert_eq!(profile.parse(&typed).unwrap(), code);
    }

    #[test]
    fn any_text_is_read_or_refused_without_panic(text in "\\PC*", raw in prop::collection::vec(any::<char>(), 0..300)) {
        let raw: String = raw.into_iter().collect();
        for profile in profiles() {
            for typed in [&text, &raw] {
                if let Ok(code) = profile.parse(typed) {
                    prop_assert_eq!(code.reveal().chars().count(), profile.length());
                    prop_assert_eq!(profile.parse(code.reveal()).unwrap(), code);
                }
            }
        }
    }

    #[test]
    fn the_check_symbol_catches_every_wrong_symbol_and_every_swap_of_neighbours((profile, code) in any_code()) {
        prop_assume!(profile.has_check_symbol());
        let symbols: Vec<char> = code.reveal().chars().collect();
        let read = |changed: &[char]| profile.parse(&changed.iter().collect::<String>());
        for at in 0..symbols.len() {
            for other in profile.alphabet().iter().filter(|c| **c != symbols[at]) {
                let mut changed = symbols.clone();
                changed[at] = *other;
                prop_assert_eq!(read(&changed), Err(Typo::CheckFailed));
            }
            if at + 1 < symbols.len() && symbols[at] != symbols[at + 1] {
                let mut changed = symbols.clone();
                changed.swap(at, at + 1);
                prop_assert_eq!(read(&changed), Err(Typo::CheckFailed));
            }
        }
    }
}

#[test]
fn built_in_profiles_have_the_promised_strength() {
    let classic = CodeProfile::classic();
    assert_eq!((classic.alphabet().len(), classic.length()), (60, 36));
    assert!((classic.entropy_bits() - 212.65).abs() < 0.01);
    assert!(CodeProfile::readable().entropy_bits() >= 112.0);
    assert!(CodeProfile::compact().entropy_bits() >= 64.0);
    assert!(classic.has_high_entropy() && CodeProfile::readable().has_high_entropy());
    assert!(!CodeProfile::compact().has_high_entropy());
}

#[test]
fn the_classic_form_is_six_groups_of_six() {
    let profile = CodeProfile::classic();
    let code = profile.assemble(&(0..36).collect::<Vec<_>>()).unwrap();
    assert_eq!(profile.format(&code).reveal(), "ABCDEF-GHIJKL-MNOPQR-STUVWX-YZabcd-efghij");
}

#[test]
fn codes_that_are_too_short_too_long_or_foreign_are_typos() {
    let classic = CodeProfile::classic();
    let code = "A".repeat(36);
    assert_eq!(classic.parse(" - \u{2014}"), Err(Typo::Empty));
    assert_eq!(classic.parse(&code[1..]), Err(Typo::WrongLength { found: 35, expected: 36 }));
    assert_eq!(classic.parse(&"A".repeat(37)), Err(Typo::WrongLength { found: 37, expected: 36 }));
    assert_eq!(classic.parse(&format!("{}0", &code[1..])), Err(Typo::ForeignSymbol { position: 36 }));
    assert_eq!(classic.parse(&code.replacen("AA", "A.", 1)), Err(Typo::ForeignSymbol { position: 2 }));
    assert_eq!(CodeProfile::compact().parse("UUUUUUUUUUUUUUU"), Err(Typo::ForeignSymbol { position: 1 }));
    let endless = "A".repeat(1_000_000);
    assert!(matches!(classic.parse(&endless), Err(Typo::WrongLength { found: 129, .. })));
}

#[test]
fn profiles_that_are_weak_or_ambiguous_are_refused() {
    let custom = CodeProfile::custom;
    assert_eq!(custom("Own!", "ab", 1, 1, '-'), Err(BadProfile::Name));
    assert_eq!(custom("own", "a", 8, 16, '-'), Err(BadProfile::TinyAlphabet));
    assert_eq!(custom("own", "abcda", 8, 16, '-'), Err(BadProfile::Repeated('a')));
    assert_eq!(custom("own", "abc-", 8, 16, '-'), Err(BadProfile::SeparatorInAlphabet('-')));
    assert_eq!(custom("own", "abcé", 8, 16, '-'), Err(BadProfile::ForeignInAlphabet('é')));
    assert_eq!(custom("own", "abcd", 8, 16, '.'), Err(BadProfile::Separator('.')));
    assert_eq!(custom("own", "abcd", 0, 16, '-'), Err(BadProfile::Size));
    assert_eq!(custom("own", "abcd", 2, 65, '-'), Err(BadProfile::Size));
    assert!(matches!(custom("own", "0123456789", 3, 6, '-'), Err(BadProfile::Weak(bits)) if bits < 60.0));
    assert!(custom("own", "0123456789", 4, 5, '-').is_ok());
}

#[test]
fn an_input_is_a_typo_only_if_it_fits_no_accepted_profile() {
    let accepted =
        AcceptedProfiles::new(CodeProfile::readable(), vec![CodeProfile::classic(), CodeProfile::readable()]);
    assert_eq!(accepted.all().count(), 2);
    assert_eq!(accepted.parse(&"A".repeat(36)).unwrap().len(), 1);
    assert_eq!(accepted.parse(&"0".repeat(24)).unwrap().len(), 1);
    assert_eq!(accepted.parse(&"A".repeat(35)), Err(Typo::WrongLength { found: 35, expected: 36 }));
    assert_eq!(accepted.parse("1ABCDEFGHJKMNPQRSTVWXYZ0"), Err(Typo::CheckFailed));
    let twins = AcceptedProfiles::new(
        CodeProfile::custom("a", "abcdefghjkmnpqrstuvwxyz", 4, 4, '-').unwrap(),
        vec![CodeProfile::custom("b", "abcdefghjkmnpqrstuvwxyz", 2, 8, '-').unwrap()],
    );
    assert_eq!(twins.parse("abcdabcdabcdabcd").unwrap().len(), 1);
}

#[test]
fn a_guesser_needs_half_of_all_codes_on_average() {
    assert!((guesses_to_duration(11.0, 1.0).seconds() - 1024.0).abs() < 1e-9);
    assert_eq!(guesses_to_duration(8.0, 1.0).to_string(), "2.1 minutes");
    assert_eq!(guesses_to_duration(3.0, 1.0).to_string(), "4.0 seconds");
    assert!(guesses_to_duration(212.6, 1e18).to_string().ends_with(" years"));
}
