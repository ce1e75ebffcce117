//! Settings as an operator meets them.

use super::{fresh, run};
use backstop_e2e::Output;
use std::fs;

const SECRET: &str = "0123456789abcdef0123456789abcdef";

/// The lines about one setting: its name and value, the problem, the remedy.
#[track_caller]
fn about<'a>(output: &'a Output, name: &str) -> Vec<&'a str> {
    let lines: Vec<&str> = output.stderr.lines().collect();
    let found = lines.iter().position(|line| line.starts_with(&format!("{name} = ")));
    let from = found.unwrap_or_else(|| panic!("nothing about {name} in {}", output.stderr));
    lines[from..from + 3].to_vec()
}

#[test]
fn every_problem_is_printed_at_once_with_name_value_and_remedy() {
    let folder = fresh();
    let written = "[history]\nper_page = 0\n\n[codes]\nprofile = 'fancy'\n\n[keys.lookup.k1]\nsecret = 'tooshort'\n";
    fs::write(folder.path().join("backstop.toml"), written).unwrap();
    let environment = [("BACKSTOP_GUARD__MAX_COOLDOWN", "soon"), ("BACKSTOP_GUARD__MAX_ATEMPTS", "7")];
    for command in ["check", "migrate", "serve"] {
        let output = run(folder.path(), &[command], &environment);
        assert_eq!((output.code, output.stdout.as_str()), (Some(1), ""), "{command}");
        let per_page = about(&output, "history.per_page");
        assert_eq!(per_page[0], "history.per_page = \"0\"");
        assert!(per_page[1].starts_with("    problem: ") && per_page[1].contains("backstop.toml"), "{per_page:?}");
        assert_eq!(per_page[2], "    remedy:  write a whole number from 1 to 1000");
        assert!(about(&output, "codes.profile")[2].contains("classic, readable, compact"));
        assert!(
            about(&output, "BACKSTOP_GUARD__MAX_COOLDOWN = \"soon\"".split(" = ").next().unwrap())[0].contains("soon")
        );
        assert!(about(&output, "BACKSTOP_GUARD__MAX_COOLDOWN")[2].contains("1h"));
        assert!(
            about(&output, "BACKSTOP_GUARD__MAX_ATEMPTS")[2].contains("did you mean BACKSTOP_GUARD__MAX_ATTEMPTS?")
        );
        assert_eq!(about(&output, "keys.lookup.k1.secret")[0], "keys.lookup.k1.secret = ***");
        assert!(about(&output, "keys.lookup.k1.secret")[2].contains("generate-key"));
        assert!(!output.stderr.contains("tooshort"), "{}", output.stderr);
        assert!(output.stderr.ends_with("backstop: 5 problems with the settings\n"), "{}", output.stderr);
    }
    assert!(!folder.path().join("backstop-data").exists());
}

#[test]
fn a_settings_file_that_was_named_must_be_there() {
    let folder = fresh();
    for (arguments, environment) in
        [(&["check", "--config", "other.toml"][..], &[][..]), (&["check"], &[("BACKSTOP_CONFIG", "other.toml")])]
    {
        let output = run(folder.path(), arguments, environment);
        assert_eq!(output.code, Some(1));
        assert!(about(&output, "configuration file")[0].contains("other.toml"), "{}", output.stderr);
    }
    fs::write(folder.path().join("other.toml"), "[history]\nmax_visible = 5\nper_page = 6\n").unwrap();
    let output = run(folder.path(), &["check", "--config", "other.toml"], &[]);
    assert_eq!(output.code, Some(1));
    assert!(about(&output, "history.per_page")[2].contains("history.max_visible"), "{}", output.stderr);
}

#[test]
fn a_check_of_sound_settings_is_exit_code_0_and_makes_nothing() {
    let folder = fresh();
    let output = run(folder.path(), &["check"], &[]);
    assert_eq!(
        (output.code, output.stdout.as_str(), output.stderr.as_str()),
        (Some(0), "The settings are sound.\n", "")
    );
    assert_eq!(folder.path().read_dir().unwrap().count(), 0);
    let output = run(folder.path(), &["check"], &[("BACKSTOP_CODES__PER_BATCH", "9")]);
    assert_eq!(output.code, Some(0));
    assert!(output.stderr.starts_with("warning: codes.per_batch = 9"), "{}", output.stderr);
}

#[test]
fn production_starts_with_nothing_missing_only() {
    let folder = fresh();
    for command in ["serve", "check"] {
        let output = run(folder.path(), &[command], &[("BACKSTOP_MODE", "production")]);
        assert_eq!((output.code, output.stdout.as_str()), (Some(1), ""));
        assert!(about(&output, "keys.lookup.k1.secret")[2].contains("backstop generate-key"));
        assert!(about(&output, "keys.seal.k1.secret")[2].contains("backstop generate-key"));
        assert!(about(&output, "server.behind_tls_proxy")[2].contains("TLS"));
        assert!(about(&output, "site.public_url")[2].contains("https://"));
        assert!(about(&output, "mail.url")[2].contains("smtp://"));
    }
    assert_eq!(folder.path().read_dir().unwrap().count(), 0);
    let sound = [
        ("BACKSTOP_MODE", "production"),
        ("BACKSTOP_KEYS__LOOKUP__K1__SECRET", SECRET),
        ("BACKSTOP_KEYS__SEAL__K1__SECRET", SECRET),
        ("BACKSTOP_SERVER__BEHIND_TLS_PROXY", "true"),
        ("BACKSTOP_SITE__PUBLIC_URL", "https://codes.example.org"),
        ("BACKSTOP_MAIL__URL", "smtps://mail.example.org"),
        ("BACKSTOP_MAIL__FROM", "codes@example.org"),
    ];
    let output = run(folder.path(), &["check"], &sound);
    assert_eq!(output.code, Some(0), "{}", output.stderr);
}

#[test]
fn development_listens_on_loopback_only() {
    let folder = fresh();
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:8080"] {
        let output = run(folder.path(), &["serve"], &[("BACKSTOP_SERVER__LISTEN", address)]);
        assert_eq!((output.code, output.stdout.as_str()), (Some(1), ""), "{address}");
        let about = about(&output, "BACKSTOP_SERVER__LISTEN");
        assert!(about[0].contains(address) && about[1].contains("loopback") && about[2].contains("127.0.0.1"));
    }
    assert_eq!(folder.path().read_dir().unwrap().count(), 0);
}
