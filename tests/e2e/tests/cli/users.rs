//! People who sign in on our own pages, made at the command line.

use super::{fresh, run};
use backstop::wiring::Service;
use backstop_application::use_cases::{Caller, Opened, PasswordError, PasswordSignIn};
use backstop_domain::{RequestId, Role, SecretText, SessionKind, Subject};
use backstop_e2e::{Kind, Output, PATIENCE, Site, run_with_input};
use std::{
    fs,
    io::{Read as _, Write as _},
    path::Path,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};
use uuid::Uuid;

const ONE: &str = "violet tractor moon";
const TWO: &str = "seven quiet harbours";

fn typed(folder: &Path, arguments: &[&str], environment: &[(String, String)], input: &str) -> Output {
    let all: Vec<&str> = arguments.iter().copied().chain(["--password-stdin"]).collect();
    let output = run_with_input(folder, &all, environment, input.as_bytes());
    for password in [ONE, TWO] {
        assert!(!output.stdout.contains(password) && !output.stderr.contains(password));
    }
    output
}

async fn replica(site: &Site) -> Service {
    Service::start(&backstop::settings::load(None, site.env()).expect("sound settings")).await.unwrap()
}

async fn sign_in(service: &Service, email: &str, password: &str) -> Result<Opened, PasswordError> {
    let sign_in = PasswordSignIn {
        email: email.to_owned(),
        password: SecretText::new(password.to_owned()),
        caller: Caller::owner(RequestId::new(Uuid::nil()), Some("192.0.2.1".parse().unwrap()), None),
        previous: None,
        kind: SessionKind::User,
    };
    service.use_cases.sign_in_with_password.run(&sign_in).await
}

async fn is_in(service: &Service, opened: &Opened) -> bool {
    service.use_cases.resume_session.run(opened.token.reveal(), SessionKind::User).await.unwrap().is_some()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_is_made_signs_in_and_gets_another_password() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let site = Site::new(kind).await;
        let command = |arguments: &[&str], input: &str| typed(site.folder(), arguments, &site.env(), input);
        let ann = ["create-user", "--email", "Ann@example.com", "--subject", "ann"];
        let made = command(&ann, &format!("{ONE}\n"));
        assert_eq!((made.code, made.stderr.as_str()), (Some(0), ""), "{kind}");
        assert_eq!(made.stdout, "Made user \"ann\" <Ann@example.com>.\n");

        let service = replica(&site).await;
        let session = sign_in(&service, "ann@EXAMPLE.com", ONE).await.unwrap();
        assert!(is_in(&service, &session).await);
        let account = service.ports.accounts.by_subject(&Subject::parse("ann").unwrap()).await.unwrap().unwrap();
        assert_eq!((account.role, account.email_confirmed), (Role::User, false));

        // This process keeps its sessions in its own memory, where the command can't reach them.
        let set = command(&["set-password", "--email", "ANN@example.com"], TWO);
        assert_eq!((set.code, set.stderr.as_str()), (Some(0), ""), "{kind}");
        assert!(!is_in(&service, &session).await, "{kind}");
        let old = sign_in(&service, "ann@example.com", ONE).await;
        assert!(matches!(old, Err(PasswordError::Refused { attempts_left: 4, .. })), "{old:?}");
        let next = sign_in(&service, "ann@example.com", TWO).await.unwrap();
        assert!(is_in(&service, &next).await);
        let again = command(&["set-password", "--subject", "ann"], ONE);
        assert!(again.stdout.starts_with("Set the password of \"ann\""), "{}", again.stdout);
        assert!(!is_in(&service, &next).await);
        service.store.close().await;

        let auditor = ["create-user", "--email", "eve@example.com", "--subject", "eve", "--role", "auditor"];
        let made =
            "Made auditor \"eve\" <eve@example.com>.\nThey sign in to the console at http://127.0.0.1:8080/admin\n";
        assert_eq!(command(&auditor, ONE).stdout, made);
        for (arguments, input, words) in [
            (ann.to_vec(), ONE, "there is an account with this subject"),
            (["create-user", "--email", "ann@example.com", "--subject", "x"].to_vec(), ONE, "another account has this"),
            (["create-user", "--email", "x@example.com", "--subject", "x"].to_vec(), "short", "at least 15 characters"),
            (["create-user", "--email", "x@example.com", "--subject", "x"].to_vec(), "\n", "no password came"),
            (["set-password", "--subject", "nobody"].to_vec(), ONE, "there is no such account"),
            (["set-password", "--subject", "ann"].to_vec(), "passwordpassword", "guessers"),
        ] {
            let refused = command(&arguments, input);
            assert_eq!((refused.code, refused.stdout.as_str()), (Some(1), ""), "{arguments:?}");
            assert!(refused.stderr.starts_with("backstop: ") && refused.stderr.contains(words), "{}", refused.stderr);
        }
    }
}

#[test]
fn a_user_that_can_not_be_is_refused_before_anything_is_made() {
    let folder = fresh();
    for (arguments, words) in [
        (&["create-user"][..], "--email"),
        (&["create-user", "--email", "nonsense", "--subject", "x"], "not an e-mail address"),
        (&["create-user", "--email", "a@b.de", "--subject", ""], "1 to 255 characters"),
        (&["create-user", "--email", "a@b.de", "--subject", "x", "--role", "root"], "user auditor admin"),
        (&["set-password"], "--email"),
        (&["set-password", "--email", "a@b.de", "--subject", "x"], "cannot be used with"),
    ] {
        let output = run(folder.path(), arguments, &[]);
        assert_eq!((output.code, output.stdout.as_str()), (Some(2), ""), "{arguments:?}");
        assert!(output.stderr.contains(words), "{words} is missing in {}", output.stderr);
    }
    let unasked = run(folder.path(), &["set-password", "--subject", "x"], &[]);
    assert_eq!((unasked.code, unasked.stdout.as_str()), (Some(1), ""));
    assert!(unasked.stderr.contains("--password-stdin"), "{}", unasked.stderr);
    assert_eq!(folder.path().read_dir().unwrap().count(), 0);
}

/// Types lines at a terminal, each when it shows nothing of what is typed, and gives what was to be seen there.
fn at_a_terminal(site: &Site, arguments: &str, lines: [&str; 2]) -> String {
    let program = backstop_e2e::Program::Plain.path();
    let line = format!("tty > tty; exec {} {arguments}", program.display());
    let mut command = Command::new("script");
    command.args(["--quiet", "--return", "--command", &line, "/dev/null"]);
    let ours = std::env::vars_os().map(|(name, _)| name);
    for name in ours.filter(|name| name.to_string_lossy().starts_with("BACKSTOP_")) {
        command.env_remove(name);
    }
    command.current_dir(site.folder()).envs(site.env()).env("SHELL", "/bin/sh").env("TERM", "xterm");
    let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("script, of util-linux");
    let (mut keys, mut screen) = (process.stdin.take().unwrap(), process.stdout.take().unwrap());
    let mut seen = Vec::new();
    for (prompt, line) in ["Password (it is not shown): ", "The same again: "].into_iter().zip(lines) {
        let mut byte = [0];
        while !String::from_utf8_lossy(&seen).contains(prompt) {
            screen.read_exact(&mut byte).unwrap_or_else(|_| panic!("it ended with {}", String::from_utf8_lossy(&seen)));
            seen.push(byte[0]);
        }
        wait_until_nothing_is_shown(site.folder());
        writeln!(keys, "{line}").unwrap();
        keys.flush().unwrap();
    }
    screen.read_to_end(&mut seen).unwrap();
    process.wait().unwrap();
    String::from_utf8_lossy(&seen).into_owned()
}

fn wait_until_nothing_is_shown(folder: &Path) {
    let until = Instant::now() + PATIENCE;
    let terminal = fs::read_to_string(folder.join("tty")).unwrap();
    loop {
        let told = Command::new("stty").args(["-F", terminal.trim(), "-a"]).output().unwrap();
        if String::from_utf8_lossy(&told.stdout).split_whitespace().any(|word| word == "-echo") {
            return;
        }
        assert!(Instant::now() < until, "the terminal shows what is typed");
        thread::sleep(Duration::from_millis(5));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn at_a_terminal_the_password_is_asked_for_twice_and_not_shown() {
    let site = Site::new(Kind::Sqlite).await;
    let create = "create-user --email ann@example.com --subject ann";
    let other = at_a_terminal(&site, create, [ONE, TWO]);
    assert!(other.contains("the two are not the same"), "{other}");
    let made = at_a_terminal(&site, create, [ONE, ONE]);
    assert!(made.contains("Made user \"ann\""), "{made}");
    for seen in [other, made] {
        assert!(!seen.contains(ONE) && !seen.contains(TWO), "{seen}");
    }
    let service = replica(&site).await;
    assert!(sign_in(&service, "ann@example.com", ONE).await.is_ok());
    service.store.close().await;
}
