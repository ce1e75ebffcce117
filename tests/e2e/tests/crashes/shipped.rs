//! The program that is shipped has no fault points.

use backstop_e2e::{Kind, Program, Rendezvous, ServerSpec, Site};
use backstop_faults::point;
use serde_json::json;
use std::fs;

/// The program as text; what is ASCII in it stays as it is.
fn text_of(program: Program) -> String {
    String::from_utf8_lossy(&fs::read(program.path()).unwrap()).into_owned()
}

#[test]
fn points_to_crash_at_are_not_in_the_shipped_program() {
    let (shipped, tested) = (text_of(Program::Plain), text_of(Program::WithFaultPoints));
    for point in point::ALL {
        assert!(tested.contains(point), "the search would find {point}");
        assert!(!shipped.contains(point), "{point} is in the shipped program");
    }
    for part in ["backstop_faults", "FaultingStorage", "there is no fault point"] {
        assert!(!shipped.contains(part), "{part} is in the shipped program");
    }
    println!("{} points are in the program for tests and none in the shipped one", point::ALL.len());
}

async fn generate_once(site: &Site, spec: &ServerSpec) {
    let server = spec.start().await;
    let api = site.api(&server).await;
    api.put_account("ann", &json!({})).await;
    api.generate("ann", &json!({"count": 1})).await.expect(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn points_to_crash_at_cannot_be_switched_on_in_the_shipped_program() {
    let (rendezvous, site) = (Rendezvous::start().await, Site::new(Kind::Sqlite).await);
    let reached = || point::ALL.iter().map(|point| rendezvous.count(point)).sum::<usize>();
    let told = rendezvous.everywhere();
    generate_once(&site, &site.spec().with("BACKSTOP_FAULT_POINTS", &*told)).await;
    assert_eq!(reached(), 0);
    generate_once(&site, &site.spec().with_fault_points(&told)).await;
    assert!(reached() > 0, "the same variable works where it may");
}
