//! What should be looked after.

use backstop_application::use_cases::{Total, Warning};
use backstop_domain::Timestamp;

pub(super) fn told(warning: &Warning, time: &dyn Fn(Timestamp) -> String) -> String {
    match warning {
        Warning::PartOut { part, is_vital: true } => {
            format!("{part} antwortet nicht. Bis dahin kann nichts eingelöst oder erstellt werden.")
        }
        Warning::PartOut { part, is_vital: false } => {
            format!("{part} antwortet nicht. Etwas anderes springt ein, und alles geht, nur langsamer.")
        }
        Warning::MailFailing { mails, since, .. } => {
            let mails = match mails {
                Total::Exactly(1) => "1 E-Mail wurde".to_owned(),
                Total::Exactly(number) => format!("{number} E-Mails wurden"),
                Total::AtLeast(number) => format!("Mehr als {number} E-Mails wurden"),
            };
            format!("Der Versand scheitert: {mails} nicht gesendet. Es begann {}.", time(*since))
        }
        Warning::QueueStanding { oldest_due, workers: 0 } => {
            format!("Kein Worker hat sich gemeldet. Arbeit ist fällig seit: {}.", time(*oldest_due))
        }
        Warning::QueueStanding { oldest_due, workers } => {
            format!("Die Arbeit kommt nicht nach (Worker: {workers}). Fällig seit: {}.", time(*oldest_due))
        }
        Warning::ScheduleLate { name, due_at, .. } => {
            format!("Der Zeitplan {} ist zu spät. Fällig war er: {}.", name.as_str(), time(*due_at))
        }
        Warning::CleanUpFailed { at, .. } => format!("Das letzte Aufräumen ist gescheitert: {}.", time(*at)),
        Warning::KeyOld { purpose, id, since } => {
            let (purpose, id) = (purpose.as_str(), id.as_str());
            format!(
                "Der Schlüssel {id} für {purpose} gilt seit mehr als einem Jahr, mindestens seit: {}.",
                time(*since)
            )
        }
        Warning::ClientKeyOld { name, created_at, .. } => {
            format!("Ein Schlüssel der Anwendung {name} ist älter als ein Jahr. Erstellt: {}.", time(*created_at))
        }
        Warning::ClientKeyUnused { name, last_used_at: Some(at), .. } => {
            format!("Ein Schlüssel der Anwendung {name} wurde seit 90 Tagen nicht benutzt. Zuletzt: {}.", time(*at))
        }
        Warning::ClientKeyUnused { name, created_at, last_used_at: None, .. } => {
            format!("Ein Schlüssel der Anwendung {name} wurde nie benutzt. Erstellt: {}.", time(*created_at))
        }
        Warning::NobodyGetsReports => {
            "Niemand bekommt Berichte und Alarme per E-Mail: mail.admin_address ist nicht gesetzt.".to_owned()
        }
    }
}
