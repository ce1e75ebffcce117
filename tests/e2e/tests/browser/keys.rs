//! Without a mouse.

use backstop_browser::{Chrome, Key, View};
use backstop_e2e::{
    Kind,
    pages::{Hosted, Person},
};

/// Comes to the element by the Tab key, and sees that it has come there.
async fn comes_to(person: &Person, css: &str) {
    person.tab_to(css).await;
    assert!(person.focus_is_seen().await, "nobody sees that the focus is on {css}");
}

/// To a button of a form, and on by the Enter key.
async fn sends(person: &Person, form: &str) {
    comes_to(person, &format!("{form} button:not([type='button'])")).await;
    person.key_leads_on(Key::Enter).await;
}

async fn types(person: &Person, css: &str, text: &str) {
    comes_to(person, css).await;
    person.type_text(text).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_main_way_is_gone_by_keys_alone() {
    let hosted = Hosted::start(Kind::Sqlite, &[]).await;
    let chrome = Chrome::start().await;
    let tongues = [("en", "This code works"), ("de", "Dieser Code gilt")];
    for ((language, works), scripts) in tongues.into_iter().flat_map(|tongue| [(tongue, true), (tongue, false)]) {
        let user = hosted.user(&format!("{}-{language}", if scripts { "ann" } else { "ben" })).await;
        let view = View::WIDE.with_reduced_motion().with_scripts(scripts).in_languages(language);
        let ann = Person::new(&chrome, view, &hosted, user).await;
        ann.visit("sign-in").await;
        assert_eq!(ann.attribute("html", "lang").await.as_deref(), Some(language));
        // The first thing that the key comes to leads past everything that is the same on every page.
        ann.keys(&[Key::Tab]).await;
        assert!(ann.has_focus("a[href='#main']").await && ann.focus_is_seen().await);
        types(&ann, "[name='email']", &ann.user.email).await;
        types(&ann, "[name='password']", &ann.user.password).await;
        ann.key_leads_on(Key::Enter).await;
        ann.stands_at("dashboard").await;

        comes_to(&ann, "[name='ends']:checked").await;
        ann.keys(&[Key::Down]).await;
        assert!(ann.has("[name='ends'][value='days']:checked").await);
        comes_to(&ann, "[name='days']").await;
        sends(&ann, "#generate-form").await;
        let codes = ann.codes().await;

        comes_to(&ann, "#download-form button").await;
        let saved = ann.files().len();
        ann.keys(&[Key::Enter]).await;
        let file = ann.next_file(saved).await;
        assert!(codes.iter().all(|code| file.text().contains(code)), "{}", file.text());
        if scripts {
            comes_to(&ann, "#saved").await;
            ann.keys(&[Key::Space]).await;
        }
        comes_to(&ann, "main a.button").await;
        ann.key_leads_on(Key::Enter).await;
        types(&ann, "#verify-form [name='code']", &codes[0]).await;
        ann.key_leads_on(Key::Enter).await;
        ann.is_told(works).await;
        comes_to(&ann, "details:has(#invalidate-code-form) > summary").await;
        ann.keys(&[Key::Enter]).await;
        types(&ann, "#invalidate-code-form [name='code']", &codes[1]).await;
        sends(&ann, "#invalidate-code-form").await;
        assert_eq!(ann.remaining().await, 9);
        sends(&ann, "#logout-form").await;

        ann.stands_at("login").await;
        types(&ann, "[name='email']", &ann.user.email).await;
        types(&ann, "[name='code']", &codes[2].replace('-', " ")).await;
        ann.key_leads_on(Key::Enter).await;
        ann.stands_at("dashboard").await;
        assert_eq!(ann.remaining().await, 8);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_menu_of_a_small_screen_is_used_by_keys() {
    let hosted = Hosted::start(Kind::Sqlite, &[]).await;
    let chrome = Chrome::start().await;
    for scripts in [true, false] {
        let user = hosted.user(if scripts { "ann" } else { "ben" }).await;
        let ann = Person::new(&chrome, View::NARROW.with_reduced_motion().with_scripts(scripts), &hosted, user).await;
        ann.sign_in().await;
        assert!(!ann.shows("details.menu nav").await && ann.shows("#logout-form button").await);
        comes_to(&ann, "details.menu > summary").await;
        ann.keys(&[Key::Enter]).await;
        assert!(ann.shows("details.menu nav").await);
        comes_to(&ann, "details.menu a[href$='/password']").await;
        ann.key_leads_on(Key::Enter).await;
        ann.stands_at("password").await;
    }
}
