//! The figures, told as they come and kept for the file.

use crate::runner::Series;
use anyhow::{Context as _, Result};
use core::fmt;
use serde_json::{Value, json};
use std::{fs, path::Path};

/// What a figure may be at most, or must be at least.
#[derive(Clone, Copy, Debug)]
pub enum Limit {
    /// Our time over the bare time.
    TimeAtMost(f64),
    /// Our throughput over the bare throughput.
    ThroughputAtLeast(f64),
}

impl Limit {
    fn is_met(self, ratio: f64) -> bool {
        match self {
            Self::TimeAtMost(most) => ratio <= most,
            Self::ThroughputAtLeast(least) => ratio >= least,
        }
    }

    /// From our time over the bare time.
    fn ratio(self, times: f64) -> f64 {
        match self {
            Self::TimeAtMost(_) => times,
            Self::ThroughputAtLeast(_) => times.recip(),
        }
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TimeAtMost(most) => write!(f, "time at most {most} ×"),
            Self::ThroughputAtLeast(least) => write!(f, "throughput at least {least} ×"),
        }
    }
}

#[derive(Debug, Default)]
pub struct Report {
    entries: Vec<Value>,
    missed: Vec<String>,
}

impl Report {
    pub fn is_met(&self) -> bool {
        self.missed.is_empty()
    }

    /// Begins a comparison, with what was measured on each side.
    pub fn measured(&mut self, name: &str, about: &str, all: &[Series]) {
        println!("\n{name}: {about}");
        let mut sides = Vec::new();
        for series in all {
            let (wall, cpu, database) = (series.wall(), series.cpu(), series.database_cpu());
            print!("  {:<34}{:>10.3} ms{:>10.1} /s", series.name, wall * 1e3, wall.recip());
            print!("   cpu{:>9.3} ms", cpu * 1e3);
            if database > 0.0 {
                print!(", database{:>7.3} ms", database * 1e3);
            }
            println!();
            sides.push(json!({
                "name": series.name, "seconds": wall, "cpu_seconds": cpu, "database_cpu_seconds": database,
            }));
        }
        self.entries.push(json!({ "name": name, "about": about, "sides": sides, "ratios": [] }));
    }

    /// One side over another one, judged if there is a limit.
    pub fn ratio(&mut self, ours: &Series, bare: &Series, form: Limit, judged: bool) {
        let ratio = form.ratio(ours.wall() / bare.wall());
        let (low, high) = ours.spread_over(bare);
        let (a, b) = (form.ratio(low), form.ratio(high));
        let (low, high) = (a.min(b), a.max(b));
        let cpu = (ours.cpu() + ours.database_cpu()) / (bare.cpu() + bare.database_cpu());
        let what = match form {
            Limit::TimeAtMost(_) => "time",
            Limit::ThroughputAtLeast(_) => "throughput",
        };
        print!("  {what} of `{}` over `{}`: {ratio:.2} ({low:.2} to {high:.2})", ours.name, bare.name);
        if cpu.is_finite() {
            print!(", cpu {cpu:.2}");
        }
        let met = judged.then(|| form.is_met(ratio));
        self.judge(&format!("{} over {}", ours.name, bare.name), form, met);
        let Some(ratios) = self.entries.last_mut().and_then(|entry| entry["ratios"].as_array_mut()) else { return };
        ratios.push(json!({
            "of": ours.name, "over": bare.name, "what": what, "ratio": ratio, "middle_half": [low, high],
            "cpu_ratio": cpu.is_finite().then_some(cpu), "limit": judged.then(|| form.to_string()), "met": met,
        }));
    }

    /// A figure that is compared with a number.
    pub fn megabytes(&mut self, name: &str, about: &str, found: f64, most: Option<f64>) {
        print!("\n{name}: {about}\n  {found:.1} MB");
        let met = most.map(|most| found <= most);
        match most {
            Some(most) => self.judge(name, format_args!("at most {most} MB"), met),
            None => println!(),
        }
        self.entries.push(json!({ "name": name, "about": about, "megabytes": found, "limit": most, "met": met }));
    }

    fn judge(&mut self, name: &str, limit: impl fmt::Display, met: Option<bool>) {
        match met {
            None => println!(),
            Some(true) => println!("   limit: {limit}, met"),
            Some(false) => {
                println!("   limit: {limit}, NOT MET");
                let within = self.entries.last().and_then(|entry| entry["name"].as_str()).unwrap_or_default();
                self.missed.push(format!("{within}: {name}, {limit}"));
            }
        }
    }

    /// Sums up.
    pub fn end(&self) -> Result<()> {
        anyhow::ensure!(!self.entries.is_empty(), "no comparison has such a name");
        if self.missed.is_empty() {
            println!("\nAll limits are met.");
        } else {
            println!("\nNot met:\n  {}", self.missed.join("\n  "));
        }
        Ok(())
    }

    pub fn write_json(&self, file: &Path, rounds: u32) -> Result<()> {
        let text = serde_json::to_string_pretty(&json!({ "rounds": rounds, "comparisons": self.entries }))?;
        fs::write(file, text).with_context(|| format!("writing {}", file.display()))
    }
}
