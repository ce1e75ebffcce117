//! What a browser calls itself, in words that its owner knows.

/// Those that call themselves by several names come before those whose names they use, too.
const BROWSERS: [(&str, &str); 9] = [
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chromium/", "Chromium"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
];
const SYSTEMS: [(&str, &str); 7] = [
    ("Android", "Android"),
    ("iPhone", "an iPhone"),
    ("iPad", "an iPad"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Macintosh", "a Mac"),
    ("Linux", "Linux"),
];

/// The browser and the system, when both are known.
pub(crate) fn of(user_agent: &str) -> Option<(&'static str, &'static str)> {
    let known = |names: &[(&str, &'static str)]| {
        names.iter().find(|(mark, _)| user_agent.contains(mark)).map(|(_, name)| *name)
    };
    Some((known(&BROWSERS)?, known(&SYSTEMS)?))
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn usual_browsers_are_known() {
        for (user_agent, device) in [
            ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", ("Firefox", "Linux")),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36 Edg/140.0",
                ("Edge", "Windows"),
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 Version/19.0 Mobile/15E148 Safari/604.1",
                ("Safari", "an iPhone"),
            ),
            (
                "Mozilla/5.0 (Linux; Android 16; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Mobile Safari/537.36",
                ("Chrome", "Android"),
            ),
        ] {
            assert_eq!(of(user_agent), Some(device), "{user_agent}");
        }
    }

    #[test]
    fn of_what_is_unknown_nothing_is_made_up() {
        for user_agent in ["", "curl/8.5", "Firefox/140.0", "my app (Linux)"] {
            assert_eq!(of(user_agent), None, "{user_agent}");
        }
    }
}
