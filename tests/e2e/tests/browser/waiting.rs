//! Waits that go down: what is seen, what is heard, and what is said when they are over.

use backstop_browser::{Chrome, View};
use backstop_e2e::{
    Kind, eventually,
    pages::{Hosted, Person},
};
use serde::Deserialize;

/// Of the form of a code, and nobody's.
const NOBODYS_CODE: &str = "abcdef-ghijkm-npqrst-uvwxyz-234567-898989";

/// Writes down what changes in the message and in the region that is read out.
const LISTEN: &str = "
    const message = document.getElementById('message');
    const live = document.getElementById('live');
    const ofWords = node => [...node.childNodes].map(part => part.nodeType === Node.TEXT_NODE ? part.data
        : part.ariaHidden === 'true' ? '' : ofWords(part)).join('');
    const heard = () => ofWords(message).trim().replace(/\\s+/g, ' ');
    window.heard = {before: heard(), now: heard, ticks: new Set(), aloud: [], said: []};
    const watched = {subtree: true, childList: true, characterData: true, attributes: true};
    new MutationObserver(changes => {
        for (const {target} of changes) {
            const element = target.nodeType === Node.TEXT_NODE ? target.parentElement : target;
            if (element?.closest('[aria-hidden=true]')) window.heard.ticks.add(message.innerText);
            // Changes are read out where the message still is one that is.
            else if (message.matches('[role=alert], [role=status], [aria-live]')) window.heard.aloud.push(heard());
        }
    }).observe(message, watched);
    new MutationObserver(() => { if (live.textContent) window.heard.said.push(live.textContent) }).observe(live, watched);";

const READ: &str = "const {before, now, ticks, aloud, said} = window.heard;
    return {before, now: now(), ticks: ticks.size, aloud, said}";

#[derive(Debug, Deserialize)]
struct Heard {
    before: String,
    now: String,
    ticks: usize,
    aloud: Vec<String>,
    said: Vec<String>,
}

async fn heard(ann: &Person) -> Heard {
    serde_json::from_value(ann.script(READ, Vec::new()).await).expect("what was heard")
}

/// Tries wrong codes until there is a wait.
async fn meets_a_wait(ann: &Person) {
    ann.visit("login").await;
    while !ann.has("#message [data-wait]").await {
        ann.fill("email", &ann.user.email).await;
        ann.fill("code", NOBODYS_CODE).await;
        ann.press("#login-form").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wait_goes_down_in_silence_and_its_end_is_said_once_and_agrees() {
    let hosted = Hosted::start(Kind::Sqlite, &[("BACKSTOP_GUARD__BASE_COOLDOWN", "8s")]).await;
    let chrome = Chrome::start().await;
    for (language, title, over) in [
        ("en", "Too many wrong tries. There is a wait now.", "You can try again now."),
        ("de", "Zu viele falsche Versuche. Jetzt gilt eine Wartezeit.", "Jetzt ist der nächste Versuch möglich."),
    ] {
        let view = View::NARROW.in_languages(language);
        let ann = Person::new(&chrome, view, &hosted, hosted.user(&format!("ann-{language}")).await).await;
        meets_a_wait(&ann).await;
        ann.script(LISTEN, Vec::new()).await;
        assert!(ann.attribute("#message", "role").await.as_deref() == Some("alert"), "{}", ann.shown().await);
        eventually("it goes down", async || (heard(&ann).await.ticks > 1).then_some(())).await;
        let meanwhile = heard(&ann).await;
        assert!(meanwhile.before.starts_with(title), "{meanwhile:?}");
        assert_eq!((&meanwhile.now, meanwhile.said.len()), (&meanwhile.before, 0), "{meanwhile:?}");

        eventually("the end is said", async || (!heard(&ann).await.said.is_empty()).then_some(())).await;
        let then = heard(&ann).await;
        assert_eq!(then.aloud, [""; 0], "only the end is read out, and by one region");
        assert_eq!(then.said, [over]);
        assert_eq!(
            (then.now.as_str(), ann.message().await.as_str()),
            (over, over),
            "nothing speaks of a wait any more"
        );
        assert_eq!(ann.complaints().await, [""; 0]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_hears_a_page_with_a_wait_hears_how_long_it_is_once() {
    let hosted = Hosted::start(Kind::Sqlite, &[("BACKSTOP_GUARD__BASE_COOLDOWN", "10m")]).await;
    let chrome = Chrome::start().await;
    for scripts in [true, false] {
        let user = hosted.user(if scripts { "ann" } else { "ben" }).await;
        let ann = Person::new(&chrome, View::WIDE.with_scripts(scripts), &hosted, user).await;
        meets_a_wait(&ann).await;
        ann.script(LISTEN, Vec::new()).await;
        let Heard { before, .. } = heard(&ann).await;
        assert_eq!(before.matches("minute").count(), 1, "{before}");
        assert!(before.starts_with("Too many wrong tries. There is a wait now. You can try again in "), "{before}");
    }
}
