//! Clients and their keys in the console.

use crate::{
    console_browser::{enrolled, newest, next_code, shown, staffed},
    site_browser::{Browser, PASSWORD, Page},
};
use backstop_domain::AuditKind;
use jiff::SignedDuration;
use poem::http::StatusCode;

impl Page {
    /// The key that is shown this once.
    #[track_caller]
    fn key(&self) -> String {
        let (_, rest) =
            self.text.split_once("<code id=\"key\" class=\"typed\">").unwrap_or_else(|| panic!("{}", self.text));
        rest.split('<').next().unwrap().to_owned()
    }
}

#[tokio::test]
async fn a_client_is_made_and_its_key_shown_once() {
    let mut world = staffed(true).await;
    let first = {
        let mut root = enrolled(&world, "root").await;
        let page = root.get("/admin/clients/new").await;
        let none = root.submit(&page, "create-form", &[("name", "shop")]).await;
        assert!(none.message().contains("at least one scope") && none.text.contains("value=\"shop\""));
        let unnamed = root.submit(&page, "create-form", &[("name", " "), ("scopes", "codes:read")]).await;
        assert!(unnamed.message().contains("1 to 100 characters"), "{}", unnamed.message());
        assert!(unnamed.text.contains("value=\"codes:read\" checked"), "{}", unnamed.text);
        let made = root.submit(&page, "create-form", &[("name", "shop"), ("scopes", "codes:read")]).await;
        assert_eq!(made.status, StatusCode::OK);
        assert!(made.text.contains("data-again=\"/admin/clients/"), "loading it again makes no other");
        assert_eq!(newest(&world, 1).await, [AuditKind::ClientCreated]);
        let taken = root.submit(&page, "create-form", &[("name", "shop"), ("scopes", "codes:read")]).await;
        assert!(taken.message().contains("There is a client of this name."), "{}", taken.message());
        made.key()
    };
    world.key = first;
    assert_eq!(world.get("/api/v1/accounts/ann").await.status, StatusCode::NOT_FOUND, "the key opens the API");
}

#[tokio::test]
async fn keys_are_changed_over_and_revoked() {
    let world = staffed(true).await;
    let key = world.client("shop", &[backstop_domain::Scope::CodesRead]).await;
    let mut root = enrolled(&world, "root").await;
    let list = root.get("/admin/clients?name=shop").await;
    assert_eq!(list.table("list")[0][..3], ["shop", "codes:read", "1"]);
    let page = root.get(&list.link_called("shop")).await;
    let made = root.submit(&page, "rotate-form", &[("overlap", "hour")]).await;
    assert_ne!(made.key(), key);
    assert_eq!(newest(&world, 1).await, [AuditKind::ClientKeyAdded]);
    let page = root.get(&page.path).await;
    assert!(!page.text.contains(&made.key()), "it is shown once");
    let keys = page.table("keys");
    assert_eq!((keys.len(), keys[0][4].as_str()), (2, "today at 10:30 (1 March 2027 at 10:30:00 UTC)"), "{keys:?}");
    let forms: Vec<&str> =
        page.text.split("<form id=\"revoke-").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    let form = forms.iter().find(|id| id.len() == 36).unwrap();
    let revoked = root.submit(&page, &format!("revoke-{form}"), &[]).await;
    assert!(revoked.message().starts_with("The key is revoked."), "{}", revoked.message());
    assert_eq!(newest(&world, 1).await, [AuditKind::ClientKeyRevoked]);
    let unsure = root.submit(&page, "revoke-form", &[]).await;
    assert_eq!(unsure.status, StatusCode::UNPROCESSABLE_ENTITY);
    let revoked = root.submit(&page, "revoke-form", &[("sure", "yes")]).await;
    assert!(revoked.message().starts_with("The client is revoked."), "{}", revoked.message());
    assert_eq!(newest(&world, 1).await, [AuditKind::ClientRevoked]);
    assert!(revoked.text.contains("This client is revoked") && !revoked.has_form("rotate-form"));
}

#[tokio::test]
async fn making_a_client_and_a_key_takes_a_second_step_of_a_moment_ago() {
    let world = staffed(true).await;
    let mut root = Browser::new(&world);
    root.knock("root").await;
    let (secret, _) = root.enrol().await;
    let page = root.get("/admin/clients/new").await;
    world.clock.advance(SignedDuration::from_mins(11));
    let asked = root.submit(&page, "create-form", &[("name", "shop"), ("scopes", "codes:read")]).await;
    assert!(asked.path.starts_with("/admin/prove?to=") && asked.has_form("second-step-form"), "{}", asked.path);
    assert!(root.get("/admin/clients/new").await.path.starts_with("/admin/prove?"));
    let wrong = root.submit(&asked, "second-step-form", &[("code", "000000")]).await;
    assert!(wrong.message().starts_with("That code is not right"), "{}", wrong.message());
    assert!(wrong.path.starts_with("/admin/prove?to="), "{}", wrong.path);
    let typo = root.submit(&asked, "second-step-form", &[("code", "123")]).await;
    assert_eq!(typo.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(root.get("/admin/clients?name=shop").await.table("list").is_empty());
    next_code(&world);
    let code = shown(&world, &secret);
    let page = root.submit(&asked, "second-step-form", &[("code", &code)]).await;
    page.is_at("/admin/clients/new");
    root.submit(&page, "create-form", &[("name", "shop"), ("scopes", "codes:read")]).await.key();
    let list = root.get("/admin/clients").await;
    let client = root.get(&list.link_called("shop")).await;
    world.clock.advance(SignedDuration::from_mins(11));
    let asked = root.submit(&client, "rotate-form", &[]).await;
    assert!(asked.path.starts_with("/admin/prove?to="), "{}", asked.path);
    let used = root.submit(&asked, "second-step-form", &[("code", &code)]).await;
    assert!(used.message().starts_with("That code is not right"), "a used code is refused again");
}

#[tokio::test]
async fn without_an_authenticator_the_password_is_asked_for() {
    let world = staffed(false).await;
    let mut root = Browser::new(&world);
    root.knock("root").await;
    world.clock.advance(SignedDuration::from_mins(11));
    let asked = root.get("/admin/clients/new").await;
    assert!(asked.has_form("prove-form"), "{}", asked.text);
    let empty = root.submit(&asked, "prove-form", &[]).await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    let wrong = root.submit(&asked, "prove-form", &[("password", "something else")]).await;
    assert!(wrong.message().starts_with("That is not the right password."), "{}", wrong.message());
    let page = root.submit(&asked, "prove-form", &[("password", PASSWORD)]).await;
    page.is_at("/admin/clients/new");
    for elsewhere in ["//evil.example", "https://evil.example", "/admin", ""] {
        assert_eq!(root.get(&format!("/admin/prove?to={elsewhere}")).await.status, StatusCode::NOT_FOUND);
    }
}
