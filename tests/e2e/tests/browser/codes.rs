//! How the codes stand on the page.

use backstop_browser::{Chrome, Page, View};
use backstop_e2e::{
    Kind,
    pages::{Hosted, Person},
};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Debug, Deserialize)]
struct Look {
    size: f64,
    large: f64,
    text: f64,
    family: String,
    /// Groups on more than one line.
    broken: Vec<String>,
}

const LOOK: &str = "
    const codes = [...document.querySelectorAll('#codes code')];
    // Between a dash and a digit browsers end no line by themselves.
    for (const group of codes.at(-1).querySelectorAll('b')) group.textContent = '2'.repeat(group.textContent.length);
    const style = element => getComputedStyle(element);
    const size = element => parseFloat(style(element).fontSize);
    const groups = [...document.querySelectorAll('#codes b')];
    return {
        size: Math.min(...codes.map(size)), text: size(document.body), family: style(codes[0]).fontFamily,
        large: parseFloat(style(document.documentElement).getPropertyValue('--large')) * size(document.documentElement),
        broken: groups.filter(group => group.getClientRects().length !== 1).map(group => group.textContent),
    };";

#[tokio::test(flavor = "multi_thread")]
async fn codes_are_large_and_their_lines_end_between_groups() {
    let hosted = Hosted::start(Kind::Sqlite, &[]).await;
    let chrome = Chrome::start().await;
    for (name, view) in [("ann", View::WIDE), ("ben", View::NARROW), ("cem", View::WIDE.zoomed(200))] {
        let ann = Person::new(&chrome, view, &hosted, hosted.user(name).await).await;
        ann.sign_in().await;
        ann.make_codes(None).await;
        let look: Look = serde_json::from_value(ann.script(LOOK, Vec::new()).await).expect("how codes look");
        assert!((look.size - look.large).abs() < 0.01 && look.size > look.text, "{look:?}");
        assert!(look.family.contains("monospace"), "{look:?}");
        assert_eq!(look.broken, [""; 0], "{view:?}");
        assert_eq!(ann.sticks_out().await, [""; 0]);
        // An operator's own profile may have groups that are longer than a line.
        let one_group = "document.querySelector('#codes code').innerHTML = '<b>' + 'W'.repeat(64) + '</b>'";
        ann.script(one_group, Vec::new()).await;
        assert_eq!(ann.sticks_out().await, [""; 0]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn codes_are_numbered_where_people_see_it() {
    let hosted = Hosted::start(Kind::Sqlite, &[]).await;
    let chrome = Chrome::start().await;
    for (name, view) in [("ann", View::WIDE), ("ben", View::NARROW), ("cem", View::NARROW.without_scripts())] {
        let ann = Person::new(&chrome, view, &hosted, hosted.user(name).await).await;
        ann.sign_in().await;
        let codes = ann.make_codes(None).await;
        let drawn = ann.drawn().await;
        for (number, code) in (1..).zip(&codes) {
            let group = drawn.iter().position(|drawn| drawn.text == code[..6]).expect("the code is there");
            let [.., figure, stop] = &drawn[..group] else { panic!("nothing stands before the codes") };
            assert_eq!((figure.text.as_str(), stop.text.as_str()), (&*format!("{number}"), "."), "before {code}");
            assert!((figure.top - stop.top).abs() < 0.5, "a number is on one line: {figure:?} {stop:?}");
            let lines = drawn[group..].iter().take_while(|drawn| drawn.text == "-" || code.contains(&drawn.text));
            let bottom = lines.map(|drawn| drawn.top + drawn.height).fold(0.0, f64::max);
            let is_beside = figure.left >= 0.0 && stop.left + stop.width <= drawn[group].left;
            let middle = figure.top + figure.height / 2.0;
            assert!(is_beside && (drawn[group].top..bottom).contains(&middle), "{figure:?} is not beside {code}");
        }
    }
}

/// Where everything is that stands beside, above or below the codes.
async fn places(page: &Page) -> Value {
    let read = "return [...document.querySelectorAll('main > section > *, #codes li, #codes code, #delivery > *')]
        .map(element => {
            const {left, top, width, height} = element.getBoundingClientRect();
            const name = element.id || element.className || element.tagName;
            return [name, ...[left, top + scrollY, width, height].map(Math.round)].join(' ');
        })";
    page.script(read, Vec::new()).await
}

/// What moved since the page came, until something moves that this moves itself, so that it is known to see that.
const SHIFTS: &str = "
    const marker = document.getElementById('main');
    const pushed = document.createElement('p');
    pushed.textContent = 'pushed';
    return new Promise(done => {
        const before = [];
        new PerformanceObserver(list => {
            for (const shift of list.getEntries()) {
                if (pushed.isConnected && shift.startTime >= pushed.since) return done(before);
                before.push(shift.sources.map(({node}) => node?.id || node?.nodeName || 'gone').join(', '));
            }
        }).observe({type: 'layout-shift', buffered: true});
        requestAnimationFrame(() => setTimeout(() => {
            pushed.since = performance.now();
            marker.before(pushed);
        }));
    });";

#[tokio::test(flavor = "multi_thread")]
async fn codes_stay_where_they_are_when_the_script_starts() {
    let hosted = Hosted::start(Kind::Sqlite, &[]).await;
    let chrome = Chrome::start().await;
    for (view, names) in [(View::WIDE, ["ann", "ben"]), (View::NARROW, ["cem", "dan"])] {
        // One browser shows what the server sent, as long as the script has not come. All codes are equally wide.
        let waiting = Person::new(&chrome, view, &hosted, hosted.user(names[0]).await).await;
        waiting.loads_nothing_like("*.js").await;
        let ready = Person::new(&chrome, view, &hosted, hosted.user(names[1]).await).await;
        for person in [&waiting, &ready] {
            person.sign_in().await;
            person.make_codes(None).await;
        }
        assert!(!waiting.shows("#copy-all").await && ready.shows("#copy-all").await);
        assert_eq!(places(&waiting).await, places(&ready).await);
        assert_eq!(ready.script(SHIFTS, Vec::new()).await, json!([]), "what moved");
    }
}
