//! What settings must be together.

use super::{HasherChoice, Mode, Reader, Settings};
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
    if settings.guard.base_cooldown > settings.guard.max_cooldown {
        reader.problem(
            "guard.base_cooldown",
            "the first wait is longer than the longest",
            "make it at most guard.max_cooldown, or raise that",
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
    match settings.mode {
        Mode::Development => development(settings, reader),
        Mode::Production => production(settings, behind_tls_proxy, reader),
    }
}

fn development(settings: &Settings, reader: &mut Reader) {
    let loopback = match settings.listen.ip() {
        IpAddr::V4(v4) => v4.is_loopback(),
        IpAddr::V6(v6) => v6.is_loopback(),
    };
    if !loopback {
        reader.problem(
            "server.listen",
            "development mode listens on loopback only",
            "listen on 127.0.0.1 or [::1], or set mode = production",
        );
    }
}

fn production(settings: &Settings, behind_tls_proxy: bool, reader: &mut Reader) {
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
    if !settings.public_url.starts_with("https://") {
        reader.problem(
            "site.public_url",
            "production needs the address that callers use, with https",
            "set it to https://…",
        );
    }
}
