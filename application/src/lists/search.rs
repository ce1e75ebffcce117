/// A text that is looked for, byte for byte. Whatever else it has in it, a `%` or a `_` too, stands for itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Search {
    Exactly(String),
    StartsWith(String),
}

impl Search {
    pub fn fits(&self, text: &str) -> bool {
        match self {
            Self::Exactly(wanted) => text == wanted,
            Self::StartsWith(prefix) => text.starts_with(prefix),
        }
    }

    /// The first text, byte for byte, that comes after all that start so; `None` when nothing does. A store finds a
    /// prefix as the range between the two, for which its index is good whatever signs are in it.
    pub fn end_of(prefix: &str) -> Option<String> {
        let mut kept = prefix.to_owned();
        while let Some(last) = kept.pop() {
            let next = match last {
                '\u{d7ff}' => Some('\u{e000}'),
                char::MAX => None,
                other => char::from_u32(u32::from(other) + 1),
            };
            if let Some(next) = next {
                kept.push(next);
                return Some(kept);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_ends_where_the_next_text_begins() {
        for (prefix, end) in [
            ("a", Some("b")),
            ("a%", Some("a&")),
            ("\u{7f}", Some("\u{80}")),
            ("x\u{d7ff}", Some("x\u{e000}")),
            ("x\u{10ffff}", Some("y")),
            ("\u{10ffff}", None),
            ("", None),
        ] {
            assert_eq!(Search::end_of(prefix).as_deref(), end, "{prefix:?}");
        }
    }

    #[test]
    fn signs_stand_for_themselves() {
        assert!(Search::StartsWith("a_".to_owned()).fits("a_b"));
        assert!(!Search::StartsWith("a_".to_owned()).fits("axb"));
        assert!(!Search::Exactly("%".to_owned()).fits("a"));
    }
}
