//! What needs no database.

use super::{development, fresh, run};
use backstop_e2e::{Api, Output};
use reqwest::Method;
use serde_json::Value;

#[track_caller]
fn silent_success(output: &Output) {
    assert_eq!(output.code, Some(0), "{}", output.stderr);
    assert_eq!(output.stderr, "");
}

/// Errors go to standard error, and nothing else goes anywhere.
#[track_caller]
fn refused(output: &Output, code: i32, words: &[&str]) {
    assert_eq!(output.code, Some(code), "{} {}", output.stdout, output.stderr);
    assert_eq!(output.stdout, "");
    for word in words {
        assert!(output.stderr.contains(word), "{word:?} is missing in {}", output.stderr);
    }
}

#[test]
fn help_names_what_every_command_does() {
    let folder = fresh();
    let whole = run(folder.path(), &["--help"], &[]);
    silent_success(&whole);
    for (command, does) in [
        ("serve", "Start the service"),
        ("migrate", "Bring the database up to date"),
        ("check", "Judge every setting"),
        ("doctor", "Look at everything that the service needs"),
        ("worker", "Do background work"),
        ("purge", "Clean up now"),
        ("flush-tasks", "Clear away tasks"),
        ("create-admin", "Make an account that signs in to the console"),
        ("create-client", "Let an application call the API"),
        ("create-user", "Make an account that can sign in on our own pages"),
        ("set-password", "Give an account another password"),
        ("generate-key", "Make a random key"),
        ("entropy", "Tell how strong codes are"),
        ("openapi", "Print the OpenAPI document"),
    ] {
        assert!(whole.stdout.lines().any(|line| line.contains(command) && line.contains(does)), "{command}");
        let own = run(folder.path(), &[command, "--help"], &[]);
        silent_success(&own);
        assert!(own.stdout.starts_with(does), "{}", own.stdout);
        assert!(own.stdout.contains(&format!("Usage: backstop {command}")), "{}", own.stdout);
    }
    assert!(whole.stdout.contains("2FA recovery codes"), "{}", whole.stdout);
}

#[test]
fn a_wrong_command_line_is_exit_code_2() {
    let folder = fresh();
    refused(&run(folder.path(), &["server"], &[]), 2, &["server", "serve"]);
    refused(&run(folder.path(), &["check", "--nonsense"], &[]), 2, &["--nonsense"]);
    refused(&run(folder.path(), &["create-client", "shop"], &[]), 2, &["--scopes"]);
    assert_eq!(folder.path().read_dir().unwrap().count(), 0);
}

#[test]
fn generated_keys_are_random_and_never_short() {
    let folder = fresh();
    let key = |arguments: &[&str]| {
        let output = run(folder.path(), arguments, &[]);
        silent_success(&output);
        let key = output.stdout.trim_end().to_owned();
        assert!(key.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{key}");
        key
    };
    let (first, second) = (key(&["generate-key"]), key(&["generate-key"]));
    assert_eq!((first.len(), second.len()), (100, 100));
    assert_ne!(first, second);
    assert_eq!(key(&["generate-key", "--length", "32"]).len(), 32);
    refused(&run(folder.path(), &["generate-key", "--length", "31"], &[]), 2, &["31", "32"]);
    refused(&run(folder.path(), &["generate-key", "--length", "many"], &[]), 2, &["many"]);
}

#[test]
fn entropy_tells_the_strength_of_a_profile_and_the_time_to_guess() {
    let folder = fresh();
    let usual = run(folder.path(), &["entropy"], &[]);
    silent_success(&usual);
    let lines: Vec<&str> = usual.stdout.lines().collect();
    assert_eq!(lines.len(), 4, "{lines:?}");
    assert_eq!(lines[0], "classic: 36 symbols of 60, 212.6 bits, 1.03e64 codes");
    for (line, rate) in lines[1..].iter().zip(["1e9", "1e12", "1e18"]) {
        assert!(line.starts_with(&format!("  at {rate} guesses a second: ")) && line.contains("years"), "{line}");
    }
    let one = run(folder.path(), &["entropy", "--profile", "compact", "--guesses-per-second", "1e6"], &[]);
    silent_success(&one);
    assert_eq!(one.stdout.lines().count(), 2);
    assert!(one.stdout.starts_with("compact: 15 symbols of 32, 70.0 bits"), "{}", one.stdout);
    let all = run(folder.path(), &["entropy"], &[("BACKSTOP_CODES__ACCEPTED_PROFILES", "readable,compact")]);
    assert_eq!(all.stdout.lines().count(), 12, "{}", all.stdout);
}

#[test]
fn entropy_speaks_json() {
    let folder = fresh();
    let output = run(folder.path(), &["entropy", "--profile", "readable", "--json"], &[]);
    silent_success(&output);
    let told: Value = serde_json::from_str(&output.stdout).unwrap();
    let readable = &told[0];
    assert_eq!((&readable["profile"], &readable["symbols"]), (&"readable".into(), &24.into()));
    let bits = readable["bits"].as_f64().unwrap();
    let times = readable["average_time"].as_array().unwrap();
    let rates: Vec<f64> = times.iter().map(|time| time["guesses_per_second"].as_f64().unwrap()).collect();
    assert_eq!(rates, [1e9, 1e12, 1e18]);
    for time in times {
        // On average half of all codes are tried.
        let expected = (bits - 1.0).exp2() / time["guesses_per_second"].as_f64().unwrap();
        let ratio = time["seconds"].as_f64().unwrap() / expected;
        assert!((ratio - 1.0).abs() < 1e-9, "{time}, not {expected}");
    }
}

#[test]
fn entropy_refuses_what_it_can_not_reckon_with() {
    let folder = fresh();
    let refuses = |arguments: &[&str], code, words: &[&str]| {
        let all: Vec<&str> = ["entropy"].iter().chain(arguments).copied().collect();
        refused(&run(folder.path(), &all, &[]), code, words);
    };
    refuses(&["--profile", "nope"], 1, &["nope", "classic, readable, compact"]);
    for rate in ["0", "inf", "NaN"] {
        refuses(&["--guesses-per-second", rate], 1, &["above 0"]);
    }
    refuses(&["--guesses-per-second=-5"], 1, &["above 0"]);
    refuses(&["--guesses-per-second", "fast"], 2, &["fast"]);
}

#[tokio::test]
async fn the_openapi_document_is_the_one_that_is_served_and_the_one_that_is_kept() {
    let folder = fresh();
    let output = run(folder.path(), &["openapi"], &[]);
    silent_success(&output);
    let document: Value = serde_json::from_str(&output.stdout).unwrap();
    assert!(document["paths"]["/api/v1/accounts/{subject}/codes/redeem"]["post"].is_object(), "{document}");
    let kept = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/openapi.json")).unwrap();
    assert!(output.stdout.trim() == kept.trim(), "docs/openapi.json is not what `backstop openapi` prints");
    let running = development(folder.path()).start().await;
    let served = Api::without_key(running.base()).call(Method::GET, "/api/openapi.json", None).await.expect(200);
    assert!(output.stdout.trim() == served.text.trim(), "/api/openapi.json is not what `backstop openapi` prints");

    let elsewhere = run(folder.path(), &["openapi"], &[("BACKSTOP_SITE__PUBLIC_URL", "https://codes.example.org")]);
    assert!(elsewhere.stdout.contains("https://codes.example.org"));
}
