//! Nothing moves for people who asked for that.

use backstop_browser::{Chrome, View};
use backstop_e2e::{
    Kind,
    pages::{Hosted, Person},
};

/// Looks for what moves now and while something is done, on every kind of page, and at last on the codes.
async fn movements(ann: &Person) -> Vec<String> {
    let mut found = Vec::new();
    for page in ["login", "sign-in"] {
        ann.visit(page).await;
        found.extend(ann.moves().await);
    }
    ann.fill("email", &ann.user.email).await;
    ann.fill("password", "something else").await;
    ann.press("#sign-in-form").await;
    found.extend(ann.moves().await);
    ann.sign_in().await;
    found.extend(ann.moves().await);
    ann.visit("password").await;
    found.extend(ann.moves().await);
    ann.click("[data-reveal]").await;
    found.extend(ann.moves().await);
    ann.visit("dashboard").await;
    ann.make_codes(None).await;
    ann.click("#copy-all").await;
    ann.wait_for("#copy-all.done").await;
    found.extend(ann.moves().await);
    ann.leaves_codes().await;
    ann.unfolds("#delete-all-form").await;
    found.extend(ann.moves().await);
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_moves_where_the_browser_asks_for_less_motion() {
    let hosted = Hosted::start(Kind::Sqlite, &[]).await;
    let chrome = Chrome::start().await;
    let ann = Person::new(&chrome, View::WIDE.with_reduced_motion(), &hosted, hosted.user("ann").await).await;
    assert_eq!(movements(&ann).await, [""; 0]);
    let ben = Person::new(&chrome, View::WIDE, &hosted, hosted.user("ben").await).await;
    assert!(!movements(&ben).await.is_empty(), "for others something does, or this test sees nothing");
}
