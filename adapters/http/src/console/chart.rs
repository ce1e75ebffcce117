//! What happened on each day, as pictures and as a table.

use super::Said;
use backstop_domain::DayCounts;
use jiff::civil::Date;

/// One bar a day.
pub(super) struct Chart {
    pub(super) title: &'static str,
    /// All days together.
    pub(super) total: String,
    /// What is told of the picture where it is not seen.
    pub(super) about: String,
    pub(super) kind: &'static str,
    pub(super) bars: Vec<Bar>,
    pub(super) first: String,
    pub(super) last: String,
    pub(super) width: usize,
}

pub(super) struct Bar {
    pub(super) x: usize,
    pub(super) y: u64,
    pub(super) height: u64,
    pub(super) said: String,
}

const HEIGHT: u64 = 64;
const STEP: usize = 10;

type Count = fn(&DayCounts) -> u64;

/// What is counted of a day, with what it is called.
const COUNTED: [(&str, Count); 4] = [
    ("issued", |day| day.issued),
    ("redeemed", |day| day.redeemed),
    ("refused", |day| day.refused),
    ("purged", |day| day.purged),
];

fn day(date: Date, said: &Said) -> String {
    let month = usize::try_from(date.month()).unwrap_or(1).saturating_sub(1);
    said.say.date(date.day(), month, date.year())
}

pub(super) fn all(days: &[DayCounts], said: &Said) -> Vec<Chart> {
    COUNTED.iter().map(|(kind, count)| chart(days, kind, *count, said)).collect()
}

fn chart(days: &[DayCounts], kind: &'static str, count: Count, said: &Said) -> Chart {
    let cw = said.cw;
    let title = cw.counted(kind);
    let total: u64 = days.iter().map(count).sum();
    let most = days.iter().max_by_key(|day| count(day)).filter(|day| count(day) > 0);
    let top = most.map_or(1, count);
    let bar = |(at, one): (usize, &DayCounts)| {
        // Whatever there is of is seen, however little it is.
        let height = (count(one) * HEIGHT).div_ceil(top);
        let said = format!("{}: {}", day(one.date, said), (cw.number)(count(one)));
        Bar { x: at * STEP, y: HEIGHT - height, height, said }
    };
    let date = |one: Option<&DayCounts>| one.map(|one| day(one.date, said)).unwrap_or_default();
    Chart {
        title,
        total: (cw.number)(total),
        about: (cw.chart_about)(title, total, most.map(|one| (day(one.date, said), count(one)))),
        kind,
        bars: days.iter().enumerate().map(bar).collect(),
        first: date(days.first()),
        last: date(days.last()),
        width: days.len().max(1) * STEP,
    }
}

/// The same, the newest day first.
pub(super) fn table(days: &[DayCounts], said: &Said) -> Vec<Vec<String>> {
    let row = |one: &DayCounts| {
        let numbers = COUNTED.iter().map(|(_, count)| (said.cw.number)(count(one)));
        [day(one.date, said)].into_iter().chain(numbers).collect()
    };
    days.iter().rev().map(row).collect()
}
