//! German sentences with numbers, names and times in them.

use crate::site::words::{Expiring, Phrases};
use backstop_domain::{BatchStatus, Typo};

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

pub(in crate::site::words) struct German;

fn count(number: u64, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

impl Phrases for German {
    fn date(&self, day: i8, month: usize, year: i16) -> String {
        format!("{day}. {} {year}", MONTHS.get(month).copied().unwrap_or_default())
    }

    fn on(&self) -> &'static str {
        "am "
    }

    fn moment(&self, date: &str, time: &str) -> String {
        format!("{date} um {time}")
    }

    fn zone<'a>(&self, name: &'a str) -> &'a str {
        match name {
            "CET" => "MEZ",
            "CEST" => "MESZ",
            other => other,
        }
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
            "Groß- und Kleinschreibung zählt; Striche und Leerzeichen sind egal"
        };
        format!("{groups} Gruppen zu {size}; {case}")
    }

    fn what_codes_look_like(&self, example: &str) -> String {
        format!("Ein Wiederherstellungscode sieht so aus: {example}")
    }

    fn typo(&self, typo: Typo) -> String {
        match typo {
            Typo::Empty => "Geben Sie einen Wiederherstellungscode ein, oder fügen Sie ihn ein.".to_owned(),
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
            1 => "Ein Versuch ist übrig, bevor eine Wartezeit kommt.".to_owned(),
            _ => format!("{left} Versuche sind übrig, bevor eine Wartezeit kommt."),
        }
    }

    fn check_both(&self) -> String {
        "Prüfen Sie auch die E-Mail-Adresse. Ein Code gilt einmal, und nur bis neue erstellt werden.".to_owned()
    }

    fn left_of(&self, left: u32, issued: u32) -> String {
        match (left, issued) {
            (1, 0) => "Wiederherstellungscode".to_owned(),
            (_, 0) => "Wiederherstellungscodes".to_owned(),
            (_, 1) => "von 1 Code übrig".to_owned(),
            _ => format!("von {issued} Codes übrig"),
        }
    }

    fn made(&self) -> (&'static str, &'static str) {
        ("Erstellt ", ".")
    }

    fn expires(&self, which: Expiring, issued: u32) -> (&'static str, &'static str) {
        let one = issued == 1;
        match which {
            Expiring::Will if one => ("Er läuft ", " ab."),
            Expiring::Will => ("Sie laufen ", " ab."),
            Expiring::Did if one => ("Er ist ", " abgelaufen."),
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
        format!(
            "Mindestens {least} Zeichen. Einige Wörter mit Leerzeichen lassen sich leichter merken als Sonderzeichen."
        )
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
            1 => "Den einen Code ersetzen, der übrig ist. Er gilt dann sofort nicht mehr.".to_owned(),
            _ => format!("Meine {left} Codes ersetzen, die übrig sind. Sie gelten dann sofort nicht mehr."),
        }
    }

    fn make_replaces(&self, left: u32) -> String {
        match left {
            1 => "Neue Codes treten an die Stelle des einen, der übrig ist.".to_owned(),
            _ => format!("Neue Codes treten an die Stelle der {left}, die übrig sind."),
        }
    }

    fn sure_all(&self, left: u32) -> String {
        match left {
            1 => "Ich weiß, dass der eine Code nicht mehr gilt".to_owned(),
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
            None => format!("{what} {}", self.never_end(count)),
        }
    }

    fn never_end(&self, count: usize) -> &'static str {
        if count == 1 { "Er läuft nicht ab." } else { "Sie laufen nicht ab." }
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

    fn sheet_made(&self, made: &str, count: usize, ends: Option<&str>) -> String {
        match ends {
            Some(ends) => format!("Erstellt am {made}. Gültig bis {ends}."),
            None => format!("Erstellt am {made}. {}", self.never_end(count)),
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
            "Jeder Code meldet Sie einmal an, wenn Sie Ihren Authenticator verlieren, auf {address}. Haken Sie ab, was Sie benutzt haben."
        )
    }

    fn sets(&self, total: u32) -> String {
        count(total.into(), "Codesatz", "Codesätze, der neueste zuerst")
    }

    fn signed_in_as(&self, person: &str) -> String {
        format!("Angemeldet als {person}.")
    }

    fn request_id(&self, id: &str) -> String {
        format!("Wenn Sie deswegen um Hilfe bitten, nennen Sie die Nummer {id}.")
    }
}
