//! A browser without a screen: it keeps cookies, fills in forms as they were drawn, and follows where it is led.

use crate::world::{Plan, World};
use backstop_application::{ports::Clock as _, use_cases::NewUser};
use backstop_domain::{Actor, EmailAddress, Role, SecretText, Subject, Timestamp};
use core::fmt::Write as _;
use jiff::SignedDuration;
use poem::{
    Endpoint as _, Request,
    http::{HeaderMap, Method, StatusCode, header},
};
use std::collections::BTreeMap;

pub(crate) const PASSWORD: &str = "purple lantern over quiet river";
pub(crate) const BASE: &str = "/auth/recovery-codes";

/// A user who can sign in with a password.
pub(crate) async fn user(world: &World, name: &str) {
    person(world, name, Role::User).await;
}

/// Somebody of this role who can sign in with a password.
pub(crate) async fn person(world: &World, name: &str, role: Role) {
    let user = NewUser {
        subject: Subject::parse(name).unwrap(),
        email: EmailAddress::parse(&format!("{name}@example.com")).unwrap(),
        email_confirmed: true,
        display_name: None,
        role,
        password: SecretText::new(PASSWORD.to_owned()),
    };
    world.use_cases.create_user.run(&user, &Actor::CommandLine).await.unwrap();
}

/// A world with one user.
pub(crate) async fn with_ann(plan: Plan) -> World {
    let world = World::planned(plan).await;
    user(&world, "ann").await;
    world
}

#[derive(Clone)]
pub(crate) struct Browser<'a> {
    pub(crate) world: &'a World,
    pub(crate) cookies: BTreeMap<String, String>,
    /// Until when those are kept that have an end.
    pub(crate) ends: BTreeMap<String, Timestamp>,
    pub(crate) headers: Vec<(String, String)>,
}

#[derive(Clone, Debug)]
pub(crate) struct Page {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Vec<u8>,
    pub(crate) text: String,
    /// Where it was found in the end.
    pub(crate) path: String,
}

impl<'a> Browser<'a> {
    pub(crate) fn new(world: &'a World) -> Self {
        Self { world, cookies: BTreeMap::new(), ends: BTreeMap::new(), headers: Vec::new() }
    }

    #[must_use]
    pub(crate) fn saying(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// One request, followed nowhere.
    pub(crate) async fn ask(&mut self, method: Method, path: &str, body: Option<String>) -> Page {
        let mut request = Request::builder().method(method).uri(path.parse().unwrap());
        let now = self.world.clock.now();
        self.cookies.retain(|name, _| self.ends.get(name).is_none_or(|end| now < *end));
        if !self.cookies.is_empty() {
            let line: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request = request.header(header::COOKIE, line.join("; "));
        }
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let request = match body {
            Some(body) => request.content_type("application/x-www-form-urlencoded").body(body),
            None => request.finish(),
        };
        let mut response = self.world.app.get_response(request).await;
        let bytes = response.take_body().into_vec().await.unwrap();
        let headers = response.headers().clone();
        for line in headers.get_all(header::SET_COOKIE) {
            self.keep(line.to_str().unwrap());
        }
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Page { status: response.status(), headers, bytes, text, path: path.to_owned() }
    }

    fn keep(&mut self, line: &str) {
        let (pair, attributes) = line.split_once(';').unwrap();
        let (name, value) = pair.split_once('=').unwrap();
        let age = attributes.split(';').find_map(|attribute| attribute.trim().strip_prefix("Max-Age=")?.parse().ok());
        self.ends.remove(name);
        if age == Some(0) {
            self.cookies.remove(name);
            return;
        }
        self.cookies.insert(name.to_owned(), value.to_owned());
        if let Some(age) = age {
            self.ends.insert(name.to_owned(), self.world.clock.now() + SignedDuration::from_secs(age));
        }
    }

    async fn follow(&mut self, mut page: Page) -> Page {
        for _ in 0..5 {
            if page.status != StatusCode::SEE_OTHER {
                return page;
            }
            let to = page.header("location").to_owned();
            page = self.ask(Method::GET, &to, None).await;
        }
        panic!("led around in a circle: {page:?}");
    }

    pub(crate) async fn get(&mut self, path: &str) -> Page {
        let page = self.ask(Method::GET, path, None).await;
        self.follow(page).await
    }

    pub(crate) async fn home(&mut self) -> Page {
        self.get(&format!("{BASE}/dashboard")).await
    }

    /// Sends a form of a page as it was drawn, with these fields typed, and follows where that leads.
    pub(crate) async fn submit(&mut self, page: &Page, form: &str, typed: &[(&str, &str)]) -> Page {
        let answer = self.press(page, form, typed).await;
        self.follow(answer).await
    }

    /// As `submit`, followed nowhere.
    pub(crate) async fn press(&mut self, page: &Page, form: &str, typed: &[(&str, &str)]) -> Page {
        self.press_without(page, form, typed, "").await
    }

    /// As `press`, with a field left out.
    pub(crate) async fn press_without(&mut self, page: &Page, form: &str, typed: &[(&str, &str)], left: &str) -> Page {
        let drawn = page.form(form);
        let mut fields = drawn.fields;
        for (name, value) in typed {
            fields.retain(|(known, _)| known != name);
            fields.push(((*name).to_owned(), (*value).to_owned()));
        }
        fields.retain(|(name, _)| name != left);
        self.ask(Method::POST, &drawn.action, Some(encoded(&fields))).await
    }

    pub(crate) async fn sign_in(&mut self, name: &str) -> Page {
        let page = self.get(&format!("{BASE}/sign-in")).await;
        let email = format!("{name}@example.com");
        let home = self.submit(&page, "sign-in-form", &[("email", &email), ("password", PASSWORD)]).await;
        assert_eq!((home.status, home.path.as_str()), (StatusCode::OK, "/auth/recovery-codes/dashboard"), "{home:?}");
        home
    }

    pub(crate) async fn sign_in_with(&mut self, email: &str, code: &str) -> Page {
        let page = self.get(&format!("{BASE}/login")).await;
        self.submit(&page, "login-form", &[("email", email), ("code", code)]).await
    }

    /// Makes codes, and gives the page that shows them.
    pub(crate) async fn make_codes(&mut self) -> Page {
        let home = self.home().await;
        let page = self.submit(&home, "generate-form", &[("sure", "yes")]).await;
        assert_eq!(page.codes().len(), 10, "{}", page.text);
        page
    }
}

pub(crate) fn encoded(fields: &[(String, String)]) -> String {
    let mut body = String::new();
    for (name, value) in fields {
        let value = percent_encoding::utf8_percent_encode(value, percent_encoding::NON_ALPHANUMERIC);
        let _ = write!(body, "{}{name}={value}", if body.is_empty() { "" } else { "&" });
    }
    body
}

pub(crate) struct Form {
    pub(crate) action: String,
    pub(crate) fields: Vec<(String, String)>,
}

impl Page {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    pub(crate) fn has_form(&self, id: &str) -> bool {
        self.text.contains(&format!("<form id=\"{id}\""))
    }

    /// A form with what a browser would send of it if nothing was typed.
    #[track_caller]
    pub(crate) fn form(&self, id: &str) -> Form {
        let start = self.text.find(&format!("<form id=\"{id}\"")).unwrap_or_else(|| panic!("no {id} in {}", self.text));
        let text = &self.text[start..];
        let text = &text[..text.find("</form>").unwrap()];
        // Without one it is sent to where it was found.
        let action = attribute(text, "action").unwrap_or_else(|| self.path.clone());
        let mut fields = Vec::new();
        for input in text.split("<input ").skip(1).map(|rest| &rest[..rest.find('>').unwrap()]) {
            let Some(name) = attribute(input, "name") else { continue };
            let kind = attribute(input, "type").unwrap_or_default();
            let is_choice = kind == "radio" || kind == "checkbox";
            if !is_choice || input.contains(" checked") {
                fields.push((name, attribute(input, "value").unwrap_or_default()));
            }
        }
        for select in text.split("<select ").skip(1).map(|rest| &rest[..rest.find("</select>").unwrap()]) {
            let Some(name) = attribute(&select[..select.find('>').unwrap()], "name") else { continue };
            let mut options = select.split("<option ").skip(1).map(|rest| &rest[..rest.find('>').unwrap()]);
            let first = options.clone().next();
            if let Some(chosen) = options.find(|option| option.contains(" selected")).or(first) {
                fields.push((name, attribute(chosen, "value").unwrap_or_default()));
            }
        }
        for area in text.split("<textarea ").skip(1).map(|rest| &rest[..rest.find("</textarea>").unwrap()]) {
            let (tag, typed) = area.split_once('>').unwrap();
            fields.extend(attribute(tag, "name").map(|name| (name, unescaped(typed))));
        }
        Form { action, fields }
    }

    /// What forms of this page are sent with.
    #[track_caller]
    pub(crate) fn form_token(&self) -> String {
        let (_, rest) = self.text.split_once("name=\"form_token\" value=\"").unwrap_or_else(|| panic!("{}", self.text));
        rest.split('"').next().unwrap().to_owned()
    }

    /// What stands in the rows of a table, cell by cell.
    pub(crate) fn table(&self, table: &str) -> Vec<Vec<String>> {
        let Some((_, rest)) = self.text.split_once(&format!("<table id=\"{table}\"")) else { return Vec::new() };
        let body = rest.split("<tbody>").nth(1).unwrap().split("</tbody>").next().unwrap();
        let cells = |row: &str| row.split("<td").skip(1).map(|cell| plain(&format!("<td{cell}"))).collect();
        body.split("<tr>").skip(1).map(cells).collect()
    }

    /// What is told of one thing, by the name of the fact.
    #[track_caller]
    pub(crate) fn told(&self, name: &str) -> String {
        let (_, rest) = self.text.split_once(&format!("<dt>{name}</dt>")).unwrap_or_else(|| panic!("{}", self.text));
        plain(rest.split("</dd>").next().unwrap())
    }

    /// Where a link leads whose text is this.
    #[track_caller]
    pub(crate) fn link_called(&self, text: &str) -> String {
        let links = self.text.split("<a ").skip(1).map(|rest| rest.split("</a>").next().unwrap());
        let mut found = links.filter(|link| plain(&format!("<a {link}")) == text);
        let link = found.next().unwrap_or_else(|| panic!("no link {text} in {}", self.text));
        attribute(link, "href").unwrap()
    }

    /// What the page says happened.
    pub(crate) fn message(&self) -> String {
        let Some(start) = self.text.find("<div id=\"message\"") else { return String::new() };
        let text = &self.text[start..];
        plain(&text[..text.find("</div>").unwrap()])
    }

    pub(crate) fn codes(&self) -> Vec<String> {
        let Some(start) = self.text.find("<ol id=\"codes\">") else { return Vec::new() };
        let text = &self.text[start..];
        let list = &text[..text.find("</ol>").unwrap()];
        list.split("<code>").skip(1).map(|code| plain(&code[..code.find("</code>").unwrap()])).collect()
    }

    pub(crate) fn remaining(&self) -> u32 {
        let (_, rest) = self.text.split_once("id=\"remaining\">").unwrap_or_else(|| panic!("{}", self.text));
        rest[..rest.find('<').unwrap()].parse().unwrap()
    }
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!("{name}=\""))?;
    Some(unescaped(&rest[..rest.find('"')?]))
}

/// Text without tags, white space as one sees it.
pub(crate) fn plain(html: &str) -> String {
    let mut text = String::new();
    let mut inside = false;
    for c in html.chars() {
        match c {
            '<' => inside = true,
            '>' => inside = false,
            c if !inside => text.push(c),
            _ => {}
        }
    }
    unescaped(&text).split_whitespace().collect::<Vec<_>>().join(" ")
}

fn unescaped(text: &str) -> String {
    text.replace("&#39;", "'")
        .replace("&#34;", "\"")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&#60;", "<")
        .replace("&#62;", ">")
        .replace("&amp;", "&")
        .replace("&#38;", "&")
}
