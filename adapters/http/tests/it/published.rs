//! The OpenAPI document.

use crate::world::{World, document};
use backstop_http::{HttpSettings, openapi_document};
use serde_json::Value;
use std::path::Path;

#[test]
fn the_openapi_document_is_as_published() {
    let published = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json");
    let published = std::fs::read_to_string(published).unwrap();
    let current = openapi_document(&HttpSettings::default().public_url);
    assert!(published == current, "docs/openapi.json is out of date; `just openapi` writes it anew");
}

#[test]
fn the_document_is_the_same_each_time() {
    assert_eq!(openapi_document("https://a.example"), openapi_document("https://a.example"));
}

#[tokio::test]
async fn the_service_serves_its_document() {
    let world = World::new().await;
    assert_eq!(world.get("/api/openapi.json").await.json, *document());
}

fn operations() -> impl Iterator<Item = (&'static String, &'static Value)> {
    document()["paths"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(path, operations)| operations.as_object().unwrap().values().map(move |operation| (path, operation)))
}

#[test]
fn every_operation_is_described_with_its_key_its_scope_and_its_answers() {
    for (path, operation) in operations() {
        let text = operation["description"].as_str().unwrap();
        let scope = if path.starts_with("/api/v1/admin/") { "Scope: `admin`" } else { "Scope: `codes:" };
        assert!(text.contains(scope), "{path}");
        assert!(operation["summary"].is_string() && operation["operationId"].is_string(), "{path}");
        assert_eq!(operation["tags"].as_array().unwrap().len(), 1, "{path}");
        assert!(operation.as_object().unwrap().values().all(|part| !part.is_null()), "{path}");
        assert_eq!(operation["security"], serde_json::json!([{ "key": [] }]), "{path}");
        for (status, answer) in operation["responses"].as_object().unwrap() {
            assert!(answer["description"].as_str().is_some_and(|text| !text.is_empty()), "{path} {status}");
            if status.as_str() >= "400" {
                let content = &answer["content"]["application/problem+json"];
                assert!(content["schema"].is_object(), "{path} {status}");
                for name in content["examples"].as_object().unwrap().keys() {
                    let example = &document()["components"]["examples"][name]["value"];
                    assert_eq!(example["status"].to_string(), *status, "{path}");
                }
            }
        }
        for status in ["400", "401", "403", "404", "500", "503"] {
            assert!(operation["responses"][status].is_object(), "{path} {status}");
        }
    }
}

#[test]
fn what_requests_have_is_closed_and_bounded() {
    let schemas = &document()["components"]["schemas"];
    for name in [
        "AccountUpdate",
        "NewBatch",
        "CodeAttempt",
        "Context",
        "DownloadOrder",
        "PickedCodes",
        "NewClient",
        "PlannedSchedule",
    ] {
        assert_eq!(schemas[name]["additionalProperties"], false, "{name}");
        assert!(schemas[name]["example"].is_object(), "{name}");
    }
    assert_eq!(schemas["CodeAttempt"]["required"], serde_json::json!(["code"]));
    assert_eq!(schemas["NewBatch"]["properties"]["count"]["maximum"], 50.0);
    let text = serde_json::to_string(document()).unwrap();
    assert!(!text.contains("\"nothing\""), "a placeholder was left");
}
