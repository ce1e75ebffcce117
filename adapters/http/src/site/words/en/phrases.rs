//! English sentences with numbers, names and times in them.

use crate::site::words::{Expiring, Phrases};
use backstop_domain::{BatchStatus, Typo};

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

pub(in crate::site::words) struct English;

fn count(number: u64, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

impl Phrases for English {
    fn date(&self, day: i8, month: usize, year: i16) -> String {
        format!("{day} {} {year}", MONTHS.get(month).copied().unwrap_or_default())
    }

    fn on(&self) -> &'static str {
        "on "
    }

    fn moment(&self, date: &str, time: &str) -> String {
        format!("{date} at {time}")
    }

    fn zone<'a>(&self, name: &'a str) -> &'a str {
        name
    }

    fn today(&self, time: &str) -> String {
        format!("today at {time}")
    }

    fn yesterday(&self, time: &str) -> String {
        format!("yesterday at {time}")
    }

    fn tomorrow(&self, time: &str) -> String {
        format!("tomorrow at {time}")
    }

    fn ago(&self, minutes: u64) -> String {
        match minutes {
            0 => "just now".to_owned(),
            _ => format!("{} ago", count(minutes, "minute", "minutes")),
        }
    }

    fn soon(&self, minutes: u64) -> String {
        format!("in {}", count(minutes.max(1), "minute", "minutes"))
    }

    fn code_form(&self, groups: usize, size: usize, folds: bool) -> String {
        let case = if folds {
            "upper or lower case, dashes and spaces don't matter"
        } else {
            "capitals count; dashes and spaces don't"
        };
        format!("{groups} groups of {size}; {case}")
    }

    fn what_codes_look_like(&self, example: &str) -> String {
        format!("A recovery code looks like this: {example}")
    }

    fn typo(&self, typo: Typo) -> String {
        match typo {
            Typo::Empty => "Type or paste a recovery code.".to_owned(),
            Typo::WrongLength { found, expected } if found >= expected * 2 => {
                format!("This looks like more than one code. A code has {expected} characters; take one.")
            }
            Typo::WrongLength { found, expected } => {
                let off = u64::try_from(found.abs_diff(expected)).unwrap_or(u64::MAX);
                let which = if found < expected { "missing" } else { "too many" };
                format!(
                    "This looks like {found} of {expected} characters: {} {which}. Nothing was counted.",
                    match off {
                        1 => "one is".to_owned(),
                        _ => format!("{off} are"),
                    }
                )
            }
            Typo::ForeignSymbol { position } => {
                format!(
                    "Character {position} is one that no code has. Compare it with what you saved. Nothing was counted."
                )
            }
            Typo::CheckFailed => {
                "One character looks wrong, or two are swapped. Compare it with what you saved. Nothing was counted."
                    .to_owned()
            }
        }
    }

    fn attempts_left(&self, left: u32) -> String {
        match left {
            1 => "One try is left before a wait.".to_owned(),
            _ => format!("{left} tries are left before a wait."),
        }
    }

    fn check_both(&self) -> String {
        "Check the e-mail address too. A code works once, and only until new ones are made.".to_owned()
    }

    fn span(&self, seconds: u64) -> String {
        let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        let mut parts = Vec::new();
        if hours > 0 {
            parts.push(count(hours, "hour", "hours"));
        }
        if minutes > 0 {
            parts.push(count(minutes, "minute", "minutes"));
        }
        if (rest > 0 && hours == 0) || parts.is_empty() {
            parts.push(count(rest, "second", "seconds"));
        }
        parts.join(" ")
    }

    fn left_of(&self, left: u32, issued: u32) -> String {
        match (left, issued) {
            (1, 0) => "recovery code".to_owned(),
            (_, 0) => "recovery codes".to_owned(),
            _ => format!("of {} left", count(issued.into(), "recovery code", "recovery codes")),
        }
    }

    fn made(&self) -> (&'static str, &'static str) {
        ("Made ", ".")
    }

    fn expires(&self, which: Expiring, issued: u32) -> (&'static str, &'static str) {
        let one = issued == 1;
        match which {
            Expiring::Will if one => ("It expires ", "."),
            Expiring::Will => ("They expire ", "."),
            Expiring::Did if one => ("It expired ", "."),
            Expiring::Did => ("They expired ", "."),
        }
    }

    fn marks_key(&self, left: u32, used: u32, dead: u32) -> String {
        let mut parts = vec![format!("{left} left"), format!("{used} used")];
        if dead > 0 {
            parts.push(format!("{dead} taken back or gone"));
        }
        parts.join(", ")
    }

    fn few_left(&self, left: u32) -> String {
        match left {
            1 => "One left: make new codes soon.".to_owned(),
            _ => format!("{left} left: make new codes soon."),
        }
    }

    fn standing(&self, status: BatchStatus) -> &'static str {
        match status {
            BatchStatus::Deleted => "deleted",
            BatchStatus::Superseded => "replaced",
            BatchStatus::Invalidated => "invalidated",
            BatchStatus::Expired => "expired",
            BatchStatus::Exhausted => "used up",
            BatchStatus::Active => "active",
        }
    }

    fn possible(&self, at: &str) -> String {
        format!("Possible {at}")
    }

    fn password_short(&self, least: usize) -> String {
        format!("At least {least} characters are needed.")
    }

    fn new_password_hint(&self, least: usize) -> String {
        format!("At least {least} characters. A few words with spaces are easier to remember than symbols.")
    }

    fn recovered(&self, left: u32) -> String {
        match left {
            0 => "It can't be used again, and it was the last one.".to_owned(),
            1 => "It can't be used again. One code is left.".to_owned(),
            _ => format!("It can't be used again. {left} codes are left."),
        }
    }

    fn recovery_enrol(&self, site: &str) -> String {
        format!("Set up an authenticator again where you use {site}, so that you need no codes for the next sign-in.")
    }

    fn replaces(&self, left: u32) -> String {
        match left {
            0 => "New codes take the place of the old set.".to_owned(),
            1 => "Replace the one code that is left. It stops working at once.".to_owned(),
            _ => format!("Replace my {left} codes that are left. They stop working at once."),
        }
    }

    fn make_replaces(&self, left: u32) -> String {
        match left {
            1 => "New codes take the place of the one that you have left.".to_owned(),
            _ => format!("New codes take the place of the {left} that you have left."),
        }
    }

    fn sure_all(&self, left: u32) -> String {
        match left {
            1 => "I know that the one code stops working".to_owned(),
            _ => format!("I know that my {left} codes stop working"),
        }
    }

    fn send_to(&self, address: &str) -> String {
        format!("Send to {address}")
    }

    fn deliverable_until(&self, said: Option<&str>) -> String {
        match said {
            Some(said) => format!("One file and one e-mail, until {said} or until you sign out."),
            None => "One file and one e-mail, until you sign out.".to_owned(),
        }
    }

    fn codes_made(&self, count: usize, ends: Option<&str>) -> String {
        let (what, end) = match count {
            1 => ("1 code, for one sign-in.".to_owned(), "It expires"),
            _ => (format!("{count} codes, each for one sign-in."), "They expire"),
        };
        match ends {
            Some(date) => format!("{what} {end} on {date}."),
            None => format!("{what} {}", self.never_end(count)),
        }
    }

    fn never_end(&self, count: usize) -> &'static str {
        if count == 1 { "It doesn't expire." } else { "They don't expire." }
    }

    fn code_number(&self, number: usize) -> String {
        format!("code {number}")
    }

    fn code_copied(&self, number: usize) -> String {
        format!("Code {number} copied")
    }

    fn sheet_title(&self, site: &str) -> String {
        format!("Recovery codes for {site}")
    }

    fn sheet_made(&self, made: &str, count: usize, ends: Option<&str>) -> String {
        match ends {
            Some(ends) if count == 1 => format!("Made on {made}. It expires on {ends}."),
            Some(ends) => format!("Made on {made}. They expire on {ends}."),
            None => format!("Made on {made}. {}", self.never_end(count)),
        }
    }

    fn sheet_set(&self, id: &str) -> String {
        format!("Set {id}")
    }

    fn sheet_account(&self, account: &str) -> String {
        format!("Account: {account}")
    }

    fn sheet_use(&self, address: &str) -> String {
        format!(
            "Each code signs you in once if you lose your authenticator, at {address}. Tick off what you have used."
        )
    }

    fn sets(&self, total: u32) -> String {
        count(total.into(), "set of codes", "sets of codes, newest first")
    }

    fn signed_in_as(&self, person: &str) -> String {
        format!("Signed in as {person}.")
    }

    fn request_id(&self, id: &str) -> String {
        format!("If you ask for help about this, name the number {id}.")
    }
}
