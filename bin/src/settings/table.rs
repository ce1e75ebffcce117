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
        "How the service calls itself in files, so that people know what their codes are for.",
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
    entry("log.level", "info", "error, warn, info, debug, trace", "How much is logged."),
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
