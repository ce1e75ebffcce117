use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::json;
use std::{fs, path::Path};

use crate::Page;

impl Page {
    /// A picture of the whole page, however long, as PNG.
    pub async fn picture(&self) -> Vec<u8> {
        // What sticks to the top of the window would be in the middle of the page otherwise.
        let to_the_top = json!({"expression": "scrollTo({top: 0, behavior: 'instant'})"});
        self.devtools("Runtime.evaluate", to_the_top).await;
        let size = self.devtools("Page.getLayoutMetrics", json!({})).await;
        let (width, _) = self.view.css_size();
        let clip = json!({"x": 0, "y": 0, "width": width, "height": size["cssContentSize"]["height"], "scale": 1});
        let wanted = json!({"format": "png", "captureBeyondViewport": true, "clip": clip});
        let taken = self.devtools("Page.captureScreenshot", wanted).await;
        STANDARD.decode(taken["data"].as_str().expect("a picture")).expect("a picture in base 64")
    }

    pub async fn screenshot(&self, path: &Path) {
        fs::write(path, self.picture().await).expect("the picture can be written");
    }
}
