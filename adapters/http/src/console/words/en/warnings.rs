//! What should be looked after.

use backstop_application::use_cases::{Total, Warning};
use backstop_domain::Timestamp;

pub(super) fn told(warning: &Warning, time: &dyn Fn(Timestamp) -> String) -> String {
    match warning {
        Warning::PartOut { part, is_vital: true } => {
            format!("The {part} does not answer. Until it does, nothing can be redeemed or made.")
        }
        Warning::PartOut { part, is_vital: false } => {
            format!("The {part} does not answer. Something else stands in for it, and everything works, only slower.")
        }
        Warning::MailFailing { mails, since, .. } => {
            let mails = match mails {
                Total::Exactly(1) => "1 mail was".to_owned(),
                Total::Exactly(number) => format!("{number} mails were"),
                Total::AtLeast(number) => format!("More than {number} mails were"),
            };
            format!("Mail is failing: {mails} not sent. It began {}.", time(*since))
        }
        Warning::QueueStanding { oldest_due, workers: 0 } => {
            format!("No worker was heard of lately. Work has been due since {}.", time(*oldest_due))
        }
        Warning::QueueStanding { oldest_due, workers } => {
            format!("Work is not keeping up, with {workers} at it. Some has been due since {}.", time(*oldest_due))
        }
        Warning::ScheduleLate { name, due_at, .. } => {
            format!("The schedule {} is late: it was due {}.", name.as_str(), time(*due_at))
        }
        Warning::CleanUpFailed { at, .. } => format!("The last clean-up failed: {}.", time(*at)),
        Warning::KeyOld { purpose, id, since } => {
            let (purpose, id) = (purpose.as_str(), id.as_str());
            format!(
                "The key {id} for {purpose} has been in force for more than a year, since {} at least.",
                time(*since)
            )
        }
        Warning::ClientKeyOld { name, created_at, .. } => {
            format!("A key of the client {name} is older than a year. It was made: {}.", time(*created_at))
        }
        Warning::ClientKeyUnused { name, last_used_at: Some(at), .. } => {
            format!("A key of the client {name} was not used for 90 days. The last time: {}.", time(*at))
        }
        Warning::ClientKeyUnused { name, created_at, last_used_at: None, .. } => {
            format!("A key of the client {name} was never used. It was made: {}.", time(*created_at))
        }
        Warning::NobodyGetsReports => {
            "Nobody gets reports and alarms by mail: mail.admin_address is not set.".to_owned()
        }
    }
}
