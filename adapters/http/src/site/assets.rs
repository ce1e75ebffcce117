//! What pages load: nothing from elsewhere, under names that change with their content, kept for a year.

use super::{colours::Colours, routes::Methods};
use bytes::Bytes;
use core::fmt::Write as _;
use poem::{
    EndpointExt as _, Response,
    endpoint::make_sync,
    http::{HeaderValue, Method, header},
};
use sha2::{Digest as _, Sha256};

const STYLE: &str = include_str!("../../assets/site.css");
const SCRIPT: &str = include_str!("../../assets/site.js");
const ICON: &str = include_str!("../../assets/icon.svg");
const A_YEAR: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// Where the assets are.
#[derive(Clone, Debug)]
pub(crate) struct Assets {
    pub(crate) css: String,
    pub(crate) js: String,
    pub(crate) icon: String,
    pub(crate) colours: Option<String>,
    files: Vec<File>,
}

#[derive(Clone, Debug)]
struct File {
    path: String,
    content_type: &'static str,
    bytes: Bytes,
}

impl File {
    fn new(name: &str, ending: &str, content_type: &'static str, bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        let mut hash = String::with_capacity(16);
        for byte in &Sha256::digest(&bytes)[..8] {
            // Writing to a string never fails.
            let _ = write!(hash, "{byte:02x}");
        }
        Self { path: format!("/assets/{name}-{hash}.{ending}"), content_type, bytes }
    }
}

impl Assets {
    pub(crate) fn new(colours: Option<Colours>) -> Self {
        let css = File::new("site", "css", "text/css; charset=utf-8", STYLE);
        let js = File::new("site", "js", "text/javascript; charset=utf-8", SCRIPT);
        let icon = File::new("icon", "svg", "image/svg+xml", ICON);
        let own = colours.map(|own| File::new("colours", "css", "text/css; charset=utf-8", own.stylesheet()));
        Self {
            css: css.path.clone(),
            js: js.path.clone(),
            icon: icon.path.clone(),
            colours: own.as_ref().map(|own| own.path.clone()),
            files: [css, js, icon].into_iter().chain(own).collect(),
        }
    }

    /// Each asset with its path.
    pub(super) fn routes(&self) -> Vec<(String, Methods)> {
        let route = |file: &File| {
            let (path, file) = (file.path.clone(), file.clone());
            let get = make_sync(move |_| {
                let mut response = Response::builder().content_type(file.content_type).body(file.bytes.clone());
                response.headers_mut().insert(header::CACHE_CONTROL, A_YEAR);
                response
            });
            (path, Methods::from([(Method::GET, get.boxed())]))
        };
        self.files.iter().map(route).collect()
    }
}
