//! Every setting with its default and what it is for: the parser, the reference and the suggestions all read this.

/// A setting with a fixed name.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    pub name: &'static str,
    /// As one would write it; empty when there is none.
    pub default: &'static str,
    pub secret: bool,
    pub takes: &'static str,
    pub about: &'static str,
}

const fn entry(name: &'static str, default: &'static str, takes: &'static str, about: &'static str) -> Entry {
    Entry { name, default, secret: false, takes, about }
}

const fn topic(name: &'static str, about: &'static str) -> Entry {
    entry(name, "", "off, error, warn, info, debug, trace", about)
}

pub const ENTRIES: &[Entry] = &[
    entry(
        "mode",
        "development",
        "development, production",
        "Development makes its own keys, a demo client and a SQLite database, and listens on loopback only. Production refuses to start without what a service on the internet needs.",
    ),
    entry(
        "data_dir",
        "./backstop-data",
        "a folder",
        "Where the embedded database and the development keys are. Made if missing, readable by its owner only.",
    ),
    Entry {
        secret: true,
        ..entry(
            "database.url",
            "",
            "sqlite:PATH, postgres://…",
            "Where everything is kept. Without it: a SQLite file in the data folder.",
        )
    },
    entry(
        "database.max_connections",
        "20",
        "1 to 1000",
        "How many connections to PostgreSQL one process opens at most. SQLite has one writer and a few readers, whatever this says.",
    ),
    entry("server.listen", "127.0.0.1:8080", "address:port", "Where the service answers."),
    entry(
        "server.metrics_listen",
        "",
        "address:port",
        "Where `/metrics`, `/healthz` and `/readyz` are answered for those who run the service, and nothing else is. Whoever reaches it may read it, and it speaks plain http: keep it in your own network. `/metrics` is then not told at `server.listen`. `backstop worker` answers there, too; on the same machine it needs an address of its own.",
    ),
    entry(
        "server.behind_tls_proxy",
        "false",
        "true, false",
        "Says that a proxy in front of the service speaks TLS. Production needs it.",
    ),
    entry(
        "server.trusted_proxies",
        "",
        "a list of addresses and networks, as in 10.0.0.0/8, 2001:db8::1",
        "The proxies whose `Forwarded` or `X-Forwarded-For` says where the end user of a page is; from anybody else these headers mean nothing. They must set one of the two and remove the other, because `Forwarded` wins.",
    ),
    entry(
        "server.drain",
        "5s",
        "0s to 5m",
        "How long the service goes on answering, with `/readyz` saying that it stops, before it stops. Development does not wait unless this is set.",
    ),
    entry(
        "site.public_url",
        "http://127.0.0.1:8080",
        "https://host",
        "The service's own address as its callers see it; problem documents point there.",
    ),
    entry(
        "site.name",
        "Backstop",
        "1 to 80 characters",
        "How the service calls itself on its pages, in files and in mails, so that people know what their codes are for.",
    ),
    entry(
        "site.colours",
        "",
        "two colours, as in #1d4ed8, #9db8ff",
        "The colour of what can be pressed and followed on the pages: one for light pages, one for dark ones. Each must have a contrast of 4.5 to what it stands on. Without it: a blue.",
    ),
    entry(
        "site.after_logout",
        "",
        "https://…, or a path as in /goodbye",
        "Where people are led who signed out. Without it: the page for signing in with a code, which says that they are signed out.",
    ),
    entry(
        "keys.lookup.current",
        "",
        "a key id",
        "The key that new codes are stored under. With one key it may be left out.",
    ),
    entry(
        "keys.seal.current",
        "",
        "a key id",
        "The key that codes are sealed under until they are delivered, and answers that may be asked for again. With one key it may be left out.",
    ),
    entry(
        "codes.profile",
        "classic",
        "classic, readable, compact, or one of codes.profiles",
        "What new codes look like.",
    ),
    entry("codes.accepted_profiles", "", "a list of profiles", "Further profiles whose codes are still accepted."),
    entry("codes.per_batch", "10", "1 to 50", "How many codes a set has when the caller does not say."),
    entry(
        "codes.hasher",
        "argon2id",
        "argon2id, keyed",
        "How codes are stored beside their lookup tag. `keyed` is as fast as the database, and allowed for profiles of 112 bits or more only.",
    ),
    entry(
        "codes.hash_cost",
        "auto",
        "auto, or memory in KiB, passes and lanes as in 19456,2,1",
        "The cost of argon2id. `auto` takes 19456,2,1 for profiles below 112 bits and 4096,1,1 from there on.",
    ),
    entry(
        "delivery.window",
        "30m",
        "1m to 1d, or session",
        "How long after they were made codes can be downloaded, once. `session` is until the caller ends it, at most a day.",
    ),
    entry(
        "delivery.store",
        "cache",
        "cache, database",
        "Where sealed codes wait for their delivery. With `cache` that is Redis and the database, so that a Redis that is out or loses what it holds costs no download; without `cache.url` it is the database.",
    ),
    entry(
        "download.file_name",
        "recovery_codes",
        "letters, digits, - _ and .",
        "How a downloaded file is called, before the date and the time of its codes.",
    ),
    entry("download.format", "txt", "txt, csv, pdf", "The format of a downloaded file when the caller does not say."),
    entry(
        "recovery.duties",
        "enrol_authenticator,new_codes",
        "a list of enrol_authenticator, new_codes",
        "What a person still owes after signing in with a code.",
    ),
    entry(
        "recovery.enforce",
        "true",
        "true, false",
        "Whether somebody who signed in on our pages with a code can do nothing else until the duties are settled.",
    ),
    entry(
        "accounts.local_passwords",
        "",
        "true, false",
        "Whether people may sign in on our pages with an e-mail address and a password, as well as with a code. Without it: `true` in development, `false` in production.",
    ),
    entry(
        "session.idle",
        "30m",
        "5m to 30d",
        "After how long without a page somebody is signed out. Noted to the minute.",
    ),
    entry("session.absolute", "12h", "5m to 90d", "After how long somebody is signed out, however busy."),
    entry(
        "session.fresh",
        "10m",
        "1m to 1d",
        "For how long after a sign-in what is delicate may be done without another.",
    ),
    entry(
        "session.store",
        "cache",
        "cache, database",
        "Where it is kept who is signed in. With `cache.url` the cache is Redis, with the database behind it for sign-ins while Redis is out. Without, it is this process' memory: everybody is signed out when it ends, and production with PostgreSQL wants `cache.allow_in_process` for it. Redis may forget sessions, or bring some back from an old copy of its own; `database` does neither.",
    ),
    entry("history.max_visible", "20", "1 to 1000", "How many sets of codes a history shows, the newest ones."),
    entry("history.per_page", "10", "1 to 1000", "How many of them a page shows."),
    Entry {
        secret: true,
        ..entry(
            "cache.url",
            "",
            "redis://…, rediss://…",
            "A Redis (6 or newer) that all replicas share: for what is shown, for counting attempts, for codes that wait for their download, and for who is signed in. Without it: this process' memory, and the database. While it is out the database does its work.",
        )
    },
    entry(
        "cache.ttl",
        "300s",
        "1s to 1d",
        "How long history and account state are kept in the cache. A change is seen at once all the same.",
    ),
    entry("cache.min_ttl", "60s", "1s to 1d", "The shortest time that anything is kept."),
    entry("cache.max_ttl", "3600s", "1s to 1d", "The longest time that anything is kept."),
    entry(
        "cache.allow_in_process",
        "false",
        "true, false",
        "Lets production keep the cache in the process although the database is PostgreSQL. Right for a single replica only: two would not see each other's changes before `cache.ttl` is over.",
    ),
    entry(
        "guard.max_attempts",
        "5",
        "1 to 1000000",
        "How many wrong codes lock an account for the network they come from.",
    ),
    entry(
        "guard.base_cooldown",
        "60s",
        "0s to 1d",
        "The first wait. 0s, for tests, is no wait at all, and refused in production.",
    ),
    entry("guard.multiplier", "2", "1 to 10", "By how much each further wait is longer."),
    entry("guard.max_cooldown", "1h", "1s to 7d", "The longest wait."),
    entry("guard.forget_after", "1d", "1m to 30d", "After how long without a try failures are forgotten."),
    entry(
        "guard.account_ceiling",
        "20",
        "1 to 1000000 failures an hour",
        "How many wrong codes an hour for one account are looked at, over all networks. Networks from which its owner recovered within 90 days, and calls with `first_factor`, are exempt.",
    ),
    entry(
        "guard.network_ceiling",
        "50",
        "1 to 1000000 failures in 10 minutes",
        "How many wrong codes in 10 minutes from one network are looked at, over all accounts.",
    ),
    entry(
        "guard.store",
        "cache",
        "cache, database",
        "Where attempts are counted. With `cache` that is Redis, with the database behind it; without `cache.url` it is this process' memory, which means a count in each of several replicas. What suspends an account is always counted in the database.",
    ),
    entry("log.format", "auto", "auto, text, json", "`auto` is text on a terminal, JSON otherwise."),
    entry(
        "log.level",
        "info",
        "error, warn, info, debug, trace",
        "How much is logged. Of libraries never more than warnings.",
    ),
    topic(
        "log.topics.generation",
        "Sets of codes: made, replaced, shown, downloaded, revoked. Without it: `log.level`.",
    ),
    topic(
        "log.topics.redeem",
        "Codes that somebody typed: redeemed, verified, revoked, refused and why. Without it: `log.level`.",
    ),
    topic("log.topics.guard", "Who is kept out: locked, suspended, lifted. Without it: `log.level`."),
    topic("log.topics.mail", "E-mails: sent, put off, given up. Without it: `log.level`."),
    topic(
        "log.topics.purge",
        "Clean-ups and what they removed. A run that shall be logged is in `purge.log` whatever this says. Without it: `log.level`.",
    ),
    topic("log.topics.schedule", "Schedules: changed, begun, missed. Without it: `log.level`."),
    topic("log.topics.audit", "Accounts, clients, sign-ins. Without it: `log.level`."),
    entry(
        "log.files",
        "false",
        "true, false",
        "Whether the log is written into files as well: one a topic as `redeem.log`, and `backstop.log` for the rest. Each day (UTC) has its own; earlier ones are called `redeem.2026-02-03.log`.",
    ),
    entry(
        "log.dir",
        "",
        "a folder",
        "Where they are. Made if missing, readable by its owner only. Without it: `logs` in the data folder.",
    ),
    entry("log.keep_days", "14", "1 to 3650", "For how many days files of earlier days are kept."),
    entry(
        "history.retention_days",
        "0",
        "0 to 36500",
        "How many days the record of a set without codes stays in its owner's history. 0 keeps it.",
    ),
    entry(
        "purge.retention_days",
        "90",
        "0 to 36500",
        "How many days used, invalidated, deleted and expired codes stay before the purge takes them, where a schedule or the command does not say. 0 takes them at once.",
    ),
    entry(
        "purge.chunk_size",
        "50",
        "0 to 100000",
        "How many codes the purge takes in one short transaction. 0 takes all in one, which keeps others waiting.",
    ),
    entry(
        "purge.max_per_run",
        "1000",
        "1 or more, or -1 for all",
        "How many codes, or lines of a log, one run takes at most. The next run goes on.",
    ),
    entry(
        "purge.log_runs",
        "false",
        "true, false",
        "Whether the runs of the built-in schedules are written to `purge.log` in log.dir.",
    ),
    entry(
        "audit.auto_cleanup",
        "false",
        "true, false",
        "Whether the audit trail is cleaned daily, without anybody making a schedule for it.",
    ),
    entry(
        "audit.retention_days",
        "30",
        "0 to 36500",
        "How many days the audit trail and the e-mail log are kept, where a schedule does not say. 0 keeps them for ever.",
    ),
    entry(
        "audit.min_retention_days",
        "7",
        "0 to 36500",
        "Whatever a schedule says, younger entries stay in the audit trail.",
    ),
    entry("worker.concurrency", "2", "1 to 100", "How many background tasks one process does at once."),
    entry(
        "worker.task_timeout",
        "300s",
        "1s to 1d",
        "How long one attempt at a task may take before it is cut off and tried again.",
    ),
    entry(
        "worker.retry_after",
        "600s",
        "1s to 2d, longer than worker.task_timeout",
        "How long a worker may be silent before its task is given to another: it renews its leases three times as often.",
    ),
    entry(
        "worker.max_attempts",
        "10",
        "1 to 100",
        "How often a task is tried, with growing waits, before it is kept as failed.",
    ),
    entry("worker.keep_done", "250", "0 to 1000000", "How many tasks that are done are kept to be looked at."),
    entry("worker.queue_limit", "500", "1 or more", "When more tasks wait, the log warns. None is ever dropped."),
    Entry {
        secret: true,
        ..entry(
            "mail.url",
            "",
            "smtp://user:password@host:port, smtps://…, folder:PATH, log:",
            "Where mails go. `smtp://` uses STARTTLS and refuses to go without, unless `?tls=none` is added or the host is this machine. Without it: a folder of .eml files in the data folder, which production refuses.",
        )
    },
    entry("mail.from", "", "an e-mail address", "Where mails come from. Needed for SMTP."),
    entry(
        "mail.tls_ca",
        "",
        "a file",
        "A certificate in PEM that is trusted besides the usual ones, for a mail server with one of your own.",
    ),
    entry(
        "mail.admin_address",
        "",
        "an e-mail address",
        "Who gets the reports of clean-ups. Without it there are none.",
    ),
    entry(
        "mail.admin_name",
        "Backstop",
        "1 to 200 characters",
        "Who is named where nobody in particular acted: built-in schedules and the command line.",
    ),
    entry(
        "mail.delivery",
        "",
        "inline, queued",
        "Whether a mail with codes is sent before its caller is answered. Without it: `inline` in development, `queued` in production. What can't be sent at once is queued either way.",
    ),
    entry(
        "mail.store_log",
        "false",
        "true, false",
        "Whether address, subject and outcome of each mail are listed; never a header or a body.",
    ),
    entry(
        "mail.sent_message",
        "Your recovery codes email has been successfully delivered.",
        "1 to 200 characters",
        "What users are told when their codes were e-mailed.",
    ),
    entry(
        "mail.templates_dir",
        "",
        "a folder",
        "Messages of your own in place of the built-in ones, by language and message; see docs/mails.md.",
    ),
    entry("site.time_zone", "UTC", "a name as in Europe/Berlin", "In whose time people are told of dates."),
    entry(
        "site.language",
        "",
        "a language tag as in de-AT",
        "The language of mails and files for people who have none of their own, and of pages if their browser asks for none either. Without it: English.",
    ),
    entry(
        "site.support_contact",
        "",
        "1 to 200 characters",
        "Where people find help, as mails tell them: an address, a number or a page.",
    ),
    entry("notices.codes_made", "true", "true, false", "Whether owners are told that new codes were made."),
    entry(
        "notices.code_used",
        "true",
        "true, false",
        "Whether owners are told that a code was used, when and from where.",
    ),
    entry("notices.codes_low", "true", "true, false", "Whether owners are told that only three codes are left."),
    entry("notices.none_left", "true", "true, false", "Whether owners are told that no code is left."),
    entry("notices.codes_expiring", "true", "true, false", "Whether owners are told a week before their codes expire."),
    entry("notices.suspended", "true", "true, false", "Whether owners are told that their account is suspended."),
    entry(
        "notices.ceiling_reached",
        "true",
        "true, false",
        "Whether owners are told, once a day, that too many wrong codes were tried for their account.",
    ),
    entry(
        "notices.password_worn_out",
        "true",
        "true, false",
        "Whether owners are told that their password opens nothing any more, after a hundred wrong ones.",
    ),
    entry(
        "notices.second_step_changed",
        "true",
        "true, false",
        "Whether administrators and auditors are told that their own authenticator was set up, replaced or reset. All other administrators are told in any case.",
    ),
];

/// Settings with a name of the operator's own in the middle.
pub const PATTERNS: &[(Entry, &str, &[&str])] = &[
    (
        Entry {
            secret: true,
            ..entry(
                "keys.lookup.<id>.secret",
                "",
                "at least 32 characters",
                "A key for lookup tags, by its id (1 to 16 of a-z, 0-9, _). Keep old ones as long as codes made under them live.",
            )
        },
        "keys.lookup.",
        &["secret"],
    ),
    (
        entry("keys.lookup.<id>.scheme", "hmac-sha256", "hmac-sha256", "How tags are made with it."),
        "keys.lookup.",
        &["scheme"],
    ),
    (
        Entry {
            secret: true,
            ..entry(
                "keys.seal.<id>.secret",
                "",
                "at least 32 characters",
                "A key that codes and answers are sealed under, by its id (1 to 16 of a-z, 0-9, _). Keep an old one for a day: without it a request that is sent again with its `Idempotency-Key` is a new one.",
            )
        },
        "keys.seal.",
        &["secret"],
    ),
    (
        entry(
            "codes.profiles.<name>.alphabet",
            "",
            "letters and digits",
            "A profile of your own: the symbols, each once.",
        ),
        "codes.profiles.",
        &["alphabet"],
    ),
    (entry("codes.profiles.<name>.groups", "", "a number", "How many groups."), "codes.profiles.", &["groups"]),
    (
        entry("codes.profiles.<name>.group_length", "", "a number", "How many symbols a group."),
        "codes.profiles.",
        &["group_length"],
    ),
    (
        entry("codes.profiles.<name>.separator", "-", "one of - _ : / + * or a space", "What stands between groups."),
        "codes.profiles.",
        &["separator"],
    ),
];

pub fn find(name: &str) -> Option<&'static Entry> {
    ENTRIES.iter().find(|e| e.name == name)
}

/// The operator's own part of a name and the entry it belongs to, as `k1` in `keys.lookup.k1.secret`.
pub fn split(name: &str) -> Option<(&str, &'static Entry)> {
    PATTERNS.iter().find_map(|(entry, prefix, last)| {
        let (own, field) = name.strip_prefix(prefix)?.rsplit_once('.')?;
        (last.contains(&field) && !own.contains('.')).then_some((own, entry))
    })
}

pub fn is_known(name: &str) -> bool {
    find(name).is_some() || split(name).is_some()
}

pub fn is_secret(name: &str) -> bool {
    find(name).or_else(|| split(name).map(|(_, e)| e)).is_some_and(|e| e.secret)
}

/// The known name that looks most like this one, unless none does.
pub fn nearest(name: &str) -> Option<String> {
    let own = name.rsplit_once('.').and_then(|(before, _)| before.rsplit_once('.')).map_or("id", |(_, own)| own);
    ENTRIES
        .iter()
        .map(|e| e.name.to_owned())
        .chain(PATTERNS.iter().map(|(e, ..)| e.name.replace("<id>", own).replace("<name>", own)))
        .map(|known| (strsim::normalized_damerau_levenshtein(name, &known), known))
        .filter(|(likeness, _)| *likeness > 0.5)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_a_part_of_the_operators_own_are_known() {
        assert_eq!(split("keys.lookup.k1.secret").map(|(own, e)| (own, e.secret)), Some(("k1", true)));
        assert!(is_known("codes.profiles.mine.alphabet"));
        assert!(is_known("keys.seal.k1.secret") && is_secret("keys.seal.k1.secret"));
        assert!(!is_known("keys.seal.k1.scheme"));
        assert!(!is_known("keys.lookup.k1.sekret"));
        assert!(!is_known("keys.lookup.a.b.secret"));
    }

    #[test]
    fn a_mistyped_name_is_answered_with_the_nearest_one() {
        assert_eq!(nearest("guard.max_atempts").as_deref(), Some("guard.max_attempts"));
        assert_eq!(nearest("server.lissten").as_deref(), Some("server.listen"));
        assert_eq!(nearest("keys.lookup.k1.sekret").as_deref(), Some("keys.lookup.k1.secret"));
        assert_eq!(nearest("zzz"), None);
    }
}
