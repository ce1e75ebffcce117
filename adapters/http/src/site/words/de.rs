//! German.

use super::{Expiring, Phrases, Words, told, told_more};
use backstop_domain::{BatchStatus, Typo};

pub(super) static WORDS: Words = Words {
    skip: "Zum Inhalt",
    menu: "Menü",
    dashboard: "Wiederherstellungscodes",
    sign_out: "Abmelden",
    help: "Hilfe:",
    help_nowhere: "Fragen Sie die Betreiber dieser Seite.",
    back: "Zurück",
    pages: "Seiten",
    page: "Seite",

    login_title: "Mit einem Wiederherstellungscode anmelden",
    sign_in_title: "Anmelden",
    email: "E-Mail-Adresse",
    code: "Wiederherstellungscode",
    password: "Passwort",
    sign_in: "Anmelden",
    with_password: "Stattdessen mit dem Passwort anmelden",
    with_code: "Stattdessen mit einem Wiederherstellungscode anmelden",
    where_codes: "Wo sind meine Wiederherstellungscodes?",
    where_codes_are: "Sie haben sie gespeichert oder gedruckt, als Sie die Anmeldung in zwei Schritten eingerichtet haben. Meist liegen sie im Passwortmanager, bei den Papieren oder in einer Datei namens recovery codes. Jeder Code gilt einmal; jeder, den Sie noch nicht benutzt haben, ist recht.",
    no_codes: "Wenn Sie keine mehr haben, kann niemand sie Ihnen noch einmal zeigen. Hilfe finden Sie unten.",
    email_needed: "Geben Sie die E-Mail-Adresse Ihres Kontos ein.",
    password_needed: "Geben Sie Ihr Passwort ein.",
    count_of: "{n} von {of}",
    codes_found: "Im eingefügten Text stehen {n} Codes. Wählen Sie einen:",

    hour: "Stunde",
    hours: "Stunden",
    minute: "Minute",
    minutes: "Minuten",
    second: "Sekunde",
    seconds: "Sekunden",

    dashboard_title: "Ihre Wiederherstellungscodes",
    state_title: "Stand",
    was_deleted: "Dieser Satz wurde gelöscht.",
    was_invalidated: "Dieser Satz wurde gesperrt.",
    was_used_up: "Jeder Code davon wurde benutzt oder zurückgenommen.",
    none_left_sign_in: "Keiner ist übrig. Ohne Codes kommen Sie nicht hinein, wenn Sie Ihren Authenticator verlieren: Erstellen Sie jetzt neue.",
    never_made: "Sie haben noch keine Wiederherstellungscodes. Erstellen Sie unten welche, damit Sie hineinkommen, wenn Sie Ihren Authenticator verlieren.",
    made: "Erstellt",
    status: "Stand",
    left: "Übrig",
    used: "Benutzt",
    ends: "Gültig bis",
    never: "unbegrenzt",
    never_ends_said: "Sie laufen nicht ab.",

    recovery_title: "Sie haben sich mit einem Wiederherstellungscode angemeldet",
    recovery_make: "Erstellen Sie neue Codes und speichern Sie sie.",
    recovery_confined: "Bis Sie neue Codes erstellt haben, ist hier nichts anderes möglich.",
    recovery_rest: "Sie haben neue Codes. Das bleibt noch zu tun:",
    not_sent: "Das sieht nach {n} von {of} Zeichen aus. Nichts wurde gesendet oder gezählt.",

    codes_title: "Ihre neuen Wiederherstellungscodes",
    save_these: "Speichern Sie diese Codes sicher. Sie werden nicht noch einmal gezeigt.",
    save_where: "Ein Passwortmanager ist ein guter Ort, Papier ebenso, dort, wo Sie andere wichtige Papiere haben. Nicht auf dem Telefon, auf dem Ihr Authenticator ist.",
    copy: "Kopieren",
    copied: "Kopiert",
    copy_all: "Alle Codes kopieren",
    all_copied: "Alle Codes kopiert",
    print: "Drucken",
    name_on_sheet: "Mein Konto auf dem gedruckten Blatt nennen",
    saved: "Ich habe sie gespeichert",
    to_dashboard: "Weiter",

    delivery_title: "Nehmen Sie Ihre neuen Codes mit",
    format: "Dateiformat",
    download: "Herunterladen",
    downloaded: "Heruntergeladen",
    download_done: "Heruntergeladen. Das geht nur dieses eine Mal; die Datei ist bei Ihren Downloads.",
    download_once: "Eine Datei, ein Mal. Ohne Ihren Namen darin weiß niemand, der sie findet, was sie öffnet.",
    name_in_file: "Mein Konto in der Datei nennen",
    emailed: "Gesendet",
    email_once: "Wird ein Mal gesendet, nur an Ihre eigene Adresse.",
    email_no_address: "Ihr Konto hat keine E-Mail-Adresse, deshalb können Ihnen keine Codes gesendet werden.",
    email_no_mail: "Auf dieser Seite ist kein E-Mail-Versand eingerichtet, deshalb können Ihnen keine Codes gesendet werden.",

    verify_title: "Prüfen Sie Ihre Vorbereitung",
    verify_why: "Geben Sie einen der Codes ein, die Sie gespeichert haben. Er wird dabei nicht verbraucht. Eine Minute jetzt, und Sie wissen, dass Ihre Codes gelten, wenn es darauf ankommt. Danach wird das nicht mehr gefragt.",
    verify_button: "Diesen Code prüfen",

    make_title: "Neue Codes erstellen",
    make_button: "Codes erstellen",
    make_new_button: "Neue Codes erstellen",
    how_many: "Wie viele",
    how_many_hint: "1 bis 50",
    how_long: "Wie lange sie gelten",
    never_ends: "Sie laufen nicht ab",
    ends_after: "Sie laufen nach einigen Tagen ab",
    days: "Tage, bis sie ablaufen",
    days_hint: "1 bis 365",
    count_wrong: "Geben Sie eine ganze Zahl von 1 bis 50 ein.",
    days_wrong: "Geben Sie eine ganze Zahl von 1 bis 365 ein.",
    tick_first: "Kreuzen Sie zuerst dies an.",
    make_first: "Jeder Code meldet Sie ein Mal an, falls Sie Ihren Authenticator verlieren.",
    make_free: "Dieses Mal gilt keine Wartezeit, weil Sie sich mit einem Code angemeldet haben.",

    leaked_title: "Ein Code könnte in fremde Hände gelangt sein",
    leaked_none: "Sie haben keine gültigen Codes, also ist nichts zurückzunehmen.",
    leaked_what: "Nehmen Sie zurück, was jemand anderes gesehen haben könnte. Von da an öffnet es nichts mehr. Das lässt sich nicht rückgängig machen und verrät nicht, wer es gesehen hat.",
    invalidate_one: "Einen Code sperren",
    invalidate_one_what: "Geben Sie den Code ein. Er gilt sofort nicht mehr und bleibt als gesperrt in Ihrem Verlauf.",
    invalidate_one_button: "Diesen Code sperren",
    delete_one: "Einen Code löschen",
    delete_one_what: "Geben Sie den Code ein. Er gilt sofort nicht mehr und wird später endgültig entfernt.",
    delete_one_button: "Diesen Code löschen",
    invalidate_all: "Alle Codes sperren",
    invalidate_all_button: "Alle Codes sperren",
    delete_all: "Alle Codes löschen",
    delete_all_button: "Alle Codes löschen",
    delete_all_what: "Alle Codes dieses Satzes gelten sofort nicht mehr und werden später endgültig entfernt. Der Satz bleibt als Eintrag in Ihrem Verlauf.",
    invalidate_all_what: "Alle Codes dieses Satzes gelten sofort nicht mehr. Der Satz bleibt in Ihrem Verlauf.",

    history_title: "Verlauf",
    history_empty: "Noch nichts. Jeder Satz von Codes, den Sie erstellen, steht dann hier.",
    all_about_it: "Einzelheiten",
    set_id: "Satz",
    owner: "Konto",
    issued: "Erstellte Codes",
    invalidated: "Gesperrt",
    removed: "Entfernt",
    modified: "Letzte Änderung",
    generated: "Hier erstellt",
    viewed: "Gesehen",
    downloaded_fact: "Heruntergeladen",
    emailed_fact: "Per E-Mail gesendet",
    yes: "ja",
    no: "nein",

    password_link: "Passwort",
    password_title: "Passwort ändern",
    password_what: "Hier bleiben Sie angemeldet. Überall sonst werden Sie abgemeldet.",
    present_password: "Jetziges Passwort",
    new_password: "Neues Passwort",
    change_password: "Passwort ändern",
    show_password: "Zeigen",

    confirm_title: "Sind Sie es?",
    your_password: "Ihr Passwort",
    confirm_generate: "Codes zu erstellen lässt sich nicht rückgängig machen, deshalb wird Ihr Passwort noch einmal gebraucht.",
    confirm_email: "Um Codes zu senden, wird Ihr Passwort noch einmal gebraucht.",
    confirm_delete: "Alle Codes zu löschen lässt sich nicht rückgängig machen, deshalb wird Ihr Passwort noch einmal gebraucht.",
    confirm_generate_button: "Bestätigen und Codes erstellen",
    confirm_email_button: "Bestätigen und senden",
    confirm_delete_button: "Bestätigen und alle löschen",
    confirm_impossible: told_more(
        "Dafür reicht ein Wiederherstellungscode nicht.",
        "Sie haben sich mit einem Wiederherstellungscode angemeldet, und Passwörter gibt es auf dieser Seite nicht. Melden Sie sich über Ihre Anwendung an; dort geht es, oder Sie kommen von dort hierher zurück.",
    ),

    signed_out: told_more(
        "Sie sind abgemeldet.",
        "Codes, die Sie erstellt und nicht gespeichert haben, sind hier nicht mehr zu haben.",
    ),
    session_over: told_more(
        "Sie wurden abgemeldet, weil diese Seite eine Weile nicht benutzt wurde.",
        "Was Sie wollten, ist nicht geschehen. Melden Sie sich an, und tun Sie es noch einmal.",
    ),
    stale_form: told_more(
        "Diese Seite war veraltet, deshalb ist nichts geschehen.",
        "Das kommt vor, wenn eine Seite lange offen bleibt oder wenn Sie sich in einem anderen Tab neu anmelden. Gehen Sie zurück, und tun Sie es dort noch einmal.",
    ),
    foreign_form: told_more(
        "Das kam von einer fremden Seite, deshalb ist nichts geschehen.",
        "Wenn ein Link oder Knopf anderswo Sie hergeführt hat, trauen Sie ihm nicht. Beginnen Sie auf den Seiten hier.",
    ),
    no_cookies: told_more(
        "Ihr Browser hat das Cookie dieser Seite nicht gesendet, deshalb ist nichts geschehen.",
        "Erlauben Sie Cookies für diese Seite, öffnen Sie die Anmeldung neu, und versuchen Sie es noch einmal.",
    ),
    again: "Seite neu öffnen",
    stopped: "Nichts ist geschehen",

    wrong_sign_in: "Damit sind Sie nicht angemeldet.",
    wrong_code: "Das ist keiner Ihrer gültigen Codes.",
    wrong_password: "Das ist nicht das richtige Passwort.",
    last_attempt: "Nach dem nächsten falschen kommt eine Wartezeit.",
    wait_title: "Zu viele falsche Versuche. Jetzt gilt eine Wartezeit.",
    wait_before: "Der nächste Versuch ist möglich in",
    wait_after: "Ein richtiger Code gilt dann. Wer früher versucht, wartet länger.",
    wait_after_password: "Das richtige Passwort gilt dann. Wer früher versucht, wartet länger.",
    wait_over: "Jetzt ist der nächste Versuch möglich.",
    make_wait_title: "Gerade wurden Codes erstellt, deshalb gibt es vorerst keine neuen.",
    make_wait_before: "Neue Codes gibt es in",
    make_wait_after: "Wer früher versucht, wartet länger.",
    make_wait_over: "Jetzt können Sie neue Codes erstellen.",

    verified: told_more("Dieser Code gilt.", "Ihre Vorbereitung stimmt. Der Code wurde nicht verbraucht."),
    verified_before: told("Ihre Vorbereitung wurde schon geprüft. Das geschieht ein Mal."),
    code_invalidated: told_more("Dieser Code ist gesperrt.", "Er öffnet nichts mehr."),
    code_deleted: told_more("Dieser Code ist gelöscht.", "Er öffnet nichts mehr."),
    code_used: told_more("Dieser Code wurde schon benutzt.", "Er öffnet nichts mehr, und nichts wurde geändert."),
    code_invalidated_before: told("Dieser Code wurde schon gesperrt. Er öffnet nichts mehr."),
    code_deleted_before: told("Dieser Code wurde schon gelöscht. Er öffnet nichts mehr."),
    all_invalidated: told_more("Alle Codes sind gesperrt.", "Keiner öffnet noch etwas."),
    all_deleted: told_more("Alle Codes sind gelöscht.", "Keiner öffnet noch etwas."),
    set_missing: told_more(
        "Diesen Satz von Codes gibt es nicht.",
        "Vielleicht wurde er inzwischen ersetzt. So steht es jetzt.",
    ),
    made_meanwhile: told_more(
        "Diese Codes wurden schon erstellt und werden nicht noch einmal gezeigt.",
        "Wenn Sie sie nicht gespeichert haben, erstellen Sie neue.",
    ),
    sent: told_more(
        "Ihre Codes wurden gesendet.",
        "Sehen Sie in Ihre E-Mails, und löschen Sie die Nachricht, sobald Sie die Codes anderswo gespeichert haben.",
    ),
    queued: told("Ihre Codes sind unterwegs an Ihre E-Mail-Adresse."),
    sent_before: told_more(
        "Diese Codes wurden schon gesendet.",
        "Das geschieht ein Mal. Wenn die E-Mail verloren ist, erstellen Sie neue Codes.",
    ),
    no_address: told("Ihr Konto hat keine E-Mail-Adresse, deshalb können Ihnen keine Codes gesendet werden."),
    mail_refused: told_more(
        "Ihre E-Mail-Adresse nimmt keine E-Mails von uns an.",
        "Die Codes wurden nicht gesendet. Sie können sie herunterladen oder die Adresse berichtigen lassen und es noch einmal versuchen.",
    ),
    downloaded_before: told_more(
        "Diese Codes wurden schon heruntergeladen.",
        "Das geschieht ein Mal, auch über mehrere Tabs. Wenn die Datei verloren ist, erstellen Sie neue Codes.",
    ),
    delivery_over: told_more(
        "Diese Codes können nicht mehr übergeben werden.",
        "Die Zeit dafür ist um, oder der Satz wurde ersetzt oder zurückgenommen. Codes, die Sie gespeichert haben, gelten wie vorher.",
    ),
    password_changed: told_more("Ihr Passwort ist geändert.", "Überall sonst wurden Sie abgemeldet."),
    only_new_codes: told_more(
        "Das muss warten, bis Sie neue Codes erstellt haben.",
        "Sie haben sich mit einem Wiederherstellungscode angemeldet. Erstellen Sie zuerst neue Codes; danach ist alles andere möglich.",
    ),
    suspended_failures: told_more(
        "Ihr Konto ist nach zu vielen falschen Codes gesperrt.",
        "Ihre Codes öffnen vorerst nichts, und es werden keine neuen erstellt. Bitten Sie um Hilfe, damit es wieder geöffnet wird.",
    ),
    suspended_not_me: told_more(
        "Ihr Konto ist gesperrt, weil jemand gesagt hat, dass eine Anmeldung nicht die eigene war.",
        "Ihre Codes öffnen vorerst nichts, und es werden keine neuen erstellt. Bitten Sie um Hilfe, damit es wieder geöffnet wird.",
    ),
    suspended_admin: told_more(
        "Ihr Konto wurde von der Verwaltung gesperrt.",
        "Ihre Codes öffnen vorerst nichts, und es werden keine neuen erstellt. Bitten Sie um Hilfe, um den Grund zu erfahren.",
    ),

    not_found: told("Vielleicht ist die Adresse vertippt, oder die Seite ist umgezogen."),
    bad_request: told_more(
        "Diese Anfrage war nicht zu lesen, deshalb ist nichts geschehen.",
        "Gehen Sie zurück, und versuchen Sie es noch einmal.",
    ),
    bad_method: told_more("So lässt sich diese Seite nicht öffnen.", "Beginnen Sie am Anfang."),
    too_large: told_more(
        "Was Sie gesendet haben, ist zu lang, deshalb ist nichts geschehen.",
        "Gehen Sie zurück, und senden Sie weniger.",
    ),
    too_slow: told_more(
        "Das hat zu lange gedauert.",
        "Es kann trotzdem geschehen sein: Sehen Sie nach, wie es steht, bevor Sie es noch einmal versuchen.",
    ),
    unavailable: told_more(
        "Ein Teil dieses Dienstes antwortet gerade nicht.",
        "Nichts von Ihnen ist verloren. Warten Sie einen Augenblick, und versuchen Sie es noch einmal.",
    ),
    broken: told_more(
        "Bei uns ist etwas kaputtgegangen.",
        "Sehen Sie nach, wie es steht, bevor Sie es noch einmal versuchen. Wenn es so bleibt, bitten Sie um Hilfe.",
    ),
    to_start: "Zum Anfang",
    nothing_here: "Diese Seite gibt es nicht",
    stopped_short: "Das hat nicht geklappt",

    present_password_needed: "Geben Sie Ihr jetziges Passwort ein.",
    password_long: "Das ist länger, als ein Passwort sein darf.",
    password_common: "Das gehört zum Ersten, was beim Raten versucht wird. Nehmen Sie ein anderes.",
    password_personal: "Darin steht Ihr Name, Ihre Adresse oder der Name dieser Seite. Nehmen Sie ein anderes.",
    password_unchanged: "Das ist das Passwort, das Sie haben. Nehmen Sie ein anderes.",
};

const MONTHS: [&str; 12] = [
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
];

pub(super) struct German;

fn count(number: u64, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

impl Phrases for German {
    fn date(&self, day: i8, month: usize, year: i16) -> String {
        format!("{day}. {} {year}", MONTHS.get(month).copied().unwrap_or_default())
    }

    fn moment(&self, date: &str, time: &str) -> String {
        format!("{date} um {time}")
    }

    fn today(&self, time: &str) -> String {
        format!("heute um {time}")
    }

    fn yesterday(&self, time: &str) -> String {
        format!("gestern um {time}")
    }

    fn tomorrow(&self, time: &str) -> String {
        format!("morgen um {time}")
    }

    fn ago(&self, minutes: u64) -> String {
        match minutes {
            0 => "gerade eben".to_owned(),
            _ => format!("vor {}", count(minutes, "Minute", "Minuten")),
        }
    }

    fn soon(&self, minutes: u64) -> String {
        format!("in {}", count(minutes.max(1), "Minute", "Minuten"))
    }

    fn span(&self, seconds: u64) -> String {
        let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        let mut parts = Vec::new();
        if hours > 0 {
            parts.push(count(hours, "Stunde", "Stunden"));
        }
        if minutes > 0 {
            parts.push(count(minutes, "Minute", "Minuten"));
        }
        if (rest > 0 && hours == 0) || parts.is_empty() {
            parts.push(count(rest, "Sekunde", "Sekunden"));
        }
        parts.join(" ")
    }

    fn code_form(&self, groups: usize, size: usize, folds: bool) -> String {
        let case = if folds {
            "groß oder klein, Striche und Leerzeichen sind egal"
        } else {
            "Groß und Klein zählt; Striche und Leerzeichen sind egal"
        };
        format!("{groups} Gruppen zu {size}; {case}")
    }

    fn what_codes_look_like(&self, example: &str) -> String {
        format!("Ein Wiederherstellungscode sieht so aus: {example}.")
    }

    fn typo(&self, typo: Typo) -> String {
        match typo {
            Typo::Empty => "Tippen oder fügen Sie einen Wiederherstellungscode ein.".to_owned(),
            Typo::WrongLength { found, expected } if found >= expected * 2 => {
                format!("Das sieht nach mehr als einem Code aus. Ein Code hat {expected} Zeichen; nehmen Sie einen.")
            }
            Typo::WrongLength { found, expected } => {
                let off = u64::try_from(found.abs_diff(expected)).unwrap_or(u64::MAX);
                let (one, many) = if found < expected { ("fehlt", "fehlen") } else { ("ist zu viel", "sind zu viel") };
                let which = if off == 1 { format!("Eines {one}") } else { format!("{off} {many}") };
                format!("Das sieht nach {found} von {expected} Zeichen aus: {which}. Nichts wurde gezählt.")
            }
            Typo::ForeignSymbol { position } => format!(
                "Das {position}. Zeichen kommt in keinem Code vor. Vergleichen Sie es mit Ihrer Aufzeichnung. Nichts wurde gezählt."
            ),
            Typo::CheckFailed => {
                "Ein Zeichen scheint falsch, oder zwei sind vertauscht. Vergleichen Sie es mit Ihrer Aufzeichnung. Nichts wurde gezählt."
                    .to_owned()
            }
        }
    }

    fn attempts_left(&self, left: u32) -> String {
        match left {
            0 => WORDS.last_attempt.to_owned(),
            1 => "Ein Versuch ist übrig, bevor eine Wartezeit kommt.".to_owned(),
            _ => format!("{left} Versuche sind übrig, bevor eine Wartezeit kommt."),
        }
    }

    fn check_both(&self) -> String {
        "Prüfen Sie auch die E-Mail-Adresse. Ein Code gilt ein Mal, und nur bis neue erstellt werden.".to_owned()
    }

    fn left_of(&self, left: u32, issued: u32) -> String {
        match (left, issued) {
            (1, 0) => "Wiederherstellungscode".to_owned(),
            (_, 0) => "Wiederherstellungscodes".to_owned(),
            (_, 1) => "von 1 Wiederherstellungscode übrig".to_owned(),
            _ => format!("von {issued} Wiederherstellungscodes übrig"),
        }
    }

    fn made(&self) -> (&'static str, &'static str) {
        ("Erstellt ", ".")
    }

    fn expires(&self, which: Expiring) -> (&'static str, &'static str) {
        match which {
            Expiring::Will => ("Sie laufen ", " ab."),
            Expiring::Did => ("Sie sind ", " abgelaufen."),
        }
    }

    fn marks_key(&self, left: u32, used: u32, dead: u32) -> String {
        let mut parts = vec![format!("{left} übrig"), format!("{used} benutzt")];
        if dead > 0 {
            parts.push(format!("{dead} zurückgenommen oder weg"));
        }
        parts.join(", ")
    }

    fn few_left(&self, left: u32) -> String {
        match left {
            1 => "Einer ist übrig: Erstellen Sie bald neue Codes.".to_owned(),
            _ => format!("{left} sind übrig: Erstellen Sie bald neue Codes."),
        }
    }

    fn standing(&self, status: BatchStatus) -> &'static str {
        match status {
            BatchStatus::Deleted => "gelöscht",
            BatchStatus::Superseded => "ersetzt",
            BatchStatus::Invalidated => "gesperrt",
            BatchStatus::Expired => "abgelaufen",
            BatchStatus::Exhausted => "aufgebraucht",
            BatchStatus::Active => "gültig",
        }
    }

    fn possible(&self, at: &str) -> String {
        format!("Möglich {at}")
    }

    fn password_short(&self, least: usize) -> String {
        format!("Mindestens {least} Zeichen sind nötig.")
    }

    fn new_password_hint(&self, least: usize) -> String {
        format!("Mindestens {least} Zeichen. Einige Wörter mit Leerzeichen merken sich leichter als Sonderzeichen.")
    }

    fn recovered(&self, left: u32) -> String {
        match left {
            0 => "Er gilt nicht noch einmal, und es war der letzte.".to_owned(),
            1 => "Er gilt nicht noch einmal. Ein Code ist übrig.".to_owned(),
            _ => format!("Er gilt nicht noch einmal. {left} Codes sind übrig."),
        }
    }

    fn recovery_enrol(&self, site: &str) -> String {
        format!(
            "Richten Sie dort, wo Sie {site} benutzen, wieder einen Authenticator ein, damit Sie für die nächste Anmeldung keinen Code brauchen."
        )
    }

    fn replaces(&self, left: u32) -> String {
        match left {
            0 => "Neue Codes treten an die Stelle des alten Satzes.".to_owned(),
            1 => "Meinen 1 Code ersetzen, der übrig ist. Er gilt dann sofort nicht mehr.".to_owned(),
            _ => format!("Meine {left} Codes ersetzen, die übrig sind. Sie gelten dann sofort nicht mehr."),
        }
    }

    fn make_replaces(&self, left: u32) -> String {
        match left {
            1 => "Neue Codes treten an die Stelle des 1, der übrig ist.".to_owned(),
            _ => format!("Neue Codes treten an die Stelle der {left}, die übrig sind."),
        }
    }

    fn sure_all(&self, left: u32) -> String {
        match left {
            1 => "Ich weiß, dass mein 1 Code nicht mehr gilt".to_owned(),
            _ => format!("Ich weiß, dass meine {left} Codes nicht mehr gelten"),
        }
    }

    fn send_to(&self, address: &str) -> String {
        format!("An {address} senden")
    }

    fn deliverable_until(&self, said: Option<&str>) -> String {
        match said {
            Some(said) => format!("Eine Datei und eine E-Mail, bis {said} oder bis Sie sich abmelden."),
            None => "Eine Datei und eine E-Mail, bis Sie sich abmelden.".to_owned(),
        }
    }

    fn codes_made(&self, count: usize, ends: Option<&str>) -> String {
        let what = match count {
            1 => "1 Code für eine Anmeldung.".to_owned(),
            _ => format!("{count} Codes, jeder für eine Anmeldung."),
        };
        match ends {
            Some(date) => format!("{what} Gültig bis {date}."),
            None => format!("{what} Sie laufen nicht ab."),
        }
    }

    fn code_number(&self, number: usize) -> String {
        format!("Code {number}")
    }

    fn code_copied(&self, number: usize) -> String {
        format!("Code {number} kopiert")
    }

    fn sheet_title(&self, site: &str) -> String {
        format!("Wiederherstellungscodes für {site}")
    }

    fn sheet_made(&self, made: &str, ends: Option<&str>) -> String {
        match ends {
            Some(ends) => format!("Erstellt am {made}. Gültig bis {ends}."),
            None => format!("Erstellt am {made}. Sie laufen nicht ab."),
        }
    }

    fn sheet_set(&self, id: &str) -> String {
        format!("Satz {id}")
    }

    fn sheet_account(&self, account: &str) -> String {
        format!("Konto: {account}")
    }

    fn sheet_use(&self, address: &str) -> String {
        format!(
            "Jeder Code meldet Sie ein Mal an, wenn Sie Ihren Authenticator verlieren, auf {address}. Haken Sie ab, was Sie benutzt haben."
        )
    }

    fn sets(&self, total: u32) -> String {
        count(total.into(), "Satz von Codes", "Sätze von Codes, der neueste zuerst")
    }

    fn request_id(&self, id: &str) -> String {
        format!("Wenn Sie deswegen um Hilfe bitten, nennen Sie die Nummer {id}.")
    }
}
