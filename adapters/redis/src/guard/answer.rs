//! What the guard's scripts answer: a line of words, `-` for nothing.

use crate::error::nonsense;
use backstop_application::ports::PortResult;
use backstop_domain::{
    Timestamp,
    guard::{Admission, Limit, PairSlot, Slot},
};
use core::str::FromStr;
use fred::types::Value;

const NOTHING: &str = "-";

struct Nonsense;

pub(super) fn admission(answer: Value, now: Timestamp) -> PortResult<Admission> {
    match answer {
        Value::String(line) => read(&line, now).map_err(|Nonsense| nonsense()),
        _ => Err(nonsense()),
    }
}

fn read(line: &str, now: Timestamp) -> Result<Admission, Nonsense> {
    let words: Vec<&str> = line.split(' ').collect();
    match *words.as_slice() {
        ["locked", until, by] => Ok(Admission::Locked { until: moment(until)?, by: limit(by)? }),
        ["go", left, locks_until, before, raised_level, reaches] => {
            let pair = PairSlot {
                attempts_left: left.parse().map_err(|_| Nonsense)?,
                locks_until: optional(locks_until, moment)?,
                before: optional(before, moment)?,
                raised_level: raised_level == "1",
            };
            Ok(Admission::Go(Slot::new(pair, optional(reaches, limit)?, now)))
        }
        _ => Err(Nonsense),
    }
}

fn optional<T>(word: &str, read: impl FnOnce(&str) -> Result<T, Nonsense>) -> Result<Option<T>, Nonsense> {
    if word == NOTHING { Ok(None) } else { read(word).map(Some) }
}

fn moment(word: &str) -> Result<Timestamp, Nonsense> {
    Timestamp::from_microsecond(word.parse().map_err(|_| Nonsense)?).map_err(|_| Nonsense)
}

fn limit(word: &str) -> Result<Limit, Nonsense> {
    Limit::from_str(word).map_err(|_| Nonsense)
}

pub(super) fn word(moment: Option<Timestamp>) -> String {
    moment.map_or_else(|| NOTHING.to_owned(), |at| at.as_microsecond().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use backstop_application::ports::PortErrorKind;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_line_is_read_as_an_admission() {
        let locked = admission("locked 60000000 network".into(), at(0)).unwrap();
        assert_eq!(locked, Admission::Locked { until: at(60), by: Limit::Network });
        let Admission::Go(slot) = admission("go 0 60000000 - 0 account".into(), at(7)).unwrap() else {
            panic!("locked")
        };
        assert_eq!((slot.attempts_left, slot.locks_until, slot.taken_at), (0, Some(at(60)), at(7)));
        assert_eq!((slot.pair.before, slot.pair.raised_level, slot.reaches), (None, false, Some(Limit::Account)));
    }

    #[test]
    fn a_line_that_cannot_be_read_is_nonsense() {
        let wrong =
            ["", "go", "go 4 - - 0", "go x - - 0 -", "go 4 x - 0 -", "go 4 - - 0 who", "locked - pair", "locked 1 -"];
        for answer in wrong.map(Value::from).into_iter().chain([Value::Null, Value::Integer(1)]) {
            assert_eq!(admission(answer, at(0)).unwrap_err().kind(), PortErrorKind::Corrupt);
        }
    }
}
