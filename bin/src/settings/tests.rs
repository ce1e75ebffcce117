use super::*;
use tracing::{Level, level_filters::LevelFilter};

fn env(pairs: &[(&str, &str)]) -> Result<Settings, Vec<Problem>> {
    load(None, pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())))
}

fn file(text: &str) -> Result<Settings, Vec<Problem>> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("backstop.toml");
    std::fs::write(&path, text).unwrap();
    load(Some(&path), [])
}

fn names(result: Result<Settings, Vec<Problem>>) -> Vec<String> {
    result.unwrap_err().into_iter().map(|p| p.name).collect()
}

const SECRET: &str = "0123456789abcdef0123456789abcdef";

#[test]
fn nothing_needs_to_be_set_in_development() {
    let settings = env(&[]).unwrap();
    assert_eq!(settings.mode, Mode::Development);
    assert_eq!(settings.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(settings.application.per_batch, 10);
    assert!(settings.lookup_keys.is_none());
    assert!(matches!(settings.database, DatabaseSettings::Sqlite(path) if path.starts_with("./backstop-data")));
}

#[test]
fn the_environment_stands_over_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("backstop.toml");
    std::fs::write(&path, "mode = 'development'\n[history]\nmax_visible = 30\nper_page = 3\n").unwrap();
    let settings = load(Some(&path), [("BACKSTOP_HISTORY__PER_PAGE".to_owned(), "5".to_owned())]).unwrap();
    assert_eq!(settings.application.history, HistoryRules { max_visible: 30, per_page: 5 });
}

#[test]
fn every_problem_is_reported_at_once_with_name_value_and_remedy() {
    let problems = file("[history]\nper_page = 0\n[guard]\nmax_cooldown = 'soon'\n[codes]\nprofile = 'fancy'\nhash_cost = '1,2'\n[database]\nurl = 'mysql://u:geheim@h/d'\n")
        .unwrap_err();
    let of = |name: &str| problems.iter().find(|p| p.name == name).unwrap_or_else(|| panic!("{name}: {problems:?}"));
    assert_eq!(problems.len(), 5, "{problems:?}");
    assert_eq!(of("history.per_page").value, "\"0\"");
    assert_eq!(of("history.per_page").remedy, "write a whole number from 1 to 1000");
    assert!(of("codes.profile").remedy.contains("classic, readable, compact"));
    assert_eq!(of("database.url").value, "***");
    assert!(!format!("{problems:?}").contains("geheim"));
}

#[test]
fn an_unknown_name_is_refused_with_the_nearest_known_one() {
    let problems = env(&[("BACKSTOP_GUARD__MAX_ATEMPTS", "3")]).unwrap_err();
    assert_eq!(problems[0].name, "BACKSTOP_GUARD__MAX_ATEMPTS");
    assert_eq!(problems[0].remedy, "did you mean BACKSTOP_GUARD__MAX_ATTEMPTS?");
    let problems = file("[serverr]\nlisten = '127.0.0.1:1'\n").unwrap_err();
    assert_eq!(problems[0].remedy, "did you mean server.listen?");
}

#[test]
fn settings_that_contradict_each_other_are_refused() {
    assert_eq!(names(file("[history]\nmax_visible = 5\nper_page = 6\n")), ["history.per_page"]);
    assert_eq!(names(file("[guard]\nbase_cooldown = '2h'\n")), ["guard.base_cooldown"]);
    assert_eq!(names(file("[session]\nidle = '13h'\n")), ["session.idle"]);
    assert_eq!(names(file("[session]\nabsolute = '5m'\nidle = '5m'\n")), ["session.fresh"]);
    assert_eq!(names(file("[codes]\nhasher = 'keyed'\nprofile = 'compact'\n")), ["codes.hasher"]);
    assert_eq!(names(file("[codes]\nhasher = 'keyed'\naccepted_profiles = ['compact']\n")), ["codes.hasher"]);
    assert!(file("[codes]\nhasher = 'keyed'\nprofile = 'readable'\n").is_ok());
}

#[test]
fn the_cache_keeps_nothing_outside_its_bounds() {
    let cache = env(&[]).unwrap().cache;
    assert_eq!([cache.ttl, cache.min_ttl, cache.max_ttl].map(|time| time.as_secs()), [300, 60, 3_600]);
    assert_eq!(names(file("[cache]\nttl = '59s'\n")), ["cache.ttl"]);
    assert_eq!(names(file("[cache]\nttl = '2h'\n")), ["cache.ttl"]);
    assert_eq!(names(file("[cache]\nmin_ttl = '10m'\nmax_ttl = '5m'\n")), ["cache.min_ttl"]);
    assert_eq!(names(file("[cache]\nttl = 0\n")), ["cache.ttl"]);
    assert!(file("[cache]\nttl = 60\nmin_ttl = 60\nmax_ttl = 60\n").is_ok());
}

#[test]
fn production_on_postgres_needs_a_shared_cache_or_a_single_replica() {
    let production = |more: &[(&str, &str)]| {
        let mut all = vec![
            ("BACKSTOP_MODE", "production"),
            ("BACKSTOP_KEYS__LOOKUP__K1__SECRET", SECRET),
            ("BACKSTOP_KEYS__SEAL__S1__SECRET", SECRET),
            ("BACKSTOP_SERVER__BEHIND_TLS_PROXY", "true"),
            ("BACKSTOP_SITE__PUBLIC_URL", "https://codes.example.org"),
            ("BACKSTOP_MAIL__URL", "smtps://mail.example.org"),
            ("BACKSTOP_MAIL__FROM", "codes@example.org"),
        ];
        all.extend(more);
        env(&all)
    };
    let postgres = ("BACKSTOP_DATABASE__URL", "postgres://u@h/d");
    assert_eq!(names(production(&[postgres])), ["cache.allow_in_process"]);
    for sessions in ["cache", "database"] {
        let refused = production(&[postgres, ("BACKSTOP_SESSION__STORE", sessions)]);
        assert_eq!(names(refused), ["cache.allow_in_process"], "sessions in the {sessions}");
    }
    assert!(production(&[postgres, ("BACKSTOP_CACHE__ALLOW_IN_PROCESS", "true")]).is_ok());
    assert!(production(&[postgres, ("BACKSTOP_CACHE__URL", "redis://cache")]).is_ok());
    assert_eq!(names(env(&[("BACKSTOP_CACHE__URL", "http://cache")])), ["BACKSTOP_CACHE__URL"]);
    assert_eq!(names(production(&[("BACKSTOP_GUARD__BASE_COOLDOWN", "0s")])), ["BACKSTOP_GUARD__BASE_COOLDOWN"]);
    assert!(production(&[]).is_ok());
    assert!(env(&[postgres]).is_ok());
}

#[test]
fn development_listens_on_loopback_only() {
    assert_eq!(names(env(&[("BACKSTOP_SERVER__LISTEN", "0.0.0.0:8080")])), ["BACKSTOP_SERVER__LISTEN"]);
    assert!(env(&[("BACKSTOP_SERVER__LISTEN", "[::1]:8080")]).is_ok());
    let operators = "BACKSTOP_SERVER__METRICS_LISTEN";
    assert_eq!(names(env(&[(operators, "0.0.0.0:9464")])), [operators]);
}

#[test]
fn operators_have_an_address_that_is_not_that_of_everybody() {
    assert_eq!(env(&[]).unwrap().metrics_listen, None);
    let operators = "BACKSTOP_SERVER__METRICS_LISTEN";
    let settings = env(&[(operators, "127.0.0.1:9464")]).unwrap();
    assert_eq!(settings.metrics_listen.map(|address| address.port()), Some(9464));
    assert_eq!(names(env(&[(operators, "127.0.0.1:8080")])), [operators]);
    assert_eq!(names(env(&[(operators, "everywhere")])), [operators]);
}

#[test]
fn files_that_hold_secrets_are_known() {
    let folder = tempfile::tempdir().unwrap();
    let (secret, settings) = (folder.path().join("secret"), folder.path().join("backstop.toml"));
    std::fs::write(&secret, SECRET).unwrap();
    std::fs::write(&settings, "[history]\nper_page = 5\n").unwrap();
    let named = |name: &str| [(name.to_owned(), secret.display().to_string())];
    let name = "BACKSTOP_KEYS__LOOKUP__K1__SECRET_FILE";
    assert_eq!(load(Some(&settings), named(name)).unwrap().secret_files, std::slice::from_ref(&secret));
    std::fs::write(&settings, format!("[keys.seal.s1]\nsecret = '{SECRET}'\n")).unwrap();
    assert_eq!(load(Some(&settings), named(name)).unwrap().secret_files, [secret.clone(), settings.clone()]);
    std::fs::write(&settings, format!("[keys.seal.s1]\nsecret_file = '{}'\n", secret.display())).unwrap();
    assert_eq!(load(Some(&settings), []).unwrap().secret_files, [secret]);
}

#[test]
fn trusted_proxies_are_addresses_and_networks() {
    assert_eq!(env(&[]).unwrap().trusted_proxies, TrustedProxies::default());
    let settings = file("[server]\ntrusted_proxies = ['10.0.0.0/8', '2001:db8::1']\n").unwrap();
    let same = env(&[("BACKSTOP_SERVER__TRUSTED_PROXIES", "10.0.0.0/8, 2001:db8::1")]).unwrap();
    assert_ne!(settings.trusted_proxies, TrustedProxies::default());
    assert_eq!(settings.trusted_proxies, same.trusted_proxies);
    for bad in ["proxy.example.org", "10.0.0.0/33", "0.0.0.0/0"] {
        let problems = env(&[("BACKSTOP_SERVER__TRUSTED_PROXIES", bad)]).unwrap_err();
        assert!(problems[0].remedy.contains(bad), "{problems:?}");
    }
}

#[test]
fn production_refuses_to_start_without_what_it_needs() {
    let missing = names(env(&[("BACKSTOP_MODE", "production")]));
    assert_eq!(
        missing,
        ["mail.url", "keys.lookup.k1.secret", "keys.seal.k1.secret", "server.behind_tls_proxy", "site.public_url"]
    );
    let settings = env(&[
        ("BACKSTOP_MODE", "production"),
        ("BACKSTOP_KEYS__LOOKUP__K1__SECRET", SECRET),
        ("BACKSTOP_KEYS__SEAL__K1__SECRET", SECRET),
        ("BACKSTOP_SERVER__BEHIND_TLS_PROXY", "true"),
        ("BACKSTOP_SERVER__LISTEN", "0.0.0.0:80"),
        ("BACKSTOP_SITE__PUBLIC_URL", "https://codes.example.org"),
        ("BACKSTOP_MAIL__URL", "smtps://mail.example.org"),
        ("BACKSTOP_MAIL__FROM", "codes@example.org"),
    ]);
    assert!(settings.is_ok(), "{settings:?}");
}

#[test]
fn one_of_several_keys_is_current() {
    let two = format!("[keys.lookup.k1]\nsecret = '{SECRET}'\n[keys.lookup.k2]\nsecret = '{SECRET}2'\n");
    assert_eq!(names(file(&two)), ["keys.lookup.current"]);
    let keys = file(&format!("[keys.lookup]\ncurrent = 'k2'\n{two}")).unwrap().lookup_keys.unwrap();
    assert_eq!((keys.current.as_str(), keys.secrets.len()), ("k2", 2));
    let problems = file(&format!("[keys.lookup]\ncurrent = 'k3'\n{two}")).unwrap_err();
    assert_eq!(problems[0].remedy, "name one of the configured keys: k1, k2");
    let twins = format!("[keys.lookup.k1]\nsecret = '{SECRET}'\n[keys.lookup.k2]\nsecret = '{SECRET}'\n");
    assert_eq!(names(file(&twins)), ["keys.lookup.k2.secret"]);
    assert_eq!(names(file("[keys.lookup.k1]\nsecret = 'short'\n")), ["keys.lookup.k1.secret"]);
    assert_eq!(names(file("[keys.lookup.k1]\nscheme = 'hmac-sha256'\n")), ["keys.lookup.k1.secret"]);
    assert_eq!(names(file(&format!("[keys.lookup.K1]\nsecret = '{SECRET}'\n"))), ["keys.lookup.K1.secret"]);
}

#[test]
fn seal_keys_are_configured_like_lookup_keys() {
    let two = format!("[keys.seal.k1]\nsecret = '{SECRET}'\n[keys.seal.k2]\nsecret = '{SECRET}2'\n");
    assert_eq!(names(file(&two)), ["keys.seal.current"]);
    let keys = file(&format!("[keys.seal]\ncurrent = 'k2'\n{two}")).unwrap().seal_keys.unwrap();
    assert_eq!((keys.current.as_str(), keys.secrets.len()), ("k2", 2));
    assert_eq!(names(file("[keys.seal.k1]\nsecret = 'short'\n")), ["keys.seal.k1.secret"]);
    assert_eq!(names(file(&format!("[keys.seal.k1]\nsecret = '{SECRET}'\nscheme = 'x'\n"))), ["keys.seal.k1.scheme"]);
}

#[test]
fn delivery_is_bounded_and_its_files_have_safe_names() {
    let window = |text: &str| file(&format!("[delivery]\nwindow = '{text}'\n"));
    let ends = |text: &str| window(text).unwrap().application.delivery.window;
    assert_eq!(ends("session"), DeliveryWindow::Session);
    assert_eq!(ends("1d"), DeliveryWindow::For(DeliveryWindow::LONGEST));
    for bad in ["25h", "59s", "0", "forever"] {
        assert_eq!(names(window(bad)), ["delivery.window"], "{bad}");
    }
    for bad in ["", "../codes", "a/b", "a b"] {
        assert_eq!(names(file(&format!("[download]\nfile_name = '{bad}'\n"))), ["download.file_name"], "{bad}");
    }
    assert_eq!(names(file("[download]\nformat = 'docx'\n")), ["download.format"]);
    assert_eq!(names(file("[site]\nname = ''\n")), ["site.name"]);
}

#[test]
fn a_secret_may_come_from_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    std::fs::write(&path, format!("{SECRET}\n")).unwrap();
    let path = path.to_str().unwrap();
    let keys = env(&[("BACKSTOP_KEYS__LOOKUP__K1__SECRET_FILE", path)]).unwrap().lookup_keys.unwrap();
    assert_eq!(keys.secrets[0].1.reveal(), SECRET);
    let both = env(&[("BACKSTOP_KEYS__LOOKUP__K1__SECRET_FILE", path), ("BACKSTOP_KEYS__LOOKUP__K1__SECRET", SECRET)]);
    assert_eq!(names(both), ["BACKSTOP_KEYS__LOOKUP__K1__SECRET_FILE"]);
    assert_eq!(names(env(&[("BACKSTOP_DATABASE__URL_FILE", "/nowhere/at/all")])), ["BACKSTOP_DATABASE__URL_FILE"]);
}

#[test]
fn profiles_of_ones_own_are_validated() {
    let own = |fields: &str| file(&format!("[codes]\nprofile = 'own'\n[codes.profiles.own]\n{fields}"));
    let settings = own("alphabet = '0123456789'\ngroups = 5\ngroup_length = 5\nseparator = ' '\n").unwrap();
    assert_eq!(settings.application.profiles.current().length(), 25);
    assert!(
        names(own("alphabet = '0123456789'\ngroups = 2\ngroup_length = 5\n"))
            .contains(&"codes.profiles.own.groups".into())
    );
    assert!(
        names(own("alphabet = '00123456789'\ngroups = 5\ngroup_length = 5\n"))
            .contains(&"codes.profiles.own.alphabet".into())
    );
    assert!(names(own("alphabet = '0123456789'\ngroups = 5\n")).contains(&"codes.profiles.own.group_length".into()));
    assert_eq!(
        names(file("[codes.profiles.classic]\nalphabet = 'ab'\ngroups = 64\ngroup_length = 2\n")),
        ["codes.profiles.classic.alphabet"]
    );
}

#[test]
fn a_broken_file_is_told_without_quoting_it() {
    let problems = file("[database]\nurl = 'postgres://u:geheim@h/d\n").unwrap_err();
    assert!(problems[0].what.contains("line 2"), "{problems:?}");
    assert!(!format!("{problems:?}").contains("geheim"));
    assert_eq!(load(Some(Path::new("/nowhere/backstop.toml")), []).unwrap_err()[0].name, "configuration file");
}

#[test]
fn a_database_file_is_a_path_and_nothing_more() {
    for odd in ["sqlite:", "sqlite::memory:", "sqlite:///x?mode=ro", "mysql://h/d", ""] {
        assert_eq!(names(env(&[("BACKSTOP_DATABASE__URL", odd)])), ["BACKSTOP_DATABASE__URL"], "{odd}");
    }
    assert_eq!(names(env(&[("BACKSTOP_DATA_DIR", "")])), ["BACKSTOP_DATA_DIR"]);
}

#[test]
fn development_stops_at_once_unless_it_is_told_to_drain() {
    assert_eq!(env(&[]).unwrap().drain, Duration::ZERO);
    assert_eq!(env(&[("BACKSTOP_SERVER__DRAIN", "3s")]).unwrap().drain, Duration::from_secs(3));
}

#[test]
fn few_codes_a_set_are_warned_about() {
    assert_eq!(file("[codes]\nper_batch = 9\n").unwrap().warnings.len(), 1);
}

#[test]
fn the_log_follows_the_settings_and_a_topic_its_own() {
    let log = env(&[]).unwrap().log;
    assert_eq!((log.format, log.level, log.topics.len()), (LogFormat::Auto, Level::INFO, 0));
    assert_eq!((log.files, log.dir, log.keep_days), (false, PathBuf::from("./backstop-data/logs"), 14));

    let log = file("data_dir = '/data'\n[log]\nlevel = 'warn'\nfiles = true\nkeep_days = 3\n[log.topics]\nredeem = 'off'\nguard = 'trace'\n")
        .unwrap()
        .log;
    assert_eq!((log.level, log.files, log.dir, log.keep_days), (Level::WARN, true, PathBuf::from("/data/logs"), 3));
    let topics = [(LogTopic::Redeem, LevelFilter::OFF), (LogTopic::Guard, LevelFilter::TRACE)];
    assert_eq!(log.topics, topics.into_iter().collect());
    let log = env(&[("BACKSTOP_LOG__DIR", "/var/log/backstop"), ("BACKSTOP_LOG__TOPICS__AUDIT", "debug")]).unwrap().log;
    assert_eq!((log.dir, log.topics[&LogTopic::Audit]), (PathBuf::from("/var/log/backstop"), LevelFilter::DEBUG));
}

#[test]
fn what_the_log_can_not_be_told_is_refused() {
    let problems = env(&[("BACKSTOP_LOG__TOPICS__REDEM", "info")]).unwrap_err();
    assert_eq!(problems[0].remedy, "did you mean BACKSTOP_LOG__TOPICS__REDEEM?");
    assert_eq!(file("[log.topics]\nmails = 'off'\n").unwrap_err()[0].remedy, "did you mean log.topics.mail?");
    let problems = file("[log.topics]\nredeem = 'loud'\n").unwrap_err();
    assert_eq!(problems[0].remedy, "write one of: off, error, warn, info, debug, trace");
    for (bad, name) in [
        ("level = 'off'", "log.level"),
        ("files = 'yes'", "log.files"),
        ("dir = ''", "log.dir"),
        ("keep_days = 0", "log.keep_days"),
        ("keep_days = 3651", "log.keep_days"),
        ("format = 'xml'", "log.format"),
    ] {
        assert_eq!(names(file(&format!("[log]\n{bad}\n"))), [name], "{bad}");
    }
}

#[test]
fn every_topic_has_its_setting() {
    for topic in LogTopic::ALL {
        assert!(table::find(&format!("log.topics.{}", topic.name())).is_some(), "{topic:?}");
        assert_eq!(topic.target(), format!("backstop::{}", topic.name()));
    }
}

const WITH_MAIL: [(&str, &str); 2] =
    [("BACKSTOP_MAIL__URL", "smtp://u:p@mail.example.org:587"), ("BACKSTOP_MAIL__FROM", "codes@example.org")];

#[test]
fn mail_needs_an_address_that_it_comes_from() {
    assert!(env(&WITH_MAIL).is_ok());
    assert_eq!(names(env(&WITH_MAIL[..1])), ["mail.from"]);
    assert_eq!(names(env(&[WITH_MAIL[0], ("BACKSTOP_MAIL__FROM", "nobody")])), ["BACKSTOP_MAIL__FROM"]);
    for bad in ["http://mail.example.org", "folder:", "mail.example.org", "smtp://"] {
        assert_eq!(names(env(&[("BACKSTOP_MAIL__URL", bad)])), ["BACKSTOP_MAIL__URL"], "{bad}");
    }
    for good in ["folder:/tmp/mails", "log:"] {
        assert!(env(&[("BACKSTOP_MAIL__URL", good)]).is_ok(), "{good}");
    }
    let problems = env(&[("BACKSTOP_MAIL__URL", "smtp://user:hunter2@/")]).unwrap_err();
    assert!(!format!("{problems:?}").contains("hunter2"), "{problems:?}");
}

#[test]
fn mail_is_inline_in_development_and_queued_in_production_unless_it_is_said() {
    assert!(env(&[]).unwrap().application.mail.inline);
    assert!(!env(&[("BACKSTOP_MAIL__DELIVERY", "queued")]).unwrap().application.mail.inline);
    assert_eq!(names(env(&[("BACKSTOP_MAIL__DELIVERY", "later")])), ["BACKSTOP_MAIL__DELIVERY"]);
}

#[test]
fn a_lease_lasts_longer_than_an_attempt() {
    let both = [("BACKSTOP_WORKER__RETRY_AFTER", "300s"), ("BACKSTOP_WORKER__TASK_TIMEOUT", "300s")];
    assert_eq!(names(env(&both)), ["BACKSTOP_WORKER__RETRY_AFTER"]);
    assert_eq!(names(file("[worker]\nconcurrency = 0\n")), ["worker.concurrency"]);
    let work = env(&[]).unwrap().application.work;
    assert_eq!((work.lease.as_secs(), work.time_limit.as_secs(), work.attempts, work.keep_done), (600, 300, 10, 250));
}

#[test]
fn a_purge_has_sound_portions() {
    let portions = |text| file(text).unwrap().application.clean_up.portions;
    let usual = portions("");
    assert_eq!((usual.chunk, usual.most), (Some(50), Some(1_000)));
    let all = portions("[purge]\nchunk_size = 0\nmax_per_run = -1\n");
    assert_eq!((all.chunk, all.most), (None, None));
    assert_eq!(names(file("[purge]\nmax_per_run = 0\n")), ["purge.max_per_run"]);
    assert_eq!(names(file("[purge]\nmax_per_run = -2\n")), ["purge.max_per_run"]);
    assert_eq!(names(file("[purge]\nchunk_size = -1\n")), ["purge.chunk_size"]);
    assert_eq!(names(file("[audit]\nretention_days = 6\n")), ["audit.retention_days"]);
    assert!(file("[audit]\nretention_days = 0\n").is_ok());
}

#[test]
fn notices_are_switched_one_by_one() {
    let notices = file("[notices]\ncodes_low = false\n").unwrap().application.mail.notices;
    assert!(!notices.contains(&backstop_domain::NoticeKind::CodesLow));
    assert_eq!(notices.len(), backstop_domain::NoticeKind::ALL.len() - 1);
    assert_eq!(names(file("[notices]\ncode_lows = false\n")), ["notices.code_lows"]);
}

#[test]
fn a_colour_that_can_not_be_read_is_told_with_what_is_needed() {
    let problems = env(&[("BACKSTOP_SITE__COLOURS", "#ffcc00, #9db8ff")]).unwrap_err();
    assert_eq!(problems.len(), 1);
    assert!(problems[0].remedy.contains("a contrast of 1.3") && problems[0].remedy.contains("4.5"), "{}", problems[0]);
    assert!(env(&[("BACKSTOP_SITE__COLOURS", "#1d4ed8, #9db8ff")]).unwrap().pages.colours.is_some());
    assert_eq!(names(env(&[("BACKSTOP_SITE__AFTER_LOGOUT", "javascript:alert(1)")])), ["BACKSTOP_SITE__AFTER_LOGOUT"]);
}
