use super::{OfCodes, Wording};

pub(super) static WORDING: Wording = Wording {
    tag: "de",
    one: OfCodes {
        heading: "Wiederherstellungscode",
        counted: "Code",
        purpose: [
            "Mit diesem Code können Sie sich einmal anmelden, wenn Ihr Authenticator nicht",
            "zur Hand ist. Haken Sie ihn ab, wenn Sie ihn benutzt haben.",
        ],
        keeping: [
            "Bewahren Sie ihn dort auf, wo nur Sie herankommen: in einem Passwortmanager",
            "oder auf Papier an sicherem Ort, nicht bei dem Gerät mit Ihrem Authenticator.",
        ],
    },
    several: OfCodes {
        heading: "Wiederherstellungscodes",
        counted: "Codes",
        purpose: [
            "Mit jedem dieser Codes können Sie sich einmal anmelden, wenn Ihr Authenticator",
            "nicht zur Hand ist. Haken Sie ab, was Sie benutzt haben.",
        ],
        keeping: [
            "Bewahren Sie sie dort auf, wo nur Sie herankommen: in einem Passwortmanager",
            "oder auf Papier an sicherem Ort, nicht bei dem Gerät mit Ihrem Authenticator.",
        ],
    },
    of_site: "für",
    continued: "Fortsetzung",
    account: "Konto",
    made: "Erstellt",
    until: "Gültig bis",
    total: "Anzahl",
    set: "Satz",
    lasting: ("Gültig", "unbegrenzt"),
    months: [
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
    ],
    date: |day, month, year| format!("{day}. {month} {year}"),
    at: "um",
    zones: &[("CET", "MEZ"), ("CEST", "MESZ")],
    page: |number, of| format!("Seite {number} von {of}"),
};
