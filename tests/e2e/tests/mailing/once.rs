use super::{
    DELIVERIES, KINDS, attempted, codes_mail, codes_mails, codes_tasks, email, has_the_codes_for, made, sink, spec_for,
};
use backstop_e2e::{Kind, Site};
use serde_json::json;
use std::sync::Arc;
use tokio::{sync::Barrier, task::JoinSet};

const RACERS: usize = 16;

#[tokio::test(flavor = "multi_thread")]
async fn of_sixteen_parallel_requests_over_two_servers_one_sends_one_mail() {
    for kind in KINDS {
        for delivery in DELIVERIES {
            one_sends(kind, delivery).await;
        }
    }
}

async fn one_sends(kind: Kind, delivery: &str) {
    let (site, sink) = (Site::new(kind).await, sink().await);
    let spec = spec_for(&site, &sink).with("BACKSTOP_MAIL__DELIVERY", delivery);
    let servers = [spec.start().await, spec.start().await];
    let apis = [site.api(&servers[0]).await, site.api(&servers[1]).await];
    for subject in ["ann", "bob"] {
        let address = format!("{subject}@example.org");
        let made = Arc::new(made(&apis[0], subject, &address, &json!({})).await);
        let start = Arc::new(Barrier::new(RACERS));
        let mut racers = JoinSet::new();
        for racer in 0..RACERS {
            let (api, made, start) = (apis[racer % 2].afresh(), Arc::clone(&made), Arc::clone(&start));
            racers.spawn(async move {
                start.wait().await;
                email(&api, &made).await
            });
        }
        let answers = racers.join_all().await;
        let too_late = |kind: &str| kind.ends_with("already-emailed");
        let late = answers.iter().filter(|a| a.status == 409 && a.json["type"].as_str().is_some_and(too_late)).count();
        let taken = answers.iter().filter(|answer| answer.status == 202).count();
        assert_eq!((taken, late), (1, RACERS - 1), "{kind}, {delivery}: {answers:#?}");

        let (_, mail) = codes_mail(&sink, &address).await;
        has_the_codes_for(&mail, &address, &made);
        assert_eq!(attempted(&site, made.batch(), 1).await.state, "done");
        assert_eq!((codes_tasks(&site, made.batch()).await.len(), codes_mails(&sink, &address).len()), (1, 1));
    }
    let books = site.judge().await;
    assert_eq!(books.audit.iter().filter(|entry| entry.kind == "emailed").count(), 2);
    for server in servers {
        assert!(server.stop().await.success());
    }
}
