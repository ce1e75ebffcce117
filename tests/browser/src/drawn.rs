use serde::Deserialize;
use serde_json::json;

use crate::Page;

/// A text as it is drawn, and where on the page, in CSS pixels.
#[derive(Clone, Debug, PartialEq)]
pub struct Drawn {
    pub text: String,
    pub left: f64,
    pub top: f64,
    pub width: f64,
    pub height: f64,
}

/// As the browser's own protocol tells it: texts are numbers of strings.
#[derive(Deserialize)]
struct Snapshot {
    documents: Vec<Document>,
    strings: Vec<String>,
}

#[derive(Deserialize)]
struct Document {
    layout: Layout,
}

#[derive(Deserialize)]
struct Layout {
    text: Vec<i64>,
    bounds: Vec<[f64; 4]>,
}

impl Page {
    /// Every text that is drawn, in the page's order, also what style sheets put before and after something.
    pub async fn drawn(&self) -> Vec<Drawn> {
        let told = self.devtools("DOMSnapshot.captureSnapshot", json!({"computedStyles": []})).await;
        let Snapshot { documents, strings } = serde_json::from_value(told).expect("a snapshot of the page");
        let layouts = documents.into_iter().map(|document| document.layout);
        let places = layouts.flat_map(|layout| layout.text.into_iter().zip(layout.bounds));
        let drawn = places.filter_map(|(text, [left, top, width, height])| {
            let text = strings.get(usize::try_from(text).ok()?)?.clone();
            Some(Drawn { text, left, top, width, height })
        });
        drawn.filter(|drawn| drawn.width > 0.0 && drawn.height > 0.0).collect()
    }
}
