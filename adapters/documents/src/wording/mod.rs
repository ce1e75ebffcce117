//! What files say: all words of a language are in one place, and the compiler tells what a language lacks.

mod english;
mod german;

use backstop_application::ports::Sheet;
use backstop_domain::{Locale, SecretText, Timestamp, schedule::Zone};

/// Every language that files are written in. The first one is for readers of none of them.
const LANGUAGES: [&Wording; 2] = [&english::WORDING, &german::WORDING];

/// What a language calls things.
pub(crate) struct Wording {
    pub(crate) tag: &'static str,
    one: OfCodes,
    several: OfCodes,
    /// Between what a file is and the site's name.
    of_site: &'static str,
    /// Behind a title that stands on a further page.
    continued: &'static str,
    /// The names of facts.
    account: &'static str,
    made: &'static str,
    until: &'static str,
    total: &'static str,
    set: &'static str,
    /// In the place of [`Wording::until`], name and fact, if codes never expire.
    lasting: (&'static str, &'static str),
    months: [&'static str; 12],
    date: fn(day: i8, month: &str, year: i16) -> String,
    /// Between a date and a time of day.
    at: &'static str,
    /// What short names of time zones become.
    zones: &'static [(&'static str, &'static str)],
    page: fn(number: usize, of: usize) -> String,
}

/// What is said otherwise of one code than of several.
struct OfCodes {
    heading: &'static str,
    /// Behind a number.
    counted: &'static str,
    purpose: [&'static str; 2],
    keeping: [&'static str; 2],
}

/// For whom files are written whose reader's language is not known, and in whose time.
#[derive(Clone, Debug)]
pub struct Site {
    pub zone: Zone,
    pub language: Option<Locale>,
}

/// A sheet in its reader's words.
pub(crate) struct Worded<'a> {
    pub(crate) sheet: &'a Sheet,
    words: &'static Wording,
    zone: &'a Zone,
}

impl<'a> Worded<'a> {
    pub(crate) fn new(sheet: &'a Sheet, site: &'a Site) -> Self {
        let wanted = [sheet.locale.as_ref(), site.language.as_ref()];
        let words = wanted.into_iter().flatten().find_map(spoken).unwrap_or(LANGUAGES[0]);
        Self { sheet, words, zone: &site.zone }
    }

    pub(crate) fn site_name(&self) -> &'a str {
        &self.sheet.site_name
    }

    pub(crate) fn codes(&self) -> &'a [SecretText] {
        &self.sheet.codes
    }

    pub(crate) const fn language(&self) -> &'static str {
        self.words.tag
    }

    fn of_codes(&self) -> &'static OfCodes {
        if self.sheet.codes.len() == 1 { &self.words.one } else { &self.words.several }
    }

    pub(crate) fn heading(&self) -> &'static str {
        self.of_codes().heading
    }

    pub(crate) fn title(&self) -> String {
        format!("{} {} {}", self.heading(), self.words.of_site, self.sheet.site_name)
    }

    pub(crate) fn title_again(&self) -> String {
        format!("{}, {}", self.title(), self.words.continued)
    }

    pub(crate) fn purpose(&self) -> [&'static str; 2] {
        self.of_codes().purpose
    }

    pub(crate) fn keeping(&self) -> [&'static str; 2] {
        self.of_codes().keeping
    }

    /// Whose codes they are, if the sheet says so, behind the name of that fact.
    pub(crate) fn account(&self) -> Option<(&'static str, &'a str)> {
        self.sheet.account.as_ref().map(|account| (self.words.account, account.as_str()))
    }

    /// What else the sheet is about, by name.
    pub(crate) fn facts(&self) -> [(&'static str, String); 4] {
        let (words, sheet) = (self.words, self.sheet);
        let lasting = (words.lasting.0, words.lasting.1.to_owned());
        [
            (words.made, self.moment(sheet.made_at)),
            sheet.expires_at.map_or(lasting, |at| (words.until, self.moment(at))),
            (words.total, format!("{} {}", sheet.codes.len(), self.of_codes().counted)),
            (words.set, sheet.batch.to_string()),
        ]
    }

    pub(crate) fn set(&self) -> String {
        format!("{} {}", self.words.set, self.sheet.batch)
    }

    pub(crate) fn page(&self, number: usize, of: usize) -> String {
        (self.words.page)(number, of)
    }

    fn moment(&self, at: Timestamp) -> String {
        let local = self.zone.local(at);
        let month = usize::try_from(local.month()).ok().and_then(|month| self.words.months.get(month.checked_sub(1)?));
        let date = (self.words.date)(local.day(), month.copied().unwrap_or_default(), local.year());
        let name = local.strftime("%Z").to_string();
        // Zones without a name of their own are called by their distance, such as +03.
        let zone = if name.starts_with(['+', '-']) { format!("UTC{name}") } else { self.zone_name(&name).to_owned() };
        format!("{date} {} {} {zone}", self.words.at, local.strftime("%H:%M"))
    }

    fn zone_name<'n>(&self, english: &'n str) -> &'n str {
        self.words.zones.iter().find(|(name, _)| *name == english).map_or(english, |(_, own)| own)
    }
}

/// The language of a tag, if it is one of ours. Regions have none of their own.
fn spoken(locale: &Locale) -> Option<&'static Wording> {
    let primary = locale.as_str().split('-').next()?;
    LANGUAGES.into_iter().find(|words| primary.eq_ignore_ascii_case(words.tag))
}

#[cfg(test)]
mod tests {
    use super::*;
    use backstop_domain::BatchId;
    use core::iter;
    use skrifa::{FontRef, MetadataProvider as _};
    use uuid::Uuid;

    fn sheet(language: &str) -> Sheet {
        Sheet {
            site_name: "Backstop".to_owned(),
            batch: BatchId::new(Uuid::from_u128(7)),
            made_at: "2027-03-03T15:21:59Z".parse().unwrap(),
            expires_at: None,
            account: None,
            locale: Locale::parse(language).ok(),
            codes: vec![SecretText::new("AAAA-BBBB".to_owned())],
        }
    }

    fn moment(language: &str, zone: &str, at: &str) -> String {
        let site = Site { zone: Zone::parse(zone).unwrap(), language: None };
        Worded::new(&sheet(language), &site).moment(at.parse().unwrap())
    }

    #[test]
    fn times_name_their_zone_as_the_language_does() {
        let (winter, summer) = ("2027-03-03T15:21:59Z", "2027-08-30T15:21:59Z");
        assert_eq!(moment("en", "UTC", winter), "3 March 2027 at 15:21 UTC");
        assert_eq!(moment("en", "Europe/Berlin", winter), "3 March 2027 at 16:21 CET");
        assert_eq!(moment("de", "Europe/Berlin", winter), "3. März 2027 um 16:21 MEZ");
        assert_eq!(moment("de", "Europe/Berlin", summer), "30. August 2027 um 17:21 MESZ");
        assert_eq!(moment("en", "America/Sao_Paulo", winter), "3 March 2027 at 12:21 UTC-03");
        assert_eq!(moment("de", "America/New_York", winter), "3. März 2027 um 10:21 EST");
    }

    #[test]
    fn no_line_is_too_long_to_be_read_as_plain_text() {
        for words in LANGUAGES {
            for of in [&words.one, &words.several] {
                for line in of.purpose.iter().chain(&of.keeping) {
                    assert!(line.chars().count() <= 80, "{line}");
                }
            }
        }
    }

    #[test]
    fn the_printed_fonts_have_every_symbol_of_every_language() {
        for font in
            [&include_bytes!("../../fonts/DejaVuSans.ttf")[..], include_bytes!("../../fonts/DejaVuSans-Bold.ttf")]
        {
            let glyphs = FontRef::new(font).unwrap().charmap();
            for words in LANGUAGES {
                for symbol in said(words).chars() {
                    assert!(glyphs.map(symbol).is_some_and(|glyph| glyph.to_u32() > 0), "{symbol}");
                }
            }
        }
    }

    /// Everything that a language says, in one text.
    fn said(words: &Wording) -> String {
        let of_codes = [&words.one, &words.several]
            .into_iter()
            .flat_map(|of| iter::once(of.heading).chain([of.counted]).chain(of.purpose).chain(of.keeping));
        let names = [words.of_site, words.continued, words.account, words.made, words.until, words.total, words.set];
        let (lasting, fact) = words.lasting;
        let zones = words.zones.iter().map(|(_, own)| *own);
        let fixed: String =
            of_codes.chain(names).chain([lasting, fact, words.at]).chain(words.months).chain(zones).collect();
        fixed + &(words.page)(12, 34) + &(words.date)(31, "", 2027)
    }
}
