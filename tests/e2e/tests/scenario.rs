//! One scenario file, run unchanged against every storage: the answers are the same, byte for byte.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a surprise ends the test")]

use backstop_domain::{CodeProfile, SuspensionReason};
use backstop_e2e::{Inside, Wiring};
use core::fmt::Write as _;
use jiff::SignedDuration;
use poem::{Endpoint as _, Request, http::Method};
use serde::Deserialize;
use serde_json::Value;
use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Scenario {
    #[serde(rename = "about")]
    _about: String,
    settings: BTreeMap<String, String>,
    steps: Vec<Step>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Step {
    Call(Box<Call>),
    Suspend(Suspend),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Suspend {
    suspend: String,
    reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Call {
    /// How many seconds after the step before.
    #[serde(default)]
    later: i64,
    say: String,
    #[serde(default)]
    key: Key,
    /// Method and path.
    #[serde(rename = "call")]
    request: String,
    body: Option<Value>,
    /// A body that may be no JSON.
    raw: Option<String>,
    content_type: Option<String>,
    status: u16,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    answer: Option<Value>,
    /// A name for a value of the answer, by JSON pointer.
    #[serde(default)]
    keep: BTreeMap<String, String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Key {
    #[default]
    Good,
    Wrong,
    None,
}

impl Scenario {
    fn read(name: &str) -> Self {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenario").join(name);
        serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap()
    }

    /// Plays it, and answers with everything that was said.
    async fn play(&self, wiring: Wiring) -> String {
        let settings: Vec<(&str, &str)> = self.settings.iter().map(|(name, value)| (&**name, &**value)).collect();
        let inside = Inside::start(wiring, &settings).await;
        let mut told = Told::default();
        for step in &self.steps {
            match step {
                Step::Suspend(Suspend { suspend, reason }) => {
                    let reason: SuspensionReason = reason.parse().unwrap();
                    inside.suspend(suspend, Some(reason)).await;
                }
                Step::Call(call) => call.make(&inside, &mut told, wiring).await,
            }
        }
        inside.close().await;
        told.transcript()
    }
}

/// What the service has said so far.
#[derive(Default)]
struct Told {
    kept: HashMap<String, String>,
    codes: Vec<String>,
    tokens: Vec<String>,
    text: String,
}

impl Call {
    async fn make(&self, inside: &Inside, told: &mut Told, wiring: Wiring) {
        inside.clock.advance(SignedDuration::from_secs(self.later));
        let (method, path) = self.request.split_once(' ').unwrap();
        let mut request =
            Request::builder().method(method.parse::<Method>().unwrap()).uri(told.filled(path).parse().unwrap());
        request = match self.key {
            Key::Good => request.header("authorization", format!("Bearer {}", inside.key)),
            Key::Wrong => request.header("authorization", format!("Bearer {}x", inside.key)),
            Key::None => request,
        };
        let body = self.body.as_ref().map(|body| told.filled_everywhere(body).to_string()).or_else(|| self.raw.clone());
        let request = match body {
            Some(body) => request.content_type(self.content_type.as_deref().unwrap_or("application/json")).body(body),
            None => request.finish(),
        };
        let response = inside.app.get_response(request).await;
        let status = response.status().as_u16();
        let mut headers: BTreeMap<String, String> = response
            .headers()
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
            .collect();
        let text = response.into_body().into_string().await.unwrap();
        let here = format!("{:?} on {wiring}: {status} {text}", self.say);
        assert_eq!(status, self.status, "{here}");
        assert!(headers.remove("x-request-id").is_some(), "{here}");
        headers.remove("date");

        let json: Value = if text.is_empty() { Value::Null } else { serde_json::from_str(&text).unwrap() };
        for code in json["codes"].as_array().into_iter().flatten() {
            told.codes.push(code.as_str().unwrap().to_owned());
        }
        told.tokens.extend(json["delivery_token"].as_str().map(str::to_owned));
        for (name, pointer) in &self.keep {
            let value = json.pointer(pointer).and_then(Value::as_str).unwrap_or_else(|| panic!("no {pointer}: {here}"));
            told.kept.insert(name.clone(), value.to_owned());
        }
        if let Some(pattern) = &self.answer {
            fits(&told.filled_everywhere(pattern), Some(&json), "").unwrap_or_else(|why| panic!("{why}: {here}"));
        }
        for (name, pattern) in &self.headers {
            let wanted = Value::String(told.filled(pattern));
            let found = headers.get(name).cloned().map(Value::String);
            fits(&wanted, found.as_ref(), name).unwrap_or_else(|why| panic!("{why}: {here}"));
        }
        told.write(self, status, &headers, &text);
    }
}

impl Told {
    /// Puts what was kept where `{name}` or `{name|form}` stands.
    fn filled(&self, text: &str) -> String {
        let mut filled = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            let (name, after) = after.split_once('}').expect("a brace ends");
            let (name, form) = name.split_once('|').unwrap_or((name, "shown"));
            let value = self.kept.get(name).unwrap_or_else(|| panic!("nothing was kept as {name}"));
            filled.push_str(before);
            filled.push_str(&typed(value, form));
            rest = after;
        }
        filled + rest
    }

    fn filled_everywhere(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.filled(text)),
            Value::Array(items) => items.iter().map(|item| self.filled_everywhere(item)).collect(),
            Value::Object(fields) => {
                fields.iter().map(|(name, value)| (name.clone(), self.filled_everywhere(value))).collect()
            }
            other => other.clone(),
        }
    }

    fn write(&mut self, call: &Call, status: u16, headers: &BTreeMap<String, String>, body: &str) {
        writeln!(self.text, "# {}\n{}\n{status}", call.say, call.request).unwrap();
        for (name, value) in headers {
            writeln!(self.text, "{name}: {value}").unwrap();
        }
        writeln!(self.text, "\n{body}\n").unwrap();
    }

    /// Everything, with the numbers of codes, tokens and ids, in the order of their first mention, in their place.
    fn transcript(self) -> String {
        let mut text = self.text;
        for (number, code) in self.codes.iter().enumerate() {
            text = text.replace(code, &format!("<code {number}>"));
        }
        for (number, token) in self.tokens.iter().enumerate() {
            text = text.replace(token, &format!("<token {number}>"));
        }
        let mut ids: Vec<String> = Vec::new();
        let mut at = 0;
        while at + UUID_LENGTH <= text.len() {
            match text.get(at..at + UUID_LENGTH).filter(|word| is_uuid(word)).map(str::to_owned) {
                Some(id) => {
                    let number = ids.iter().position(|known| *known == id).unwrap_or_else(|| {
                        ids.push(id);
                        ids.len() - 1
                    });
                    text.replace_range(at..at + UUID_LENGTH, &format!("<id {number}>"));
                }
                None => at += 1,
            }
        }
        text
    }
}

const UUID_LENGTH: usize = 36;

fn is_uuid(text: &str) -> bool {
    text.len() == UUID_LENGTH && text.parse::<uuid::Uuid>().is_ok()
}

/// A code as a person might type it.
fn typed(code: &str, form: &str) -> String {
    match form {
        "shown" => code.to_owned(),
        "bare" => code.replace('-', ""),
        "short" => code[..code.len() - 1].to_owned(),
        "odd" => format!("  {}. ", code.replacen('-', " \u{2013} ", 2).replacen('-', "\u{2212}", 1)),
        "wide" => code.chars().map(|c| char::from_u32(u32::from(c) - 0x21 + 0xFF01).unwrap()).collect(),
        other => panic!("nobody types {other}"),
    }
}

/// Whether an answer has all that the pattern says. It may have more.
fn fits(pattern: &Value, found: Option<&Value>, at: &str) -> Result<(), String> {
    let wrong = || Err(format!("{at} should be {pattern}, not {found:?}"));
    if pattern == "<absent>" {
        return if found.is_none() { Ok(()) } else { wrong() };
    }
    let Some(found) = found else { return wrong() };
    match (pattern, found) {
        (Value::String(kind), found) if kind.starts_with('<') => {
            let text = found.as_str().unwrap_or_default();
            let fitting = match &**kind {
                "<any>" => true,
                "<uuid>" => is_uuid(text),
                "<time>" => text.ends_with('Z') && text.parse::<jiff::Timestamp>().is_ok(),
                "<code>" => text.len() == 41 && CodeProfile::classic().parse(text).is_ok(),
                other => panic!("no pattern is called {other}"),
            };
            if fitting { Ok(()) } else { wrong() }
        }
        (Value::Object(each), Value::Array(items)) => {
            if each["<count>"] != items.len() {
                return wrong();
            }
            items.iter().enumerate().try_for_each(|(n, item)| fits(&each["<each>"], Some(item), &format!("{at}/{n}")))
        }
        (Value::Object(wanted), Value::Object(fields)) => {
            wanted.iter().try_for_each(|(name, pattern)| fits(pattern, fields.get(name), &format!("{at}/{name}")))
        }
        (Value::Array(wanted), Value::Array(items)) if wanted.len() == items.len() => {
            wanted.iter().zip(items).enumerate().try_for_each(|(n, (w, i))| fits(w, Some(i), &format!("{at}/{n}")))
        }
        (pattern, found) if pattern == found => Ok(()),
        _ => wrong(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_storage_answers_the_whole_life_of_an_account_alike() {
    let scenario = Scenario::read("life.json");
    let mut transcripts = Vec::new();
    for wiring in Wiring::ALL {
        transcripts.push((wiring, scenario.play(wiring).await));
    }
    let (first, same) = &transcripts[0];
    assert!(same.lines().count() > 5 * scenario.steps.len() && same.contains("<code 0>") && same.contains("<id 0>"));
    for (wiring, transcript) in &transcripts[1..] {
        for (line, expected) in transcript.lines().zip(same.lines()) {
            assert_eq!(line, expected, "{wiring} differs from {first}");
        }
        assert_eq!(transcript, same, "{wiring} differs from {first}");
    }
}

#[test]
fn an_answer_that_differs_from_the_scenario_is_noticed() {
    let found = serde_json::json!({"a": [1, {"b": "x"}], "c": null});
    let differs = |pattern: Value| fits(&pattern, Some(&found), "").is_err();
    for pattern in [
        serde_json::json!({"a": [1]}),
        serde_json::json!({"a": [1, {"b": "y"}]}),
        serde_json::json!({"a": [1, {"b": "<uuid>"}]}),
        serde_json::json!({"a": {"<each>": "<any>", "<count>": 3}}),
        serde_json::json!({"c": "<absent>"}),
        serde_json::json!({"d": null}),
    ] {
        assert!(differs(pattern.clone()), "{pattern}");
    }
    assert!(!differs(serde_json::json!({"a": {"<each>": "<any>", "<count>": 2}, "c": null, "d": "<absent>"})));
}
