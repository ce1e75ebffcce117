//! An operator's own colour, on both grounds.

use core::fmt;

/// The colour of what can be pressed and followed: one for light pages, one for dark ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Colours {
    light: Colour,
    dark: Colour,
}

/// What text must be told apart from its ground by (WCAG 2.2, 1.4.3).
const LEAST: f64 = 4.5;

/// The grounds that the stylesheet has behind it. The last of each is what is written on the colour itself.
const LIGHT_GROUNDS: [Colour; 4] =
    [Colour([0xff, 0xff, 0xff]), Colour([0xf5, 0xf6, 0xf8]), Colour([0xee, 0xf0, 0xf3]), Colour([0xff, 0xff, 0xff])];
const DARK_GROUNDS: [Colour; 4] =
    [Colour([0x18, 0x1d, 0x24]), Colour([0x0f, 0x13, 0x18]), Colour([0x20, 0x26, 0x2f]), Colour([0x0f, 0x13, 0x18])];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Colour([u8; 3]);

impl Colours {
    /// Reads two colours such as `#1d4ed8`: for light pages and for dark ones.
    ///
    /// The error says what is wrong, and what contrast there is and is needed.
    pub fn parse(written: &[String]) -> Result<Self, String> {
        const FORM: &str = "write two colours, for light pages and for dark ones, as in [\"#1d4ed8\", \"#9db8ff\"]";
        let [light, dark] = written else { return Err(FORM.to_owned()) };
        let read = |text: &str| Colour::parse(text).ok_or_else(|| format!("{text:?} is no colour; {FORM}"));
        let (light, dark) = (read(light)?, read(dark)?);
        light.judge("light", &LIGHT_GROUNDS, "darker")?;
        dark.judge("dark", &DARK_GROUNDS, "lighter")?;
        Ok(Self { light, dark })
    }

    /// The stylesheet that puts these in the place of those built in.
    pub(crate) fn stylesheet(self) -> String {
        let Self { light, dark } = self;
        format!(":root{{--accent:{light}}}\n@media (prefers-color-scheme:dark){{:root{{--accent:{dark}}}}}\n")
    }
}

impl Colour {
    fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#').filter(|d| d.len() == 6 && d.bytes().all(|b| b.is_ascii_hexdigit()))?;
        let part = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).ok();
        Some(Self([part(0)?, part(2)?, part(4)?]))
    }

    fn judge(self, pages: &str, grounds: &[Self], mend: &str) -> Result<(), String> {
        let worst = grounds.iter().map(|ground| self.contrast(*ground)).fold(f64::INFINITY, f64::min);
        if worst >= LEAST {
            return Ok(());
        }
        // Cut, not rounded, so that what is told is never what is asked for.
        let worst = (worst * 100.0).floor() / 100.0;
        Err(format!(
            "{self} has a contrast of {worst:.2} on {pages} pages, and {LEAST} is needed to be read; take a {mend} one"
        ))
    }

    /// The ratio of WCAG 2.2.
    fn contrast(self, other: Self) -> f64 {
        let (a, b) = (self.luminance(), other.luminance());
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    fn luminance(self) -> f64 {
        let linear = |part: u8| {
            let part = f64::from(part) / 255.0;
            if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        };
        let [r, g, b] = self.0.map(linear);
        0.2126f64.mul_add(r, 0.7152f64.mul_add(g, 0.0722 * b))
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [r, g, b] = self.0;
        write!(f, "#{r:02x}{g:02x}{b:02x}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(written: &[&str]) -> Result<Colours, String> {
        Colours::parse(&written.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn colours_are_taken_that_can_be_read_on_both_grounds() {
        let sheet = parse(&["#1D4ED8", "#9db8ff"]).unwrap().stylesheet();
        assert!(sheet.contains(":root{--accent:#1d4ed8}") && sheet.contains("--accent:#9db8ff"));
    }

    #[test]
    fn a_colour_that_can_not_be_read_is_refused_with_its_contrast_and_the_one_needed() {
        let told = parse(&["#ffcc00", "#9db8ff"]).unwrap_err();
        assert!(told.starts_with("#ffcc00 has a contrast of 1.3") && told.contains("light pages, and 4.5"), "{told}");
        let told = parse(&["#1d4ed8", "#1d4ed8"]).unwrap_err();
        assert!(told.contains("on dark pages") && told.ends_with("take a lighter one"), "{told}");
        assert!(parse(&["#1d4ed8"]).unwrap_err().starts_with("write two colours"));
        for bad in ["red", "#fff", "#12345g", "#ü1234", "1d4ed8", "#1d4ed8;x"] {
            assert!(parse(&[bad, "#9db8ff"]).unwrap_err().contains("is no colour"), "{bad}");
        }
    }

    #[test]
    fn the_grounds_are_those_of_the_stylesheet() {
        let sheet = include_str!("../../assets/site.css");
        let (light, dark) = sheet.split_once("prefers-color-scheme: dark").unwrap();
        for (part, grounds) in [(light, LIGHT_GROUNDS), (dark, DARK_GROUNDS)] {
            for (name, ground) in ["surface", "ground", "sunken", "on-accent"].into_iter().zip(grounds) {
                assert!(part.contains(&format!("--{name}: {ground};")), "{name} {ground}");
            }
        }
    }

    #[test]
    fn every_colour_of_the_stylesheet_can_be_read_where_it_stands() {
        let sheet = include_str!("../../assets/site.css");
        let (light, dark) = sheet.split_once("prefers-color-scheme: dark").unwrap();
        let token = |part: &str, name: &str| {
            let text = part.split_once(&format!("--{name}: ")).unwrap().1;
            Colour::parse(text.split_once(';').unwrap().0).unwrap()
        };
        let pairs = [
            ("text", &["ground", "surface", "sunken"][..], 7.0),
            ("muted", &["ground", "surface", "sunken"], LEAST),
            ("accent", &["ground", "surface", "sunken", "on-accent"], LEAST),
            ("good", &["surface", "good-ground"], LEAST),
            ("loss", &["surface", "sunken"], LEAST),
            ("text", &["good-ground", "warn-ground", "loss-ground"], 7.0),
            ("edge", &["surface", "ground"], 3.0),
        ];
        for part in [light, dark] {
            for (ink, grounds, least) in pairs {
                for ground in grounds {
                    let contrast = token(part, ink).contrast(token(part, ground));
                    assert!(contrast >= least, "{ink} on {ground}: {contrast}");
                }
            }
        }
    }
}
