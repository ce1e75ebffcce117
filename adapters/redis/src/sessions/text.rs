//! How a session is written in Redis: a line of words, and what the browser calls itself at the end.
//!
//! The scripts know the first four words: the form, when it began, when it was used, and its id. The second form is that
//! of sessions whose second step was passed; all others have the first, which servers of earlier versions know as well.

use backstop_domain::{AccountId, Session, SessionId, Timestamp};
use core::str::FromStr;

const FORM: &str = "1";
const FORM_WITH_SECOND_STEP: &str = "2";
const NOTHING: &str = "-";
/// Before what a browser calls itself, which may be nothing at all.
const SOMETHING: char = '+';
const YES: &str = "yes";
const NO: &str = "no";

pub(super) fn write(session: &Session) -> String {
    let Session { id, account, kind, method, confined, created_at, seen_at, fresh_at, second_step_at, ip, user_agent } =
        session;
    let form = if second_step_at.is_some() { FORM_WITH_SECOND_STEP } else { FORM };
    let mut words = vec![
        form.to_owned(),
        created_at.as_microsecond().to_string(),
        seen_at.as_microsecond().to_string(),
        id.to_string(),
        account.to_string(),
        fresh_at.as_microsecond().to_string(),
        kind.as_str().to_owned(),
        method.as_str().to_owned(),
        if *confined { YES } else { NO }.to_owned(),
    ];
    words.extend(second_step_at.map(|at| at.as_microsecond().to_string()));
    words.extend([
        ip.map_or_else(|| NOTHING.to_owned(), |ip| ip.to_string()),
        user_agent.as_ref().map_or_else(|| NOTHING.to_owned(), |text| format!("{SOMETHING}{text}")),
    ]);
    words.join(" ")
}

pub(super) fn read(text: &str) -> Option<Session> {
    let passed = text.split(' ').next() == Some(FORM_WITH_SECOND_STEP);
    let words: Vec<&str> = text.splitn(if passed { 12 } else { 11 }, ' ').collect();
    let (&[form, created_at, seen_at, id, account, fresh_at, kind, method, confined], rest) =
        words.split_first_chunk::<9>()?;
    let (second_step_at, ip, user_agent) = match (form, rest) {
        (FORM, &[ip, user_agent]) => (None, ip, user_agent),
        (FORM_WITH_SECOND_STEP, &[at, ip, user_agent]) => (Some(moment(at)?), ip, user_agent),
        _ => return None,
    };
    Some(Session {
        id: SessionId::new(parsed(id)?),
        account: AccountId::new(parsed(account)?),
        kind: parsed(kind)?,
        method: parsed(method)?,
        confined: match confined {
            YES => true,
            NO => false,
            _ => return None,
        },
        created_at: moment(created_at)?,
        seen_at: moment(seen_at)?,
        fresh_at: moment(fresh_at)?,
        second_step_at,
        ip: if ip == NOTHING { None } else { Some(parsed(ip)?) },
        user_agent: if user_agent == NOTHING { None } else { Some(user_agent.strip_prefix(SOMETHING)?.to_owned()) },
    })
}

fn parsed<T: FromStr>(word: &str) -> Option<T> {
    word.parse().ok()
}

fn moment(word: &str) -> Option<Timestamp> {
    Timestamp::from_microsecond(parsed(word)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use backstop_domain::{SessionKind, SignInMethod};
    use uuid::Uuid;

    fn session(user_agent: Option<&str>) -> Session {
        let at = |micros| Timestamp::from_microsecond(micros).unwrap();
        Session {
            id: SessionId::new(Uuid::from_u128(1)),
            account: AccountId::new(Uuid::from_u128(2)),
            kind: SessionKind::User,
            method: SignInMethod::Code,
            confined: true,
            created_at: at(-7),
            seen_at: at(1_800_000_000_123_456),
            fresh_at: at(3),
            second_step_at: None,
            ip: Some([192, 0, 2, 7].into()),
            user_agent: user_agent.map(str::to_owned),
        }
    }

    fn passed(user_agent: Option<&str>) -> Session {
        Session { second_step_at: Some(Timestamp::from_microsecond(-5).unwrap()), ..session(user_agent) }
    }

    #[test]
    fn what_was_written_is_read() {
        for user_agent in [None, Some(""), Some("-"), Some("+ two  words\n\0🜁 ")] {
            for session in [session(user_agent), passed(user_agent)] {
                assert_eq!(read(&write(&session)), Some(session));
            }
        }
    }

    #[test]
    fn what_can_not_be_read_is_no_session() {
        for (right, length, other) in [(write(&session(None)), 11, "2"), (write(&passed(None)), 12, "1")] {
            for at in 0..length {
                let mut words: Vec<&str> = right.split(' ').collect();
                words[at] = "?";
                assert_eq!(read(&words.join(" ")), None, "word {at}");
                words.truncate(at);
                assert_eq!(read(&words.join(" ")), None, "{at} words");
            }
            assert_eq!(read(&format!("{right} more")), None);
            for form in [other, "3"] {
                assert_eq!(read(&format!("{form}{}", &right[1..])), None, "another form");
            }
        }
    }
}
