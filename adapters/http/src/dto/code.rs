//! Single codes.

use super::{
    batch::Batch,
    fields::{Ip, Text, TypedCode, UserAgent, Word, judged},
};
use crate::problems::{FieldError, Problem};
use backstop_application::use_cases::{Caller, CodeRequest, EndUser, Whom};
use backstop_domain::{CodeStatus, Duty, Subject, Timestamp, account::BadValue};
use core::net::IpAddr;
use uuid::Uuid;

object! {
    /// A code that somebody typed.
    CodeAttempt takes {
        /// The code as it was typed. Spaces, dashes of every kind and a full stop at the end don't matter.
        code: TypedCode,
        /// Where it was typed.
        #[serde(default)]
        context: Option<Context>,
    } like {
        "code": "Qm7RtZ-b4KxWc-9HnPvd-G2sLyf-TjA8uE-w5NkXh",
        "context": { "ip": "192.0.2.44", "user_agent": "Mozilla/5.0 (X11; Linux x86_64)", "first_factor": true }
    }
}

object! {
    /// The end user's side of an attempt. Wrong codes are counted by the network of `ip`; without it they are counted for
    /// each user of the calling application, and no network has a ceiling.
    Context takes {
        /// The end user's own address, not the calling server's.
        #[serde(default)]
        ip: Option<Text<Ip>>,
        /// The end user's browser, for the audit trail.
        #[serde(default)]
        user_agent: Option<Text<UserAgent>>,
        /// Whether the end user gave the right password, or another first factor, before: then failures elsewhere do
        /// not keep them out.
        #[serde(default)]
        first_factor: Option<bool>,
    } like { "ip": "192.0.2.44", "user_agent": "Mozilla/5.0 (X11; Linux x86_64)", "first_factor": true }
}

impl CodeAttempt {
    pub(crate) fn judge(self, subject: Subject, caller: Caller) -> Result<CodeRequest, Problem> {
        let end_user = self.context.map(Context::judge).transpose()?.unwrap_or_default();
        Ok(CodeRequest { whom: Whom::Subject(subject), typed: self.code.0, caller, end_user })
    }
}

const LONGEST_USER_AGENT: usize = 512;

impl Context {
    fn judge(self) -> Result<EndUser, Problem> {
        let Self { ip, user_agent, first_factor } = self;
        let first_factor = first_factor.unwrap_or_default();
        let mut errors: Vec<FieldError> = Vec::new();
        let read_ip = |text: Text<Ip>| text.0.parse::<IpAddr>().map_err(|_| BadValue("not an IP address"));
        let ip = ip.and_then(|text| judged(&mut errors, "#/context/ip", read_ip(text)));
        let user_agent =
            user_agent.and_then(|text| judged(&mut errors, "#/context/user_agent", read_user_agent(text.0)));
        if errors.is_empty() { Ok(EndUser { ip, user_agent, first_factor }) } else { Err(Problem::invalid(errors)) }
    }
}

fn read_user_agent(text: String) -> Result<String, BadValue> {
    if text.chars().count() <= LONGEST_USER_AGENT && !text.chars().any(char::is_control) {
        Ok(text)
    } else {
        Err(BadValue("a user agent has at most 512 characters and no control characters"))
    }
}

object! {
    /// A code signed its owner in.
    Redeemed gives {
        /// How many codes can still be redeemed.
        remaining: u32,
        /// The id of this recovery.
        recovery_id: Uuid,
        /// What the user still has to do.
        duties: Vec<Word<Duty>>,
    }
}

impl Redeemed {
    pub(crate) fn new(redeemed: &backstop_application::use_cases::Redeemed) -> Self {
        Self {
            remaining: redeemed.remaining,
            recovery_id: redeemed.recovery.uuid(),
            duties: redeemed.duties.iter().map(Word).collect(),
        }
    }
}

object! {
    /// The code is valid, and still unused.
    Verified gives {
        /// Always true.
        verified: bool,
    }
}

object! {
    /// What became of a code.
    RevokedCode gives {
        /// Whether this call did it; `false` for a code that could not be used any more anyway.
        changed: bool,
        /// Where the code stands now.
        status: Word<CodeStatus>,
        /// The code's set.
        batch: Batch,
    }
}

impl RevokedCode {
    pub(crate) fn new(
        revoked: &backstop_application::use_cases::RevokedCode,
        subject: &Subject,
        now: Timestamp,
    ) -> Self {
        Self { changed: revoked.changed, status: Word(revoked.status), batch: Batch::new(&revoked.batch, subject, now) }
    }
}
