//! Instants as people say them, and as machines read them.

use super::words::{Language, Phrases};
use backstop_domain::{Timestamp, schedule::Zone};
use jiff::{ToSpan as _, Zoned};

/// An instant on a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TimeView {
    pub(crate) iso: String,
    /// To the second, with its zone.
    pub(crate) exact: String,
    /// "4 minutes ago", "yesterday at 16:21", "3 March 2027".
    pub(crate) said: String,
    /// As `said`, but by the clock even when it is near.
    pub(crate) clock: String,
    /// What stands before `said` within a sentence: a day alone is one "on" which something is.
    pub(crate) on: &'static str,
}

/// Tells instants as they look now, there, in a language.
pub(crate) struct Teller<'a> {
    phrases: &'static dyn Phrases,
    zone: &'a Zone,
    now: Timestamp,
}

/// Nearer than this, minutes say more than the clock.
const NEAR_SECONDS: u64 = 3_600;

impl<'a> Teller<'a> {
    pub(crate) fn new(language: Language, zone: &'a Zone, now: Timestamp) -> Self {
        Self { phrases: language.phrases(), zone, now }
    }

    pub(crate) fn tell(&self, at: Timestamp) -> TimeView {
        let local = self.zone.local(at);
        let clock = self.clock(&local);
        let away = at.as_second() - self.now.as_second();
        let near = away.unsigned_abs() < NEAR_SECONDS;
        let said = match away {
            1.. if near => self.phrases.soon(away.unsigned_abs().div_ceil(60)),
            ..=0 if near => self.phrases.ago(away.unsigned_abs() / 60),
            _ => clock.clone(),
        };
        let on = if said == self.day(&local) { self.phrases.on() } else { "" };
        TimeView { iso: at.to_string(), exact: self.exact(at), said, clock, on }
    }

    /// The day alone.
    pub(crate) fn date(&self, at: Timestamp) -> String {
        self.day(&self.zone.local(at))
    }

    pub(crate) fn exact(&self, at: Timestamp) -> String {
        let local = self.zone.local(at);
        let name = local.strftime("%Z").to_string();
        // Zones without a name of their own are called by their distance, such as +03.
        let zone =
            if name.starts_with(['+', '-']) { format!("UTC{name}") } else { self.phrases.zone(&name).to_owned() };
        let time = format!("{:02}:{:02}:{:02} {zone}", local.hour(), local.minute(), local.second());
        self.phrases.moment(&self.day(&local), &time)
    }

    fn clock(&self, local: &Zoned) -> String {
        let today = self.zone.local(self.now).date();
        let time = format!("{:02}:{:02}", local.hour(), local.minute());
        let beside = |days: i64| today.checked_add(days.days()).is_ok_and(|day| day == local.date());
        if local.date() == today {
            self.phrases.today(&time)
        } else if beside(-1) {
            self.phrases.yesterday(&time)
        } else if beside(1) {
            self.phrases.tomorrow(&time)
        } else {
            self.day(local)
        }
    }

    fn day(&self, local: &Zoned) -> String {
        let month = usize::try_from(local.month()).unwrap_or(1).saturating_sub(1);
        self.phrases.date(local.day(), month, local.year())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(language: Language, seconds: i64) -> TimeView {
        let now: Timestamp = "2027-03-03T15:00:00Z".parse().unwrap();
        let zone = Zone::parse("Europe/Berlin").unwrap();
        Teller::new(language, &zone, now).tell(Timestamp::from_second(now.as_second() + seconds).unwrap())
    }

    #[test]
    fn instants_are_told_as_people_say_them() {
        let english = |seconds| said(Language::English, seconds).said;
        assert_eq!(english(0), "just now");
        assert_eq!(english(-61), "1 minute ago");
        assert_eq!(english(-3_599), "59 minutes ago");
        assert_eq!(english(-7_200), "today at 14:00");
        assert_eq!(english(-86_400), "yesterday at 16:00");
        assert_eq!(english(-3 * 86_400), "28 February 2027");
        assert_eq!(english(30), "in 1 minute");
        assert_eq!(english(61), "in 2 minutes");
        assert_eq!(english(86_400), "tomorrow at 16:00");
        assert_eq!(english(365 * 86_400), "2 March 2028");
        let german = |seconds| said(Language::German, seconds).said;
        assert_eq!(german(-120), "vor 2 Minuten");
        assert_eq!(german(-86_400), "gestern um 16:00");
        assert_eq!(german(365 * 86_400), "2. März 2028");
    }

    #[test]
    fn the_exact_time_names_its_zone() {
        let view = said(Language::English, 5);
        assert_eq!(view.exact, "3 March 2027 at 16:00:05 CET");
        assert_eq!((view.iso.as_str(), view.clock.as_str()), ("2027-03-03T15:00:05Z", "today at 16:00"));
        assert_eq!(said(Language::German, 5).exact, "3. März 2027 um 16:00:05 MEZ");
        let summer = 180 * 86_400;
        assert_eq!(said(Language::German, summer).exact, "30. August 2027 um 17:00:00 MESZ");
        assert_eq!(said(Language::English, summer).exact, "30 August 2027 at 17:00:00 CEST");
    }
}
