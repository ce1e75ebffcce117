//! In which language a page speaks.

use super::words::Language;
use backstop_domain::Locale;
use poem::http::{HeaderMap, header};

impl Language {
    /// That of the account, else what the browser asks for, else the site's own, else English.
    pub(crate) fn choose(account: Option<&Locale>, headers: &HeaderMap, site: Option<&Locale>) -> Self {
        account
            .and_then(|locale| Self::of(locale.as_str()))
            .or_else(|| Self::asked_for(headers))
            .or_else(|| site.and_then(|locale| Self::of(locale.as_str())))
            .unwrap_or(Self::English)
    }

    fn of(tag: &str) -> Option<Self> {
        let primary = tag.split('-').next()?;
        Self::ALL.into_iter().find(|language| primary.eq_ignore_ascii_case(language.tag()))
    }

    /// The one of ours that the browser likes best; the first of several that it likes as much.
    fn asked_for(headers: &HeaderMap) -> Option<Self> {
        let lines = headers.get_all(header::ACCEPT_LANGUAGE).into_iter().filter_map(|line| line.to_str().ok());
        let wishes = lines.flat_map(|line| line.split(',')).take(MOST_WISHES).filter_map(|wish| {
            let (tag, rest) = wish.split_once(';').unwrap_or((wish, ""));
            let weight = match rest.trim().strip_prefix("q=") {
                Some(weight) => weight.trim().parse::<f32>().ok()?,
                None => 1.0,
            };
            Some((Self::of(tag.trim())?, weight)).filter(|(_, weight)| *weight > 0.0)
        });
        wishes.reduce(|best, next| if next.1 > best.1 { next } else { best }).map(|(language, _)| language)
    }
}

const MOST_WISHES: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(account: Option<&str>, asked: &str, site: Option<&str>) -> Language {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_LANGUAGE, asked.parse().unwrap());
        let locale = |text: Option<&str>| text.map(|text| Locale::parse(text).unwrap());
        Language::choose(locale(account).as_ref(), &headers, locale(site).as_ref())
    }

    #[test]
    fn the_account_decides_then_the_browser_then_the_site() {
        assert_eq!(chosen(Some("de-AT"), "en", Some("en")), Language::German);
        assert_eq!(chosen(None, "de-CH,en;q=0.5", Some("en")), Language::German);
        assert_eq!(chosen(None, "fr", Some("de")), Language::German);
        assert_eq!(chosen(Some("fr"), "fr", None), Language::English);
    }

    #[test]
    fn the_browsers_wishes_have_weights() {
        assert_eq!(chosen(None, "en;q=0.2, de;q=0.9", None), Language::German);
        assert_eq!(chosen(None, "fr, de;q=0, en;q=0.1", Some("de")), Language::English);
        assert_eq!(chosen(None, "de;q=x, *", Some("en")), Language::English);
        assert_eq!(chosen(None, "DE", None), Language::German);
    }
}
