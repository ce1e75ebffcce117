use super::{OfCodes, Wording};

pub(super) static WORDING: Wording = Wording {
    tag: "en",
    one: OfCodes {
        heading: "Recovery code",
        counted: "code",
        purpose: [
            "With this code you can sign in when your authenticator is not at hand.",
            "It works once. Cross it out when you have used it.",
        ],
        keeping: [
            "Keep it where only you can get at it: in a password manager, or on paper in",
            "a safe place, not beside the device that has your authenticator.",
        ],
    },
    several: OfCodes {
        heading: "Recovery codes",
        counted: "codes",
        purpose: [
            "With one of these codes you can sign in when your authenticator is not at hand.",
            "Each code works once. Cross it out when you have used it.",
        ],
        keeping: [
            "Keep them where only you can get at them: in a password manager, or on paper in",
            "a safe place, not beside the device that has your authenticator.",
        ],
    },
    of_site: "for",
    continued: "continued",
    account: "Account",
    made: "Made",
    until: "Good until",
    total: "Total",
    set: "Set",
    lasting: ("Expires", "never"),
    months: [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
    date: |day, month, year| format!("{day} {month} {year}"),
    at: "at",
    zones: &[],
    page: |number, of| format!("Page {number} of {of}"),
};
