//! Every route, every kind of bad input: always a problem document below 500.

use crate::world::{Reply, World};
use backstop_domain::Scope;
use poem::{
    Body, Request,
    http::{Method, header},
};
use serde_json::json;

const ID: &str = "0191f6b2-3c4d-7e5f-8a9b-0c1d2e3f4a5b";

struct Operation {
    method: Method,
    path: String,
    scope: Scope,
    /// A field, if the operation has a body, and whether it can do without one.
    body: Option<(&'static str, bool)>,
}

fn operations() -> Vec<Operation> {
    let account = "/api/v1/accounts/ann";
    let operation = |method, path: &str, scope, body| Operation { method, path: path.to_owned(), scope, body };
    let attempt =
        |act: &str, scope| operation(Method::POST, &format!("{account}/codes/{act}"), scope, Some(("code", false)));
    vec![
        operation(Method::PUT, account, Scope::CodesWrite, Some(("email", true))),
        operation(Method::GET, account, Scope::CodesRead, None),
        operation(Method::DELETE, &format!("{account}x"), Scope::CodesWrite, None),
        operation(Method::POST, &format!("{account}/lift"), Scope::CodesWrite, None),
        operation(Method::POST, &format!("{account}/batches"), Scope::CodesWrite, Some(("count", true))),
        operation(Method::GET, &format!("{account}/batches"), Scope::CodesRead, None),
        operation(Method::POST, &format!("{account}/batches/{ID}/invalidate"), Scope::CodesWrite, None),
        operation(Method::DELETE, &format!("{account}/batches/{ID}"), Scope::CodesWrite, None),
        operation(Method::POST, &format!("/api/v1/batches/{ID}/viewed"), Scope::CodesWrite, None),
        operation(
            Method::POST,
            &format!("/api/v1/batches/{ID}/download"),
            Scope::CodesWrite,
            Some(("delivery_token", false)),
        ),
        operation(
            Method::POST,
            &format!("/api/v1/batches/{ID}/email"),
            Scope::CodesWrite,
            Some(("delivery_token", false)),
        ),
        operation(Method::DELETE, &format!("/api/v1/batches/{ID}/delivery"), Scope::CodesWrite, None),
        attempt("redeem", Scope::CodesRedeem),
        attempt("verify-setup", Scope::CodesRedeem),
        attempt("invalidate", Scope::CodesWrite),
        attempt("delete", Scope::CodesWrite),
    ]
    .into_iter()
    .chain(of_administrators())
    .chain(lists())
    .collect()
}

fn lists() -> impl Iterator<Item = Operation> {
    let lists = ["accounts", "batches", "codes", "audit", "mails", "clients", "clean-ups", "tasks", "schedules"];
    let each = lists.into_iter().flat_map(|list| [list.to_owned(), format!("{list}/{ID}")]);
    each.chain(["sessions", "audit/export", "overview", "settings"].map(str::to_owned)).map(|path| Operation {
        method: Method::GET,
        path: format!("/api/v1/admin/{path}"),
        scope: Scope::Admin,
        body: None,
    })
}

fn of_administrators() -> impl Iterator<Item = Operation> {
    let ann = format!("accounts/{ID}");
    let sets = format!("{ann}/batches/{ID}");
    let codes = Some(("codes", false));
    let schedule = format!("schedules/{ID}");
    let all = vec![
        (Method::POST, "accounts".to_owned(), Some(("subject", false))),
        (Method::PATCH, ann.clone(), Some(("email", true))),
        (Method::DELETE, ann.clone(), None),
        (Method::POST, format!("{ann}/suspend"), None),
        (Method::POST, format!("{ann}/lift"), None),
        (Method::POST, format!("{ann}/password-reset"), None),
        (Method::DELETE, format!("{ann}/sessions"), None),
        (Method::POST, format!("{ann}/codes/invalidate"), codes),
        (Method::POST, format!("{ann}/codes/delete"), codes),
        (Method::POST, format!("{sets}/invalidate"), None),
        (Method::POST, format!("{sets}/delete"), None),
        (Method::POST, format!("{sets}/remove"), None),
        (Method::POST, format!("tasks/{ID}/retry"), None),
        (Method::DELETE, format!("tasks/{ID}"), None),
        (Method::POST, "tasks/flush".to_owned(), Some(("which", false))),
        (Method::POST, "clients".to_owned(), Some(("name", false))),
        (Method::POST, format!("clients/{ID}/keys"), Some(("overlap_seconds", true))),
        (Method::DELETE, format!("keys/{ID}"), None),
        (Method::DELETE, format!("clients/{ID}"), None),
        (Method::POST, "schedules".to_owned(), Some(("name", false))),
        (Method::PUT, schedule.clone(), Some(("name", false))),
        (Method::POST, format!("{schedule}/pause"), None),
        (Method::POST, format!("{schedule}/resume"), None),
        (Method::POST, format!("{schedule}/run"), Some(("at", true))),
        (Method::DELETE, schedule, None),
    ];
    let scope = Scope::Admin;
    all.into_iter().map(move |(method, path, body)| Operation {
        method,
        path: format!("/api/v1/admin/{path}"),
        scope,
        body,
    })
}

async fn with_body(world: &World, operation: &Operation, body: impl Into<Body>) -> Reply {
    let request = world.request(operation.method.clone(), &operation.path).content_type("application/json");
    world.send(request.body(body)).await
}

#[tokio::test]
async fn the_table_has_every_operation() {
    let paths = crate::world::document()["paths"].as_object().unwrap();
    let documented: usize = paths.values().map(|operations| operations.as_object().unwrap().len()).sum();
    assert_eq!(operations().len(), documented);
}

#[tokio::test]
async fn a_body_that_is_no_fitting_json_is_a_bad_request() {
    let world = World::new().await;
    world.with_codes("ann").await;
    for operation in operations() {
        let Some((field, _)) = operation.body else {
            continue;
        };
        let deep_array = "[".repeat(10_000);
        let deep_field = format!("{{\"{field}\":{}1{}}}", "[".repeat(10_000), "]".repeat(10_000));
        let deep_object = "{\"a\":".repeat(10_000);
        let twice = format!("{{\"{field}\":null,\"{field}\":null}}");
        let mut bad: Vec<Vec<u8>> = [
            "{",
            "}",
            "null",
            "[]",
            "[1]",
            "[\"x\"]",
            "[\"x\",null]",
            "[null,null,null,null,null]",
            "\"code\"",
            "1",
            "true",
            "{\"nonsense\":1}",
            "{}{}",
            "{} x",
            "nonsense",
            "{'a':1}",
            "{\"a\":1,}",
            "NaN",
            "\u{feff}{}",
            "\u{0}",
        ]
        .iter()
        .map(|text| text.as_bytes().to_vec())
        .collect();
        bad.extend([deep_array, deep_field, deep_object, twice].map(String::into_bytes));
        for value in ["{}", "[]", "[null]", "true", "1.5", "-1", "1e999", "\"\\ud800\""] {
            bad.push(format!("{{\"{field}\":{value}}}").into_bytes());
        }
        bad.push([b"{\"".as_slice(), field.as_bytes(), b"\":\"\xff\xfe\"}"].concat());
        bad.push(format!("{{\"{field}\":\"\u{1}\"}}").into_bytes());
        for body in bad {
            let shown = String::from_utf8_lossy(&body[..body.len().min(60)]).into_owned();
            let reply = with_body(&world, &operation, body).await;
            assert_eq!(
                (reply.status.as_u16(), reply.problem()),
                (400, "invalid-request"),
                "{} {shown}",
                operation.path
            );
        }
    }
}

#[tokio::test]
async fn unknown_and_missing_fields_are_named() {
    let world = World::new().await;
    world.with_codes("ann").await;
    for operation in operations() {
        let Some((field, optional)) = operation.body else {
            continue;
        };
        let value = match field {
            "codes" => json!([]),
            "which" => json!("failed"),
            _ => json!("x"),
        };
        let extra = with_body(&world, &operation, json!({ field: value, "surplus": 1 }).to_string()).await;
        extra.is(400, "invalid-request");
        if !optional {
            extra.names("#/surplus");
            let missing = with_body(&world, &operation, "{}").await;
            missing.is(400, "invalid-request");
            assert!(missing.json["detail"].as_str().unwrap().contains(&format!("`{field}`")), "{}", missing.json);
            if field == "code" {
                let nested = json!({ "code": "x", "context": { "ip": 7 } }).to_string();
                with_body(&world, &operation, nested).await.names("#/context/ip");
                let array = json!({ "code": "x", "context": [] }).to_string();
                with_body(&world, &operation, array).await.names("#/context");
            }
            let empty = world.send(world.request(operation.method.clone(), &operation.path).finish()).await;
            empty.is(400, "invalid-request");
        }
    }
}

#[tokio::test]
async fn a_broken_escape_in_a_path_is_a_bad_request() {
    let mut world = World::new().await;
    world.key = world.client("everything", Scope::ALL).await;
    for operation in operations() {
        for broken in ["%", "%2", "%zz", "%2z", "%z2", "100%", "%%25", "%25%", "a%+1"] {
            for place in ["ann", ID].iter().filter(|place| operation.path.contains(**place)) {
                let path = operation.path.replace(place, broken);
                let reply = world.send(world.request(operation.method.clone(), &path).finish()).await;
                reply.is(400, "invalid-request");
                assert!(reply.json["detail"].as_str().unwrap().contains("`%25`"), "{path} {}", reply.json);
            }
        }
    }
    let escaped = world.put("/api/v1/accounts/100%25%2f%2F", json!({})).await;
    assert_eq!(escaped.json["subject"], "100%//", "{}", escaped.json);
}

#[tokio::test]
async fn a_value_in_the_wrong_place_does_not_come_back() {
    let world = World::new().await;
    let secret = "Zz9SecretZz9";
    for body in
        [json!({ "code": [secret] }), json!({ "code": "x", "context": secret }), json!({ "code": { "a": secret } })]
    {
        let reply = world.post("/api/v1/accounts/ann/codes/redeem", body).await;
        reply.is(400, "invalid-request");
        assert!(!String::from_utf8_lossy(&reply.bytes).contains(secret), "{}", reply.json);
    }
}

#[tokio::test]
async fn a_body_of_another_type_is_refused() {
    let world = World::new().await;
    for operation in operations().iter().filter(|operation| operation.body.is_some()) {
        let request = || world.request(operation.method.clone(), &operation.path);
        world.send(request().body("{\"code\":\"x\"}")).await.is(415, "unsupported-media-type");
        for kind in ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", "json", "", "a/b;c"] {
            let typed = request().header(header::CONTENT_TYPE, kind).body("{\"code\":\"x\"}");
            world.send(typed).await.is(415, "unsupported-media-type");
        }
        let zipped = request().content_type("application/json").header(header::CONTENT_ENCODING, "gzip");
        world.send(zipped.body("x")).await.is(415, "unsupported-media-type");
        let spelled = request().content_type("Application/JSON ; charset=utf-8").body("{");
        world.send(spelled).await.is(400, "invalid-request");
    }
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_whether_or_not_it_says_its_length() {
    let world = World::new().await;
    for operation in operations().iter().filter(|operation| operation.body.is_some()) {
        let request = || world.request(operation.method.clone(), &operation.path).content_type("application/json");
        let stated = request().header(header::CONTENT_LENGTH, "70000").body("{}");
        world.send(stated).await.is(413, "body-too-large");
        let chunks = (0..200).map(|_| Ok::<_, std::io::Error>(vec![b' '; 1024]));
        let unstated = request().body(Body::from_bytes_stream(futures_util::stream::iter(chunks)));
        let reply = world.send(unstated).await;
        reply.is(413, "body-too-large");
        assert_eq!(reply.header("connection"), "close");
        let most = request().body(format!("{{{}", " ".repeat(64 * 1024 - 1)));
        world.send(most).await.is(400, "invalid-request");
    }
}

#[tokio::test]
async fn a_body_that_breaks_off_is_refused() {
    let world = World::new().await;
    let chunks = [Ok(b"{\"code\":".to_vec()), Err(std::io::Error::other("reset"))];
    let request = world.request(Method::POST, "/api/v1/accounts/ann/codes/redeem").content_type("application/json");
    let reply = world.send(request.body(Body::from_bytes_stream(futures_util::stream::iter(chunks)))).await;
    reply.is(400, "invalid-request");
}

#[tokio::test]
async fn another_method_is_refused_with_those_that_are_allowed() {
    let world = World::new().await;
    for operation in operations() {
        for method in [Method::TRACE, Method::OPTIONS, Method::from_bytes(b"BREW").unwrap()] {
            let reply = world.send(world.request(method, &operation.path).body("{")).await;
            reply.is(405, "method-not-allowed");
            let allowed: Vec<&str> = reply.header("allow").split(", ").collect();
            assert!(allowed.contains(&operation.method.as_str()), "{} {allowed:?}", operation.path);
        }
    }
    let batches = world.send(world.request(Method::PUT, "/api/v1/accounts/ann/batches").finish()).await;
    assert_eq!(batches.header("allow"), "GET, HEAD, POST");
}

#[tokio::test]
async fn a_key_that_is_none_is_refused_before_anything_else() {
    let world = World::new().await;
    let good = world.key.clone();
    let id = good.split('_').nth(1).unwrap();
    let headers = [
        None,
        Some(String::new()),
        Some("Bearer".to_owned()),
        Some("Bearer ".to_owned()),
        Some("Bearer nonsense".to_owned()),
        Some(good.clone()),
        Some(format!("Basic {good}")),
        Some(format!("Bearer {good}x")),
        Some(format!("Bearer backstop_{id}_{}", "A".repeat(43))),
        Some(format!("Bearer backstop_{}_{}", ID.replace('-', ""), "A".repeat(43))),
        Some(format!("Bearer {}", "é".repeat(40))),
        Some(format!("Bearer {}", "a".repeat(5000))),
    ];
    for operation in operations() {
        for value in &headers {
            let mut request = Request::builder()
                .method(operation.method.clone())
                .uri(operation.path.parse().unwrap())
                .content_type("text/plain");
            if let Some(value) = value {
                request = request.header(header::AUTHORIZATION, value.as_str());
            }
            let reply = world.send(request.body("nonsense")).await;
            reply.is(401, "invalid-key");
            assert!(reply.header("www-authenticate").starts_with("Bearer"), "{reply:?}");
        }
        let twice = world.request(operation.method.clone(), &operation.path);
        let twice = twice.header(header::AUTHORIZATION, format!("Bearer {good}")).body("nonsense");
        world.send(twice).await.is(401, "invalid-key");
    }
    let spelled = Request::builder().uri("/api/v1/accounts/ann".parse().unwrap());
    let spelled = spelled.header(header::AUTHORIZATION, format!("bEARER {good}")).finish();
    world.send(spelled).await.is(404, "not-found");
}

#[tokio::test]
async fn no_scope_opens_what_another_opens() {
    let world = World::new().await;
    for scope in Scope::ALL {
        let key = world.client(scope.as_str(), &[*scope]).await;
        for operation in operations() {
            let request = Request::builder()
                .method(operation.method.clone())
                .uri(operation.path.parse().unwrap())
                .header(header::AUTHORIZATION, format!("Bearer {key}"))
                .content_type("text/plain");
            let reply = world.send(request.body("nonsense")).await;
            if operation.scope == *scope {
                assert_ne!(reply.status.as_u16(), 403, "{} {scope}", operation.path);
                assert!(!reply.status.is_server_error(), "{reply:?}");
            } else {
                reply.is(403, "missing-scope");
                let needed = format!("`{}`", operation.scope);
                assert!(reply.json["detail"].as_str().unwrap().contains(&needed), "{}", reply.json);
            }
        }
    }
}

#[tokio::test]
async fn what_has_no_route_is_not_found() {
    let world = World::new().await;
    for path in [
        "/api",
        "/api/v1",
        "/api/v1/",
        "/api/v1/accounts",
        "/api/v1/accounts/ann/",
        "/api/v1/accounts/ann/nothing",
        "/api/v1/accounts/a/b/batches",
        "/API/V1/ACCOUNTS/a",
        "/api/v2/accounts/ann",
        "/api/v1/admin",
        "/api/v1/admin/nothing",
        "/%00",
        "/%FF",
        "/..%2f..",
        "//",
        "/problems/",
        "/problems/x",
        "/problems/%FF",
        "/docs/x",
    ] {
        let reply = world.get(path).await;
        reply.is(404, "not-found");
    }
}
