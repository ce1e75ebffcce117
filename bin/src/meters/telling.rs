//! What committed units did, as the audit trail has it.

use super::{Meters, catalogue};
use backstop_domain::{AuditKind, CleanUp, Refusal, RunStatus, SuspensionReason, guard::Limit};

const ACCEPTED: &str = "accepted";
/// Guessed: whether there is such an account is for the trail to know.
const WRONG: &str = "wrong";

impl Meters {
    pub(super) fn begin_telling(&self) {
        for kind in AuditKind::ALL {
            self.count(&catalogue::ACTS, [kind.as_str()], 0);
        }
        for outcome in Refusal::ALL.iter().map(|why| refused(*why)).chain([ACCEPTED]) {
            self.count(&catalogue::REDEEMS, [outcome], 0);
        }
        for limit in Limit::ALL {
            self.count(&catalogue::LIMITS, [limit.as_str()], 0);
        }
        for reason in SuspensionReason::ALL {
            self.count(&catalogue::SUSPENSIONS, [reason.as_str()], 0);
        }
        self.count(&catalogue::LIFTS, [], 0);
        for of in CleanUp::ALL {
            for status in [RunStatus::Completed, RunStatus::Capped, RunStatus::Failed] {
                self.count(&catalogue::PURGE_RUNS, [of.as_str(), status.as_str()], 0);
            }
            self.count(&catalogue::PURGED, [of.as_str()], 0);
            self.gauge(&catalogue::PURGE_SUCCESS, [of.as_str()]).set(f64::NAN);
        }
    }

    /// Counts an act that is in the trail now. `run` is how a run of a clean-up ended, if the unit ended one.
    pub(crate) fn acted(&self, kind: AuditKind, reason: Option<&str>, count: Option<u32>, run: Option<RunStatus>) {
        self.count(&catalogue::ACTS, [kind.as_str()], 1);
        match kind {
            AuditKind::Redeemed => self.count(&catalogue::REDEEMS, [ACCEPTED], 1),
            AuditKind::RedeemRefused => {
                if let Some(why) = reason.and_then(|reason| reason.parse::<Refusal>().ok()) {
                    self.count(&catalogue::REDEEMS, [refused(why)], 1);
                }
            }
            AuditKind::Locked => {
                if let Some(limit) = reason.and_then(|reason| reason.parse::<Limit>().ok()) {
                    self.count(&catalogue::LIMITS, [limit.as_str()], 1);
                }
            }
            AuditKind::Suspended => {
                if let Some(reason) = reason.and_then(|reason| reason.parse::<SuspensionReason>().ok()) {
                    self.count(&catalogue::SUSPENSIONS, [reason.as_str()], 1);
                }
            }
            AuditKind::Lifted => self.count(&catalogue::LIFTS, [], 1),
            AuditKind::Purged => self.cleaned(CleanUp::Codes, count, run),
            AuditKind::AuditCleaned => self.cleaned(CleanUp::Audit, count, run),
            AuditKind::EmailLogCleaned => self.cleaned(CleanUp::EmailLog, count, run),
            _ => {}
        }
    }

    fn cleaned(&self, of: CleanUp, count: Option<u32>, run: Option<RunStatus>) {
        self.count(&catalogue::PURGED, [of.as_str()], count.unwrap_or(0).into());
        if let Some(status) = run {
            self.count(&catalogue::PURGE_RUNS, [of.as_str(), status.as_str()], 1);
        }
    }
}

/// The outcome that a refusal is told as.
const fn refused(why: Refusal) -> &'static str {
    match why {
        Refusal::UnknownAccount | Refusal::UnknownCode => WRONG,
        other => other.as_str(),
    }
}
