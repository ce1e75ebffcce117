//! What every administrator is told of what is done to the service.

use crate::{
    administering::{client, request, world},
    support::{World, new_user, subject},
};
use backstop_application::{
    ports::WhichKeys,
    use_cases::{Administrator, ClientError, NewUser, SecondStepError, Whom},
};
use backstop_domain::{Actor, NoticeKind, Role, Scope, Scopes, SecondStepMethod, SecretText, TaskState};
use jiff::SignedDuration;

const PASSWORD: &str = "violet tractor moon";

impl World {
    async fn person(&self, name: &str, role: Role) {
        let user = NewUser { email_confirmed: true, ..new_user(name, role, PASSWORD) };
        self.use_cases.create_user.run(&user, &Actor::CommandLine).await.unwrap();
    }

    /// The mails since the last look, each as whom it is to and what it says, in order of the addresses.
    async fn new_mails(&self, seen: &mut usize) -> Vec<(String, String)> {
        self.work().await;
        let all = self.mailer.sent();
        let new = all[*seen..].iter();
        let mut mails: Vec<_> =
            new.map(|mail| (mail.to.as_str().to_owned(), mail.text.reveal().replace('\n', " "))).collect();
        *seen = all.len();
        mails.sort();
        mails
    }
}

fn scopes(all: &[Scope]) -> Scopes {
    all.iter().copied().collect()
}

fn to(mails: &[(String, String)]) -> Vec<&str> {
    mails.iter().map(|(to, _)| to.as_str()).collect()
}

const ADMINISTRATORS: [&str; 2] = ["eve@example.com", "root@example.com"];

#[tokio::test]
async fn every_administrator_is_told_what_becomes_of_an_application_and_nobody_else() {
    let world = world();
    let root = world.root().await;
    for (name, role) in [("eve", Role::Admin), ("ada", Role::Auditor), ("ann", Role::User)] {
        world.person(name, role).await;
    }
    let acts = &world.use_cases.console.manage_clients;
    let (mut seen, mut keys) = (0, Vec::new());
    world.new_mails(&mut seen).await;
    let shop = acts.create("shop", scopes(&[Scope::CodesRead, Scope::CodesRedeem]), &root).await.unwrap();
    keys.push(shop.key.reveal().to_owned());
    let queued = world.tasks_in(TaskState::Queued).await.len();
    assert_eq!(queued, 2, "with the act itself");
    let mut told = vec![("Created", "root@example.com", world.new_mails(&mut seen).await)];
    let next = acts.rotate(shop.client.id, SignedDuration::from_hours(1), &root).await.unwrap();
    keys.push(next.key.reveal().to_owned());
    told.push(("KeyAdded", "root@example.com", world.new_mails(&mut seen).await));
    acts.revoke(WhichKeys::One(next.id), &root).await.unwrap();
    told.push(("KeyRevoked", "root@example.com", world.new_mails(&mut seen).await));
    acts.revoke(WhichKeys::OfClient(shop.client.id), &root).await.unwrap();
    told.push(("Revoked", "root@example.com", world.new_mails(&mut seen).await));
    for (act, who, mails) in &told {
        assert_eq!(to(mails), ADMINISTRATORS, "{act}");
        for (_, text) in mails {
            let says = [
                format!("act: {act},"),
                "client: \"shop\"".to_owned(),
                "CodesRead, CodesRedeem".to_owned(),
                format!("by: Some(\"{who}\")"),
                "10.0.0.9".to_owned(),
            ];
            assert!(says.iter().all(|said| text.contains(said)), "{says:?} in {text}");
            assert!(keys.iter().all(|key| !text.contains(key)), "no key is in a mail");
        }
    }
    assert!(told[1].2[0].1.contains("others_end_at: Some"));
    // Revoking what is revoked is no news.
    acts.revoke(WhichKeys::OfClient(shop.client.id), &root).await.unwrap();
    assert!(world.new_mails(&mut seen).await.is_empty());
    let helpdesk = Administrator::of_client(&client(&[Scope::Admin, Scope::CodesRead]), request()).unwrap();
    acts.create("reader", scopes(&[Scope::CodesRead]), &helpdesk).await.unwrap();
    let mails = world.new_mails(&mut seen).await;
    assert_eq!(to(&mails), ADMINISTRATORS);
    assert!(mails[0].1.contains("by: Some(\"client helpdesk\")"), "{mails:?}");
    world.use_cases.create_client.run("cron", scopes(&[Scope::CodesRead]), Actor::CommandLine).await.unwrap();
    let mails = world.new_mails(&mut seen).await;
    assert_eq!(to(&mails), ADMINISTRATORS);
    assert!(mails[0].1.contains("by: None"), "{mails:?}");
}

#[tokio::test]
async fn what_was_refused_is_no_news() {
    let world = world();
    let root = world.root().await;
    let acts = &world.use_cases.console.manage_clients;
    acts.create("shop", scopes(&[Scope::CodesRedeem]), &root).await.unwrap();
    let mut seen = 0;
    world.new_mails(&mut seen).await;
    let helpdesk = Administrator::of_client(&client(&[Scope::Admin]), request()).unwrap();
    assert!(matches!(acts.create("a", scopes(&[Scope::CodesRead]), &helpdesk).await, Err(ClientError::Scope)));
    assert!(acts.create("shop", scopes(&[Scope::CodesRead]), &root).await.is_err());
    assert!(world.new_mails(&mut seen).await.is_empty());
}

#[tokio::test]
async fn who_runs_the_service_is_told_of_their_second_step_and_so_are_all_other_administrators() {
    let world = World::new();
    for name in ["root", "eve"] {
        world.administrator(name).await;
    }
    world.person("ada", Role::Auditor).await;
    let mut seen = 0;
    world.new_mails(&mut seen).await;
    let token = world.console("ada").await;
    let (_, token) = world.enrol(&token).await;
    let mut expect = async |change: &str, own: bool| {
        let mails = world.new_mails(&mut seen).await;
        let mut all = Vec::from(ADMINISTRATORS);
        if own {
            all.insert(0, "ada@example.com");
        }
        let news: Vec<_> = mails.iter().filter(|(_, text)| text.contains("SecondStepNews")).cloned().collect();
        assert_eq!(to(&news), all, "{change}: {mails:?}");
        for (to, text) in &news {
            assert!(text.contains(&format!("change: {change},")), "{text}");
            assert_eq!(text.contains("ada@example.com SecondStepNews"), to != "ada@example.com", "{text}");
        }
        mails
    };
    expect("SetUp", true).await;
    world.clock.advance(SignedDuration::from_mins(1));
    let (_, _token) = world.enrol(&token).await;
    expect("Replaced", true).await;
    let codes = world.own_codes("ada").await;
    let token = world.console("ada").await;
    world.pass_with(&token, SecondStepMethod::Code, codes[0].reveal()).await.unwrap();
    let mails = expect("StoodIn", false).await;
    let used = mails.iter().find(|(to, text)| to == "ada@example.com" && text.contains("CodeUsed"));
    assert!(used.is_some(), "the person is told of the code: {mails:?}");
    let new = SecretText::new("seven quiet harbours".to_owned());
    let whom = Whom::Subject(subject("ada"));
    world.use_cases.set_password.reset(&whom, &new, &Actor::CommandLine).await.unwrap();
    expect("Removed", true).await;
    // Without an authenticator nothing is taken away.
    world.use_cases.set_password.reset(&whom, &new, &Actor::CommandLine).await.unwrap();
    assert!(world.new_mails(&mut seen).await.is_empty());
}

#[tokio::test]
async fn what_administrators_are_told_of_each_other_no_setting_switches_off() {
    let world = World::new().with_settings(|settings| {
        settings.mail.notices.remove(&NoticeKind::SecondStepChanged);
    });
    for name in ["root", "eve"] {
        world.administrator(name).await;
    }
    let mut seen = 0;
    world.new_mails(&mut seen).await;
    let token = world.console("root").await;
    world.enrol(&token).await;
    assert_eq!(to(&world.new_mails(&mut seen).await), ["eve@example.com"]);
}

#[tokio::test]
async fn a_refused_second_step_is_no_news() {
    let world = World::new();
    for name in ["root", "eve"] {
        world.administrator(name).await;
    }
    let token = world.console("root").await;
    let (_, token) = world.enrol(&token).await;
    let mut seen = 0;
    world.new_mails(&mut seen).await;
    let wrong = "XXXXXX-XXXXXX-XXXXXX-XXXXXX-XXXXXX-XXXXXX";
    let refused = world.pass_with(&token, SecondStepMethod::Code, wrong).await;
    assert!(matches!(refused, Err(SecondStepError::Refused { .. })), "{refused:?}");
    assert!(world.new_mails(&mut seen).await.is_empty());
}
