//! Whether a page is what browsers and screen readers expect.

use std::collections::{BTreeSet, HashSet};

const VOID: [&str; 7] = ["meta", "link", "input", "br", "hr", "img", "wbr"];

/// Elements are closed in order, attributes are quoted and not repeated, ids are unique and what refers to them is there,
/// fields have labels, and there is one main heading.
pub(crate) fn check(page: &str) -> Result<(), String> {
    let mut rest = page.strip_prefix("<!doctype html>").ok_or("no doctype")?;
    let mut open: Vec<String> = Vec::new();
    let (mut ids, mut wanted, mut labels, mut fields) = (BTreeSet::new(), Vec::new(), HashSet::new(), Vec::new());
    let mut headings = 0;
    while let Some(at) = rest.find('<') {
        if rest[..at].contains('>') {
            return Err(format!("a stray > in {:?}", &rest[..at]));
        }
        rest = &rest[at + 1..];
        let end = rest.find('>').ok_or("a tag without an end")?;
        let tag = &rest[..end];
        rest = &rest[end + 1..];
        if let Some(name) = tag.strip_prefix('/') {
            match open.pop() {
                Some(last) if last == name => {}
                last => return Err(format!("</{name}> closes {last:?}")),
            }
            continue;
        }
        let (name, attributes) = parts(tag)?;
        headings += usize::from(name == "h1");
        let get = |wanted: &str| attributes.iter().find(|(known, _)| known == wanted).map(|(_, value)| value.clone());
        if let Some(id) = get("id")
            && !ids.insert(id.clone())
        {
            return Err(format!("the id {id} is there twice"));
        }
        for name in ["aria-describedby", "aria-labelledby"] {
            wanted.extend(get(name).into_iter().flat_map(|all| all.split(' ').map(str::to_owned).collect::<Vec<_>>()));
        }
        labels.extend(get("for"));
        let kind = get("type").unwrap_or_default();
        let is_seen = kind != "hidden" && get("aria-hidden").is_none();
        if (name == "input" || name == "select") && is_seen && !open.contains(&"label".to_owned()) {
            fields.push(get("id").ok_or_else(|| format!("a field without an id: {tag}"))?);
        }
        if !VOID.contains(&name.as_str()) && !tag.ends_with('/') {
            open.push(name);
        }
    }
    if let Some(last) = open.pop() {
        return Err(format!("<{last}> is open at the end"));
    }
    if headings != 1 {
        return Err(format!("{headings} main headings"));
    }
    if let Some(missing) = wanted.iter().find(|id| !ids.contains(*id)) {
        return Err(format!("nothing has the id {missing}"));
    }
    match fields.iter().find(|id| !labels.contains(*id)) {
        Some(field) => Err(format!("{field} has no label")),
        None => Ok(()),
    }
}

fn parts(tag: &str) -> Result<(String, Vec<(String, String)>), String> {
    let tag = tag.trim_end_matches('/');
    let (name, mut rest) = tag.split_once(|c: char| c.is_whitespace()).unwrap_or((tag, ""));
    let mut attributes: Vec<(String, String)> = Vec::new();
    loop {
        rest = rest.trim_start();
        if rest.is_empty() {
            return Ok((name.to_owned(), attributes));
        }
        let end = rest.find(|c: char| c == '=' || c.is_whitespace()).unwrap_or(rest.len());
        let key = &rest[..end];
        rest = &rest[end..];
        let mut value = "";
        if let Some(quoted) = rest.strip_prefix('=') {
            let quoted = quoted.strip_prefix('"').ok_or_else(|| format!("{key} is not quoted in {tag}"))?;
            let close = quoted.find('"').ok_or_else(|| format!("{key} has no end in {tag}"))?;
            value = &quoted[..close];
            rest = &quoted[close + 1..];
        }
        if attributes.iter().any(|(known, _)| known == key) {
            return Err(format!("{key} is there twice in {tag}"));
        }
        attributes.push((key.to_owned(), value.to_owned()));
    }
}

/// Nothing inline, and nothing from elsewhere.
pub(crate) fn without_scripts(page: &str) {
    assert_eq!(page.matches("<script").count(), 1);
    assert!(page.contains("<script type=\"module\" src=\"/assets/"));
    for inline in
        [" style=", "<style", " onclick=", " onsubmit=", " onload=", "javascript:", "src=\"http", "href=\"http"]
    {
        assert!(!page.contains(inline), "{inline} in {page}");
    }
}

#[test]
fn what_is_wrong_in_a_page_is_found() {
    let page = |body: &str| format!("<!doctype html><html><body><h1>a</h1>{body}</body></html>");
    check(&page("<p>b</p>")).unwrap();
    for bad in [
        "<p>b",
        "<p><b>c</p></b>",
        "<p id=\"a\"></p><p id=\"a\"></p>",
        "<p id=a></p>",
        "<p id=\"a\" id=\"b\"></p>",
        "<input id=\"a\" name=\"b\">",
        "<p aria-describedby=\"x\"></p>",
        "<h1>b</h1>",
    ] {
        assert!(check(&page(bad)).is_err(), "{bad}");
    }
}
