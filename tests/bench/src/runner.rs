//! Sides that take turns, and what came of it.

use crate::cpu;
use anyhow::Result;
use core::{pin::Pin, time::Duration};
use std::time::Instant;

/// One window: so many operations in so much time.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    pub operations: usize,
    pub wall: Duration,
    pub cpu: Duration,
    /// Of the database's processes, where there are any.
    pub database_cpu: Duration,
}

impl Sample {
    fn each(&self, time: Duration) -> f64 {
        time.as_secs_f64() / f64::from(u32::try_from(self.operations).unwrap_or(u32::MAX))
    }
}

/// A running clock for one window.
pub struct Stopwatch {
    began: Instant,
    cpu: Duration,
}

impl Stopwatch {
    pub fn start() -> Self {
        Self { cpu: cpu::of_this_process(), began: Instant::now() }
    }

    pub fn stop(self, operations: usize) -> Sample {
        let wall = self.began.elapsed();
        let cpu = cpu::of_this_process().saturating_sub(self.cpu);
        Sample { operations, wall, cpu, database_cpu: Duration::ZERO }
    }
}

type Window<'a> = Box<dyn FnMut() -> Pin<Box<dyn Future<Output = Result<Sample>> + 'a>> + 'a>;

/// One of the things that are compared.
pub struct Side<'a> {
    pub name: &'static str,
    window: Window<'a>,
}

impl<'a> Side<'a> {
    pub fn new<F>(name: &'static str, mut window: impl FnMut() -> F + 'a) -> Self
    where
        F: Future<Output = Result<Sample>> + 'a,
    {
        Self { name, window: Box::new(move || Box::pin(window())) }
    }
}

/// What was measured of one side, a sample a round.
#[derive(Debug)]
pub struct Series {
    pub name: &'static str,
    pub samples: Vec<Sample>,
}

impl Series {
    fn median_of(&self, time: impl Fn(&Sample) -> Duration) -> f64 {
        median(self.samples.iter().map(|sample| sample.each(time(sample))).collect())
    }

    /// Seconds an operation.
    pub fn wall(&self) -> f64 {
        self.median_of(|sample| sample.wall)
    }

    pub fn cpu(&self) -> f64 {
        self.median_of(|sample| sample.cpu)
    }

    pub fn database_cpu(&self) -> f64 {
        self.median_of(|sample| sample.database_cpu)
    }

    /// The middle half of the ratios of single rounds.
    pub fn spread_over(&self, other: &Self) -> (f64, f64) {
        let pairs = self.samples.iter().zip(&other.samples);
        let mut ratios: Vec<f64> = pairs.map(|(a, b)| a.each(a.wall) / b.each(b.wall)).collect();
        ratios.sort_by(f64::total_cmp);
        let last = ratios.len().saturating_sub(1);
        (ratios[last / 4], ratios[last - last / 4])
    }
}

pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => f64::NAN,
        n if n % 2 == 1 => values[middle],
        _ => f64::midpoint(values[middle - 1], values[middle]),
    }
}

/// Measures all sides in turn; another one begins each round. The first round warms up and is not counted.
pub async fn take_turns(rounds: u32, mut sides: Vec<Side<'_>>) -> Result<Vec<Series>> {
    let mut all: Vec<Series> =
        sides.iter().map(|side| Series { name: side.name, samples: Vec::with_capacity(rounds as usize) }).collect();
    for round in 0..=rounds {
        for turn in 0..sides.len() {
            let at = (turn + round as usize) % sides.len();
            let sample = (sides[at].window)().await?;
            if round > 0 {
                all[at].samples.push(sample);
            }
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(millis: &[u64]) -> Series {
        let sample = |ms: &u64| Sample {
            operations: 10,
            wall: Duration::from_millis(*ms),
            cpu: Duration::ZERO,
            database_cpu: Duration::ZERO,
        };
        Series { name: "some", samples: millis.iter().map(sample).collect() }
    }

    #[test]
    fn medians_and_spread_are_those_of_the_rounds() {
        let (ours, bare) = (series(&[10, 30, 20, 1_000, 40]), series(&[10; 5]));
        assert!((ours.wall() - 0.003).abs() < 1e-9);
        let (low, high) = ours.spread_over(&bare);
        assert!((low - 2.0).abs() < 1e-9 && (high - 4.0).abs() < 1e-9);
        assert!((median(vec![4.0, 1.0, 2.0, 3.0]) - 2.5).abs() < 1e-9);
    }

    #[tokio::test]
    async fn sides_take_turns_and_the_first_round_is_not_counted() {
        let order = std::cell::RefCell::new(String::new());
        let side = |name: &'static str| {
            let order = &order;
            Side::new(name, move || async move {
                order.borrow_mut().push_str(name);
                Ok(Stopwatch::start().stop(1))
            })
        };
        let series = take_turns(2, vec![side("a"), side("b")]).await.unwrap();
        assert_eq!(*order.borrow(), "abbaab");
        assert!(series.iter().all(|side| side.samples.len() == 2));
    }
}
