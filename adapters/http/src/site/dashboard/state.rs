//! How things stand, in one glance.

use super::{
    Extra, Known, Line,
    delivery::{DeliveryView, EmailView},
};
use crate::site::{message::Place, times::Teller, visit::Visit, words::Expiring};
use backstop_domain::{Batch, BatchStatus};

pub(super) struct StateView {
    pub(super) left: u32,
    pub(super) of: String,
    pub(super) lines: Vec<Line>,
    /// One for each code: left, used or dead.
    pub(super) marks: Vec<&'static str>,
    /// The marks in words.
    pub(super) key: String,
    pub(super) advice: Vec<String>,
}

/// From here on down new codes should be made.
const FEW: u32 = 3;

impl StateView {
    pub(super) fn new(
        visit: &Visit,
        known: &Known,
        extra: &Extra,
        delivery: Option<&DeliveryView>,
        teller: &Teller<'_>,
    ) -> Self {
        let (w, say) = (visit.words(), visit.phrases());
        let left = known.account.remaining;
        let Some(newest) = &known.newest else {
            let lines = vec![Line { before: w.never_made.to_owned(), time: None, after: "" }];
            let of = say.left_of(0, 0);
            return Self { left, of, lines, marks: Vec::new(), key: String::new(), advice: Vec::new() };
        };
        let status = newest.status(visit.now);
        let (before, after) = say.made();
        let mut lines = vec![Line { before: before.to_owned(), time: Some(teller.tell(newest.created_at)), after }];
        lines.push(fate(visit, newest, status, teller));
        let few = match left {
            0 => Some(w.none_left_sign_in.to_owned()),
            1..=FEW if newest.counters.issued > left => Some(say.few_left(left)),
            _ => None,
        };
        // What came of asking just now is told where it was asked for, and not twice.
        let is_told = extra.message.as_ref().is_some_and(|(place, _)| *place == Place::Delivery);
        let failed = if is_told { None } else { failed_mail(visit, newest, left, delivery) };
        let advice = few.into_iter().chain(failed).collect();
        let used = newest.counters.used;
        let dead = newest.counters.issued.saturating_sub(left + used);
        let marks = [("left", left), ("used", used), ("dead", dead)];
        let marks = marks.into_iter().flat_map(|(kind, count)| core::iter::repeat_n(kind, count as usize)).collect();
        Self {
            left,
            of: say.left_of(left, newest.counters.issued),
            lines,
            marks,
            key: say.marks_key(left, used, dead),
            advice,
        }
    }
}

/// A mail that will never come, as its owner may count on it.
fn failed_mail(visit: &Visit, newest: &Batch, left: u32, delivery: Option<&DeliveryView>) -> Option<String> {
    let failed = newest.email_failed_at.is_some() && newest.emailed_at.is_none() && left > 0;
    let again = delivery.is_some_and(|delivery| matches!(delivery.email, EmailView::To(_)));
    let w = visit.words();
    failed.then(|| if again { w.email_failed_ask_again } else { w.email_failed_make_new }.to_owned())
}

/// What became of the newest set, or will.
fn fate(visit: &Visit, batch: &Batch, status: BatchStatus, teller: &Teller<'_>) -> Line {
    let (w, say) = (visit.words(), visit.phrases());
    let issued = batch.counters.issued;
    let plain = |text: &str| Line { before: text.to_owned(), time: None, after: "" };
    match (status, batch.expires_at) {
        (BatchStatus::Deleted, _) => plain(w.was_deleted),
        (BatchStatus::Superseded | BatchStatus::Invalidated, _) => plain(w.was_invalidated),
        (BatchStatus::Exhausted, _) => plain(w.was_used_up),
        (_, None) => plain(say.never_end(issued as usize)),
        (status, Some(at)) => {
            let which = if status == BatchStatus::Expired { Expiring::Did } else { Expiring::Will };
            let (before, after) = say.expires(which, issued);
            Line { before: before.to_owned(), time: Some(teller.tell(at)), after }
        }
    }
}
