//! Accounts, sets and codes in the console: what is shown of them, and what administrators do with them.

use crate::{
    console_browser::{enrolled, newest, staffed},
    site_browser::{BASE, Browser, Page, plain, user},
    world::World,
};
use backstop_application::ports::AuditReader as _;
use backstop_domain::{AuditKind, SuspensionReason};
use poem::http::{Method, StatusCode};

async fn with_people() -> World {
    let world = staffed(true).await;
    user(&world, "ann").await;
    user(&world, "bob").await;
    world.with_codes("ann").await;
    world
}

impl Page {
    /// Each status of the set's codes, from the first to the last.
    fn statuses(&self) -> Vec<String> {
        self.table("set-codes").into_iter().map(|row| row[2].clone()).collect()
    }

    fn has_act(&self, act: &str) -> bool {
        self.text.contains(&format!("name=\"act\" value=\"{act}\""))
    }
}

#[tokio::test]
async fn accounts_are_listed_narrowed_down_and_sorted_by_the_address() {
    let world = with_people().await;
    let mut root = enrolled(&world, "root").await;
    let list = root.get("/admin/accounts?sort=subject&order=asc").await;
    let subjects: Vec<String> = list.table("list").into_iter().map(|row| row[0].clone()).collect();
    assert_eq!(subjects, ["ann", "bob", "eve", "root"]);
    assert!(list.text.contains("aria-sort=\"ascending\"") && list.text.contains("4 entries"), "{}", list.text);
    let turned = root.get(&list.link_called("Subject")).await;
    assert_eq!(turned.table("list")[0][0], "root");
    assert_eq!(root.get("/admin/accounts?role=user").await.table("list").len(), 2);
    assert_eq!(root.get("/admin/accounts?codes=none&role=user").await.table("list")[0][0], "bob");
    let found = root.get("/admin/accounts?email_prefix=AN&subject=&sort=created").await;
    assert_eq!(found.table("list").len(), 1);
    assert!(found.text.contains("<details class=\"more filters\" open>") && found.text.contains("value=\"AN\""));
    assert_eq!(found.table("list")[0][2], "10");
    let none = root.get("/admin/accounts?subject=nobody").await;
    assert!(none.table("list").is_empty() && plain(&none.text).contains("Nothing fits these filters."));

    let first = root.get("/admin/accounts?limit=2&sort=subject&order=asc").await;
    assert_eq!(first.table("list").len(), 2);
    let second = root.get(&first.link_called("Next page")).await;
    assert_eq!(second.table("list")[0][0], "eve");
    assert_eq!(root.get(&second.link_called("Previous page")).await.table("list")[0][0], "ann");
    assert_eq!(root.get(&second.link_called("To the beginning")).await.table("list")[0][0], "ann");
    let elsewhere = second.path.replace("sort=subject", "sort=created");
    let begins = root.get(&elsewhere).await;
    assert_eq!(begins.message(), "That page belonged to another order or filter. The list begins here.");
}

#[tokio::test]
async fn what_a_filter_can_not_be_is_told_with_what_was_typed() {
    let world = with_people().await;
    let mut root = enrolled(&world, "root").await;
    for (query, name) in [
        ("/admin/accounts?duties=maybe", "Open duties"),
        ("/admin/accounts?subject=a&subject_prefix=b", "Subject begins with"),
        ("/admin/sets?account=7", "Account (id)"),
        ("/admin/sets?expires_from=soon", "Expires from"),
        ("/admin/accounts?limit=0", "Entries a page"),
        ("/admin/codes?batch=x", "Set"),
    ] {
        let page = root.get(query).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{query}");
        let told = page.message();
        assert!(told.starts_with("Nothing was looked for") && told.contains(&format!("{name}:")), "{query}: {told}");
        assert!(page.table("list").is_empty(), "{query}");
    }
    let page = root.get("/admin/sets?expires_from=soon").await;
    assert!(page.text.contains("value=\"soon\"") && page.text.contains("aria-invalid=\"true\""));
    // A day as clocks of the site show it.
    assert_eq!(root.get("/admin/sets?expires_from=2020-01-01").await.status, StatusCode::OK);
    let codes = root.get("/admin/codes").await;
    assert!(plain(&codes.text).contains("Codes are listed of one set or one account. Name one of them."));
    for path in ["/admin/accounts/x", "/admin/sets/0191f6b2-3c4d-7e5f-8a9b-0c1d2e3f4a5b", "/admin/codes/1"] {
        assert_eq!(root.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn an_account_is_made_and_edited_and_nothing_typed_is_lost() {
    let world = with_people().await;
    let mut root = enrolled(&world, "root").await;
    let page = root.get("/admin/accounts/new").await;
    let typed = [("subject", " "), ("email", "no address"), ("display_name", "Dee"), ("notify_emails", "x")];
    let wrong = root.submit(&page, "create-form", &typed).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    for why in ["The subject is", "The e-mail address is none", "One of the addresses for notices"] {
        assert!(wrong.message().contains(why), "{}", wrong.message());
    }
    assert!(wrong.text.contains("value=\"Dee\"") && wrong.text.contains("value=\"no address\""));
    let taken = root.submit(&page, "create-form", &[("subject", "ann")]).await;
    assert!(taken.message().contains("There is an account with this subject."), "{}", taken.message());
    let typed = [("subject", "dee"), ("email", "ann@example.com")];
    let taken = root.submit(&page, "create-form", &typed).await;
    assert!(taken.message().contains("Another account has this e-mail address."), "{}", taken.message());
    let typed = [("subject", "dee"), ("email", "dee@example.com"), ("email_confirmed", "yes"), ("locale", "de")];
    let made = root.submit(&page, "create-form", &typed).await;
    assert_eq!(made.message(), "The account is created.");
    assert_eq!((made.told("Subject"), made.told("Language")), ("dee".to_owned(), "de".to_owned()));
    assert_eq!(newest(&world, 1).await, [AuditKind::AccountCreated]);

    let drawn = made.form("edit-form").fields;
    assert!(drawn.contains(&("email".to_owned(), "dee@example.com".to_owned())), "{drawn:?}");
    assert!(drawn.contains(&("email_confirmed".to_owned(), "yes".to_owned())), "{drawn:?}");
    let typed = [("display_name", "Dee Example"), ("notify_emails", "a@example.com\r\nb@example.com")];
    let edited = root.submit(&made, "edit-form", &typed).await;
    assert_eq!(edited.message(), "Saved.");
    assert_eq!(edited.told("Name"), "Dee Example");
    assert_eq!(edited.told("Further addresses for notices"), "a@example.com, b@example.com");
    assert_eq!(edited.told("E-mail confirmed"), "Yes", "what is not typed anew stays");
    let many = root.submit(&edited, "edit-form", &[("notify_emails", "a@b.de b@b.de")]).await;
    assert!(many.message().contains("no e-mail address") && many.text.contains("a@b.de b@b.de</textarea>"));
    assert_eq!(newest(&world, 1).await, [AuditKind::AccountUpdated]);
}

#[tokio::test]
async fn an_account_is_suspended_lifted_and_erased_after_a_yes() {
    let world = with_people().await;
    let mut root = enrolled(&world, "root").await;
    let page = root.account("ann").await;
    assert_eq!((page.told("E-mail"), page.told("Codes left")), ("ann@example.com".to_owned(), "10".to_owned()));
    let unsure = root.submit(&page, "suspend-form", &[]).await;
    assert_eq!(unsure.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!unsure.text.contains("<dt>Suspended</dt>"));
    let suspended = root.submit(&page, "suspend-form", &[("sure", "yes")]).await;
    assert_eq!(suspended.message(), "The account is suspended.");
    assert_eq!(suspended.told("Suspended"), "By an administrator");
    assert_eq!(newest(&world, 1).await, [AuditKind::Suspended]);
    assert!(!suspended.has_act("suspend"));
    let lifted = root.submit(&suspended, "lift-form", &[]).await;
    assert_eq!(lifted.message(), "The suspension is lifted.");
    assert_eq!(newest(&world, 1).await, [AuditKind::Lifted]);
    world.suspend("ann", SuspensionReason::Failures).await;
    let worn = root.account("ann").await;
    assert!(worn.has_act("lift") && worn.has_act("suspend"));

    let unsure = root.submit(&page, "erase-form", &[]).await;
    assert!(unsure.text.contains("Yes, erase ann with 1 set of codes"), "{}", unsure.text);
    assert_eq!(unsure.status, StatusCode::UNPROCESSABLE_ENTITY);
    let erased = root.submit(&page, "erase-form", &[("sure", "yes")]).await;
    assert_eq!((erased.message().as_str(), erased.path.as_str()), ("The account is erased.", "/admin/accounts"));
    assert_eq!(newest(&world, 1).await, [AuditKind::AccountErased]);
    let gone = root.submit(&page, "erase-form", &[("sure", "yes")]).await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn nobody_suspends_or_erases_themselves() {
    let world = with_people().await;
    let mut root = enrolled(&world, "root").await;
    let own = root.account("root").await;
    assert!(!own.has_act("suspend") && !own.has_act("erase"));
    let other = root.account("ann").await;
    let mut fields = other.form("erase-form").fields;
    fields.push(("sure".to_owned(), "yes".to_owned()));
    let refused = root.ask(Method::POST, &own.path, Some(crate::site_browser::encoded(&fields))).await;
    assert!(refused.message().starts_with("Nobody does this to their own account."), "{}", refused.text);
    root.get("/admin").await.is_at("/admin");
}

#[tokio::test]
async fn sessions_are_ended_one_or_all() {
    let world = with_people().await;
    let mut root = enrolled(&world, "root").await;
    let (mut one, mut two) = (Browser::new(&world).saying("user-agent", "First"), Browser::new(&world));
    one.sign_in("ann").await;
    two.sign_in("ann").await;
    let page = root.account("ann").await;
    let rows = page.table("sessions");
    assert_eq!(rows.len(), 2);
    assert_eq!((rows[0][0].as_str(), rows[1][4].as_str()), ("Pages for users", "First"));
    let forms: Vec<&str> =
        page.text.split("<form id=\"end-").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    let ended = root.submit(&page, &format!("end-{}", forms[1]), &[]).await;
    assert_eq!(ended.message(), "1 session is ended.");
    assert_eq!(one.home().await.path, format!("{BASE}/sign-in"));
    assert_eq!(two.home().await.path, format!("{BASE}/dashboard"));
    let ended = root.submit(&page, "end-sessions-form", &[]).await;
    assert_eq!(ended.message(), "1 session is ended.");
    assert_eq!(two.home().await.path, format!("{BASE}/sign-in"));
    let again = root.submit(&page, "end-sessions-form", &[]).await;
    assert_eq!(again.message(), "There was no session to end.");
}

#[tokio::test]
async fn codes_are_picked_and_invalidated_or_marked() {
    let world = with_people().await;
    let mut root = enrolled(&world, "root").await;
    let page = root.set_of("ann").await;
    assert_eq!(page.statuses(), ["Active"; 10]);
    let picks: Vec<String> = page
        .text
        .split("name=\"pick\" value=\"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap().to_owned())
        .collect();
    let picked = |act: &str, which: &[usize]| {
        let mut fields = page.form("set-codes-form").fields;
        fields.push(("act".to_owned(), act.to_owned()));
        fields.extend(which.iter().map(|at| ("pick".to_owned(), picks[*at].clone())));
        crate::site_browser::encoded(&fields)
    };
    let nothing = root.ask(Method::POST, &page.path, Some(picked("invalidate-codes", &[]))).await;
    assert_eq!(nothing.status, StatusCode::SEE_OTHER);
    let page_after = root.get(&page.path).await;
    assert_eq!(page_after.message(), "Nothing was done, because no code was ticked.");
    root.ask(Method::POST, &page.path, Some(picked("invalidate-codes", &[0, 3]))).await;
    let invalidated = root.get(&page.path).await;
    assert_eq!(invalidated.message(), "2 codes are invalidated.");
    assert_eq!((invalidated.told("Left").as_str(), invalidated.told("Invalidated").as_str()), ("8", "2"));
    assert_eq!(newest(&world, 1).await, [AuditKind::CodeInvalidated]);
    root.ask(Method::POST, &page.path, Some(picked("delete-codes", &[3, 4]))).await;
    let marked = root.get(&page.path).await;
    assert_eq!(marked.message(), "2 codes are marked for the purge.");
    let statuses = marked.statuses();
    assert_eq!((statuses[0].as_str(), statuses[3].as_str()), ("Invalidated", "Marked for the purge"));
    root.ask(Method::POST, &page.path, Some(picked("delete-codes", &[3, 4]))).await;
    assert!(root.get(&page.path).await.message().starts_with("Nothing changed"));

    let code = root.get(&format!("/admin/codes/{}", picks[7])).await;
    let unsure = root.submit(&code, "invalidate-form", &[]).await;
    assert_eq!(unsure.status, StatusCode::UNPROCESSABLE_ENTITY);
    let gone = root.submit(&code, "invalidate-form", &[("sure", "yes")]).await;
    assert_eq!((gone.message().as_str(), gone.told("Status").as_str()), ("1 code is invalidated.", "Invalidated"));
    let gone = root.submit(&gone, "delete-form", &[("sure", "yes")]).await;
    assert_eq!(gone.told("Status"), "Marked for the purge");
    assert!(!gone.has_act("delete") && !gone.has_act("invalidate"));
    let listed = root.get("/admin/codes?subject=ann&status=active").await;
    assert_eq!(listed.table("list").len(), 6);
}

#[tokio::test]
async fn a_set_is_invalidated_marked_and_removed_after_a_yes() {
    let world = with_people().await;
    let mut root = enrolled(&world, "root").await;
    let page = root.set_of("ann").await;
    assert!(page.text.contains("Yes, take 10 codes from its owner"));
    for form in ["invalidate-form", "delete-form", "remove-form"] {
        let unsure = root.submit(&page, form, &[]).await;
        assert_eq!((unsure.status, unsure.told("Status").as_str()), (StatusCode::UNPROCESSABLE_ENTITY, "Active"));
    }
    let done = root.submit(&page, "invalidate-form", &[("sure", "yes")]).await;
    assert_eq!((done.message().as_str(), done.told("Status").as_str()), ("The set is invalidated.", "Invalidated"));
    assert_eq!(newest(&world, 1).await, [AuditKind::BatchInvalidated]);
    assert!(!done.has_act("invalidate"));
    let done = root.submit(&done, "delete-form", &[("sure", "yes")]).await;
    assert_eq!(done.message(), "The set is marked for the purge.");
    assert_eq!(newest(&world, 1).await, [AuditKind::BatchDeleted]);
    let done = root.submit(&done, "remove-form", &[("sure", "yes")]).await;
    assert_eq!(done.message(), "The set is removed, with 10 codes.");
    assert_eq!(newest(&world, 1).await, [AuditKind::BatchRemoved]);
    assert!(root.get("/admin/sets?subject=ann").await.table("list").is_empty());
    assert_eq!(root.get(&page.path).await.status, StatusCode::NOT_FOUND);
}

/// Every form of every page about people.
const PAGES: [&str; 3] = ["ann", "set", "code"];

#[tokio::test]
async fn an_auditor_sees_everything_and_changes_nothing() {
    let world = with_people().await;
    let (mut root, mut eve) = (enrolled(&world, "root").await, enrolled(&world, "eve").await);
    let entries = world.storage.newest(None, 1_000).await.unwrap().len();
    for page in PAGES {
        let page = match page {
            "ann" => root.account("ann").await,
            "set" => root.set_of("ann").await,
            _ => {
                let codes = root.get("/admin/codes?subject=ann").await;
                let id = codes.table("list")[0][2].clone();
                root.get(&codes.link_called(&id)).await
            }
        };
        let seen = eve.get(&page.path).await;
        seen.is_at(&page.path);
        assert!(!seen.text.contains("name=\"act\"") && !seen.text.contains("name=\"pick\""), "{}", seen.text);
        let own = eve.get("/admin/you/sessions").await.form_token();
        for act in [
            "edit",
            "suspend",
            "lift",
            "end-sessions",
            "end-session",
            "erase",
            "invalidate",
            "delete",
            "remove",
            "invalidate-codes",
            "delete-codes",
        ] {
            let body = format!("form_token={own}&act={act}&sure=yes");
            let refused = eve.ask(Method::POST, &page.path, Some(body)).await;
            assert_eq!(refused.status, StatusCode::FORBIDDEN, "{act} {}", page.path);
            assert!(refused.message().starts_with("You may look at everything here and change nothing."));
        }
    }
    let own = eve.get("/admin/you/sessions").await.form_token();
    for path in ["/admin/accounts/new", "/admin/clients/new"] {
        assert_ne!(eve.get(path).await.path, path);
        let refused = eve.ask(Method::POST, path, Some(format!("form_token={own}&subject=x&name=x"))).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{path}");
    }
    assert_eq!(world.storage.newest(None, 1_000).await.unwrap().len(), entries, "nothing was done");
}

#[tokio::test]
async fn the_console_speaks_german() {
    let world = with_people().await;
    let mut root = enrolled(&world, "root").await.saying("accept-language", "de");
    let list = root.get("/admin/accounts").await;
    assert!(plain(&list.text).contains("Konten") && list.text.contains("4 Einträge"), "{}", list.text);
    let page = root.set_of("ann").await;
    assert_eq!(page.statuses()[0], "Aktiv");
    assert!(page.text.contains("Ja, der Person 10 Codes nehmen"));
    let done = root.submit(&page, "invalidate-form", &[("sure", "yes")]).await;
    assert_eq!(done.message(), "Der Satz ist ungültig.");
}

#[tokio::test]
async fn a_mail_for_a_new_password_is_sent_to_a_confirmed_address() {
    let world = with_people().await;
    let mut root = enrolled(&world, "root").await;
    let page = root.account("bob").await;
    let sent = root.submit(&page, "reset-form", &[]).await;
    assert_eq!(sent.message(), "A mail with a link for a new password is on its way.");
    assert_eq!(newest(&world, 1).await, [AuditKind::PasswordResetSent]);
    let edited = root.submit(&sent, "edit-form", &[("email_confirmed", "")]).await;
    let refused = root.submit(&edited, "reset-form", &[]).await;
    assert!(refused.message().starts_with("Nothing was sent:"), "{}", refused.message());
    assert!(!root.account("eve").await.has_act("reset"), "not for those who run the service");
}
