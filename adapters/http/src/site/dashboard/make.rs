//! The form for making codes.

use super::{Extra, Known};
use crate::site::{
    flash::decoded,
    form::Form,
    message::{Place, WaitView},
    times::Teller,
    visit::Visit,
};
use backstop_domain::{Duty, Expiry, batch::BATCH_SIZES};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

pub(super) struct MakeView {
    pub(super) what: String,
    pub(super) wait: Option<WaitView>,
    /// The newest set when the form was drawn.
    pub(super) after: String,
    /// Whose form it is, so that what is typed into it is shown to nobody else.
    pub(super) whose: String,
    pub(super) count: String,
    pub(super) ends: bool,
    pub(super) days: String,
    pub(super) replaces: Option<String>,
    pub(super) sure: bool,
    /// The field that the message is about.
    wrong: Option<&'static str>,
    pub(super) button: String,
    /// What the button says once a wait is over.
    pub(super) label: &'static str,
}

/// What somebody typed into the form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Typed {
    pub(crate) count: Option<String>,
    pub(crate) ends: bool,
    pub(crate) days: Option<String>,
    pub(crate) sure: bool,
}

const LONGEST: usize = 20;

impl Typed {
    /// Two fields, each character of which may take four bytes, written as three characters each.
    pub(crate) const LONGEST_WRITTEN: usize = 2 * 4 * 3 * LONGEST + 8;

    /// What was typed, if the form is the one for making codes and nothing in it is wrong: what is wrong is told where the
    /// form was sent, and later nobody would know of what.
    pub(crate) fn find(form: &Form) -> Option<Self> {
        let typed = form.secret("after").map(|_| Self::read(form))?;
        typed.is_sound().then_some(typed)
    }

    pub(crate) fn is_sound(&self) -> bool {
        self.count().is_ok() && self.days().is_ok()
    }

    /// As a cookie keeps it. That one is sure is said anew: until then, what one was sure of may be another thing.
    pub(crate) fn write(&self) -> String {
        let written = |text: &Option<String>| {
            utf8_percent_encode(text.as_deref().unwrap_or_default(), NON_ALPHANUMERIC).to_string()
        };
        format!("{}~{}~{}", written(&self.count), written(&self.days), if self.ends { "days" } else { "never" })
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('~');
        let mut part = || decoded(parts.next()?).map(|text| text.chars().take(LONGEST).collect());
        let (count, days) = (Some(part()?), Some(part()?));
        let ends = match (parts.next()?, parts.next()) {
            ("days", None) => true,
            ("never", None) => false,
            _ => return None,
        };
        Some(Self { count, ends, days, sure: false }).filter(Self::is_sound)
    }

    pub(crate) fn read(form: &Form) -> Self {
        let kept = |name| form.secret(name).map(|text| text.reveal().trim().chars().take(LONGEST).collect());
        Self {
            count: kept("count"),
            ends: form.text("ends") == "days",
            days: kept("days"),
            sure: form.is_ticked("sure"),
        }
    }

    /// How many codes; `Ok(None)` when nobody says.
    pub(crate) fn count(&self) -> Result<Option<u32>, ()> {
        match self.count.as_deref() {
            None | Some("") => Ok(None),
            Some(text) => text.parse().ok().filter(|count| BATCH_SIZES.contains(count)).map(Some).ok_or(()),
        }
    }

    /// After how many days they end; `Ok(None)` when they don't.
    pub(crate) fn days(&self) -> Result<Option<u16>, ()> {
        if !self.ends {
            return Ok(None);
        }
        let days = self.days.as_deref().unwrap_or_default().parse().map_err(|_| ())?;
        Expiry::after_days(Some(days)).map(|_| Some(days)).map_err(|_| ())
    }
}

const USUAL_DAYS: &str = "365";

impl MakeView {
    pub(super) fn new(visit: &Visit, known: &Known, extra: &Extra, teller: &Teller<'_>) -> Self {
        let (w, say) = (visit.words(), visit.phrases());
        let left = known.account.remaining;
        let wait = known.account.cooldown_until.and_then(|until| visit.waits(teller).view(Place::Make, until));
        let typed = &extra.typed;
        let has_set = known.newest.is_some();
        let label = if has_set { w.make_new_button } else { w.make_button };
        let owed = visit.is_confined() || known.account.duties.contains(Duty::NewCodes);
        let what = match (owed, left) {
            (true, _) => w.make_free.to_owned(),
            (false, 0) => w.make_first.to_owned(),
            (false, _) => say.make_replaces(left),
        };
        Self {
            what,
            button: wait.as_ref().map_or_else(|| label.to_owned(), |wait| say.possible(&wait.until.clock)),
            label,
            // A message about the same wait already has it.
            wait: wait.filter(|_| !matches!(&extra.message, Some((Place::Make, message)) if message.wait.is_some())),
            after: known.newest.as_ref().map(|batch| batch.id.to_string()).unwrap_or_default(),
            whose: visit.order_mark().unwrap_or_default(),
            wrong: match (typed.count(), typed.days()) {
                (Err(()), _) => Some("count"),
                (_, Err(())) => Some("days"),
                _ => (extra.not_sure == Some(Place::Make)).then_some("sure"),
            },
            count: typed.count.clone().unwrap_or_else(|| visit.site.settings.per_batch.to_string()),
            ends: typed.ends,
            days: typed.days.clone().unwrap_or_else(|| USUAL_DAYS.to_owned()),
            sure: typed.sure,
            replaces: (left > 0).then(|| say.replaces(left)),
        }
    }

    pub(super) fn is_wrong(&self, field: &str) -> bool {
        self.wrong == Some(field)
    }

    pub(super) fn is_held(&self) -> bool {
        self.button != self.label
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_is_kept_as_it_was_typed_but_for_being_sure() {
        let typed = Typed { count: Some("7".to_owned()), ends: true, days: Some("30".to_owned()), sure: true };
        let written = typed.write();
        assert!(written.bytes().all(|b| b.is_ascii_alphanumeric() || b"~%".contains(&b)), "{written}");
        assert_eq!(Typed::parse(&written), Some(Typed { sure: false, ..typed }));
        let longest = Some("\u{10ffff}".repeat(LONGEST));
        let longest = Typed { days: longest, ..Typed::default() };
        assert!(longest.write().len() <= Typed::LONGEST_WRITTEN);
        assert_eq!(
            Typed::parse(&longest.write()).unwrap().days,
            longest.days,
            "days that are not asked for may be anything"
        );
        for bad in
            ["", "7", "7~", "7~3", "7~3~", "7~3~often", "7~3~days~", "%ff~3~days", "99~3~days", "7~0~days", "x~~never"]
        {
            assert_eq!(Typed::parse(bad), None, "{bad}");
        }
    }
}
