//! What administrators do with people and applications, in a browser.

use backstop_browser::{Chrome, View};
use backstop_e2e::{
    Kind,
    pages::{Hosted, Person},
};

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_acts_on_people_and_applications_with_scripts() {
    for (view, kind) in [(View::WIDE, Kind::Sqlite), (View::NARROW, Kind::Postgres)] {
        acts(view, kind).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_acts_on_people_and_applications_without_scripts() {
    for (view, kind) in [(View::WIDE, Kind::Postgres), (View::NARROW, Kind::Sqlite)] {
        acts(view.without_scripts(), kind).await;
    }
}

async fn acts(view: View, kind: Kind) {
    let hosted = Hosted::start(kind, &[]).await;
    let chrome = Chrome::start().await;
    let ann = Person::new(&chrome, view, &hosted, hosted.user("ann").await).await;
    ann.sign_in().await;
    ann.make_codes(None).await;
    let root = Person::new(&chrome, view, &hosted, hosted.user_of_role("root", "admin").await).await;
    root.opens("/admin").await;
    root.fill("email", &root.user.email).await;
    root.fill("password", &root.user.password).await;
    root.press("#sign-in-form").await;
    root.is_on("/admin").await;
    on_accounts(&root, &ann).await;
    on_codes(&root).await;
    on_clients(&root).await;
    let lists = ["sets", "audit", "mails", "tasks", "clean-ups", "schedules", "settings", "you"];
    for list in lists {
        root.opens(&format!("/admin/{list}")).await;
        assert!(root.has("main h1").await && !root.has(".message.loss").await, "{list}: {}", root.shown().await);
    }
}

async fn on_accounts(root: &Person, ann: &Person) {
    root.opens("/admin/accounts").await;
    root.press("main a[href='/admin/accounts/new']").await;
    root.fill("subject", "dee").await;
    root.fill("email", "nothing like an address").await;
    root.press("#create-form").await;
    root.is_told("The e-mail address is none").await;
    assert_eq!(root.value("subject").await, "dee", "what was typed stays");
    root.fill("email", "dee@example.org").await;
    root.press("#create-form").await;
    root.is_told("The account is created.").await;
    root.unfolds("#edit-form").await;
    root.fill("display_name", "Dee").await;
    root.click("#edit-form [name='email_confirmed']").await;
    root.press("#edit-form").await;
    root.is_told("Saved.").await;
    root.unfolds("#reset-form").await;
    root.press("#reset-form").await;
    root.is_told("A mail with a link for a new password is on its way.").await;
    root.is_sure_of("#suspend-form").await;
    root.is_told("The account is suspended.").await;
    root.unfolds("#lift-form").await;
    root.press("#lift-form").await;
    root.is_told("The suspension is lifted.").await;
    root.is_sure_of("#erase-form").await;
    root.is_told("The account is erased.").await;
    root.is_on("/admin/accounts").await;

    finds(root, "ann").await;
    assert_eq!(root.count("#sessions tbody tr").await, 1);
    root.press("#sessions tbody .row-act button").await;
    root.is_told("1 session is ended.").await;
    ann.visit("dashboard").await;
    ann.stands_at("sign-in").await;
    ann.sign_in().await;
    root.unfolds("#end-sessions-form").await;
    root.press("#end-sessions-form").await;
    root.is_told("1 session is ended.").await;
    ann.visit("dashboard").await;
    ann.stands_at("sign-in").await;
}

async fn finds(root: &Person, subject: &str) {
    root.opens("/admin/accounts").await;
    if !root.shows("#filters").await {
        root.click("details.filters > summary").await;
    }
    root.fill("subject", subject).await;
    root.press("#filters").await;
    assert_eq!(root.count("#list tbody tr").await, 1, "{}", root.shown().await);
    root.press("#list tbody td:first-child a").await;
}

async fn on_codes(root: &Person) {
    root.press("#sets tbody td:first-child a").await;
    assert_eq!(root.count("#set-codes tbody tr").await, 10);
    for row in [1, 2] {
        root.click(&format!("#set-codes tbody tr:nth-child({row}) [name='pick']")).await;
    }
    root.press("#set-codes-form button[value='invalidate-codes']").await;
    root.is_told("2 codes are invalidated.").await;
    root.click("#set-codes tbody tr:nth-child(3) [name='pick']").await;
    root.press("#set-codes-form button[value='delete-codes']").await;
    root.is_told("1 code is marked for the purge.").await;
    root.press("#set-codes tbody tr:nth-child(4) td:last-child a").await;
    root.is_sure_of("#invalidate-form").await;
    root.is_told("1 code is invalidated.").await;
    root.is_sure_of("#delete-form").await;
    root.is_told("1 code is marked for the purge.").await;
    root.opens("/admin/sets?subject=ann").await;
    root.press("#list tbody td:nth-child(2) a").await;
    root.unfolds("#invalidate-form").await;
    root.press("#invalidate-form").await;
    root.is_told("Tick").await;
    root.is_sure_of("#invalidate-form").await;
    root.is_told("The set is invalidated.").await;
    root.is_sure_of("#delete-form").await;
    root.is_told("The set is marked for the purge.").await;
    root.is_sure_of("#remove-form").await;
    root.is_told("The set is removed, with 10 codes.").await;
}

async fn on_clients(root: &Person) {
    root.opens("/admin/clients/new").await;
    root.fill("name", "shop").await;
    root.press("#create-form").await;
    root.is_told("at least one scope").await;
    root.click("[name='scopes'][value='codes:read']").await;
    root.press("#create-form").await;
    let key = root.text("#key").await;
    assert!(key.starts_with("backstop_"), "{}", root.shown().await);
    if root.view().scripts {
        root.reload().await;
        assert!(!root.shown().await.contains(&key), "it is shown once");
    } else {
        root.press("main a.button").await;
    }
    root.unfolds("#rotate-form").await;
    root.choose("overlap", "hour").await;
    root.press("#rotate-form").await;
    assert_ne!(root.text("#key").await, key);
    root.press("main a.button").await;
    assert_eq!(root.count("#keys tbody tr").await, 2);
    root.press("#keys tbody .row-act button").await;
    root.is_told("The key is revoked.").await;
    root.is_sure_of("#revoke-form").await;
    root.is_told("The client is revoked.").await;
}
