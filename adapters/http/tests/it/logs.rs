//! What the log tells, and what it must not.

use crate::world::World;
use serde_json::json;
use std::{
    io,
    sync::{Arc, Mutex},
};
use tracing_subscriber::fmt::MakeWriter;

#[derive(Clone, Default)]
struct Sink(Arc<Mutex<Vec<u8>>>);

impl io::Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Sink {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn a_request_is_one_line_with_its_template_and_without_subject_code_or_key() {
    let sink = Sink::default();
    let subscriber =
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).json().with_writer(sink.clone()).finish();
    let guard = tracing::subscriber::set_default(subscriber);
    let world = World::new().await;
    let codes = world.with_codes("sub-ject-7").await;
    let context = json!({ "ip": "192.0.2.99", "user_agent": "Agent/7" });
    let path = "/api/v1/accounts/sub-ject-7/codes/redeem";
    let reply = world.post(path, json!({ "code": codes[0], "context": context })).await;
    world.post(path, json!({ "code": [codes[1]] })).await;
    world.get("/api/v1/accounts/sub-ject-7/nowhere").await;
    drop(guard);

    let text = String::from_utf8(sink.0.lock().unwrap().clone()).unwrap();
    for secret in
        [&world.key, "sub-ject-7", "192.0.2.99", "Agent/7"].into_iter().chain(codes.iter().map(String::as_str))
    {
        assert!(!text.contains(secret), "{secret} in\n{text}");
    }
    let id = reply.header("x-request-id");
    let lines: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of_it: Vec<_> =
        lines.iter().filter(|line| line["level"] == "INFO" && line["fields"]["request"] == id).collect();
    assert_eq!(of_it.len(), 1, "{text}");
    let fields = &of_it[0]["fields"];
    assert_eq!(fields["route"], "/api/v1/accounts/{subject}/codes/redeem");
    assert_eq!((&fields["method"], &fields["status"]), (&json!("POST"), &json!(200)));
    assert!(fields["micros"].is_u64() && fields["client"].is_string(), "{fields}");
    let unknown = lines.iter().filter(|line| line["fields"]["status"] == 404).count();
    assert_eq!(unknown, 1);
}
