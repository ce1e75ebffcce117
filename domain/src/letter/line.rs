/// What others wrote, as one line that shows what it says: without control characters, without those that turn the
/// writing direction or mark the order of bytes, with single spaces, and at most so many characters long.
pub fn one_line(text: &str, most: usize) -> String {
    let seen = |c: char| !is_hidden(c);
    let spaced: String = text.chars().filter(|c| seen(*c)).map(|c| if c.is_control() { ' ' } else { c }).collect();
    let line = spaced.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= most {
        return line;
    }
    let kept: String = line.chars().take(most.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end()).chars().take(most).collect()
}

fn is_hidden(c: char) -> bool {
    let turns = matches!(c, '\u{61C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    turns || matches!(c, '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_others_wrote_stays_on_its_line() {
        for (text, line) in [
            ("Ann\r\nBcc: bob@example.com", "Ann Bcc: bob@example.com"),
            (" a \u{7}\t b\u{2028}c\u{85}d ", "a b c d"),
            ("code\u{202E}txt.exe\u{2066}", "codetxt.exe"),
            ("Zoë 👩\u{200D}💻", "Zoë 👩\u{200D}💻"),
            ("\u{1b}[31mred", "[31mred"),
            ("\u{202E}", ""),
        ] {
            assert_eq!(one_line(text, 40), line, "{text:?}");
        }
    }

    #[test]
    fn what_is_too_long_says_so() {
        assert_eq!(one_line("1234567890", 10), "1234567890");
        assert_eq!(one_line("12345 67890", 7), "12345…");
        assert_eq!((one_line("12", 1), one_line("12", 0)), ("…".to_owned(), String::new()));
    }

    proptest! {
        #[test]
        fn a_line_is_one_and_no_longer_than_it_may(text in any::<String>(), most in 0_usize..50) {
            let line = one_line(&text, most);
            prop_assert!(line.chars().count() <= most);
            let breaks = |c: char| c.is_control() || is_hidden(c) || ('\u{2028}'..='\u{2029}').contains(&c);
            prop_assert!(!line.chars().any(breaks));
            prop_assert_eq!(one_line(&line, most), line);
        }
    }
}
