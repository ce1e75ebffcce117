//! What tasks carry, in the form that the database keeps. A form that changes gets a new version, and the old one is
//! still read: tasks outlive the program that queued them.

use crate::ports::{Payload, PortError, PortResult};
use backstop_domain::{
    AccountId, BatchId, CleanUp, Notice, ReportWhen, RunId, ScheduleId, SuspensionReason, Timestamp,
    clean_up::StartedBy,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::net::IpAddr;
use uuid::Uuid;

/// Something that a task carries.
pub(crate) trait Job: Serialize + DeserializeOwned {
    const VERSION: u16;

    fn written(&self) -> PortResult<Payload> {
        let text = serde_json::to_string(self);
        let text = text.map_err(|_| PortError::corrupt("a task that can't be written down"))?;
        Ok(Payload { version: Self::VERSION, text })
    }

    /// `None` for what this program does not understand: one of another version, or no such thing at all.
    fn read(payload: &Payload) -> Option<Self> {
        if payload.version != Self::VERSION {
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
    const VERSION: u16 = 1;
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum LetterJob {
    Report { run: Uuid },
    Notice(NoticeJob),
    Digest(Vec<(Timestamp, NoticeJob)>),
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
    const VERSION: u16 = 1;
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
        }
    }
}

impl NoticeJob {
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
        ];
        for notice in all {
            let job = TellNotice { account: Uuid::nil(), once: None, at: at(1), notice: NoticeJob::from(&notice) };
            let read = TellNotice::read(&job.written().unwrap()).unwrap();
            assert_eq!(read.notice.notice(), Some(notice));
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
