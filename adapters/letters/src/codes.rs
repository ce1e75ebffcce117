//! Codes never enter the template engine, which keeps copies that nobody wipes. A template gets marks, and the codes
//! take their place when everything else is done.

use backstop_domain::SecretText;

/// Of the private use area: no keyboard has them, and what people wrote loses them.
const BEGINS: char = '\u{F8D0}';
const ENDS: char = '\u{F8D1}';
/// As long as one character of a code can get in a page: an entity and a place to break.
const LONGEST_FORM: usize = "&quot;<wbr>".len();

/// What stands for the code with this number.
pub(crate) fn mark(number: usize) -> String {
    format!("{BEGINS}{number}{ENDS}")
}

pub(crate) fn is_mark(c: char) -> bool {
    matches!(c, BEGINS | ENDS)
}

/// The text with codes in the place of their marks.
pub(crate) fn fill_text(text: &str, codes: &[SecretText]) -> SecretText {
    fill(text, codes, 1, |code, out| out.push_str(code))
}

/// The page with codes in the place of their marks. A line may break between groups only.
pub(crate) fn fill_html(html: &str, codes: &[SecretText]) -> SecretText {
    fill(html, codes, LONGEST_FORM, |code, out| {
        for c in code.chars() {
            match c {
                '&' => out.push_str("&amp;"),
                '<' => out.push_str("&lt;"),
                '>' => out.push_str("&gt;"),
                '"' => out.push_str("&quot;"),
                '\'' => out.push_str("&#39;"),
                c => out.push(c),
            }
            if !c.is_alphanumeric() {
                out.push_str("<wbr>");
            }
        }
    })
}

fn fill(text: &str, codes: &[SecretText], growth: usize, write: impl Fn(&str, &mut String)) -> SecretText {
    let marks = text.matches(BEGINS).count();
    let longest = codes.iter().map(|code| code.reveal().len()).max().unwrap_or(0);
    // Room enough, so that the text never grows: that would leave an unwiped copy.
    let mut out = String::with_capacity(text.len() + marks * longest * growth);
    let mut parts = text.split(BEGINS);
    out.push_str(parts.next().unwrap_or_default());
    for part in parts {
        match part.split_once(ENDS) {
            Some((number, after)) => {
                let code = number.parse().ok().and_then(|number: usize| codes.get(number));
                if let Some(code) = code {
                    write(code.reveal(), &mut out);
                }
                out.push_str(after);
            }
            None => out.push_str(part),
        }
    }
    SecretText::new(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes() -> Vec<SecretText> {
        ["AAAA-BBBB", "CC<C-D&DD"].map(|code| SecretText::new(code.to_owned())).to_vec()
    }

    #[test]
    fn codes_take_the_place_of_their_marks() {
        let text = format!("1. {}\n2. {}\n", mark(0), mark(1));
        assert_eq!(fill_text(&text, &codes()).reveal(), "1. AAAA-BBBB\n2. CC<C-D&DD\n");
        let html = fill_html(&text, &codes());
        assert_eq!(html.reveal(), "1. AAAA-<wbr>BBBB\n2. CC&lt;<wbr>C-<wbr>D&amp;<wbr>DD\n");
    }

    #[test]
    fn a_mark_without_a_code_goes() {
        assert_eq!(fill_text(&format!("a{}b", mark(7)), &codes()).reveal(), "ab");
        assert_eq!(fill_text(&format!("a{BEGINS}b"), &codes()).reveal(), "ab");
        assert_eq!(fill_text("nothing", &[]).reveal(), "nothing");
    }
}
