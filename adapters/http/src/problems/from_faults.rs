//! What use cases refuse and what the framework refuses, as problems: one table each.

use super::{Kind, Problem};
use crate::auth;
use backstop_application::{
    ports::{PortError, PortErrorKind},
    use_cases::{
        ActError, AttemptError, ClientError, CreateClientError, DownloadError, EmailError, GenerateError,
        RegisterError, RepeatError, ScheduleError, SendPasswordResetError, VerifySetupError,
    },
};
use backstop_domain::{Typo, batch::BadExpiry};
use poem::{
    error::{MethodNotAllowedError, NotFoundError},
    http::{HeaderValue, StatusCode, header},
};

const UNAVAILABLE_SECONDS: u64 = 1;

impl From<PortError> for Problem {
    fn from(fault: PortError) -> Self {
        let problem = match fault.kind() {
            PortErrorKind::Unavailable | PortErrorKind::Contention => {
                Self::new(Kind::Unavailable, "A part the service needs does not answer right now. Try again.")
                    .retry_header(UNAVAILABLE_SECONDS)
            }
            PortErrorKind::Corrupt | PortErrorKind::Rejected => Self::internal(),
        };
        problem.because(fault)
    }
}

impl From<ActError> for Problem {
    fn from(error: ActError) -> Self {
        match error {
            ActError::NotFound => Self::not_found(),
            // No application has an account of its own.
            ActError::Oneself => Self::internal(),
            ActError::ByAdministrator => {
                Self::new(Kind::SuspendedByAdministrator, "An administrator suspended the account, and has to lift it.")
            }
            ActError::Fault(fault) => fault.into(),
        }
    }
}

impl From<SendPasswordResetError> for Problem {
    fn from(error: SendPasswordResetError) -> Self {
        match error {
            SendPasswordResetError::NotFound => Self::not_found(),
            SendPasswordResetError::TurnedOff => {
                Self::new(Kind::NoPasswords, "`accounts.local_passwords` is off: nobody signs in with a password here.")
            }
            // There are no such accounts for applications.
            SendPasswordResetError::NotForStaff => Self::internal(),
            SendPasswordResetError::NoAddress => {
                Self::new(Kind::NoAddress, "The account has no e-mail address that is confirmed.")
            }
            SendPasswordResetError::Locked { wait_seconds, .. } => {
                let again = format!("Enough mails were sent to this account. Try again in {}.", words(wait_seconds));
                Self::new(Kind::TooManyMails, again).with_retry_after(wait_seconds)
            }
            SendPasswordResetError::Fault(fault) => fault.into(),
        }
    }
}

impl From<ClientError> for Problem {
    fn from(error: ClientError) -> Self {
        let field = |pointer: &'static str, why: &dyn ToString| {
            Self::invalid(vec![super::FieldError::new(pointer, why.to_string())])
        };
        match error {
            ClientError::NotFound => Self::new(Kind::NotFound, "There is no such client or key, or it was revoked."),
            // Nobody asks an application for a proof.
            ClientError::NotProved => Self::internal(),
            ClientError::Revoked | ClientError::Create(CreateClientError::Revoked) => auth::revoked_meanwhile(),
            ClientError::Scope => {
                Self::new(Kind::ScopeNotGranted, "The calling key lacks a scope that this would give.")
            }
            ClientError::TooLong => field("#/overlap_seconds", &error),
            ClientError::Create(why @ CreateClientError::Name) => field("#/name", &why),
            ClientError::Create(why @ CreateClientError::NoScope) => field("#/scopes", &why),
            ClientError::Create(CreateClientError::NameTaken) => {
                Self::new(Kind::NameTaken, "There is a client of this name.")
            }
            ClientError::Create(CreateClientError::Fault(fault)) | ClientError::Fault(fault) => fault.into(),
        }
    }
}

impl From<ScheduleError> for Problem {
    fn from(error: ScheduleError) -> Self {
        match error {
            ScheduleError::Unknown => Self::new(Kind::NotFound, "There is no such schedule."),
            ScheduleError::NameTaken => Self::new(Kind::NameTaken, "There is a schedule of this name."),
            ScheduleError::Changed => Self::new(Kind::ChangedMeanwhile, "Somebody changed the schedule meanwhile."),
            ScheduleError::Paused => Self::new(Kind::SchedulePaused, "The schedule is paused; resume it first."),
            ScheduleError::TooEarly => {
                Self::invalid(vec![super::FieldError::new("#/at", "an extra run can't be before the first run")])
            }
            ScheduleError::Fault(fault) => fault.into(),
        }
    }
}

impl From<RegisterError> for Problem {
    fn from(error: RegisterError) -> Self {
        match error {
            RegisterError::EmailTaken => Self::new(Kind::EmailTaken, "Another account has this e-mail address."),
            RegisterError::SubjectTaken => Self::new(Kind::SubjectTaken, "There is an account with this subject."),
            RegisterError::TooManyNotifyEmails => {
                Self::invalid(vec![super::FieldError::new("#/notify_emails", "at most four addresses for notices")])
            }
            RegisterError::NotFound => Self::not_found(),
            RegisterError::Fault(fault) => fault.into(),
        }
    }
}

impl From<RepeatError> for Problem {
    fn from(error: RepeatError) -> Self {
        match error {
            RepeatError::InFlight => {
                Self::new(Kind::RequestInFlight, "The first request with this key is being answered.")
                    .retry_header(UNAVAILABLE_SECONDS)
            }
            RepeatError::AnotherRequest => {
                Self::new(Kind::IdempotencyKeyReused, "The first request with this key said something else.")
            }
            RepeatError::Gone => Self::new(Kind::AnswerGone, "The answer can't be given again."),
            RepeatError::Fault(fault) => fault.into(),
        }
    }
}

impl From<GenerateError> for Problem {
    fn from(error: GenerateError) -> Self {
        match error {
            GenerateError::UnknownAccount => Self::not_found(),
            GenerateError::Suspended(reason) => {
                Self::new(Kind::Suspended, "No codes are made for an account while it is suspended.")
                    .with_reason(reason.as_str())
            }
            // No request of the API says which set it was drawn for.
            GenerateError::Stale => Self::internal(),
            GenerateError::Count => Self::invalid(vec![super::FieldError::new("#/count", "a set has 1 to 50 codes")]),
            GenerateError::Expiry(why) => Self::expiry(why),
            GenerateError::Waiting { wait_seconds, .. } => {
                let again = format!("New codes were made a moment ago. Try again in {}.", words(wait_seconds));
                Self::new(Kind::Cooldown, again).with_retry_after(wait_seconds)
            }
            GenerateError::Fault(fault) => fault.into(),
        }
    }
}

impl From<EmailError> for Problem {
    fn from(error: EmailError) -> Self {
        match error {
            EmailError::WrongToken => Self::new(Kind::WrongDeliveryToken, "This token delivers no codes."),
            EmailError::Suspended(reason) => {
                Self::new(Kind::Suspended, "No codes are handed over while the account is suspended.")
                    .with_reason(reason.as_str())
            }
            EmailError::Before => Self::new(Kind::AlreadyEmailed, "The codes were e-mailed before."),
            EmailError::Gone => Self::new(Kind::DeliveryGone, "The codes can't be e-mailed any more."),
            EmailError::NoAddress => Self::new(Kind::NoAddress, "The account has no e-mail address."),
            EmailError::Refused => Self::new(Kind::MailRefused, "The account's e-mail address takes no mail."),
            EmailError::Fault(fault) => fault.into(),
        }
    }
}

impl From<DownloadError> for Problem {
    fn from(error: DownloadError) -> Self {
        match error {
            DownloadError::WrongToken => Self::new(Kind::WrongDeliveryToken, "This token delivers no codes."),
            DownloadError::Suspended(reason) => {
                Self::new(Kind::Suspended, "No codes are handed over while the account is suspended.")
                    .with_reason(reason.as_str())
            }
            DownloadError::Before => Self::new(Kind::AlreadyDownloaded, "The codes were downloaded before."),
            DownloadError::Gone => Self::new(Kind::DeliveryGone, "The codes can't be downloaded any more."),
            DownloadError::Fault(fault) => fault.into(),
        }
    }
}

impl From<AttemptError> for Problem {
    fn from(error: AttemptError) -> Self {
        match error {
            AttemptError::Typo(typo) => Self::new(Kind::MalformedCode, typo.to_string()).with_typo(typo_name(typo)),
            AttemptError::Refused { attempts_left, .. } => Self::new(Kind::InvalidCode, "This code is not valid.")
                .with_attempts_left(attempts_left)
                .with_header(header::WWW_AUTHENTICATE, HeaderValue::from_static("RecoveryCode")),
            AttemptError::Locked { wait_seconds, .. } => {
                Self::new(Kind::Locked, format!("Too many wrong codes. Try again in {}.", words(wait_seconds)))
                    .with_retry_after(wait_seconds)
            }
            AttemptError::Fault(fault) => fault.into(),
        }
    }
}

impl From<VerifySetupError> for Problem {
    fn from(error: VerifySetupError) -> Self {
        match error {
            VerifySetupError::AlreadyVerified => Self::new(Kind::AlreadyVerified, "The set-up was verified before."),
            VerifySetupError::Attempt(error) => error.into(),
        }
    }
}

impl Problem {
    pub(crate) fn not_found() -> Self {
        Self::new(Kind::NotFound, "There is no such account or set of codes.")
    }

    pub(crate) fn internal() -> Self {
        Self::new(Kind::Internal, "Something broke on our side. The log has it under this request's id.")
    }

    /// The service itself is too slow.
    pub(crate) fn too_slow() -> Self {
        Self::new(Kind::Unavailable, "This took longer than it may. It may still have been done.")
            .retry_header(UNAVAILABLE_SECONDS)
    }

    pub(crate) fn expiry(why: BadExpiry) -> Self {
        Self::invalid(vec![super::FieldError::new("#/expires_in_days", why.to_string())])
    }

    /// Whatever stopped a request, ours or the framework's.
    pub(crate) fn from_error(error: poem::Error) -> Self {
        match error.downcast::<Self>() {
            Ok(problem) => problem,
            Err(error) if error.is::<NotFoundError>() => Self::new(Kind::NotFound, "No route has this path."),
            Err(error) if error.is::<MethodNotAllowedError>() => {
                Self::new(Kind::MethodNotAllowed, "The route does not know this method; see the header `Allow`.")
            }
            Err(error) => Self::from_status(error.status()),
        }
    }

    fn from_status(status: StatusCode) -> Self {
        match status {
            StatusCode::NOT_FOUND => Self::new(Kind::NotFound, "No route has this path."),
            StatusCode::REQUEST_TIMEOUT => Self::new(Kind::RequestTimeout, "The request took too long to arrive."),
            StatusCode::PAYLOAD_TOO_LARGE => Self::new(Kind::BodyTooLarge, "The body is too large."),
            StatusCode::UNSUPPORTED_MEDIA_TYPE => Self::new(Kind::UnsupportedMediaType, "The body is not JSON."),
            StatusCode::SERVICE_UNAVAILABLE => Self::too_slow(),
            other if other.is_client_error() => Self::new(Kind::InvalidRequest, "The request is not valid."),
            _ => Self::internal(),
        }
    }
}

/// A typo's name for programs.
fn typo_name(typo: Typo) -> &'static str {
    match typo {
        Typo::Empty => "empty",
        Typo::WrongLength { .. } => "wrong_length",
        Typo::ForeignSymbol { .. } => "foreign_symbol",
        Typo::CheckFailed => "check_failed",
    }
}

fn words(seconds: u64) -> String {
    let unit = |n: u64, name: &str| format!("{n} {name}{}", if n == 1 { "" } else { "s" });
    match (seconds / 60, seconds % 60) {
        (0, rest) => unit(rest, "second"),
        (minutes, 0) => unit(minutes, "minute"),
        (minutes, rest) => format!("{} {}", unit(minutes, "minute"), unit(rest, "second")),
    }
}
