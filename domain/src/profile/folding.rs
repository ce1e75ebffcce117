//! From what people type, paste and scan to symbols.

/// The symbols in `typed`, at most `most + 1` of them, so that a huge input costs no more than a long one.
pub(super) fn symbols(typed: &str, separator: char, most: usize) -> Vec<char> {
    let typed = typed.trim_end_matches(|c| is_nothing(c) || is_full_stop(c));
    typed.chars().map(narrow).filter(|c| !is_nothing(*c) && *c != separator).take(most + 1).collect()
}

/// Crockford's readings of the letters he left out.
pub(super) fn crockford(symbol: &mut char) {
    *symbol = match symbol.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    };
}

/// Full-width forms (U+FF01 to U+FF5E) as their ASCII twins.
fn narrow(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        other => other,
    }
}

fn is_full_stop(c: char) -> bool {
    matches!(c, '.' | '\u{ff0e}' | '\u{3002}' | '\u{ff61}')
}

/// What stands between groups: white space, characters without width, dashes.
fn is_nothing(c: char) -> bool {
    c.is_whitespace() || is_invisible(c) || is_dash(c)
}

fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}'
            | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{fe00}'..='\u{fe0f}'
    )
}

/// Every character with the Unicode property Dash, and the hyphens that lack it.
fn is_dash(c: char) -> bool {
    matches!(
        c,
        '-' | '\u{58a}' | '\u{5be}' | '\u{1400}' | '\u{1806}' | '\u{2010}'
            ..='\u{2015}'
                | '\u{2043}'
                | '\u{2053}'
                | '\u{207b}'
                | '\u{208b}'
                | '\u{2212}'
                | '\u{23af}'
                | '\u{2500}'
                | '\u{2e17}'
                | '\u{2e1a}'
                | '\u{2e3a}'
                | '\u{2e3b}'
                | '\u{2e40}'
                | '\u{2e5d}'
                | '\u{301c}'
                | '\u{3030}'
                | '\u{30a0}'
                | '\u{30fb}'
                | '\u{30fc}'
                | '\u{fe31}'
                | '\u{fe32}'
                | '\u{fe58}'
                | '\u{fe63}'
                | '\u{ff0d}'
                | '\u{ff70}'
                | '\u{10d6e}'
                | '\u{10ead}'
    )
}
