//! What holds for every letter, whoever wrote its templates.

use crate::{
    Site, TemplateProblem, codes, facts,
    language::{Language, name_of},
    samples::samples,
};
use backstop_application::ports::{Reader, Written};
use backstop_domain::{DisplayName, Letter, letter::SupportContact};

/// Elements that load something, run, or ask for something.
const FOREIGN: [&str; 19] = [
    "script", "img", "image", "link", "iframe", "frame", "object", "embed", "svg", "math", "form", "input", "button",
    "video", "audio", "source", "base", "applet", "x-name",
];
/// Attributes that do.
const LOADING: [&str; 8] = ["src", "srcset", "background", "poster", "data", "action", "formaction", "http-equiv"];

/// The problems of all letters in this language, with every sample, for readers with and without a name, and for sites
/// with and without support.
pub(crate) fn try_all(site: &Site, language: &Language) -> Vec<TemplateProblem> {
    let named = Reader { locale: None, display_name: DisplayName::parse("<x-name>Ann & Co\u{202E}").ok() };
    let helped = Site { support: SupportContact::parse("https://support.example/help").ok(), ..site.clone() };
    let helpless = Site { support: None, ..site.clone() };
    let ways = [(helpless, Reader::default()), (helped, named)];
    let mut problems = Vec::new();
    for (_, letter) in samples() {
        for (site, reader) in &ways {
            let found = match language.write(site, &letter, reader) {
                Ok(written) => complaints(site, &letter, &written)
                    .into_iter()
                    .map(|(part, what)| TemplateProblem {
                        file: format!("{}/{}.{part}", language.folder(), name_of(&letter)),
                        line: None,
                        what,
                    })
                    .collect(),
                Err(problem) => vec![problem],
            };
            problems.extend(found);
        }
    }
    problems
}

/// What is wrong, each with the part it is in.
fn complaints(site: &Site, letter: &Letter, written: &Written) -> Vec<(&'static str, String)> {
    let mut found = Vec::new();
    if written.subject.is_empty() {
        found.push(("subject", "the subject is empty".to_owned()));
    }
    let (text, html) = (written.text.reveal(), written.html.reveal());
    let page = visible(html);
    for (part, shown) in [("txt", text), ("html", page.as_str())] {
        if !shown.contains(&facts::site_name(site)) {
            found.push((part, "the site is not named; write {{ site.name }}".to_owned()));
        }
        if let Letter::Codes { codes, batch, .. } = letter {
            let places = codes.iter().map(|code| shown.find(code.reveal()));
            let places: Vec<Option<usize>> = places.collect();
            if places.iter().any(Option::is_none) || !places.is_sorted() {
                found.push((
                    part,
                    "the codes are not all there, or not in order; write {{ code }} for each of codes".to_owned(),
                ));
            }
            if !shown.contains(&batch.to_string()) {
                found.push((part, "it is not said what set this is; write {{ batch }}".to_owned()));
            }
        }
    }
    if let Some(link) = letter.link() {
        let there = [("txt", text.contains(link.reveal())), ("html", unescaped(html).contains(link.reveal()))];
        let missing = there.into_iter().filter(|(_, is_there)| !is_there);
        found.extend(missing.map(|(part, _)| (part, "the link is not there; write {{ link.address }}".to_owned())));
    }
    found.extend(foreign(html, site, letter).into_iter().map(|what| ("html", what)));
    found
}

/// What the page loads, runs or leads to, and must not.
fn foreign(html: &str, site: &Site, letter: &Letter) -> Vec<String> {
    let own = letter.link().map(|link| link.reveal().to_owned());
    let links: Vec<String> = site.support.as_ref().and_then(SupportContact::link).into_iter().chain(own).collect();
    let mut found = Vec::new();
    for tag in tags(html) {
        let (name, attributes) = parts(tag);
        if FOREIGN.contains(&name.as_str()) {
            found.push(format!("a mail has no <{name}>, or what somebody wrote became one"));
        }
        for (attribute, value) in attributes {
            let value_in_lower_case = value.to_lowercase();
            if LOADING.contains(&attribute.as_str()) || attribute.starts_with("on") {
                found.push(format!("a mail loads nothing and runs nothing, and {name} has {attribute}"));
            } else if attribute == "href" && !links.contains(&unescaped(&value)) {
                found.push(format!(
                    "a mail leads to {{{{ site.support_link }}}} and {{{{ link.address }}}} only, and {name} leads elsewhere"
                ));
            } else if attribute == "style" && value_in_lower_case.contains("url(") {
                found.push(format!("a mail loads nothing, and the style of {name} has url()"));
            }
        }
    }
    for sheet in html.split("<style").skip(1).filter_map(|rest| rest.split("</style").next()) {
        let sheet = sheet.to_lowercase();
        if sheet.contains("url(") || sheet.contains("@import") {
            found.push("a mail loads nothing, and its style sheet has url() or @import".to_owned());
        }
    }
    found
}

/// The text between `<` and `>` of every tag.
fn tags(html: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        if !rest.starts_with(|c: char| c.is_ascii_alphabetic()) {
            continue;
        }
        let mut quote = None;
        let end = rest.char_indices().find(|(_, c)| {
            match (quote, *c) {
                (None, '"' | '\'') => quote = Some(*c),
                (Some(open), c) if c == open => quote = None,
                (None, '>') => return true,
                _ => {}
            }
            false
        });
        let (tag, after) = end.map_or((rest, ""), |(end, _)| rest.split_at(end));
        found.push(tag);
        rest = after;
    }
    found
}

/// The name of a tag, and its attributes with their values, names in lower case.
fn parts(tag: &str) -> (String, Vec<(String, String)>) {
    let ends = |c: char| c.is_whitespace() || c == '/';
    let (name, mut rest) = tag.split_at(tag.find(ends).unwrap_or(tag.len()));
    let mut attributes = Vec::new();
    loop {
        rest = rest.trim_start_matches(ends);
        if rest.is_empty() {
            return (name.to_lowercase(), attributes);
        }
        let end = rest.find(|c: char| ends(c) || c == '=').filter(|end| *end > 0).unwrap_or(rest.len());
        let (attribute, after) = rest.split_at(end);
        let value = after.trim_start().strip_prefix('=').map(str::trim_start);
        let (value, after) = match value {
            Some(quoted) if quoted.starts_with(['"', '\'']) => {
                let (quote, quoted) = quoted.split_at(1);
                quoted.split_once(quote).unwrap_or((quoted, ""))
            }
            Some(plain) => plain.split_at(plain.find(char::is_whitespace).unwrap_or(plain.len())),
            None => ("", after),
        };
        attributes.push((attribute.to_lowercase(), value.to_owned()));
        rest = after;
    }
}

/// What a reader sees of a page, roughly: without its tags.
fn visible(html: &str) -> String {
    let body = html.find("<body").map_or(html, |at| &html[at..]);
    let mut text = String::with_capacity(body.len());
    let mut inside = false;
    for c in body.chars().filter(|c| !codes::is_mark(*c)) {
        match c {
            '<' => inside = true,
            '>' if inside => inside = false,
            c if !inside => text.push(c),
            _ => {}
        }
    }
    unescaped(&text)
}

fn unescaped(text: &str) -> String {
    let entities = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&#x27;", "'"), ("&#x2f;", "/")];
    entities.iter().fold(text.to_owned(), |text, (entity, c)| text.replace(entity, c)).replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;
    use backstop_domain::{SiteName, schedule::Zone};

    fn found(html: &str) -> Vec<String> {
        let support = Some(SupportContact::parse("help@example.com").unwrap());
        let site = Site { name: SiteName::parse("A").unwrap(), support, zone: Zone::UTC, language: None };
        foreign(html, &site, &Letter::Test)
    }

    #[test]
    fn what_loads_runs_or_leads_away_is_found() {
        for html in [
            "<img alt=''>",
            "<IMG\nalt=''>",
            "<p><script>1</script>",
            "<td background=x>",
            "<p title='>' onclick=\"x\">",
            "<a href='https://example.com'>",
            "<a href=https://example.com>",
            "<p style='background: URL(x)'>",
            "<style>@import 'x';</style>",
            "<style>p { background: url(x) }</style>",
            "<link rel=stylesheet>",
            "<meta http-equiv=refresh content=0>",
            "<p/onclick=x>",
        ] {
            assert_eq!(found(html).len(), 1, "{html}");
        }
    }

    #[test]
    fn what_does_not_is_let_alone() {
        for html in [
            "<a class=link href=\"mailto:help@example.com\">help</a>",
            "<p>1 < 2, src=x, url(y), onclick=z &lt;img&gt;</p>",
            "<!--[if mso]><table role=\"presentation\"><tr><td><![endif]-->",
            "<td style=\"color: #fff\" colspan=2>",
        ] {
            assert_eq!(found(html), Vec::<String>::new(), "{html}");
        }
    }

    #[test]
    fn what_a_reader_sees_has_no_tags() {
        assert_eq!(visible("<title>x</title><body class=a>A&amp;B-<wbr>C &lt;i&gt;"), "A&B-C <i>");
    }
}
