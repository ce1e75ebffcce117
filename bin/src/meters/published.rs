//! What is published about the metrics names those that there are.

use super::*;
use promql_parser::{
    parser::{Expr, VectorSelector},
    util::{ExprVisitor, walk_expr},
};
use serde_json::Value;
use std::{collections::BTreeSet, convert::Infallible};

const DASHBOARD: &str = include_str!("../../../docs/operations/grafana-dashboard.json");
const ALERTS: &str = include_str!("../../../docs/operations/alerts.yml");
const PAGE: &str = include_str!("../../../docs/operations/metrics.md");

/// The metric of a series: a histogram has several.
fn metric(series: &str) -> Option<&'static Metric> {
    let of = |name: &str| CATALOGUE.iter().find(|metric| metric.name == name).copied();
    let histogram = |end| of(series.strip_suffix(end)?).filter(|metric| metric.kind == Kind::Histogram);
    of(series)
        .filter(|metric| metric.kind != Kind::Histogram)
        .or_else(|| ["_bucket", "_sum", "_count"].into_iter().find_map(histogram))
}

/// The series that an expression reads, with the labels that it asks for.
#[derive(Default)]
struct Series(Vec<(String, Vec<String>)>);

impl ExprVisitor for Series {
    type Error = Infallible;

    fn pre_visit(&mut self, expression: &Expr) -> Result<bool, Infallible> {
        let selector: Option<&VectorSelector> = match expression {
            Expr::VectorSelector(selector) => Some(selector),
            Expr::MatrixSelector(matrix) => Some(&matrix.vs),
            _ => None,
        };
        if let Some(selector) = selector {
            let labels = selector.matchers.matchers.iter().map(|matcher| matcher.name.clone());
            self.0.push((selector.name.clone().unwrap_or_default(), labels.collect()));
        }
        Ok(true)
    }
}

/// What Prometheus adds to every series.
const ADDED: [&str; 2] = ["job", "instance"];

#[track_caller]
fn reads_what_there_is(expression: &str) {
    // The one thing that Grafana puts in the place of itself.
    let parsed = promql_parser::parser::parse(&expression.replace("$__rate_interval", "5m"));
    let mut series = Series::default();
    let Ok(_) = walk_expr(&mut series, &parsed.unwrap_or_else(|error| panic!("{expression}: {error}")));
    assert!(!series.0.is_empty(), "{expression} reads nothing");
    for (name, labels) in series.0 {
        let metric = metric(&name).unwrap_or_else(|| panic!("{expression}: there is no {name}"));
        for label in labels {
            assert!(
                metric.labels.contains(&&*label) || ADDED.contains(&&*label),
                "{expression}: {name} has no {label}"
            );
        }
    }
}

#[test]
fn the_dashboard_shows_metrics_that_there_are_and_leaves_none_out() {
    let dashboard: Value = serde_json::from_str(DASHBOARD).unwrap();
    let targets = dashboard["panels"].as_array().unwrap().iter().filter_map(|panel| panel["targets"].as_array());
    let expressions: Vec<&str> = targets.flatten().map(|target| target["expr"].as_str().unwrap()).collect();
    assert!(expressions.len() > 20);
    expressions.iter().copied().for_each(reads_what_there_is);
    let all = expressions.join("\n");
    let forgotten: Vec<&str> = CATALOGUE.iter().map(|metric| metric.name).filter(|name| !all.contains(name)).collect();
    assert_eq!(forgotten, Vec::<&str>::new());
    let query = dashboard["templating"]["list"][1]["query"]["query"].as_str().unwrap();
    assert_eq!(query, "label_values(backstop_build_info, job)");
}

#[test]
fn the_alerts_watch_metrics_that_there_are() {
    let expressions: Vec<&str> = ALERTS.lines().filter_map(|line| line.trim().strip_prefix("expr: ")).collect();
    assert_eq!(expressions.len(), ALERTS.matches("- alert: ").count());
    expressions.into_iter().for_each(reads_what_there_is);
}

#[test]
fn the_page_explains_every_metric_and_no_other() {
    let named: BTreeSet<&str> = PAGE.split('`').filter(|text| text.starts_with("backstop_")).collect();
    assert_eq!(named, CATALOGUE.iter().map(|metric| metric.name).collect());
    for metric in CATALOGUE {
        assert!(PAGE.contains(&format!("\n| `{}` |", metric.name)), "{} has no line", metric.name);
    }
}
