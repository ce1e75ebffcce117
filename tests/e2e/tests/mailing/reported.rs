use super::{ADMIN, DELIVERIES, KINDS, made, read, sink, spec_for};
use backstop_backends::{ReadMail, SmtpSink};
use backstop_e2e::{Answer, Api, Kind, ServerSpec, Site, eventually, own_network};
use serde_json::json;
use std::collections::BTreeMap;

/// Sets with and without an expiry, of which something is over.
struct Sets {
    /// By subject.
    made: BTreeMap<&'static str, Answer>,
}

impl Sets {
    async fn make(site: &Site, api: &Api) -> Self {
        let mut all = BTreeMap::new();
        for (subject, options) in [
            ("used", json!({"expires_in_days": 30})),
            ("invalidated", json!({})),
            ("expired", json!({"expires_in_days": 1, "count": 4})),
            ("live", json!({"expires_in_days": 30})),
            ("young", json!({})),
        ] {
            all.insert(subject, made(api, subject, &format!("{subject}@example.org"), &options).await);
        }
        for code in &all["used"].codes()[..2] {
            api.redeem("used", code, &own_network()).await.expect(200);
        }
        for code in &all["invalidated"].codes()[..3] {
            api.invalidate_code("invalidated", code, &own_network()).await.expect(200);
        }
        site.expire(all["expired"].batch()).await;
        Self { made: all }
    }

    /// What the report says of the set of an account: two lines, and its id.
    fn told(&self, subject: &str, report: &ReadMail) -> Option<(String, String)> {
        let id = self.made[subject].batch().to_string();
        let lines: Vec<&str> = report.text.lines().map(str::trim).collect();
        let at = lines.iter().position(|line| *line == id)?;
        assert!(report.html.contains(&id), "{}", report.html);
        Some((lines[at - 2].to_owned(), lines[at - 1].to_owned()))
    }
}

fn purge(site: &Site, spec: &ServerSpec) -> String {
    let output = backstop_e2e::run(site.folder(), &["purge", "codes", "--retention-days", "0"], &spec.env);
    assert_eq!(output.code, Some(0), "{}", output.stderr);
    output.stdout
}

fn reports(sink: &SmtpSink) -> Vec<ReadMail> {
    let mails = read(sink).into_iter();
    mails.filter(|(got, _)| got.to == [ADMIN]).inspect(|(got, _)| assert!(got.is_encrypted)).map(|(_, m)| m).collect()
}

/// Mails that are no owner's.
async fn queued_reports(site: &Site) -> usize {
    site.tasks().await.iter().filter(|task| task.kind == "send_mail" && task.account.is_none()).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_report_of_a_purge_names_each_set_with_and_without_expiry_and_what_went() {
    for kind in KINDS {
        for delivery in DELIVERIES {
            is_reported(kind, delivery).await;
        }
    }
}

async fn is_reported(kind: Kind, delivery: &str) {
    let (site, sink) = (Site::new(kind).await, sink().await);
    let spec = spec_for(&site, &sink).with("BACKSTOP_MAIL__DELIVERY", delivery).with_open_guard();
    let server = spec.start().await;
    let sets = Sets::make(&site, &site.api(&server).await).await;
    assert!(purge(&site, &spec).contains("Removed 9 code(s)."));
    let report = eventually("the report came", async || reports(&sink).pop()).await;
    assert_eq!(report.to, [ADMIN]);
    assert_eq!(report.subject, "Backstop: 9 removed in the clean-up of codes");
    assert!(report.text.contains("command line"), "{}", report.text);
    for (subject, numbers, expires) in [
        ("used", "* used: 2 removed, 8 left", true),
        ("invalidated", "* invalidated: 3 removed, 7 left", false),
        ("expired", "* expired: 4 removed, 0 left, set removed", true),
    ] {
        let (first, second) = sets.told(subject, &report).unwrap_or_else(|| panic!("{subject} in {}", report.text));
        assert_eq!(first, numbers);
        assert_eq!(second.contains("without expiry"), !expires, "{second}");
        assert_eq!(second.contains(", expiry "), expires, "{second}");
    }
    for subject in ["live", "young"] {
        assert_eq!(sets.told(subject, &report), None);
    }
    assert_eq!(queued_reports(&site).await, 1);

    // Whatever a run queues is there when the command has ended.
    assert!(purge(&site, &spec).contains("Removed 0 code(s)."));
    assert_eq!((queued_reports(&site).await, reports(&sink).len()), (1, 1), "nothing was due");
    assert!(server.stop().await.success());
}
