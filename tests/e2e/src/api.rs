use core::{
    future::{Future, IntoFuture},
    pin::Pin,
    sync::atomic::{AtomicU32, Ordering},
};
use reqwest::{
    Client, Method, RequestBuilder,
    header::{CONTENT_TYPE, HeaderMap},
};
use serde_json::{Value, json};
use std::{fmt::Write as _, time::Instant};
use uuid::Uuid;

use crate::PATIENCE;

/// A client of the API, as an application has one. Clones share their connections.
#[derive(Clone)]
pub struct Api {
    base: String,
    key: Option<String>,
    http: Client,
}

/// What the service answered, and when.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
    /// The body; `null` when it is no JSON.
    pub json: Value,
    /// Right before the request was sent.
    pub sent: Instant,
    /// Right after the whole answer was there.
    pub received: Instant,
}

impl Answer {
    /// This answer, if it has the status.
    #[track_caller]
    #[allow(clippy::return_self_not_must_use, reason = "often the status is all that a test wants to know")]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "answered {}", self.text);
        self
    }

    /// The codes of a new batch.
    #[track_caller]
    pub fn codes(&self) -> Vec<String> {
        let codes = self.json["codes"].as_array().expect("an answer with codes");
        codes.iter().map(|code| code.as_str().expect("a code is text").to_owned()).collect()
    }

    /// The id of a new batch.
    #[track_caller]
    pub fn batch(&self) -> Uuid {
        self.json["batch"]["id"].as_str().expect("an answer with a batch").parse().expect("an id")
    }

    /// Whether the request was sent after another's answer had arrived.
    pub fn began_after(&self, other: &Self) -> bool {
        self.sent > other.received
    }
}

/// A request that is sent when it is awaited.
#[must_use = "nothing is sent before it is awaited"]
pub struct Call {
    request: RequestBuilder,
    what: String,
}

impl Call {
    /// The same request with a key of idempotency.
    pub fn once(mut self, key: &str) -> Self {
        self.request = self.request.header("Idempotency-Key", key);
        self
    }

    /// The answer, or why there is none: then nobody knows what the service did.
    pub async fn attempt(self) -> Result<Answer, reqwest::Error> {
        let sent = Instant::now();
        let response = self.request.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await?;
        let received = Instant::now();
        let json = serde_json::from_str(&text).unwrap_or_default();
        Ok(Answer { status, headers, text, json, sent, received })
    }
}

impl IntoFuture for Call {
    type Output = Answer;
    type IntoFuture = Pin<Box<dyn Future<Output = Answer> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let what = self.what.clone();
            self.attempt().await.unwrap_or_else(|error| panic!("{what} was not answered: {error:?}"))
        })
    }
}

impl Api {
    pub fn new(base: impl Into<String>, key: impl Into<String>) -> Self {
        Self { key: Some(key.into()), ..Self::without_key(base) }
    }

    pub fn without_key(base: impl Into<String>) -> Self {
        let http = Client::builder().no_proxy().timeout(PATIENCE).build().expect("a client");
        Self { base: base.into(), key: None, http }
    }

    /// The same client with connections of its own.
    #[must_use]
    pub fn afresh(&self) -> Self {
        Self { key: self.key.clone(), ..Self::without_key(&*self.base) }
    }

    pub fn base(&self) -> &str {
        &self.base
    }

    /// Any request; `path` as it is on the wire.
    pub fn call(&self, method: Method, path: &str, body: Option<&Value>) -> Call {
        let what = format!("{method} {path}");
        let mut request = self.request(method, path);
        if let Some(body) = body {
            request = request.json(body);
        }
        Call { request, what }
    }

    /// Any request with any bytes, said to be JSON.
    pub fn call_with_bytes(&self, method: Method, path: &str, body: impl Into<Vec<u8>>) -> Call {
        let what = format!("{method} {path}");
        let request = self.request(method, path).header(CONTENT_TYPE, "application/json").body(body.into());
        Call { request, what }
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base));
        match &self.key {
            Some(key) => request.bearer_auth(key),
            None => request,
        }
    }

    pub fn put_account(&self, subject: &str, body: &Value) -> Call {
        self.call(Method::PUT, &account(subject), Some(body))
    }

    pub fn state(&self, subject: &str) -> Call {
        self.call(Method::GET, &account(subject), None)
    }

    pub fn erase(&self, subject: &str) -> Call {
        self.call(Method::DELETE, &account(subject), None)
    }

    pub fn generate(&self, subject: &str, body: &Value) -> Call {
        self.call(Method::POST, &format!("{}/batches", account(subject)), Some(body))
    }

    /// `query` as in `?page=2`, or empty.
    pub fn history(&self, subject: &str, query: &str) -> Call {
        self.call(Method::GET, &format!("{}/batches{query}", account(subject)), None)
    }

    pub fn invalidate_batch(&self, subject: &str, batch: Uuid) -> Call {
        self.call(Method::POST, &format!("{}/batches/{batch}/invalidate", account(subject)), None)
    }

    pub fn delete_batch(&self, subject: &str, batch: Uuid) -> Call {
        self.call(Method::DELETE, &format!("{}/batches/{batch}", account(subject)), None)
    }

    pub fn redeem(&self, subject: &str, code: &str, ip: &str) -> Call {
        self.code_act(subject, "redeem", code, ip)
    }

    pub fn verify(&self, subject: &str, code: &str, ip: &str) -> Call {
        self.code_act(subject, "verify-setup", code, ip)
    }

    pub fn invalidate_code(&self, subject: &str, code: &str, ip: &str) -> Call {
        self.code_act(subject, "invalidate", code, ip)
    }

    pub fn delete_code(&self, subject: &str, code: &str, ip: &str) -> Call {
        self.code_act(subject, "delete", code, ip)
    }

    fn code_act(&self, subject: &str, act: &str, code: &str, ip: &str) -> Call {
        let body = json!({"code": code, "context": {"ip": ip}});
        self.call(Method::POST, &format!("{}/codes/{act}", account(subject)), Some(&body))
    }
}

fn account(subject: &str) -> String {
    let mut path = "/api/v1/accounts/".to_owned();
    for byte in subject.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            path.push(char::from(byte));
        } else {
            write!(path, "%{byte:02X}").expect("text can be written");
        }
    }
    path
}

/// An end user's address in a network that no other call of this process came from.
pub fn own_network() -> String {
    static USED: AtomicU32 = AtomicU32::new(0);
    let [_, a, b, c] = USED.fetch_add(1, Ordering::Relaxed).to_be_bytes();
    format!("{}.{b}.{c}.1", 10 + u32::from(a))
}
