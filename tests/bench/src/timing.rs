//! How long refusing takes for each cause: the time of an answer must not tell what the answer keeps to itself.

use crate::{
    database::{Bare, Server},
    runner::median,
    service::{Hashing, Holder, Instance, concurrently},
};
use anyhow::{Result, anyhow, ensure};
use backstop_application::{UseCases, ports::Revocation};
use backstop_domain::{Refusal, Subject, SuspensionReason};
use poem::{Endpoint as _, http::StatusCode};
use rand::seq::SliceRandom as _;
use std::{
    collections::HashMap,
    process::ExitCode,
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

/// What the others are compared with comes first.
const CAUSES: [Refusal; 6] = [
    Refusal::UnknownCode,
    Refusal::UnknownAccount,
    Refusal::Used,
    Refusal::Expired,
    Refusal::Invalidated,
    Refusal::Suspended,
];
/// As a part of the time that an unknown code of a known account takes.
const LIMIT: f64 = 0.05;
const WARM_UP: usize = 50;
const CONNECTIONS: u32 = 8;
/// One is typed, and one stays live, so that no set is used up.
const CODES: u32 = 2;
/// The accounts have their codes since then, and an expired set lasted for half of that.
const DAYS: u16 = 2;

#[derive(Clone, Copy, Debug, clap::Args)]
pub struct Arguments {
    /// How many times each cause is tried
    #[arg(long, value_name = "N", default_value_t = 1_500, value_parser = clap::value_parser!(u32).range(20..=5_000))]
    rounds: u32,
    /// Let PostgreSQL not wait for the disk, which takes alike for all causes and hides what differs
    #[arg(long)]
    unsynced: bool,
}

/// Fails when a cause takes longer or shorter than the limit allows.
pub async fn compare(arguments: Arguments) -> Result<ExitCode> {
    let rounds = WARM_UP + arguments.rounds as usize;
    let server = if arguments.unsynced { Server::start_unsynced().await? } else { Server::start().await? };
    let database = server.database().await?;
    let instance = Instance::start(Hashing::Default, Some((&database.url, CONNECTIONS)), None).await?;
    let mut tries = prepare(&instance, rounds).await?;
    let bare = Bare::connect(&database.url, 1, &instance).await?;
    bare.tidy().await?;

    let mut times: [Vec<f64>; CAUSES.len()] = Default::default();
    let mut order: [usize; CAUSES.len()] = core::array::from_fn(|cause| cause);
    for round in 0..rounds {
        order.shuffle(&mut rand::rng());
        for cause in order {
            let holder = tries.remove(&(round, cause)).ok_or_else(|| anyhow!("a try was not prepared"))?;
            let took = refused(&instance, &holder).await?;
            if round >= WARM_UP {
                times[cause].push(took);
            }
        }
    }
    // What was compared is what is written down as the reason.
    let refusals = bare.refusals().await?;
    ensure!(refusals.len() == CAUSES.len(), "refused as {refusals:?}");
    for (reason, number) in refusals {
        ensure!(number == i64::try_from(rounds)?, "{number} attempts were refused as {reason}, not {rounds}");
    }
    Ok(if tell(&times) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Seconds until a refusal over HTTP.
async fn refused(instance: &Instance, holder: &Holder) -> Result<f64> {
    let request = instance.request(holder)?;
    let began = Instant::now();
    let response = instance.app.get_response(request).await;
    let took = began.elapsed();
    ensure!(response.status() == StatusCode::UNAUTHORIZED, "an attempt was answered with {}", response.status());
    Ok(took.as_secs_f64())
}

/// For each round and cause somebody of their own, in no other order than they come, so that all causes find what they
/// need alike on disk.
async fn prepare(instance: &Instance, rounds: usize) -> Result<HashMap<(usize, usize), Holder>> {
    let tries = Arc::new(Mutex::new(HashMap::new()));
    let jobs: Vec<_> = (0..rounds).flat_map(|round| (0..CAUSES.len()).map(move |cause| (round, cause))).collect();
    let before = Arc::new(instance.days_ago(DAYS.into()));
    let (this, kept) = (instance.clone(), Arc::clone(&tries));
    concurrently(8, jobs, move |(round, cause)| {
        let (this, before, kept) = (this.clone(), Arc::clone(&before), Arc::clone(&kept));
        async move {
            let subject = Subject::parse(&format!("person-{round:04}-{cause}")).map_err(|e| anyhow!("{}", e.0))?;
            let holder = prepare_one(&this, &before, CAUSES[cause], subject).await?;
            kept.lock().unwrap_or_else(PoisonError::into_inner).insert((round, cause), holder);
            Ok(())
        }
    })
    .await?;
    Ok(core::mem::take(&mut *tries.lock().unwrap_or_else(PoisonError::into_inner)))
}

/// Somebody with a code that is refused for this cause.
async fn prepare_one(instance: &Instance, before: &UseCases, cause: Refusal, subject: Subject) -> Result<Holder> {
    let ports = &instance.service.ports;
    let profile = instance.settings.profiles.current();
    let unknown = ports.generator.codes(profile, 1)?.first().map(|code| profile.format(code));
    let unknown = unknown.ok_or_else(|| anyhow!("no code"))?;
    if cause == Refusal::UnknownAccount {
        return Ok(Holder { subject, code: unknown });
    }
    instance.register(&subject).await?;
    let mut request = instance.generation(subject.clone(), CODES);
    request.expires_in_days = Some(if cause == Refusal::Expired { DAYS / 2 } else { 10 * DAYS });
    let made = before.generate_batch.run(&request).await?;
    let holder = Holder { subject, code: made.codes[0].clone() };
    let attempt = || instance.redemption(holder.clone());
    match cause {
        Refusal::Used => drop(before.redeem_code.run(&attempt()).await?),
        Refusal::Invalidated => drop(before.revoke_code.run(&attempt(), Revocation::Invalidate).await?),
        Refusal::Suspended => {
            let account = made.batch.account;
            let mut unit = ports.storage.begin_locking(account).await?;
            unit.accounts().set_suspended(account, Some(SuspensionReason::NotMe), ports.clock.now()).await?;
            unit.commit().await?;
        }
        Refusal::UnknownCode => return Ok(Holder { code: unknown, ..holder }),
        _ => {}
    }
    Ok(holder)
}

/// Prints the distributions, and says whether all causes keep to the limit.
fn tell(times: &[Vec<f64>; CAUSES.len()]) -> bool {
    let reference = &times[0];
    let typical = median(reference.clone());
    println!("refusing an attempt, {} rounds, milliseconds", reference.len());
    println!("  {:<18}{:>9}{:>9}{:>9}{:>9}{:>9}", "", "p5", "p25", "p50", "p75", "p95");
    let mut is_met = true;
    for (cause, taken) in CAUSES.iter().zip(times) {
        print!("  {:<18}", cause.as_str());
        let taken_in_order = sorted(taken.clone());
        for part in [5, 25, 50, 75, 95] {
            print!("{:>9.3}", at(&taken_in_order, part) * 1e3);
        }
        println!();
    }
    println!("\nmedian of the differences within a round from `{}`", CAUSES[0].as_str());
    for (cause, taken) in CAUSES.iter().zip(times).skip(1) {
        let differences = sorted(taken.iter().zip(reference).map(|(a, b)| (a - b) / typical).collect());
        let middle = median(differences.clone());
        let (low, high) = interval(&differences);
        let met = middle.abs() <= LIMIT;
        is_met &= met;
        println!(
            "  {:<18}{:>+8.2} %   95 % of such medians: {:+.2} to {:+.2} %   limit: {} %, {}",
            cause.as_str(),
            middle * 100.0,
            low * 100.0,
            high * 100.0,
            LIMIT * 100.0,
            if met { "met" } else { "NOT MET" },
        );
    }
    is_met
}

fn sorted(mut values: Vec<f64>) -> Vec<f64> {
    values.sort_by(f64::total_cmp);
    values
}

/// The value that so many percent of these are at most as large as.
fn at<T: Copy>(sorted: &[T], percent: usize) -> T {
    sorted[(sorted.len() * percent).div_ceil(100).saturating_sub(1)]
}

/// Where the median lies with 95 % confidence, whatever the distribution: by rank, so many standard deviations of a
/// count of heads to either side of the middle.
fn interval<T: Copy>(sorted: &[T]) -> (T, T) {
    let last = sorted.len() - 1;
    // 1.96 / 2 · √n, in whole numbers.
    let half = (sorted.len() * 9_604 / 10_000).isqrt() + 1;
    (sorted[(last / 2).saturating_sub(half)], sorted[(last.div_ceil(2) + half).min(last)])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flat(value: f64) -> Vec<f64> {
        vec![value; 40]
    }

    #[test]
    fn a_cause_that_differs_by_more_than_the_limit_fails_whichever_way() {
        let times = |other: f64| [flat(2.0), flat(2.0), flat(2.0), flat(2.0), flat(other), flat(2.0)];
        assert!(tell(&times(2.09)) && tell(&times(1.91)));
        assert!(!tell(&times(2.11)) && !tell(&times(1.89)));
    }

    #[test]
    fn percentiles_and_interval_are_taken_by_rank() {
        let hundred: Vec<u32> = (1..=100).collect();
        assert_eq!([5, 50, 95].map(|percent| at(&hundred, percent)), [5, 50, 95]);
        assert_eq!(interval(&hundred), (40, 61));
        assert_eq!(interval(&[1, 2]), (1, 2));
    }
}
