//! What tasks carry, in the form that the database keeps. A form that changes gets a new version, and the old one is
//! still read: tasks outlive the program that queued them.

use crate::ports::{Payload, PortError, PortResult};
use backstop_domain::{
    AccountId, BatchId, CleanUp, Notice, ReportWhen, RunId, ScheduleId, Scope, SuspensionReason, Timestamp,
    clean_up::StartedBy,
    letter::{ClientChange, SecondStepNews},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::net::IpAddr;
use uuid::Uuid;

/// Something that a task carries.
pub(crate) trait Job: Serialize + DeserializeOwned {
    /// The newest form that there is of it.
    const VERSION: u16;

    /// The oldest form that can say this, so that programs which know no newer one do it.
    fn version(&self) -> u16 {
        Self::VERSION
    }

    fn written(&self) -> PortResult<Payload> {
        let text = serde_json::to_string(self);
        let text = text.map_err(|_| PortError::corrupt("a task that can't be written down"))?;
        Ok(Payload { version: self.version(), text })
    }

    /// `None` for what this program does not understand: one of another version, or no such thing at all.
    fn read(payload: &Payload) -> Option<Self> {
        if !(1..=Self::VERSION).contains(&payload.version) {
            return None;
        }
        serde_json::from_str(&payload.text).ok()
    }
}

/// The codes themselves are sealed beside it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SendCodes {
    pub(crate) account: Uuid,
    pub(crate) batch: Uuid,
    /// Where the owner wanted them. To no other address they go.
    pub(crate) to: String,
    /// Which mark is taken back when they can't be sent.
    pub(crate) marked_at: Timestamp,
}

impl Job for SendCodes {
    const VERSION: u16 = 1;
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SendMail {
    pub(crate) to: String,
    pub(crate) locale: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) letter: LetterJob,
}

impl Job for SendMail {
    const VERSION: u16 = 2;

    fn version(&self) -> u16 {
        match &self.letter {
            LetterJob::Report { .. } => 1,
            LetterJob::Notice(notice) => notice.version(),
            LetterJob::Digest(notices) => notices.iter().map(|(_, notice)| notice.version()).max().unwrap_or(1),
            LetterJob::PasswordReset | LetterJob::ClientChanged(_) | LetterJob::SecondStepOf { .. } => 2,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum LetterJob {
    Report {
        run: Uuid,
    },
    Notice(NoticeJob),
    Digest(Vec<(Timestamp, NoticeJob)>),
    /// Its link is made when it is sent.
    PasswordReset,
    ClientChanged(ClientChangeJob),
    SecondStepOf {
        person: String,
        news: SecondStepJob,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClientChangeJob {
    act: String,
    client: String,
    scopes: Vec<String>,
    by: Option<String>,
    at: Timestamp,
    ip: Option<IpAddr>,
    others_end_at: Option<Timestamp>,
}

impl From<&ClientChange> for ClientChangeJob {
    fn from(change: &ClientChange) -> Self {
        let ClientChange { act, client, scopes, by, at, ip, others_end_at } = change.clone();
        Self {
            act: act.as_str().to_owned(),
            client,
            scopes: scopes.iter().map(|scope| scope.as_str().to_owned()).collect(),
            by,
            at,
            ip,
            others_end_at,
        }
    }
}

impl ClientChangeJob {
    pub(crate) fn change(self) -> Option<ClientChange> {
        let Self { act, client, scopes, by, at, ip, others_end_at } = self;
        let scopes = scopes.iter().map(|scope| scope.parse::<Scope>().ok()).collect::<Option<_>>()?;
        Some(ClientChange { act: act.parse().ok()?, client, scopes, by, at, ip, others_end_at })
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SecondStepJob {
    change: String,
    at: Timestamp,
    ip: Option<IpAddr>,
    user_agent: Option<String>,
}

impl From<&SecondStepNews> for SecondStepJob {
    fn from(news: &SecondStepNews) -> Self {
        let SecondStepNews { change, at, ip, user_agent } = news.clone();
        Self { change: change.as_str().to_owned(), at, ip, user_agent }
    }
}

impl SecondStepJob {
    pub(crate) fn news(self) -> Option<SecondStepNews> {
        let Self { change, at, ip, user_agent } = self;
        Some(SecondStepNews { change: change.parse().ok()?, at, ip, user_agent })
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TellNotice {
    pub(crate) account: Uuid,
    /// What is told once only, whatever task tells it.
    pub(crate) once: Option<Uuid>,
    pub(crate) at: Timestamp,
    pub(crate) notice: NoticeJob,
}

impl Job for TellNotice {
    const VERSION: u16 = 2;

    fn version(&self) -> u16 {
        self.notice.version()
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum NoticeJob {
    CodesMade { count: u32, at: Timestamp, expires_at: Option<Timestamp> },
    CodeUsed { at: Timestamp, ip: Option<IpAddr>, user_agent: Option<String>, remaining: u32 },
    CodesLow { remaining: u32 },
    NoneLeft,
    CodesExpiring { expires_at: Timestamp, remaining: u32 },
    Suspended { at: Timestamp, reason: String },
    CeilingReached { at: Timestamp },
    PasswordWornOut { at: Timestamp },
    SecondStepChanged(SecondStepJob),
}

impl From<&Notice> for NoticeJob {
    fn from(notice: &Notice) -> Self {
        match notice.clone() {
            Notice::CodesMade { count, at, expires_at } => Self::CodesMade { count, at, expires_at },
            Notice::CodeUsed { at, ip, user_agent, remaining } => Self::CodeUsed { at, ip, user_agent, remaining },
            Notice::CodesLow { remaining } => Self::CodesLow { remaining },
            Notice::NoneLeft => Self::NoneLeft,
            Notice::CodesExpiring { expires_at, remaining } => Self::CodesExpiring { expires_at, remaining },
            Notice::Suspended { at, reason } => Self::Suspended { at, reason: reason.as_str().to_owned() },
            Notice::CeilingReached { at } => Self::CeilingReached { at },
            Notice::PasswordWornOut { at } => Self::PasswordWornOut { at },
            Notice::SecondStepChanged(news) => Self::SecondStepChanged(SecondStepJob::from(&news)),
        }
    }
}

impl NoticeJob {
    /// Since which form of the tasks that carry notices there is one like this.
    const fn version(&self) -> u16 {
        if matches!(self, Self::SecondStepChanged(_)) { 2 } else { 1 }
    }

    pub(crate) fn notice(self) -> Option<Notice> {
        Some(match self {
            Self::CodesMade { count, at, expires_at } => Notice::CodesMade { count, at, expires_at },
            Self::CodeUsed { at, ip, user_agent, remaining } => Notice::CodeUsed { at, ip, user_agent, remaining },
            Self::CodesLow { remaining } => Notice::CodesLow { remaining },
            Self::NoneLeft => Notice::NoneLeft,
            Self::CodesExpiring { expires_at, remaining } => Notice::CodesExpiring { expires_at, remaining },
            Self::Suspended { at, reason } => {
                Notice::Suspended { at, reason: reason.parse::<SuspensionReason>().ok()? }
            }
            Self::CeilingReached { at } => Notice::CeilingReached { at },
            Self::PasswordWornOut { at } => Notice::PasswordWornOut { at },
            Self::SecondStepChanged(news) => Notice::SecondStepChanged(news.news()?),
        })
    }
}

/// Everything that a run of a clean-up goes by, so that it goes on as it began.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CleanUpJob {
    pub(crate) run: Uuid,
    pub(crate) of: String,
    pub(crate) schedule: Option<ScheduleJob>,
    pub(crate) retention_days: u32,
    pub(crate) delete_empty: bool,
    pub(crate) log_run: bool,
    pub(crate) report: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ScheduleJob {
    pub(crate) id: Uuid,
    pub(crate) name: String,
    pub(crate) saved_by: String,
}

impl Job for CleanUpJob {
    const VERSION: u16 = 1;
}

impl CleanUpJob {
    pub(crate) fn run(&self) -> RunId {
        RunId::new(self.run)
    }

    pub(crate) fn of(&self) -> Option<CleanUp> {
        self.of.parse().ok()
    }

    pub(crate) fn report(&self) -> ReportWhen {
        self.report.parse().unwrap_or(ReportWhen::WhenRemoved)
    }

    pub(crate) fn started_by(&self) -> StartedBy {
        match &self.schedule {
            Some(ScheduleJob { id, name, saved_by }) => {
                StartedBy::Schedule { id: ScheduleId::new(*id), name: name.clone(), saved_by: saved_by.clone() }
            }
            None => StartedBy::CommandLine,
        }
    }
}

/// What needs to know nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Plain {}

impl Job for Plain {
    const VERSION: u16 = 1;
}

impl SendCodes {
    pub(crate) fn account(&self) -> AccountId {
        AccountId::new(self.account)
    }

    pub(crate) fn batch(&self) -> BatchId {
        BatchId::new(self.batch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use backstop_domain::letter::{ClientAct, SecondStepChange};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn every_notice_comes_back_as_it_was() {
        let all = [
            Notice::CodesMade { count: 10, at: at(5), expires_at: Some(at(6)) },
            Notice::CodeUsed {
                at: at(5),
                ip: "2001:db8::1".parse().ok(),
                user_agent: Some("a\"b".into()),
                remaining: 2,
            },
            Notice::CodesLow { remaining: 3 },
            Notice::NoneLeft,
            Notice::CodesExpiring { expires_at: at(9), remaining: 4 },
            Notice::Suspended { at: at(7), reason: SuspensionReason::Failures },
            Notice::CeilingReached { at: at(8) },
            Notice::PasswordWornOut { at: at(9) },
            Notice::SecondStepChanged(SecondStepNews {
                change: SecondStepChange::Replaced,
                at: at(10),
                ip: None,
                user_agent: Some("c".into()),
            }),
        ];
        for notice in all {
            let job = TellNotice { account: Uuid::nil(), once: None, at: at(1), notice: NoticeJob::from(&notice) };
            let read = TellNotice::read(&job.written().unwrap()).unwrap();
            assert_eq!(read.notice.notice(), Some(notice));
        }
    }

    #[test]
    fn what_became_of_an_application_comes_back_as_it_was() {
        for act in ClientAct::ALL {
            let change = ClientChange {
                act: *act,
                client: "shop".to_owned(),
                scopes: Scope::ALL.iter().copied().collect(),
                by: Some("ann@example.com".to_owned()),
                at: at(1),
                ip: "2001:db8::1".parse().ok(),
                others_end_at: Some(at(2)),
            };
            assert_eq!(ClientChangeJob::from(&change).change(), Some(change));
        }
    }

    #[test]
    fn only_what_older_programs_do_not_know_is_in_a_newer_form() {
        let mail = |letter| SendMail { to: "a@b.example".to_owned(), locale: None, name: None, letter };
        let news = SecondStepNews { change: SecondStepChange::SetUp, at: at(1), ip: None, user_agent: None };
        let new = NoticeJob::from(&Notice::SecondStepChanged(news));
        for (letter, version) in [
            (LetterJob::Report { run: Uuid::nil() }, 1),
            (LetterJob::Notice(NoticeJob::NoneLeft), 1),
            (LetterJob::Digest(vec![(at(1), NoticeJob::NoneLeft)]), 1),
            (LetterJob::Notice(new.clone()), 2),
            (LetterJob::Digest(vec![(at(1), NoticeJob::NoneLeft), (at(2), new)]), 2),
            (LetterJob::PasswordReset, 2),
        ] {
            let payload = mail(letter.clone()).written().unwrap();
            assert_eq!(payload.version, version, "{letter:?}");
            assert_eq!(SendMail::read(&payload).map(|read| read.letter), Some(letter));
        }
    }

    #[test]
    fn what_this_program_does_not_know_is_not_guessed_at() {
        let mut payload = Plain {}.written().unwrap();
        assert!(Plain::read(&payload).is_some());
        payload.version += 1;
        assert!(Plain::read(&payload).is_none());
        for text in ["", "{", "[]", "{\"a\":1}", "{\"run\":7}"] {
            assert!(CleanUpJob::read(&Payload { version: 1, text: text.to_owned() }).is_none(), "{text}");
        }
    }
}
