//! What operators see of the service from outside.
//!
//! Counters rise where something happens: decorators around ports (`watching`), the units that are told to the log
//! (`telling`), and the frame of every request. What others may have changed is read when somebody asks (`reading`).

mod catalogue;
mod reading;
mod telling;
mod watching;

pub use catalogue::{CATALOGUE, Kind, Metric};
pub use reading::Readings;
pub use watching::{MeteredCache, MeteredGuard, MeteredMailer, MeteredStorage};

use async_trait::async_trait;
use backstop_application::ports::{Alarm, Measurements, PortError};
use backstop_domain::Timestamp;
use backstop_http::{Ended, RequestMeter};
use core::time::Duration;
use metrics::{Counter, Gauge, Histogram, Key, Label, Level, Metadata, Recorder, SharedString};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle, PrometheusRecorder};
use std::sync::{
    OnceLock,
    atomic::{AtomicBool, Ordering},
};

/// Counts for one service; nothing is global, so that several in one process count apart.
pub struct Meters {
    recorder: PrometheusRecorder,
    handle: PrometheusHandle,
    cache_fails: AtomicBool,
    readings: OnceLock<Readings>,
}

const METADATA: Metadata<'static> = Metadata::new("backstop", Level::INFO, None);

impl Meters {
    pub fn new() -> Self {
        // The bounds are there, which is all that can be wrong with them.
        let builder = PrometheusBuilder::new().set_buckets(&catalogue::BUCKETS).unwrap_or_default();
        let recorder = builder.build_recorder();
        let handle = recorder.handle();
        for metric in CATALOGUE {
            let (name, help) = (metric.name.into(), metric.help.into());
            match metric.kind {
                Kind::Counter => recorder.describe_counter(name, None, help),
                Kind::Gauge => recorder.describe_gauge(name, None, help),
                Kind::Histogram => recorder.describe_histogram(name, None, help),
            }
        }
        let meters = Self { recorder, handle, cache_fails: AtomicBool::new(false), readings: OnceLock::new() };
        meters.begin();
        meters
    }

    /// What can be counted is there from the start, so that an alert needs no guess about what is missing, and the first
    /// event is a rise.
    fn begin(&self) {
        self.gauge(&catalogue::BUILD, [env!("CARGO_PKG_VERSION")]).set(1.0);
        self.gauge(&catalogue::IN_FLIGHT, []).set(0.0);
        self.set_out("cache", false);
        self.count(&catalogue::STAND_INS, ["cache"], 0);
        self.begin_telling();
        self.begin_watching();
    }

    /// Notes when the process started.
    pub fn started(&self, at: Timestamp) {
        self.gauge(&catalogue::STARTED, []).set(seconds(at));
    }

    /// Names what is read when somebody asks; the first ones stay.
    pub fn read_from(&self, readings: Readings) {
        let _ = self.readings.set(readings);
    }

    /// To be called now and then: what was observed takes memory until then, whether anybody asks for it or not.
    pub fn tidy(&self) {
        self.handle.run_upkeep();
    }

    fn counter<const N: usize>(&self, metric: &Metric, labels: [&'static str; N]) -> Counter {
        self.recorder.register_counter(&key(metric, labels), &METADATA)
    }

    fn gauge<const N: usize>(&self, metric: &Metric, labels: [&'static str; N]) -> Gauge {
        self.recorder.register_gauge(&key(metric, labels), &METADATA)
    }

    fn histogram<const N: usize>(&self, metric: &Metric, labels: [&'static str; N]) -> Histogram {
        self.recorder.register_histogram(&key(metric, labels), &METADATA)
    }

    fn count<const N: usize>(&self, metric: &Metric, labels: [&'static str; N], number: u64) {
        self.counter(metric, labels).increment(number);
    }

    /// What a cache that is asked for each page said last; so that what is told of it is true in both directions.
    pub(crate) fn cache_answered(&self, well: bool) {
        self.cache_fails.store(!well, Ordering::Relaxed);
    }

    fn set_out(&self, part: &'static str, is_out: bool) {
        self.gauge(&catalogue::OUT, [part]).set(f64::from(u8::from(is_out)));
    }
}

impl Default for Meters {
    fn default() -> Self {
        Self::new()
    }
}

fn key<const N: usize>(metric: &Metric, labels: [&'static str; N]) -> Key {
    key_of(metric, labels.map(SharedString::from))
}

fn key_of<const N: usize>(metric: &Metric, labels: [SharedString; N]) -> Key {
    let labels: Vec<Label> = metric.labels.iter().zip(labels).map(|(name, value)| Label::new(*name, value)).collect();
    Key::from_parts(metric.name, labels)
}

#[expect(clippy::cast_precision_loss, reason = "seconds since 1970 are whole in a float for a long time to come")]
fn seconds(at: Timestamp) -> f64 {
    at.as_millisecond() as f64 / 1_000.0
}

/// One line in the log when it begins and one when it is over; the rest is counted.
impl Alarm for Meters {
    fn out(&self, part: &'static str, why: &PortError) {
        self.set_out(part, true);
        tracing::warn!(target: "backstop", part, fault = %why, "a part is out; attempts are counted in the database");
    }

    fn back(&self, part: &'static str) {
        self.set_out(part, false);
        tracing::info!(target: "backstop", part, "the part is back");
    }

    fn stood_in(&self, part: &'static str) {
        self.count(&catalogue::STAND_INS, [part], 1);
    }
}

impl RequestMeter for Meters {
    fn began(&self) {
        self.gauge(&catalogue::IN_FLIGHT, []).increment(1.0);
    }

    fn ended(&self, request: &Ended<'_>) {
        self.gauge(&catalogue::IN_FLIGHT, []).decrement(1.0);
        let status = match request.status.map(|status| status / 100) {
            Some(1) => "1xx",
            Some(2) => "2xx",
            Some(3) => "3xx",
            Some(4) => "4xx",
            Some(_) => "5xx",
            None => "none",
        };
        // Templates and known methods are few; nothing else comes here.
        let labels = || [SharedString::from(request.route.to_owned()), request.method.to_owned().into(), status.into()];
        self.recorder.register_counter(&key_of(&catalogue::REQUESTS, labels()), &METADATA).increment(1);
        let took = self.recorder.register_histogram(&key_of(&catalogue::REQUEST_SECONDS, labels()), &METADATA);
        took.record(request.took.as_secs_f64());
    }
}

#[async_trait]
impl Measurements for Meters {
    async fn text(&self) -> String {
        if let Some(readings) = self.readings.get() {
            readings.write_to(self).await;
        }
        self.handle.render()
    }

    fn is_helped_out(&self) -> bool {
        self.cache_fails.load(Ordering::Relaxed)
    }
}

/// How often [`Meters::tidy`] is called where nobody asks.
pub const TIDY_EVERY: Duration = Duration::from_secs(5);

#[cfg(test)]
mod published;
#[cfg(test)]
#[allow(clippy::float_cmp, reason = "counts of few are whole numbers")]
mod tests;
