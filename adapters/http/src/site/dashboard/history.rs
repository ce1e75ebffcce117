//! Earlier sets, page by page, each with all that is known of it.

use super::{Fact, Known, called};
use crate::site::{
    times::{Teller, TimeView},
    visit::Visit,
};
use backstop_domain::{Batch, Timestamp};

pub(super) struct PastView {
    pub(super) caption: String,
    pub(super) rows: Vec<Row>,
    pub(super) pages: Vec<PageLink>,
}

pub(super) struct Row {
    pub(super) made: TimeView,
    pub(super) kind: &'static str,
    pub(super) status: &'static str,
    pub(super) left: u32,
    pub(super) used: u32,
    pub(super) ends: Option<TimeView>,
    pub(super) facts: Vec<Fact>,
}

pub(super) struct PageLink {
    pub(super) number: u32,
    pub(super) here: bool,
}

/// The page that was asked for; what is no number is the first.
pub(super) fn page_of(query: &str) -> u32 {
    query.split('&').find_map(|pair| pair.strip_prefix("page=")).and_then(|page| page.parse().ok()).unwrap_or(1)
}

impl PastView {
    pub(super) fn new(visit: &Visit, known: &Known, teller: &Teller<'_>) -> Self {
        let history = &known.history;
        let owner = &called(&known.account.account);
        Self {
            caption: visit.phrases().sets(history.total),
            rows: history.items.iter().map(|batch| row(visit, batch, owner, teller)).collect(),
            pages: (1..=history.pages).map(|number| PageLink { number, here: number == history.page }).collect(),
        }
    }
}

fn row(visit: &Visit, batch: &Batch, owner: &str, teller: &Teller<'_>) -> Row {
    let (w, say, now) = (visit.words(), visit.phrases(), visit.now);
    let (numbers, status) = (batch.counters, batch.status(now));
    let fact = |name, text: String| Fact { name, text };
    let noted = |at: Option<Timestamp>| at.map_or_else(|| w.no.to_owned(), |at| teller.exact(at));
    let facts = vec![
        fact(w.set_id, batch.id.to_string()),
        fact(w.owner, owner.to_owned()),
        fact(w.made, teller.exact(batch.created_at)),
        fact(w.modified, teller.exact(batch.modified_at)),
        fact(w.ends, batch.expires_at.map_or_else(|| w.never.to_owned(), |at| teller.exact(at))),
        fact(w.issued, numbers.issued.to_string()),
        fact(w.invalidated, numbers.invalidated.to_string()),
        fact(w.removed, numbers.removed.to_string()),
        fact(w.generated, w.yes.to_owned()),
        fact(w.viewed, noted(batch.viewed_at)),
        fact(w.downloaded_fact, noted(batch.downloaded_at)),
        fact(w.emailed_fact, noted(batch.emailed_at)),
    ];
    Row {
        made: teller.tell(batch.created_at),
        kind: status.as_str(),
        status: say.standing(status),
        left: batch.remaining(now),
        used: numbers.used,
        ends: batch.expires_at.map(|at| teller.tell(at)),
        facts,
    }
}

#[cfg(test)]
mod tests {
    use super::page_of;

    #[test]
    fn a_page_that_is_no_number_is_the_first() {
        assert_eq!(page_of("a=b&page=3&page=4"), 3);
        for query in ["", "page=", "page=x", "page=-1", "page=99999999999"] {
            assert_eq!(page_of(query), 1, "{query}");
        }
    }
}
