//! Every problem type there is. `docs/problems.md` tells the same; a test compares them.

use poem::http::StatusCode;

/// One row of the table: a type of problem as callers can rely on it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row {
    /// Last part of the type's URI.
    pub(crate) name: &'static str,
    pub(crate) status: StatusCode,
    pub(crate) title: &'static str,
    /// What it means and what to do about it.
    pub(crate) meaning: &'static str,
}

macro_rules! kinds {
    ($($kind:ident = $name:literal, $status:ident, $title:literal, $meaning:literal;)+) => {
        /// The types of problem.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Kind { $($kind),+ }

        impl Kind {
            pub(crate) const ALL: &'static [Self] = &[$(Self::$kind),+];

            pub(crate) const fn row(self) -> Row {
                match self {
                    $(Self::$kind => Row {
                        name: $name,
                        status: StatusCode::$status,
                        title: $title,
                        meaning: $meaning,
                    }),+
                }
            }
        }
    };
}

kinds! {
    InvalidRequest = "invalid-request", BAD_REQUEST, "The request is not valid",
        "The path, the query or the JSON body is not what the operation takes: no JSON, a field of the wrong type, a field that is missing, unknown or out of its bounds. `detail` says what is wrong; `errors` names each place, as a JSON pointer into the body. Correct the request; the same one is refused again.";
    InvalidKey = "invalid-key", UNAUTHORIZED, "The API key is missing or not valid",
        "Send `Authorization: Bearer <key>` with a key that `backstop create-client` showed and that nobody revoked. A missing, malformed, unknown and revoked key are answered alike.";
    InvalidCode = "invalid-code", UNAUTHORIZED, "The recovery code is not valid",
        "The code opens nothing. Whether the account is unknown or suspended, or the code is unknown, used, expired or invalidated, is told in the audit trail only. `attempts_left` is how many more tries are judged before a lock.";
    MissingScope = "missing-scope", FORBIDDEN, "The API key lacks a scope",
        "The key is good, but the client was not given the scope that the operation needs; `detail` names it. No scope includes another.";
    ScopeNotGranted = "scope-not-granted", FORBIDDEN, "Nobody grants a scope that they lack",
        "The client would get, or has, a scope that the calling key does not have. Nothing was done.";
    WrongDeliveryToken = "wrong-delivery-token", FORBIDDEN, "This token delivers no codes",
        "There is no such set, or this is not the token that was given out with its codes. Nothing was spent: the right token still works.";
    NotFound = "not-found", NOT_FOUND, "There is no such thing here",
        "No route has this path, or there is no such account or set of codes, or it belongs to somebody whom API clients may not see. An id that is no UUID belongs to nothing.";
    MethodNotAllowed = "method-not-allowed", METHOD_NOT_ALLOWED, "The route does not know this method",
        "The path is right and the method is not; the header `Allow` names those that are.";
    RequestTimeout = "request-timeout", REQUEST_TIMEOUT, "The request took too long to arrive",
        "The body did not arrive within the service's time limit. Nothing was done. Send it again.";
    RequestInFlight = "request-in-flight", CONFLICT, "A request with this Idempotency-Key is being answered",
        "Wait as many seconds as the header `Retry-After` says and send the request again: it is answered as the first one was. Should the service have crashed over the first, it can be made anew after a minute.";
    SubjectTaken = "subject-taken", CONFLICT, "There is an account with this subject",
        "The account is known already; subjects are compared byte for byte. Nothing was changed: edit it instead.";
    EmailTaken = "email-taken", CONFLICT, "Another account has this e-mail address",
        "An address belongs to one account at most, compared in Unicode's form NFC and in lower case. Nothing was changed.";
    Suspended = "suspended", CONFLICT, "The account is suspended",
        "While an account is suspended no codes are made for it or handed over. `reason` is `failures` after too many wrong codes in a row, `not_me` when its owner said that a sign-in was not theirs, or `admin`. After the owner proved who they are in another way, lift the suspension.";
    AlreadyVerified = "already-verified", CONFLICT, "The set-up was verified before",
        "An account's set-up is verified once in its life. The code was not looked at.";
    AlreadyDownloaded = "already-downloaded", CONFLICT, "The codes were downloaded before",
        "A set is handed over as a file once, whatever the format. If the file was lost, make new codes.";
    AlreadyEmailed = "already-emailed", CONFLICT, "The codes were e-mailed before",
        "A set is sent once, to its owner's own address. If the mail was lost, make new codes. Should the mail turn out to be undeliverable, it can be asked for again.";
    NoAddress = "no-address", CONFLICT, "The account has no e-mail address",
        "Codes are sent to the account's own address and to no other, and links that reset a password only once it is confirmed. Nothing was spent: give the account an address, or confirm it, and ask again.";
    MailRefused = "mail-refused", CONFLICT, "The mail was refused",
        "The other side won't take mail for the account's address, now or later. The codes were not sent; when the address was mended it can be asked for again, for as long as they can be handed over.";
    NameTaken = "name-taken", CONFLICT, "The name is taken",
        "There is a client or a schedule of this name, compared byte for byte. Nothing was done; take another name.";
    TaskNotFailed = "task-not-failed", CONFLICT, "The task was not given up",
        "Only tasks that were given up are queued again or removed; this one waits, runs or is done, or an unfinished one does the same. Nothing was done.";
    ChangedMeanwhile = "changed-meanwhile", CONFLICT, "Somebody changed it meanwhile",
        "The revision that was sent is not the one that stands. Nothing was done; read it again, and decide anew.";
    NoPasswords = "no-passwords", CONFLICT, "Nobody signs in with a password here",
        "The pages for users take passwords only where `accounts.local_passwords` is on. Nothing was sent.";
    SuspendedByAdministrator = "suspended-by-administrator", CONFLICT, "An administrator suspended the account",
        "What an administrator suspended only an administrator lifts, in the console or with a key that has the scope `admin`. The account is as it was.";
    SchedulePaused = "schedule-paused", CONFLICT, "The schedule is paused",
        "A schedule that is paused has no run more. Resume it first.";
    DeliveryGone = "delivery-gone", GONE, "The codes can't be handed over any more",
        "The time for it is over, it was ended, or the set was replaced, invalidated or deleted. The codes that the user has are as good as they were; for a file, make new ones.";
    AnswerGone = "answer-gone", GONE, "The answer can't be given again any more",
        "The request was made and answered. Its codes can't be shown again: the time for it is over, they were delivered, or the set was replaced, invalidated or deleted; or the account was erased since. Under another key the request is made anew.";
    BodyTooLarge = "body-too-large", PAYLOAD_TOO_LARGE, "The body is too large",
        "No operation needs a body as large as this one; `detail` tells the limit.";
    UnsupportedMediaType = "unsupported-media-type", UNSUPPORTED_MEDIA_TYPE, "The body is not JSON",
        "Send the body as `Content-Type: application/json` in UTF-8, without a `Content-Encoding`.";
    MalformedCode = "malformed-code", UNPROCESSABLE_ENTITY, "This can't be a recovery code",
        "Somebody mistyped. `detail` can be shown to them; `typo` is `empty`, `wrong_length`, `foreign_symbol` or `check_failed`. Nothing was counted and nothing was looked up.";
    IdempotencyKeyReused = "idempotency-key-reused", UNPROCESSABLE_ENTITY, "This Idempotency-Key was sent with another request",
        "The key names a request that said something else. Nothing was done. Give each request a key of its own, and send the same request again with the same key.";
    Locked = "locked", TOO_MANY_REQUESTS, "Too many wrong codes",
        "The code was not looked at. Wait as many seconds as `retry_after` and the header `Retry-After` say; a try before that prolongs the wait.";
    Cooldown = "cooldown", TOO_MANY_REQUESTS, "New codes were made a moment ago",
        "Nothing was made, and the codes that there are stay as they are. Wait as many seconds as `retry_after` and the header `Retry-After` say; asking before that makes the wait longer. After a recovery one new set can be made without a wait.";
    TooManyMails = "too-many-mails", TOO_MANY_REQUESTS, "Enough mails were sent to this account for now",
        "Nothing was sent, and the last link that was is as good as before. Wait as many seconds as `retry_after` and the header `Retry-After` say; asking before that makes the wait longer.";
    Internal = "internal", INTERNAL_SERVER_ERROR, "Something broke on our side",
        "The log has the details under the id in the header `X-Request-Id`. Look the account's state up before you try again.";
    Unavailable = "unavailable", SERVICE_UNAVAILABLE, "The service can't do this right now",
        "A part the service needs is out, too busy or too slow. Try again after as many seconds as the header `Retry-After` says. After a time-out the act may still have been done.";
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::fmt::Write as _;
    use std::{collections::HashSet, path::Path};

    fn told() -> String {
        let mut told = String::from(
            "# Problem types\n\nEvery error of the API is a problem document (RFC 9457, `application/problem+json`). \
             Its `type` is\n`<public URL>/problems/<name>`, where the service explains it; its `title` never changes; \
             `detail` says what is\nwrong this time. The id of the request is in the header `X-Request-Id`.\n",
        );
        for row in Kind::ALL.iter().map(|kind| kind.row()) {
            write!(told, "\n## {}\n\n**{}** – {}\n\n{}\n", row.name, row.status.as_u16(), row.title, row.meaning)
                .unwrap();
        }
        told
    }

    #[test]
    fn the_documentation_tells_what_the_table_tells() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/problems.md");
        assert_eq!(std::fs::read_to_string(file).unwrap(), told());
    }

    #[test]
    fn every_type_has_a_name_of_its_own() {
        let names: HashSet<&str> = Kind::ALL.iter().map(|kind| kind.row().name).collect();
        assert_eq!(names.len(), Kind::ALL.len());
    }
}
