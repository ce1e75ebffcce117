//! Taking codes back.

use super::{Extra, Known};
use crate::site::{
    AT,
    fields::{CodeField, code_id},
    message::Place,
    visit::Visit,
};

pub(super) struct LeakedView {
    pub(super) what: &'static str,
    /// `None` when there is nothing to take back.
    pub(super) acts: Option<LeakedActs>,
}

pub(super) struct LeakedActs {
    pub(super) batch: String,
    pub(super) one: [OneAct; 2],
    pub(super) all: [AllAct; 2],
}

/// With a code that is typed.
pub(super) struct OneAct {
    pub(super) place: &'static str,
    pub(super) form: &'static str,
    pub(super) action: &'static str,
    pub(super) summary: &'static str,
    pub(super) what: &'static str,
    pub(super) button: &'static str,
    pub(super) open: bool,
    pub(super) field: CodeField,
}

/// With the whole set.
pub(super) struct AllAct {
    pub(super) place: &'static str,
    pub(super) form: &'static str,
    pub(super) action: &'static str,
    pub(super) summary: &'static str,
    pub(super) what: &'static str,
    pub(super) sure: String,
    pub(super) button: &'static str,
    pub(super) open: bool,
    pub(super) sure_missing: bool,
    pub(super) possible: bool,
}

impl LeakedView {
    pub(super) fn new(visit: &Visit, known: &Known, extra: &Extra) -> Self {
        let (w, left) = (visit.words(), known.account.remaining);
        let Some(batch) = known.account.active.as_ref().filter(|_| left > 0) else {
            return Self { what: w.leaked_none, acts: None };
        };
        // What there is something to say about stands open.
        let open = |place: Place| extra.message.as_ref().is_some_and(|(at, _)| *at == place);
        let field = |place| visit.code_field(code_id(place), extra.wrong_code == Some(place));
        let sure = || visit.phrases().sure_all(left);
        let acts = LeakedActs {
            batch: batch.id.to_string(),
            one: [
                OneAct {
                    place: Place::InvalidateCode.name(),
                    form: "invalidate-code-form",
                    action: AT.invalidate_code,
                    summary: w.invalidate_one,
                    what: w.invalidate_one_what,
                    button: w.invalidate_one_button,
                    open: open(Place::InvalidateCode),
                    field: field(Place::InvalidateCode),
                },
                OneAct {
                    place: Place::DeleteCode.name(),
                    form: "delete-code-form",
                    action: AT.delete_code,
                    summary: w.delete_one,
                    what: w.delete_one_what,
                    button: w.delete_one_button,
                    open: open(Place::DeleteCode),
                    field: field(Place::DeleteCode),
                },
            ],
            all: [
                AllAct {
                    place: Place::InvalidateAll.name(),
                    form: "invalidate-all-form",
                    action: AT.invalidate_all,
                    summary: w.invalidate_all,
                    what: w.invalidate_all_what,
                    sure: sure(),
                    button: w.invalidate_all_button,
                    open: open(Place::InvalidateAll),
                    sure_missing: extra.not_sure == Some(Place::InvalidateAll),
                    possible: true,
                },
                AllAct {
                    place: Place::DeleteAll.name(),
                    form: "delete-all-form",
                    action: AT.delete_all,
                    summary: w.delete_all,
                    what: if known.can_prove { w.delete_all_what } else { w.delete_all_takes_proof },
                    sure: sure(),
                    button: w.delete_all_button,
                    open: open(Place::DeleteAll),
                    sure_missing: extra.not_sure == Some(Place::DeleteAll),
                    possible: known.can_prove,
                },
            ],
        };
        Self { what: w.leaked_what, acts: Some(acts) }
    }
}
