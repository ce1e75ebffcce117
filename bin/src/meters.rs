//! What operators see of the service from outside.

use backstop_application::ports::{Alarm, Measurements, PortError};
use metrics::{Key, Label, Level, Metadata, Recorder, Unit};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle, PrometheusRecorder};
use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
};

const OUT: &str = "backstop_part_out";
const STAND_INS: &str = "backstop_stand_ins_total";

/// Counts for one service; nothing is global, so that several in one process count apart.
pub struct Meters {
    recorder: PrometheusRecorder,
    handle: PrometheusHandle,
    out: Mutex<BTreeSet<&'static str>>,
}

impl Meters {
    pub fn new() -> Self {
        let recorder = PrometheusBuilder::new().build_recorder();
        let handle = recorder.handle();
        let about = |name: &'static str, text: &'static str| (name.into(), Some(Unit::Count), text.into());
        let (name, unit, text) = about(OUT, "Whether a part is out and another stands in for it.");
        recorder.describe_gauge(name, unit, text);
        let (name, unit, text) = about(STAND_INS, "How often another part stood in for one that is out.");
        recorder.describe_counter(name, unit, text);
        let meters = Self { recorder, handle, out: Mutex::default() };
        // There from the start, so that an alert needs no guess about what is missing.
        meters.set_out("cache", false);
        meters.count_stand_ins("cache", 0);
        meters
    }

    fn set_out(&self, part: &'static str, is_out: bool) {
        let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        if is_out {
            out.insert(part)
        } else {
            out.remove(part)
        };
        self.recorder.register_gauge(&of(OUT, part), &METADATA).set(f64::from(u8::from(is_out)));
    }

    fn count_stand_ins(&self, part: &'static str, number: u64) {
        self.recorder.register_counter(&of(STAND_INS, part), &METADATA).increment(number);
    }
}

impl Default for Meters {
    fn default() -> Self {
        Self::new()
    }
}

const METADATA: Metadata<'static> = Metadata::new("backstop", Level::INFO, None);

fn of(name: &'static str, part: &'static str) -> Key {
    Key::from_parts(name, vec![Label::new("part", part)])
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
        self.count_stand_ins(part, 1);
    }
}

impl Measurements for Meters {
    fn text(&self) -> String {
        self.handle.render()
    }

    fn is_helped_out(&self) -> bool {
        !self.out.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_that_is_out_is_measured_until_it_is_back() {
        let meters = Meters::new();
        assert!(meters.text().contains("backstop_part_out{part=\"cache\"} 0"), "{}", meters.text());
        meters.out("cache", &PortError::unavailable("no connection"));
        meters.stood_in("cache");
        meters.stood_in("cache");
        let text = meters.text();
        assert!(text.contains("backstop_part_out{part=\"cache\"} 1"), "{text}");
        assert!(text.contains("backstop_stand_ins_total{part=\"cache\"} 2"), "{text}");
        meters.back("cache");
        assert!(meters.text().contains("backstop_part_out{part=\"cache\"} 0"));
    }
}
