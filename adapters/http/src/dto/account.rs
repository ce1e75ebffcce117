//! Accounts.

use super::{
    batch::Batch,
    fields::{Addresses, Email, Instant, Language, Name, Text, Word, judged, kept, patch},
};
use crate::problems::{FieldError, Problem};
use backstop_application::use_cases::{AccountChanges, AccountView, Patch, Registration};
use backstop_domain::{DisplayName, Duty, EmailAddress, Locale, Subject, SuspensionReason, Timestamp};

object! {
    /// What is known about a user. Fields that are left out stay as they are; `null` clears one.
    AccountUpdate takes {
        /// Where codes and notices go to; no two accounts share one.
        #[serde(default = "kept", deserialize_with = "patch")]
        email: Patch<Text<Email>>,
        /// Whether the application has made sure that the address is the user's. Without it a new address counts as
        /// unconfirmed, and an unchanged one stays as it is.
        #[serde(default)]
        email_confirmed: Option<bool>,
        /// What to call the user.
        #[serde(default = "kept", deserialize_with = "patch")]
        display_name: Patch<Text<Name>>,
        /// Up to four more addresses, for notices only.
        #[serde(default = "kept", deserialize_with = "patch")]
        notify_emails: Patch<Addresses>,
        /// The user's language.
        #[serde(default = "kept", deserialize_with = "patch")]
        locale: Patch<Text<Language>>,
    } like { "email": "ann@example.org", "email_confirmed": true, "display_name": "Ann Example", "locale": "en" }
}

impl AccountUpdate {
    pub(crate) fn judge(self, subject: Subject) -> Result<Registration, Problem> {
        Ok(Registration { subject, changes: self.changes()? })
    }

    pub(crate) fn changes(self) -> Result<AccountChanges, Problem> {
        let mut errors = Vec::new();
        let changes = AccountChanges {
            email: each(self.email, |text| judged(&mut errors, "#/email", EmailAddress::parse(&text.0))),
            email_confirmed: self.email_confirmed,
            display_name: each(self.display_name, |text| {
                judged(&mut errors, "#/display_name", DisplayName::parse(&text.0))
            }),
            notify_emails: match self.notify_emails {
                Patch::Keep => None,
                Patch::Clear => Some(Vec::new()),
                Patch::Set(addresses) => Some(addresses.judge(&mut errors)),
            },
            locale: each(self.locale, |text| judged(&mut errors, "#/locale", Locale::parse(&text.0))),
        };
        if errors.is_empty() { Ok(changes) } else { Err(Problem::invalid(errors)) }
    }
}

object! {
    /// A user whom nobody knows yet.
    NewAccount takes {
        /// The application's own stable id of the user. Case matters.
        subject: String,
        /// What is known about them.
        #[serde(default)]
        about: Option<AccountUpdate>,
    } like { "subject": "user-42", "about": { "email": "ann@example.org" } }
}

impl NewAccount {
    pub(crate) fn judge(self) -> Result<Registration, Problem> {
        let subject = Subject::parse(&self.subject);
        let subject = subject.map_err(|why| Problem::invalid(vec![FieldError::new("#/subject", why.to_string())]))?;
        let changes = self.about.map(AccountUpdate::changes).transpose()?.unwrap_or_default();
        Ok(Registration { subject, changes })
    }
}

impl Addresses {
    fn judge(self, errors: &mut Vec<FieldError>) -> Vec<EmailAddress> {
        let parse = |(at, text): (usize, Text<Email>)| match EmailAddress::parse(&text.0) {
            Ok(address) => Some(address),
            Err(why) => {
                errors.push(FieldError::new(format!("#/notify_emails/{at}"), why.to_string()));
                None
            }
        };
        self.0.into_iter().enumerate().filter_map(parse).collect()
    }
}

/// What a patch becomes when its value is read; a value that can't be read changes nothing.
fn each<T, U>(patch: Patch<T>, read: impl FnOnce(T) -> Option<U>) -> Patch<U> {
    match patch {
        Patch::Keep => Patch::Keep,
        Patch::Clear => Patch::Clear,
        Patch::Set(value) => read(value).map_or(Patch::Keep, Patch::Set),
    }
}

object! {
    /// A user, and how it stands with their codes.
    Account gives {
        /// The application's own id of the user.
        subject: String,
        /// Where codes and notices go to.
        email: Option<String>,
        /// Whether the address is known to be the user's.
        email_confirmed: bool,
        /// What to call the user.
        display_name: Option<String>,
        /// More addresses, for notices only.
        notify_emails: Vec<String>,
        /// The user's language.
        locale: Option<String>,
        /// The set whose codes can be redeemed; `null` when there is none, or it is expired or exhausted.
        active_batch: Option<Batch>,
        /// How many codes can be redeemed now.
        remaining: u32,
        /// Whether the user once showed a valid code.
        setup_verified: bool,
        /// Why the account is suspended, if it is.
        suspended: Option<Word<SuspensionReason>>,
        /// What the user still has to do after a recovery.
        duties: Vec<Word<Duty>>,
        /// Until when no new set can be made.
        cooldown_until: Option<Instant>,
    }
}

impl Account {
    pub(crate) fn new(view: AccountView, now: Timestamp) -> Self {
        let AccountView { account, active, remaining, duties, cooldown_until } = view;
        Self {
            active_batch: active.map(|batch| Batch::new(&batch, &account.subject, now)),
            subject: account.subject.as_str().to_owned(),
            email: account.email.map(|email| email.as_str().to_owned()),
            email_confirmed: account.email_confirmed,
            display_name: account.display_name.map(|name| name.as_str().to_owned()),
            notify_emails: account.notify_emails.iter().map(|email| email.as_str().to_owned()).collect(),
            locale: account.locale.map(|locale| locale.as_str().to_owned()),
            remaining,
            setup_verified: account.setup_verified_at.is_some(),
            suspended: account.suspended.map(Word),
            duties: duties.iter().map(Word).collect(),
            cooldown_until: cooldown_until.map(Instant),
        }
    }
}
