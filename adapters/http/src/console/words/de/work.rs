//! German, of background work and the trail.

use super::super::work::WorkWords;
use crate::console::work::flush::Standing;
use backstop_domain::schedule::Beat;

pub(super) static WORDS: WorkWords = WorkWords {
    entry_title: "Eintrag im Protokoll:",
    entry_account: "Alles zu diesem Konto",
    export_csv: "Als CSV sichern",
    export_json: "Als JSON-Zeilen sichern",
    mail_title: "E-Mail:",
    mail_task: "Die Aufgabe, die sie sendet",
    run_title: "Aufräumen:",
    run_others: "Alle Läufe dieses Zeitplans",
    run_lines: "Was entfernt wurde",
    task_title: "Aufgabe:",
    task_mail: "Was aus der E-Mail wurde",
    task_retry: "Noch einmal versuchen",
    task_retry_what: "Die Aufgabe wird wieder eingereiht, mit allen ihren Versuchen.",
    task_retry_button: "Wieder einreihen",
    task_remove: "Entfernen",
    task_remove_what: "Die Aufgabe geht endgültig. Was sie tun sollte, wird nicht getan.",
    task_remove_sure: "Ja, diese Aufgabe entfernen",
    task_remove_button: "Aufgabe entfernen",
    flush: "Aufgaben wegräumen",
    flush_what: "Wie backstop flush-tasks. E-Mails, die noch nicht zugestellt sind, werden nie weggeräumt, es sei denn, sie wurden aufgegeben.",
    flush_which: "Was geht",
    flush_button: "Wegräumen",
    flush_unknown: "Es wurde nichts weggeräumt: Wählen Sie, was geht.",
    next_runs: "Nächste Läufe",
    next_none: "Er läuft nicht mehr: Alle seine Termine sind vorbei.",
    next_none_paused: "Er läuft nicht, solange er pausiert.",
    preview_button: "Nächste Läufe zeigen",
    preview_unread: "Etwas im Formular ist noch nicht zu lesen, daher gibt es nichts zu zeigen.",
    schedule_title: "Zeitplan",
    schedule_new: "Neuer Zeitplan",
    schedule_create_button: "Zeitplan anlegen",
    schedule_edit: "Bearbeiten",
    schedule_edit_title: "Zeitplan bearbeiten",
    schedule_back: "Zurück, ohne zu speichern",
    schedule_is_paused: "Dieser Zeitplan pausiert: Er läuft nicht und holt auch nicht nach, was er inzwischen versäumt.",
    schedule_runs: "Seine Läufe",
    schedule_tasks: "Seine Aufgaben",
    schedule_run: "Einmal zusätzlich laufen lassen",
    schedule_run_what: "Ein Lauf neben den anderen, die bleiben, wie sie sind.",
    schedule_run_at: "Wann",
    schedule_run_button: "Laufen lassen",
    schedule_pause: "Pausieren",
    schedule_pause_what: "Was bei ihm wartet, geht, und was er versäumt, wird nicht nachgeholt.",
    schedule_pause_button: "Pausieren",
    schedule_resume: "Fortsetzen",
    schedule_resume_what: "Er läuft ab seinem nächsten Termin wieder.",
    schedule_resume_button: "Fortsetzen",
    schedule_remove: "Entfernen",
    schedule_remove_what: "Der Zeitplan geht mit dem, was bei ihm wartet. Die Berichte seiner Läufe bleiben.",
    schedule_remove_button: "Zeitplan entfernen",
    schedule_too_early: "Es wurde nichts geplant: Ein Lauf kann nicht vor dem ersten Lauf des Zeitplans liegen.",
    schedule_paused_run: "Es wurde nichts geplant: Der Zeitplan pausiert. Setzen Sie ihn zuerst fort.",
    schedule_changed_meanwhile: "Es wurde nichts getan: Jemand hat den Zeitplan im selben Augenblick geändert. Sehen Sie ihn an und versuchen Sie es noch einmal.",
    schedule_name_taken: "Ein anderer Zeitplan heißt so.",
    bad_time: "Es wurde nichts geplant: Das ist kein Datum mit Uhrzeit wie 2027-03-01T02:30.",
    bad_choice: "Eine der Auswahlen ist nicht zu lesen.",
    bad_schedule_name: "Der Name ist eine Zeile von 1 bis 100 Zeichen.",
    bad_days: "Die Tage sind eine ganze Zahl von 0 bis 36500.",
    bad_first_run: "Der erste Lauf ist ein Datum mit Uhrzeit, etwa 2027-03-01T02:30.",
    bad_rhythm: "Der Abstand ist eine ganze Zahl: mindestens 5 Minuten, und höchstens 10000 von allem.",
    bad_zone: "Es gibt keine Zeitzone dieses Namens; sie heißen wie Europe/Berlin oder UTC.",
    first_run_hint: "Wie ihn eine Wanduhr in der Zeitzone zeigt. Alle anderen Läufe werden von diesem an gezählt.",
    every_hint: "Nur, wo er alle so und so viele von etwas läuft; mindestens 5 Minuten",
    time_zone_hint: "Mit ihrem Namen, etwa Europe/Berlin oder UTC",
    delete_empty_tick: "Codesätze entfernen, sobald ihr letzter Code gegangen ist",
    log_run_tick: "Jeden Lauf ins Log schreiben",
    enabled_tick: "Eingeschaltet: Er läuft zu seinen Terminen",
    changed_by_more: "Von Ihnen ist nichts gespeichert und nichts verloren: Es steht im Formular, und wie der Zeitplan jetzt ist, steht darunter. Wenn Sie noch einmal speichern, gilt, was im Formular steht.",
    by_schedule: |name| format!("Zeitplan {name}"),
    run_sets: |sets, told| match sets {
        1 => "Aus 1 Codesatz".to_owned(),
        sets if u64::try_from(told).is_ok_and(|told| told < sets) => {
            format!("Aus {sets} Codesätzen, von denen die {told} gezeigt sind, die am meisten verloren")
        }
        sets => format!("Aus {sets} Codesätzen"),
    },
    flush_sure: |Standing { failed, schedules, waiting }| {
        format!(
            "Ja, ich bin sicher. Es gibt jetzt {}, {} und {}; was geht, kommt nicht wieder.",
            so_many(*failed, "gescheiterte Aufgabe", "gescheiterte Aufgaben"),
            so_many(*schedules, "Zeitplan", "Zeitpläne"),
            so_many(*waiting, "wartendes Aufräumen", "wartende Aufräumläufe"),
        )
    },
    schedule_run_hint: |zone| format!("Ohne Zeit sofort; mit einer nach den Uhren von {zone}"),
    schedule_remove_sure: |name| format!("Ja, {name} entfernen"),
    retention_hint: |least| {
        format!(
            "Wie lange etwas vorbei sein muss, bevor es geht. 0 nimmt es sofort. Einträge im Protokoll bleiben mindestens \
             {}, was immer hier steht.",
            so_many(least, "Tag", "Tage"),
        )
    },
    every: |count, beat| {
        let beat = match beat {
            Beat::Minutes => "Minuten",
            Beat::Hours => "Stunden",
            Beat::Days => "Tage",
            Beat::Weeks => "Wochen",
            Beat::Months => "Monate",
        };
        format!("Alle {count} {beat}")
    },
    changed_by: |name| format!("{name} hat diesen Zeitplan inzwischen geändert."),
};

fn so_many(number: u32, one: &str, many: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {many}") }
}
