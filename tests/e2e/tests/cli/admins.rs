//! Administrators, made and let in again at the command line.

use super::{development, fresh, run};
use backstop::wiring::Service;
use backstop_application::use_cases::{Caller, Opened, PasswordError, PasswordSignIn};
use backstop_domain::{Door, RequestId, Role, SecretText, SessionKind, Subject};
use backstop_e2e::{Kind, Output, Site, run_with_input, totp};
use uuid::Uuid;

const ONE: &str = "violet tractor moon";
const TWO: &str = "seven quiet harbours";

async fn replica(site: &Site) -> Service {
    Service::start(&backstop::settings::load(None, site.env()).expect("sound settings")).await.unwrap()
}

fn caller() -> Caller {
    Caller::owner(RequestId::new(Uuid::nil()), Some("192.0.2.1".parse().unwrap()), None)
}

async fn sign_in(service: &Service, password: &str) -> Result<Opened, PasswordError> {
    let sign_in = PasswordSignIn {
        email: "root@example.com".to_owned(),
        password: SecretText::new(password.to_owned()),
        caller: caller(),
        previous: None,
        kind: SessionKind::Console,
    };
    service.use_cases.sign_in_with_password.run(&sign_in).await
}

async fn door(service: &Service, token: &SecretText) -> Option<Door> {
    service.use_cases.console.enter.run(token.reveal()).await.unwrap().map(|entered| entered.door)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_is_made_and_a_reset_lets_them_begin_anew() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let site = Site::new(kind).await;
        let command = |arguments: &[&str], input: &str| -> Output {
            let all: Vec<&str> = arguments.iter().copied().chain(["--password-stdin"]).collect();
            run_with_input(site.folder(), &all, &site.env(), input.as_bytes())
        };
        let made = command(&["create-admin", "--email", "root@example.com", "--subject", "root"], ONE);
        assert_eq!((made.code, made.stderr.as_str()), (Some(0), ""), "{kind}");
        let expected = "Made admin \"root\" <root@example.com>.\nThey sign in at http://127.0.0.1:8080/admin\n";
        assert_eq!(made.stdout, expected);
        let auditor = ["create-admin", "--email", "eve@example.com", "--subject", "eve", "--role", "auditor"];
        assert_eq!(command(&auditor, ONE).code, Some(0));

        let service = replica(&site).await;
        let eve = service.ports.accounts.by_subject(&Subject::parse("eve").unwrap()).await.unwrap().unwrap();
        assert_eq!(eve.role, Role::Auditor);
        let session = sign_in(&service, ONE).await.unwrap().token;
        let secret = service.use_cases.console.set_up_second_step.run(&session).await.unwrap().secret;
        let confirmation = backstop_application::use_cases::Confirmation {
            session_token: session,
            typed: SecretText::new(totp::code(secret.reveal(), 0)),
            caller: caller(),
        };
        let inside = service.use_cases.console.confirm_second_step.run(&confirmation).await.unwrap().token;
        assert_eq!(door(&service, &inside).await, Some(Door::Open), "{kind}");

        // This process keeps its sessions in its own memory, where the command can't reach them.
        let reset = command(&["create-admin", "--reset", "--email", "ROOT@example.com"], TWO);
        assert_eq!((reset.code, reset.stderr.as_str()), (Some(0), ""), "{kind}");
        assert!(reset.stdout.starts_with("Set the password of \"root\", and took their authenticator away; "));
        assert_eq!(door(&service, &inside).await, None, "{kind}");
        assert!(sign_in(&service, ONE).await.is_err());
        let next = sign_in(&service, TWO).await.unwrap().token;
        assert_eq!(door(&service, &next).await, Some(Door::Ajar), "{kind}");
        service.store.close().await;

        for (arguments, words) in [
            (&["create-admin", "--reset", "--subject", "nobody"][..], "there is no such account"),
            (&["create-admin", "--reset", "--subject", "root", "--email", "eve@example.com"], "another address"),
            (&["create-admin", "--reset"], "--email or --subject"),
        ] {
            let refused = command(arguments, ONE);
            assert_eq!((refused.code, refused.stdout.as_str()), (Some(1), ""), "{arguments:?}");
            assert!(refused.stderr.contains(words), "{}", refused.stderr);
        }
        assert_eq!(command(&["create-user", "--email", "ann@example.com", "--subject", "ann"], ONE).code, Some(0));
        let user = command(&["create-admin", "--reset", "--subject", "ann"], TWO);
        assert!(user.stderr.contains("its role is user"), "{}", user.stderr);
    }
}

#[test]
fn an_administrator_that_can_not_be_is_refused_before_anything_is_made() {
    let folder = fresh();
    for (arguments, words) in [
        (&["create-admin"][..], "--email"),
        (&["create-admin", "--email", "a@b.de"], "--subject"),
        (&["create-admin", "--email", "a@b.de", "--subject", "x", "--role", "user"], "create-user"),
        (&["create-admin", "--reset", "--subject", "x", "--role", "auditor"], "cannot be used with"),
    ] {
        let output = run(folder.path(), arguments, &[]);
        assert_eq!((output.code, output.stdout.as_str()), (Some(2), ""), "{arguments:?}");
        assert!(output.stderr.contains(words), "{words} is missing in {}", output.stderr);
    }
    assert_eq!(folder.path().read_dir().unwrap().count(), 0);
}

#[tokio::test]
async fn development_makes_a_first_administrator_and_shows_their_password_once() {
    let folder = fresh();
    let server = development(folder.path()).start().await;
    let greeting = server.greeting().to_vec();
    let at = greeting.iter().position(|line| line.trim() == "admin@example.com").unwrap();
    let (console, password) = (greeting[at - 1].trim().to_owned(), greeting[at + 1].trim().to_owned());
    assert_eq!(console, format!("{}/admin", server.base()));
    assert_eq!(password.len(), 32);
    assert!(!server.log().contains(&password), "the password is in the log");
    assert!(server.stop().await.success());
    let again = development(folder.path()).start().await;
    let greeting = again.greeting().join("\n");
    assert!(!greeting.contains(&password), "{greeting}");
    assert!(greeting.contains("backstop create-admin --reset --email admin@example.com"), "{greeting}");
}
