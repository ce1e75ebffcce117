use super::{html, no_page};
use crate::problems::Kind;
use core::fmt::Write as _;
use poem::{
    EndpointExt as _, Request,
    endpoint::{BoxEndpoint, make_sync},
};

const POLICY: &str = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/// What a problem's `type` leads to.
pub(super) fn page() -> BoxEndpoint<'static> {
    make_sync(|request: Request| {
        let name = request.raw_path_param("name").unwrap_or_default();
        let kind = Kind::ALL.iter().find(|kind| kind.row().name == name).ok_or_else(no_page)?;
        Ok::<_, poem::Error>(html(explained(*kind), POLICY))
    })
    .boxed()
}

fn explained(kind: Kind) -> String {
    let row = kind.row();
    let mut page = String::with_capacity(1024);
    // Writing to a string never fails.
    let _ = write!(
        page,
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title}</title>\n<h1>{title}</h1>\n<p>Problem type <code>{name}</code>, status {status}.</p>\n<p>",
        title = row.title,
        name = row.name,
        status = row.status.as_u16(),
    );
    // The table writes what is code between backticks.
    for (at, part) in row.meaning.split('`').enumerate() {
        let part = part.replace('&', "&amp;").replace('<', "&lt;");
        let _ = if at % 2 == 1 { write!(page, "<code>{part}</code>") } else { write!(page, "{part}") };
    }
    page.push_str("</p>\n</html>\n");
    page
}
