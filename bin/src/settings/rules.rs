//! What settings must be together.

use super::{CacheSettings, DatabaseSettings, HasherChoice, MailChoice, Mode, Reader, Settings};
use backstop_smtp::Encryption;
use std::net::IpAddr;

pub(super) fn check(settings: &mut Settings, behind_tls_proxy: bool, reader: &mut Reader) {
    let history = settings.application.history;
    if history.per_page > history.max_visible {
        reader.problem(
            "history.per_page",
            format!("a page would show more than the {} visible sets", history.max_visible),
            "make it at most history.max_visible, or raise that",
        );
    }
    if settings.application.guard.base_cooldown > settings.application.guard.max_cooldown {
        reader.problem(
            "guard.base_cooldown",
            "the first wait is longer than the longest",
            "make it at most guard.max_cooldown, or raise that",
        );
    }
    let sessions = settings.application.sessions;
    for (name, span) in [("session.idle", sessions.idle), ("session.fresh", sessions.fresh)] {
        if span > sessions.absolute {
            reader.problem(
                name,
                "it is longer than a session lasts at all",
                "make it at most session.absolute, or raise that",
            );
        }
    }
    cache(&settings.cache, reader);
    if settings.listen.port() != 0 && settings.metrics_listen == Some(settings.listen) {
        reader.problem(
            "server.metrics_listen",
            "it is where the service itself answers",
            "take another port, or remove it",
        );
    }
    if settings.hasher == HasherChoice::Keyed {
        let weak: Vec<String> = settings
            .application
            .profiles
            .all()
            .filter(|p| !p.has_high_entropy())
            .map(|p| format!("{} ({:.0} bits)", p.name(), p.entropy_bits()))
            .collect();
        if !weak.is_empty() {
            reader.problem(
                "codes.hasher",
                format!("`keyed` needs profiles of 112 bits or more, and {} has less", weak.join(", ")),
                "take argon2id, or a stronger profile",
            );
        }
    }
    if settings.application.per_batch < 10 {
        settings.warnings.push(format!(
            "codes.per_batch = {}: fewer than 10 codes a set leave people locked out sooner",
            settings.application.per_batch
        ));
    }
    let clean_up = settings.application.clean_up;
    if clean_up.portions.chunk.is_none() {
        settings
            .warnings
            .push("purge.chunk_size = 0: a purge takes all in one transaction, and others wait for it".to_owned());
    }
    match settings.mode {
        Mode::Development => development(settings, reader),
        Mode::Production => production(settings, behind_tls_proxy, reader),
    }
}

fn cache(cache: &CacheSettings, reader: &mut Reader) {
    let CacheSettings { url: _, ttl, min_ttl, max_ttl, allow_in_process: _ } = cache;
    if min_ttl > max_ttl {
        reader.problem(
            "cache.min_ttl",
            "the shortest time is longer than the longest",
            "make it at most cache.max_ttl, or raise that",
        );
    } else if ttl < min_ttl || max_ttl < ttl {
        reader.problem(
            "cache.ttl",
            "it lies outside cache.min_ttl and cache.max_ttl",
            "choose a time between the two, or move them",
        );
    }
}

fn development(settings: &Settings, reader: &mut Reader) {
    let all = [("server.listen", Some(settings.listen)), ("server.metrics_listen", settings.metrics_listen)];
    for (name, address) in all {
        if address.is_some_and(|address| !address.ip().is_loopback()) {
            reader.problem(
                name,
                "development mode listens on loopback only",
                "listen on 127.0.0.1 or [::1], or set mode = production",
            );
        }
    }
}

fn production(settings: &mut Settings, behind_tls_proxy: bool, reader: &mut Reader) {
    if settings.lookup_keys.is_none() && reader.own_names("keys.lookup.").is_empty() {
        reader.problem(
            "keys.lookup.k1.secret",
            "production needs a lookup key",
            "make one with `backstop generate-key` and set BACKSTOP_KEYS__LOOKUP__K1__SECRET or …SECRET_FILE",
        );
    }
    if settings.seal_keys.is_none() && reader.own_names("keys.seal.").is_empty() {
        reader.problem(
            "keys.seal.k1.secret",
            "production needs a key to seal codes with until they are delivered",
            "make one with `backstop generate-key` and set BACKSTOP_KEYS__SEAL__K1__SECRET or …SECRET_FILE",
        );
    }
    if !behind_tls_proxy {
        reader.problem(
            "server.behind_tls_proxy",
            "production does not speak plain http to the world",
            "put a proxy that speaks TLS in front and set it to true",
        );
    }
    if settings.application.guard.base_cooldown.is_zero() {
        reader.problem("guard.base_cooldown", "without a wait guessing has no limit", "make it 1s or longer");
    }
    let is_shared = matches!(settings.database, DatabaseSettings::Postgres { .. });
    if is_shared && settings.cache.url.is_none() && !settings.cache.allow_in_process {
        reader.problem(
            "cache.allow_in_process",
            "replicas on one PostgreSQL would not see each other's changes in a cache of their own",
            "name a Redis in cache.url, or set this to true if there is never more than one replica",
        );
    }
    if let MailChoice::Smtp(server) = &settings.mail.to
        && !matches!(server.encryption, Encryption::Implicit | Encryption::Required)
        && !is_this_machine(&server.host)
    {
        reader.problem(
            "mail.url",
            "codes would cross the network where others can read them",
            "take smtps://, or smtp:// with STARTTLS, which is required unless something else is said",
        );
    }
    if settings.mail.support_contact.is_none() {
        settings
            .warnings
            .push("site.support_contact is not set: mails tell people to find help and not where".to_owned());
    }
    if settings.application.mail.admin_address.is_none() {
        settings.warnings.push("mail.admin_address is not set: nobody gets the reports of clean-ups".to_owned());
    }
    if !settings.public_url.starts_with("https://") {
        reader.problem(
            "site.public_url",
            "production needs the address that callers use, with https",
            "set it to https://…",
        );
    }
}

fn is_this_machine(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}
